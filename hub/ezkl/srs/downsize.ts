/**
 * A reference string for fewer rows, cut from a longer one.
 *
 * The powers of the secret are the same, fewer of them. Their Lagrange form is another: L_i(s) · G1 =
 * 1/n · sum over j of w^(-ij) · (s^j · G1), a Fourier transform whose numbers are points. Its steps take a thousand
 * points at a time, so that they share their inversions.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { inverse, P, power, R } from "../../halo2/curve/bn254.ts";
import { G1_BYTES, readG1, writeG1 } from "../../halo2/curve/encoding.ts";
import { rootOfUnity } from "../../halo2/curve/scalars.ts";
import { checkSrs } from "./check.ts";
import { addBatch, type Points } from "./fixed_base.ts";
import { checkLogrows, FIRST_POINT, lagrangeStart, srsBytes } from "./layout.ts";

/** Points of a batch. */
const BATCH = 1024;
/** Bits of a digit of a scalar. */
const DIGIT = 4;

/**
 * The string for 2^logrows rows of one for as many or more: of a ceremony's, to the byte the file that it published for
 * that k. Eleven takes some ten seconds, and each more twice as long.
 * @throws {ArgumentError} for a string that is shorter
 * @throws {FormatError} for bytes that are no reference string
 */
export function downsizeSrs(bytes: Uint8Array<ArrayBuffer>, logrows: number): Uint8Array<ArrayBuffer> {
  checkLogrows("downsizeSrs()", logrows);
  const found = checkSrs("downsizeSrs()", bytes);
  if (found === logrows) return bytes;
  if (found < logrows) {
    throw new ArgumentError(
      `downsizeSrs(): the reference string is for k = ${found}, expected ${logrows} or more; give the ceremony's file of ` +
        `such a k, as perpetual-powers-of-tau-raw-${logrows} (${srsBytes(logrows)} bytes)`,
    );
  }
  const n = 2 ** logrows, points = powersOf(bytes, logrows);
  transform(points, logrows);
  const part = inverse(BigInt(n), R);
  multiply(points, Array.from({ length: n }, (_, at) => at), () => part);
  const result = new Uint8Array(srsBytes(logrows)), end = lagrangeStart(logrows);
  result.set(bytes.subarray(0, end));
  new DataView(result.buffer).setUint32(0, logrows, true);
  points.x.forEach((x, at) => writeG1(result, end + G1_BYTES * at, { x, y: points.y[at] }));
  result.set(bytes.subarray(lagrangeStart(found) + G1_BYTES * 2 ** found), end + G1_BYTES * n);
  return result;
}

/** The first points, in the order of their numbers read backwards. */
function powersOf(bytes: Uint8Array, logrows: number): Points {
  const points: Points = { x: [], y: [] };
  for (let at = 0; at < 2 ** logrows; at++) {
    let from = 0;
    for (let bit = 0; bit < logrows; bit++) from = from << 1 | at >> bit & 1;
    const { x, y } = readG1(bytes, FIRST_POINT + G1_BYTES * from);
    points.x.push(x);
    points.y.push(y);
  }
  return points;
}

/** The transform by 1 / w, in place. */
function transform(points: Points, logrows: number): void {
  const n = 2 ** logrows, back = inverse(rootOfUnity(logrows), R);
  for (let half = 1; half < n; half *= 2) {
    const step = n / (2 * half);
    const roots = Array.from({ length: half }, (_, at) => power(back, BigInt(at * step), R));
    const upper = Array.from({ length: n / 2 }, (_, at) => at + (at & -half) + half);
    multiply(points, upper.filter((at) => at % half !== 0), (at) => roots[at % half]);
    // a + b and a - b, each in its place.
    const lower = upper.map((at) => at - half);
    const minus: Points = { x: upper.map((at) => points.x[at]), y: upper.map((at) => P - points.y[at]) };
    const first: Points = { x: lower.map((at) => points.x[at]), y: lower.map((at) => points.y[at]) };
    batches(upper.length, (own) => addBatch(points, own.map((at) => lower[at]), points, own.map((at) => upper[at])));
    batches(upper.length, (own) => addBatch(first, own, minus, own));
    upper.forEach((at, own) => {
      points.x[at] = first.x[own];
      points.y[at] = first.y[own];
    });
  }
}

/** points[at] *= scalarOf(at) for each of `places`. */
function multiply(points: Points, places: readonly number[], scalarOf: (at: number) => bigint): void {
  batches(places.length, (own) => {
    const at = own.map((each) => places[each]);
    // With R added, which changes no multiple, all have as many digits, and the first is not 0.
    const scalars = at.map((each) => (scalarOf(each) + R).toString(2 ** DIGIT));
    const all = at.map((_, index) => index), table = multiplesOf(points, at);
    const sums: Points = { x: [], y: [] };
    scalars.forEach((scalar, index) => {
      const from = table[parseInt(scalar[0], 2 ** DIGIT)];
      sums.x[index] = from.x[index];
      sums.y[index] = from.y[index];
    });
    for (let digit = 1; digit < scalars[0].length; digit++) {
      for (let bit = 0; bit < DIGIT; bit++) doubleBatch(sums);
      const terms: Points = { x: [], y: [] }, to: number[] = [];
      for (const index of all) {
        const value = parseInt(scalars[index][digit], 2 ** DIGIT);
        if (value === 0) continue;
        to.push(index);
        terms.x.push(table[value].x[index]);
        terms.y.push(table[value].y[index]);
      }
      addBatch(sums, to, terms, to.map((_, index) => index));
    }
    at.forEach((each, index) => {
      points.x[each] = sums.x[index];
      points.y[each] = sums.y[index];
    });
  });
}

/** The multiples of points by every digit: by 1, 2 and so on; place 0 is unused. */
function multiplesOf(points: Points, places: readonly number[]): Points[] {
  const copy = ({ x, y }: Points): Points => ({ x: [...x], y: [...y] }), all = places.map((_, index) => index);
  const one: Points = { x: places.map((at) => points.x[at]), y: places.map((at) => points.y[at]) };
  const table = [one, one, copy(one)];
  doubleBatch(table[2]);
  while (table.length < 2 ** DIGIT) {
    const next = copy(table[table.length - 1]);
    addBatch(next, all, one, all);
    table.push(next);
  }
  return table;
}

/** Doubles every point. */
function doubleBatch({ x, y }: Points): void {
  const products: bigint[] = [];
  let product = 1n;
  for (const each of y) {
    products.push(product);
    product = product * each % P;
  }
  let rest = inverse(product, P);
  for (let at = x.length - 1; at >= 0; at--) {
    // 1 / 2y, the half of which is in the slope.
    const slope = 3n * x[at] * x[at] % P * (rest * products[at] % P) % P * HALF % P;
    rest = rest * y[at] % P;
    const doubled = (slope * slope - 2n * x[at]) % P, next = doubled < 0n ? doubled + P : doubled;
    const height = (slope * (x[at] - next) - y[at]) % P;
    x[at] = next;
    y[at] = height < 0n ? height + P : height;
  }
}

const HALF = (P + 1n) / 2n;

function batches(count: number, body: (own: number[]) => void): void {
  for (let from = 0; from < count; from += BATCH) {
    body(Array.from({ length: Math.min(BATCH, count - from) }, (_, at) => from + at));
  }
}
