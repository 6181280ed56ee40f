/**
 * The opening as records, for the contract's loops: see the Yul body's part of it for their
 * bytes. All sums run from the last member to the first, by Horner's rule.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import { inverse, mod, power, R } from "../curve/bn254.ts";
import { rootOfUnity } from "../curve/scalars.ts";
import type { CircuitPlaces } from "./circuit_places.ts";
import { Bytes } from "./data_writer.ts";
import { MOST_ROTATIONS, slotAt, WORD } from "./memory.ts";
import type { GroupAt } from "./opened_groups.ts";

/** Numbers of one byte. */
const MOST = 255;

/** The records of the opening. */
export interface OpeningRecords {
  /** w^rotation for each point. */
  rotations: bigint[];
  /** Factors of the products over the points that the first group lacks, and that it has. */
  lacks: number[];
  /** @see lacks */
  has: number[];
  groups: Bytes;
}

/** The records of all groups. */
export function openingRecords(
  groups: readonly GroupAt[],
  logrows: number,
  places: CircuitPlaces,
): OpeningRecords {
  const all = [...new Set(groups.flatMap(({ rotations }) => rotations))];
  if (all.length > MOST_ROTATIONS) {
    throw new FormatError(
      `createEvmVerifier(): the circuit is opened at ${all.length} points, expected at most ${MOST_ROTATIONS}; no ` +
        "circuit of EZKL 21 is known to be, so the settings may be another version's",
    );
  }
  const root = rootOfUnity(logrows), n = 1n << BigInt(logrows);
  const words = new Map(all.map((rotation) => [rotation, power(root, BigInt(rotation) + n, R)]));
  const toMu = (rotation: number) => slotAt("toMu") + WORD * all.indexOf(rotation);
  const factors = (rotations: readonly number[]) => {
    const at = [...rotations.map(toMu), places.one, places.one, places.one];
    if (rotations.length > 3) throw new Error("a product of more than three factors");
    return at.slice(0, 3);
  };
  const without = ({ rotations }: GroupAt) => all.filter((rotation) => !rotations.includes(rotation));
  const bytes = new Bytes();
  for (const group of groups) {
    const { rotations, members } = group;
    const points = pointRuns(members.map(({ point }) => point).reverse());
    bytes.pair(...factors(without(group))).byte(rotations.length, points.length);
    for (const own of rotations) {
      const others = rotations.filter((rotation) => rotation !== own);
      // All points have the factor x, so that the rest of the Lagrange polynomial is the same for every proof.
      const apart = others.reduce((product, other) => product * (words.get(own)! - words.get(other)!) % R, 1n);
      const runs = valueRuns(members.map(({ values }) => values.get(own)!).reverse());
      bytes.pair(...factors(others), powerOfX(others.length), places.constant(inverse(mod(apart, R), R)));
      bytes.byte(runs.length);
      for (const { count, at, step } of runs) bytes.byte(count).pair(at, step);
    }
    for (const { gap, count, at, step } of points) bytes.byte(gap, count).pair(at, step);
  }
  return {
    rotations: [...words.values()],
    lacks: factors(without(groups[0])),
    has: factors(groups[0].rotations),
    groups: bytes,
  };
}

/** The slot of x to the power of -exponent. */
function powerOfX(exponent: number): number {
  return slotAt((["one", "inverseX", "inverseX2"] as const)[exponent]);
}

/** Addresses that lie at one distance from each other, downwards. */
interface Run {
  count: number;
  at: number;
  step: number;
}

/** The runs of a list of addresses. */
function valueRuns(addresses: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const at of addresses) {
    const run = runs.at(-1);
    const step = run ? run.at - run.step * (run.count - 1) - at : 0;
    if (run && run.count < MOST && step > 0 && (run.count === 1 || step === run.step)) {
      run.count++;
      run.step = step;
    } else runs.push({ count: 1, at, step: 0 });
  }
  return runs;
}

/** The runs of a list of points of which null is none; the gap is how many there are from the last point to a run's first. */
function pointRuns(addresses: readonly (number | null)[]): (Run & { gap: number })[] {
  const runs: (Run & { gap: number })[] = [];
  let gap = 0, begun = false;
  for (const at of addresses) {
    gap += begun ? 1 : 0;
    if (at === null) continue;
    const run = runs.at(-1);
    const step = run ? run.at - run.step * (run.count - 1) - at : 0;
    if (run && gap === 1 && run.count < MOST && step > 0 && (run.count === 1 || step === run.step)) {
      run.count++;
      run.step = step;
    } else runs.push({ gap, count: 1, at, step: 0 });
    begun = true;
    gap = 0;
  }
  if (gap > 0) throw new Error("a group ends with a commitment at infinity");
  return runs;
}

/** The run of the quotient's pieces, from the last. */
export function pieceRuns(pieces: readonly number[]): Bytes {
  const bytes = new Bytes();
  for (const { gap, count, at, step } of pointRuns([...pieces].reverse())) bytes.byte(gap, count).pair(at, step);
  return bytes;
}
