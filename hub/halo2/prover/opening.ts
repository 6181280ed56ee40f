/**
 * The end of a proof: the values of all columns at x, and the two points that open them (SHPLONK). Polynomials have
 * fewer coefficients than there are rows, so everything is worked out on their values in rows.
 * @module
 */
import { type G1Point, inverse, mod, power, R } from "../curve/bn254.ts";
import { inverses, rootOfUnity } from "../curve/scalars.ts";
import type { OpenedGroup } from "../verify/openings.ts";
import type { Proving } from "./proving.ts";
import type { Term } from "./tape.ts";

/** Columns that belong to x: they make values of polynomials out of values in rows. */
export class PointColumns {
  /** The point. */
  readonly x: bigint;
  readonly #proving: Proving;
  /** 1 / (w^i - x) in row i. */
  readonly #distances: number;
  /** l_i(x) in row i. */
  readonly #basis: number;
  readonly #rotated = new Map<string, number>();

  private constructor(proving: Proving, x: bigint, distances: number, basis: number) {
    this.#proving = proving;
    this.x = x;
    this.#distances = distances;
    this.#basis = basis;
  }

  /** The columns of `x`, which is no row. */
  static async make(proving: Proving, x: bigint): Promise<PointColumns> {
    const [distances, basis] = proving.columns(2), { domain: { rows } } = proving.tools;
    await invertDistances(proving, x, distances);
    // l_i(x) = w^i (x^n - 1) / (n (x - w^i)).
    const factor = mod((1n - power(x, BigInt(rows), R)) * inverse(BigInt(rows), R), R);
    const scaled = proving.tape(), names = scaled.column(proving.circuit.names);
    const each = scaled.multiply(scaled.column(distances), names);
    scaled.output(scaled.multiply(each, scaled.constant(factor)), basis);
    await proving.run(scaled.program());
    return new PointColumns(proving, x, distances, basis);
  }

  /** x w^rotation. */
  point(rotation: number): bigint {
    const { domain: { logrows, rows } } = this.#proving.tools;
    return this.x * power(rootOfUnity(logrows), BigInt(rotation + rows), R) % R;
  }

  /** l_i at the point that is so many rows on. */
  basis(rotation: number): number {
    return this.#rotate("basis", this.#basis, rotation);
  }

  /** 1 / (w^i - x w^rotation): the first is what it is, others are its rows rotated and this many times as large. */
  distance(rotation: number): { column: number; factor: bigint } {
    const { domain: { logrows, rows } } = this.#proving.tools;
    return {
      column: this.#rotate("distance", this.#distances, rotation),
      factor: power(rootOfUnity(logrows), BigInt(rows - rotation) % BigInt(rows), R),
    };
  }

  #rotate(name: string, column: number, rotation: number): number {
    if (rotation === 0) return column;
    const key = `${name} ${rotation}`, { domain } = this.#proving.tools;
    let address = this.#rotated.get(key);
    if (address === undefined) {
      this.#rotated.set(key, address = domain.column());
      domain.rotate(column, -rotation, address);
    }
    return address;
  }
}

/** 1 / (w^i - x) in row i. */
async function invertDistances(proving: Proving, x: bigint, out: number): Promise<void> {
  const tape = proving.tape();
  tape.output(tape.subtract(tape.column(proving.circuit.names), tape.constant(x)), out);
  await proving.run(tape.program());
  const [isDefined] = await proving.all([{ kind: "invert", column: out }]);
  if (isDefined === false) throw new Error("a challenge is a root of unity");
}

