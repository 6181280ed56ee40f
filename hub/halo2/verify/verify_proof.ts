/**
 * Whether a proof holds: halo2's verifier with KZG commitments, as EZKL 21 uses it.
 * @module
 */
import { constraintSystem } from "../circuit/constraint_system.ts";
import { digestOf } from "../circuit/digest.ts";
import { splitDepths } from "../circuit/tables.ts";
import type { VerifyingKey } from "../circuit/verifying_key.ts";
import { G2, type G2Point, inverse, R } from "../curve/bn254.ts";
import { multiScalar } from "../curve/multi_scalar.ts";
import { pairingsAreEqual } from "../curve/pairing.ts";
import type { GraphSettings } from "../../ezkl/format/settings.ts";
import { constraintsAt } from "./identities.ts";
import { rowsAt } from "./lagrange.ts";
import { openingTerms } from "./opening.ts";
import { proofShape } from "./proof_shape.ts";
import { readProofParts } from "./read_proof.ts";

/** What a proof is about. */
export interface Statement {
  /** The circuit. */
  settings: GraphSettings;
  /** Its key. */
  vk: VerifyingKey;
  /** The secret of the reference string times the generator of G2. */
  secretG2: G2Point;
  /** What is shown, each from 0 to r - 1. */
  instances: readonly bigint[];
}

/**
 * Whether a proof holds for a statement; bytes that are no proof do not. `caller` begins errors.
 * @throws {FormatError} for a key of another circuit
 */
export function proofHolds(caller: string, proof: Uint8Array, statement: Statement): boolean {
  return splitDepths(statement.settings).some((depth) => holds(caller, proof, statement, depth));
}

function holds(
  caller: string,
  bytes: Uint8Array,
  { settings, vk, secretG2, instances }: Statement,
  depth: number,
): boolean {
  const system = constraintSystem(caller, settings, vk, depth);
  const proof = readProofParts(bytes, proofShape(system), digestOf(system, vk), instances);
  if (proof === null) return false;
  const rows = rowsAt(proof.challenges.x, vk.logrows, instances);
  if (rows === null) return false;
  const quotient = constraintsAt(system, proof, rows) * inverse(rows.vanishing, R) % R;
  const terms = openingTerms(system, vk, proof, rows, quotient);
  if (terms === null) return false;
  const sum = multiScalar(terms.points, terms.scalars);
  return sum !== null && pairingsAreEqual([proof.witness, secretG2], [sum, G2]);
}
