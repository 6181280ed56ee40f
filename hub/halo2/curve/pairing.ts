/**
 * The pairing of BN254, to compare two of them: the optimal ate pairing (F. Vercauteren,
 * "Optimal pairings", 2010) on affine points. The lines through a point of G2 do not depend on
 * the point of G1, so they are kept for the points that were paired last.
 * @module
 */
import { type Fp2, type G1Point, type G2Point, P } from "./bn254.ts";
import {
  conjugate12,
  type Fp12,
  inverse12,
  inverseFp2,
  isOne,
  minus,
  multiply12,
  multiplyLine,
  ONE,
  plus,
  powerFp2,
  square12,
  squareCyclotomic,
  times,
} from "./fp12.ts";

/** The number from which the curve is made. */
const X = 4965661367192848881n;
/** The digits of 6x + 2 after the first, highest first. */
const LOOP = [...(6n * X + 2n).toString(2)].slice(1).map(Number);
/** 9 + i, which w⁶ is. */
const ROOT: Fp2 = [9n, 1n];

/** Whether e(a, A) = e(b, B). The points must be on their curves, A and B of the order of G1. */
export function pairingsAreEqual([a, A]: [G1Point, G2Point], [b, B]: [G1Point, G2Point]): boolean {
  const value = millerLoop([[a, linesOf(A)], [{ x: b.x, y: P - b.y }, linesOf(B)]]);
  return isOne(finalExponentiation(value));
}

/** A line that meets the curve in points of G2: its slope, and slope · x - y of one of them. */
type Line = [slope: Fp2, offset: Fp2];

/** Lines of the points that were paired last. */
const kept = new Map<string, Line[]>();
/** G2 and s · G2 of some strings. */
const MOST_KEPT = 4;

/** The lines of the loop through the multiples of a point: tangents, and at digits 1 chords. */
function linesOf(point: G2Point): Line[] {
  const key = [...point.x, ...point.y].join();
  const known = kept.get(key);
  if (known) return known;
  const lines: Line[] = [];
  let at: G2Point = point;
  const go = (to: G2Point, slope: Fp2) => {
    lines.push([slope, minus(times(slope, at.x), at.y)]);
    const x = minus(minus(times(slope, slope), at.x), to.x);
    at = { x: reduced(x), y: reduced(minus(times(slope, minus(at.x, x)), at.y)) };
  };
  const chord = (to: G2Point) => go(to, times(minus(to.y, at.y), inverseFp2(minus(to.x, at.x))));
  for (const digit of LOOP) {
    const square = times(at.x, at.x);
    go(at, times([3n * square[0], 3n * square[1]], inverseFp2(plus(at.y, at.y))));
    if (digit === 1) chord(point);
  }
  const [x1, y1] = [times(conjugate(point.x), FROBENIUS[2]), times(conjugate(point.y), FROBENIUS[3])];
  chord({ x: x1, y: y1 });
  const [x2, y2] = [times(conjugate(x1), FROBENIUS[2]), times(conjugate(y1), FROBENIUS[3])];
  chord({ x: x2, y: [-y2[0], -y2[1]] });
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!);
  kept.set(key, lines);
  return lines;
}

/** The product of the lines at the points, doubling by doubling. */
function millerLoop(pairs: readonly [G1Point, readonly Line[]][]): Fp12 {
  let value = ONE, line = 0;
  const meet = () => {
    for (const [{ x, y }, lines] of pairs) {
      const [slope, offset] = lines[line];
      value = multiplyLine(value, y, [-slope[0] * x % P, -slope[1] * x % P], offset);
    }
    line++;
  };
  for (const digit of LOOP) {
    value = square12(value);
    meet();
    if (digit === 1) meet();
  }
  meet();
  meet();
  return value;
}

/**
 * To the power (P¹² - 1)/R. The second part is by M. Scott and others, "On the final
 * exponentiation for calculating pairings on ordinary elliptic curves", 2009.
 */
function finalExponentiation(value: Fp12): Fp12 {
  const easy = multiply12(conjugate12(value), inverse12(value));
  const f = multiply12(frobenius(frobenius(easy)), easy);
  const fx = powerX(f), fx2 = powerX(fx), fx3 = powerX(fx2);
  const f1 = frobenius(f), f2 = frobenius(f1), f3 = frobenius(f2);
  const y0 = multiply12(multiply12(f1, f2), f3);
  const y1 = conjugate12(f);
  const y2 = frobenius(frobenius(fx2));
  const y3 = conjugate12(frobenius(fx));
  const y4 = conjugate12(multiply12(fx, frobenius(fx2)));
  const y5 = conjugate12(fx2);
  const y6 = conjugate12(multiply12(fx3, frobenius(fx3)));
  let t0 = multiply12(multiply12(squareCyclotomic(y6), y4), y5);
  let t1 = multiply12(multiply12(y3, y5), t0);
  t0 = multiply12(t0, y2);
  t1 = squareCyclotomic(multiply12(squareCyclotomic(t1), t0));
  t0 = squareCyclotomic(multiply12(t1, y1));
  return multiply12(t0, multiply12(t1, y0));
}

/** The digits of x after the first, highest first. */
const X_DIGITS = [...X.toString(2)].slice(1);

function powerX(value: Fp12): Fp12 {
  let result = value;
  for (const digit of X_DIGITS) {
    result = squareCyclotomic(result);
    if (digit === "1") result = multiply12(result, value);
  }
  return result;
}

/** w to the power (P - 1) k, for k from 0 to 5. */
const FROBENIUS: readonly Fp2[] = Array.from({ length: 6 }, (_, k) => powerFp2(ROOT, (P - 1n) / 6n * BigInt(k)));

/** To the power P. */
function frobenius(value: Fp12): Fp12 {
  return FROBENIUS.flatMap((factor, k) => times([value[2 * k], -value[2 * k + 1]], factor));
}

const conjugate = ([re, im]: Fp2): Fp2 => [re, -im];
const reduced = ([re, im]: Fp2): Fp2 => [re % P, im % P];
