/**
 * The pairing of BN254.
 * @module
 */
import { bn254 } from "npm:@noble/curves@2.4.0/bn254.js";
import type { G1Point, G2Point } from "./bn254.ts";

const { G1, G2 } = bn254;

/** Whether e(a, A) = e(b, B). The points must be on their curves. */
export function pairingsAreEqual([a, A]: [G1Point, G2Point], [b, B]: [G1Point, G2Point]): boolean {
  const { Fp2, Fp12 } = bn254.fields;
  const second = ({ x, y }: G2Point) =>
    G2.Point.fromAffine({ x: Fp2.create({ c0: x[0], c1: x[1] }), y: Fp2.create({ c0: y[0], c1: y[1] }) });
  const product = bn254.pairingBatch([
    { g1: G1.Point.fromAffine(a), g2: second(A) },
    { g1: G1.Point.fromAffine(b).negate(), g2: second(B) },
  ]);
  return Fp12.eql(product, Fp12.ONE);
}
