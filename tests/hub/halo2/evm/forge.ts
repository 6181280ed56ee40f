/**
 * Proofs by somebody who knows the secret of a reference string. They hold for any circuit and
 * any statement, so that a contract can be shown a proof that only one check stands against,
 * and circuits can be tried that nobody has proven.
 */
import { keccak_256 } from "npm:@noble/hashes@2.4.0/sha3.js";
import { type G1Point, inverse, mod, multiplyG1, R } from "../../../../hub/halo2/curve/bn254.ts";
import { G1 } from "../../../../hub/halo2/curve/bn254.ts";
import { multiScalar } from "../../../../hub/halo2/curve/multi_scalar.ts";
import { numberOf, WORD, wordOf } from "../../../../hub/halo2/curve/words.ts";
import { digestOf } from "../../../../hub/halo2/circuit/digest.ts";
import { constraintsAt } from "../../../../hub/halo2/verify/identities.ts";
import { rowsAt } from "../../../../hub/halo2/verify/lagrange.ts";
import { openingTerms } from "../../../../hub/halo2/verify/opening.ts";
import { proofShape } from "../../../../hub/halo2/verify/proof_shape.ts";
import type { ProofParts } from "../../../../hub/halo2/verify/read_proof.ts";
import { Transcript } from "../../../../hub/halo2/verify/transcript.ts";
import type { EvmCircuit } from "../../../../hub/halo2/evm/circuit_data.ts";

/** What is written instead of what a forger would write: words by their number in the proof. */
export type Words = ReadonlyMap<number, bigint>;

/** Numbers in no order that are the same in every run. */
export function randomNumbers(seed: string): () => bigint {
  let state = new TextEncoder().encode(seed);
  return () => {
    state = keccak_256(state);
    return numberOf(state, 0) % R;
  };
}

/** Words of a proof before its first value. */
export function firstValue({ system }: EvmCircuit): number {
  const { advice, lookups, products, pieces } = proofShape(system);
  return 2 * (advice + 2 * lookups + products + 1 + pieces);
}

/**
 * A proof that these instances belong to a circuit; `words` are written as they are and mean what they are modulo r.
 * With `skipsFirst` it holds for a contract that goes on where a precompile fails at the first commitment.
 */
export function forge(
  circuit: EvmCircuit,
  secret: bigint,
  instances: readonly bigint[],
  words: Words = new Map(),
  { skipsFirst = false }: { skipsFirst?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const { system, vk } = circuit;
  const shape = proofShape(system);
  const next = randomNumbers("forged");
  const written: bigint[] = [];
  const transcript = new Transcript();
  const write = (value: bigint) => {
    const word = words.get(written.length) ?? value;
    written.push(word);
    transcript.scalar(word);
    return word;
  };
  const point = (at: G1Point = multiplyG1(G1, next())): G1Point => {
    const written = { x: write(at.x), y: write(at.y) };
    // (0, 0) is infinity to the precompiles, which the sum leaves out.
    return written.x === 0n && written.y === 0n ? null as unknown as G1Point : written;
  };
  const value = (own: bigint = next()) => write(own) % R;
  const many = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index));
  const squeeze = () => transcript.squeeze();
  const isZero = (query: number) => vk.fixed[system.queries.fixed[query].index] === null;

  transcript.scalar(digestOf(system, vk));
  for (const instance of instances) transcript.scalar(instance);
  const advice = many(shape.advice, () => point());
  const theta = squeeze();
  const counts = many(shape.lookups, () => point());
  const beta = squeeze(), gamma = squeeze();
  const products = many(shape.products, () => point());
  const sums = many(shape.lookups, () => point());
  const random = point();
  const y = squeeze();
  const pieces = many(shape.pieces, () => point());
  const x = squeeze();
  const values: ProofParts["values"] = {
    advice: many(shape.adviceValues, () => value()),
    fixed: many(shape.fixedValues, (query) => value(isZero(query) ? 0n : undefined)),
    random: value(),
    permutation: many(shape.permutation, () => value()),
    products: many(shape.products, (index) => ({
      here: value(),
      next: value(),
      end: index < shape.products - 1 ? value() : null,
    })),
    lookups: many(shape.lookups, () => ({ here: value(), next: value(), count: value() })),
  };
  const zeta = squeeze(), nu = squeeze();
  const quotient = point();
  const mu = squeeze();
  const challenges = { theta, beta, gamma, y, x, zeta, nu, mu };
  const parts = { advice, counts, products, sums, random, pieces, values, quotient, witness: G1, challenges };

  const rows = rowsAt(x, vk.logrows, instances.map((instance) => instance % R))!;
  // A column that is zero is zero in the constraints, whatever is said of it.
  const meant = {
    ...parts,
    values: { ...values, fixed: values.fixed.map((value, query) => isZero(query) ? 0n : value) },
  };
  const all = constraintsAt(system, meant, rows) * inverse(rows.vanishing, R) % R;
  const { points, scalars } = openingTerms(system, vk, parts, rows, mod(all, R))!;
  if (skipsFirst) {
    // The others of the first group are multiplied by zeta once less, and the first is left out.
    const once = new Set(system.queries.advice.filter(({ rotation }) => rotation !== 0).map(({ index }) => index));
    const group = shape.advice - once.size + shape.lookups + vk.fixed.filter((point) => point !== null).length +
      shape.permutation + shape.pieces + 1;
    for (let index = 1; index < group; index++) scalars[index] = scalars[index] * inverse(zeta, R) % R;
    scalars[0] = 0n;
  }
  // The last term is the witness's own: s W' must be all the others and mu W'.
  const others = multiScalar(points.slice(0, -1), scalars.slice(0, -1))!;
  point(multiplyG1(others, inverse(secret - mu, R)));
  const proof = new Uint8Array(WORD * written.length);
  written.forEach((word, index) => proof.set(wordOf(word), WORD * index));
  return proof;
}
