/**
 * Sums of many multiples of points of G1, by Pippenger's method: each scalar is cut into
 * digits, points of one digit are added up in a bucket, and the buckets of one place are
 * added by their digits. All additions that do not depend on each other share an inversion.
 * @module
 */
import { type G1Point, inverse, P, R } from "./bn254.ts";

/** The sum of the multiples of `points` by `scalars`, each from 0 to r - 1; null for the point at infinity. */
export function multiScalar(points: readonly G1Point[], scalars: readonly bigint[]): G1Point | null {
  const width = points.length < 24 ? 4 : points.length < 400 ? 5 : 6;
  const half = 1 << (width - 1);
  const windows = Math.floor((R.toString(2).length + 1) / width) + 1;
  const buckets = Array.from({ length: windows * half }, (): G1Point[] => []);
  points.forEach((point, index) => {
    const negative = { x: point.x, y: P - point.y };
    signedDigits(scalars[index], width, windows).forEach((digit, window) => {
      if (digit !== 0) buckets[window * half + Math.abs(digit) - 1].push(digit > 0 ? point : negative);
    });
  });
  addUp(buckets);
  return sumAtBits(
    sumBuckets(buckets, windows, half).flatMap((point, window) => point ? [{ point, bit: window * width }] : []),
  );
}

/** The digits from the lowest, each from 1 - 2^(width-1) to 2^(width-1). */
function signedDigits(scalar: bigint, width: number, windows: number): number[] {
  const size = 1 << width, mask = BigInt(size - 1), shift = BigInt(width);
  let carry = 0;
  return Array.from({ length: windows }, () => {
    const digit = Number(scalar & mask) + carry;
    scalar >>= shift;
    carry = digit > size / 2 ? 1 : 0;
    return carry ? digit - size : digit;
  });
}

/** Two points to be added. */
interface Pair {
  a: G1Point;
  b: G1Point;
}

/** Leaves at most one point in each bucket: the sum of all that were in it. */
function addUp(buckets: G1Point[][]): void {
  for (;;) {
    const pairs: Pair[] = [];
    const homes: G1Point[][] = [];
    for (const bucket of buckets) {
      for (let left = bucket.length; left > 1; left -= 2) {
        pairs.push({ a: bucket.pop()!, b: bucket.pop()! });
        homes.push(bucket);
      }
    }
    if (pairs.length === 0) return;
    addPairs(pairs).forEach((sum, index) => sum && homes[index].push(sum));
  }
}

/** For each window the sum of its buckets times their digits: the sum of the sums from the top down. */
function sumBuckets(buckets: readonly G1Point[][], windows: number, half: number): (G1Point | null)[] {
  const running: (G1Point | null)[] = new Array(windows).fill(null);
  const total: (G1Point | null)[] = new Array(windows).fill(null);
  for (let digit = half; digit >= 0; digit--) {
    // What a step adds to the totals is the running sum of the step before: both share a batch.
    const before = [...running];
    const jobs: [list: (G1Point | null)[], window: number, term: G1Point | null][] = [];
    for (let window = 0; window < windows; window++) {
      jobs.push([total, window, before[window]]);
      if (digit > 0) jobs.push([running, window, buckets[window * half + digit - 1][0] ?? null]);
    }
    addAll(jobs);
  }
  return total;
}

/** list[window] += term for each job. */
function addAll(jobs: readonly [list: (G1Point | null)[], window: number, term: G1Point | null][]): void {
  const pairs: Pair[] = [], homes: [(G1Point | null)[], number][] = [];
  for (const [list, window, term] of jobs) {
    const old = list[window];
    if (old === null) list[window] = term;
    else if (term !== null) {
      pairs.push({ a: old, b: term });
      homes.push([list, window]);
    }
  }
  addPairs(pairs).forEach((sum, index) => homes[index][0][homes[index][1]] = sum);
}

/** The sums of all pairs, with one inversion. */
function addPairs(pairs: readonly Pair[]): (G1Point | null)[] {
  const count = pairs.length;
  const before = new Array<bigint>(count), distances = new Array<bigint>(count);
  let all = 1n;
  for (let index = 0; index < count; index++) {
    const { a, b } = pairs[index];
    let distance = b.x - a.x;
    // Equal points are doubled; opposite ones have no slope, and their sum is infinity.
    if (distance === 0n) distance = a.y === b.y ? 2n * a.y : 1n;
    before[index] = all;
    distances[index] = distance;
    all = all * distance % P;
  }
  let rest = count > 0 ? inverse(all, P) : 1n;
  const sums = new Array<G1Point | null>(count);
  for (let index = count - 1; index >= 0; index--) {
    const { a, b } = pairs[index];
    const inverted = rest * before[index] % P;
    rest = rest * distances[index] % P;
    if (a.x === b.x && a.y !== b.y) {
      sums[index] = null;
      continue;
    }
    const rise = a.x === b.x ? 3n * a.x * a.x : b.y - a.y;
    const slope = rise * inverted % P;
    let x = (slope * slope - a.x - b.x) % P;
    if (x < 0n) x += P;
    let y = (slope * (a.x - x) - a.y) % P;
    if (y < 0n) y += P;
    sums[index] = { x, y };
  }
  return sums;
}

/** A point as (X/Z², Y/Z³), which is doubled without an inversion. */
type Jacobian = [X: bigint, Y: bigint, Z: bigint];

/** A point that counts 2^bit times. */
export interface Term {
  /** The point. */
  point: G1Point;
  /** log2 of how often it counts. */
  bit: number;
}

/** The sum of the terms; null for the point at infinity. */
export function sumAtBits(terms: readonly Term[]): G1Point | null {
  const byBit: G1Point[][] = [];
  for (const { point, bit } of terms) (byBit[bit] ??= []).push(point);
  let sum: Jacobian = [1n, 1n, 0n];
  for (let bit = byBit.length - 1; bit >= 0; bit--) {
    if (sum[2] !== 0n) sum = double(sum);
    for (const point of byBit[bit] ?? []) sum = addMixed(sum, point);
  }
  const [X, Y, Z] = sum;
  if (Z === 0n) return null;
  const inverted = inverse(Z, P), square = inverted * inverted % P;
  return { x: mod(X * square), y: mod(Y * square % P * inverted) };
}

/** Formulas of https://hyperelliptic.org/EFD/g1p/auto-shortw-jacobian-0.html: dbl-2009-l. */
function double([X, Y, Z]: Jacobian): Jacobian {
  const a = X * X % P, b = Y * Y % P, c = b * b % P;
  const d = 2n * ((X + b) * (X + b) - a - c) % P, e = 3n * a;
  const x = (e * e - 2n * d) % P;
  return [x, (e * (d - x) - 8n * c) % P, 2n * Y * Z % P];
}

/** As above: madd-2007-bl, and what it leaves out. */
function addMixed([X, Y, Z]: Jacobian, { x, y }: G1Point): Jacobian {
  if (Z === 0n) return [x, y, 1n];
  const square = Z * Z % P;
  const h = (x * square - X) % P, r = (y * square % P * Z - Y) % P;
  if (h === 0n) return r === 0n ? double([X, Y, Z]) : [1n, 1n, 0n];
  const hh = h * h % P, hhh = h * hh % P, v = X * hh % P;
  const sum = (r * r - hhh - 2n * v) % P;
  return [sum, (r * (v - sum) - Y * hhh) % P, Z * h % P];
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}
