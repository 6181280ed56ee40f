/**
 * What every runtime proves: a small circuit, with threads where they are to be had. In Node and Bun it is a program,
 * `prover_program.ts COMPILED SRS WITNESS`, which prints the outcome; in a page a global function.
 */
import { CircuitProver } from "../../hub/ezkl/prover/circuit_prover.ts";

/** A key and a proof. */
export interface ProverOutcome {
  /** Threads that worked. */
  threads: number;
  /** `key.vk`, in hexadecimal. */
  vk: string;
  /** The proof's file. */
  proof: string;
}

/** Proves with two threads. */
export async function proveSmall(compiled: Uint8Array, srs: Uint8Array, witness: Uint8Array): Promise<ProverOutcome> {
  const prover = await CircuitProver.create(compiled, srs, { threads: 2 });
  try {
    const vk = await prover.verifyingKey(), proof = await prover.prove(witness);
    const hex = [...vk].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return { threads: prover.threads, vk: hex, proof: new TextDecoder().decode(proof) };
  } finally {
    await prover[Symbol.asyncDispose]();
  }
}

const host = (globalThis as { process?: { argv?: string[]; getBuiltinModule(name: string): unknown } }).process;
if (host?.argv !== undefined && /prover_program\.(ts|js)$/.test(host.argv[1] ?? "")) {
  const { readFileSync } = host.getBuiltinModule("node:fs") as { readFileSync(path: string): Uint8Array };
  const [compiled, srs, witness] = host.argv.slice(2).map((path) => readFileSync(path));
  console.log(JSON.stringify(await proveSmall(compiled, srs, witness)));
} else Object.assign(globalThis, { proveSmall });