/** W: what is left of every group at its points, divided by what is zero there. */
export async function openAtPoints(
  proving: Proving,
  points: PointColumns,
  groups: readonly OpenedGroup<number, bigint>[],
  { zeta, nu }: { readonly zeta: bigint; readonly nu: bigint },
  out: number,
): Promise<G1Point | null> {
  const tape = proving.tape(), names = tape.column(proving.circuit.names);
  let sum: Term | null = null, weight = 1n;
  for (const { rotations, members } of groups) {
    let group: Term = joinedMembers(tape, members.map(({ point }) => point), zeta);
    // The remainder, by Horner's rule from the highest coefficient.
    const rest = remainderOf(rotations.map((rotation) => points.point(rotation)), rotations, members, zeta);
    let value: Term = tape.constant(rest[rest.length - 1]);
    for (let degree = rest.length - 2; degree >= 0; degree--) {
      value = tape.add(tape.multiply(value, names), tape.constant(rest[degree]));
    }
    group = tape.subtract(group, value);
    let factor = weight;
    for (const rotation of rotations) {
      const { column, factor: own } = points.distance(rotation);
      group = tape.multiply(group, tape.column(column));
      factor = factor * own % R;
    }
    sum = tape.scaleAdd(group, factor, sum ?? tape.constant(0n));
    weight = weight * nu % R;
  }
  tape.output(sum!, out);
  await proving.run(tape.program());
  const [point] = await proving.points([{ kind: "commit", column: out }]);
  return point;
}

/** W': the same at mu, where everything together is zero. */
export async function openAtMu(
  proving: Proving,
  points: PointColumns,
  groups: readonly OpenedGroup<number, bigint>[],
  { zeta, nu, mu }: { readonly zeta: bigint; readonly nu: bigint; readonly mu: bigint },
  quotient: number,
): Promise<G1Point | null> {
  const [distances, out] = proving.columns(2), tape = proving.tape();
  const toMu = (rotation: number) => mod(mu - points.point(rotation), R);
  const product = (rotations: readonly number[]) => rotations.reduce((all, rotation) => all * toMu(rotation) % R, 1n);
  const union = [...new Set(groups.flatMap(({ rotations }) => rotations))];
  const without = (own: readonly number[]) => product(union.filter((rotation) => !own.includes(rotation)));
  const scale = inverse(without(groups[0].rotations), R);
  let sum: Term = tape.constant(0n), constant = 0n, weight = 1n;
  for (const { rotations, members } of groups) {
    const factor = weight * without(rotations) % R * scale % R;
    sum = tape.scaleAdd(joinedMembers(tape, members.map(({ point }) => point), zeta), factor, sum);
    const rest = remainderOf(rotations.map((rotation) => points.point(rotation)), rotations, members, zeta);
    constant = (constant + factor * rest.reduceRight((value, coefficient) => (value * mu + coefficient) % R, 0n)) % R;
    weight = weight * nu % R;
  }
  const vanishing = product(groups[0].rotations);
  sum = tape.scaleAdd(tape.column(quotient), mod(-vanishing, R), tape.subtract(sum, tape.constant(constant)));
  await invertDistances(proving, mu, distances);
  tape.output(tape.multiply(sum, tape.column(distances)), out);
  await proving.run(tape.program());
  const [point] = await proving.points([{ kind: "commit", column: out }]);
  return point;
}

/** The sum of columns times powers of zeta, from 1. */
function joinedMembers(tape: ReturnType<Proving["tape"]>, columns: readonly number[], zeta: bigint): Term {
  return columns.map((column) => tape.column(column)).reduceRight<Term>(
    (sum, term) => tape.scaleAdd(sum, zeta, term),
    tape.constant(0n),
  );
}

/** Coefficients of the polynomial that has the values of all members, times powers of zeta, at the group's points. */
function remainderOf(
  points: readonly bigint[],
  rotations: readonly number[],
  members: OpenedGroup<number, bigint>["members"],
  zeta: bigint,
): bigint[] {
  const joint = rotations.map((rotation) =>
    members.reduceRight((sum, { values }) => (sum * zeta + values.get(rotation)!) % R, 0n)
  );
  const scales = inverses(
    points.map((point) => points.reduce((all, other) => other === point ? all : mod(all * (point - other), R), 1n)),
  )!;
  const total = points.map(() => 0n);
  points.forEach((point, at) => {
    let coefficients = [1n];
    for (const other of points) {
      if (other === point) continue;
      coefficients = [0n, ...coefficients].map((value, degree) => mod(value - other * (coefficients[degree] ?? 0n), R));
    }
    coefficients.forEach((value, degree) => total[degree] = (total[degree] + value * joint[at] % R * scales[at]) % R);
  });
  return total;
}
