/**
 * What verifying a proof costs, told before a contract is deployed.
 * @module
 */
import type { CircuitWork } from "./circuit_data.ts";
import { dataGas } from "./contract.ts";
import { WORD } from "./memory.ts";

/** Gas of the precompiles: a multiplication and an addition of points, and a pairing of two pairs (EIP-1108). */
const MULTIPLICATION = 6_000 + 150 + 2 * 100, PAIRING = 45_000 + 2 * 34_000 + 100;

/**
 * Gas that the contract takes around them, for each of what it does. Measured on twenty circuits, which it meets
 * within half a percent.
 */
const AROUND: Partial<Record<keyof CircuitWork, number>> = {
  multiplications: 103,
  points: 218,
  values: 83,
  columns: 180,
  products: 359,
  lookups: 533,
  inputs: 401,
  choices: 128,
  gates: 186,
  runs: 389,
  members: 86,
  steps: 171,
  instances: 190,
  zeros: 49,
  logrows: 35,
};

/** What is the same for all circuits. */
const SAME = 20_700;

/** A transaction, before its data. */
const TRANSACTION = 21_000;

/** Gas of the contract before a reusable one: two contracts that were not used before, and the call data once more. */
const PINNED = 5_900, PINNED_WORD = 6.5;

/** A byte in 256 is zero. */
const PROOF_BYTE = 16 - 12 / 256;

/** Gas of a transaction that verifies a proof by a contract with these data, on Cancun or Prague. */
export function verifyGas(work: CircuitWork, data: Uint8Array, form: "whole" | "reusable"): number {
  const { proofBytes, zeros, instances, memory } = work;
  const words = proofBytes / WORD;
  let gas = SAME + PAIRING + MULTIPLICATION * work.multiplications;
  for (const [what, each] of Object.entries(AROUND)) gas += each * work[what as keyof CircuitWork];
  gas += 3 * memory + Math.floor(memory * memory / 512);
  // The proof is copied, and hashed at 6 a word; the data are copied.
  gas += 12 * words + 3 * Math.ceil(data.length / WORD);
  if (form === "reusable") gas += PINNED + PINNED_WORD * words;
  // Four bytes, four words of the ABI with two or three bytes in each, the proof, the instances.
  const call = 4 * 16 + dataGas(new Uint8Array(4 * WORD)) + 6 * 12 + WORD * 16 * instances;
  return Math.round(TRANSACTION + call + PROOF_BYTE * (proofBytes - WORD * zeros) + 4 * WORD * zeros + gas);
}
