/**
 * The Worker that makes proofs. It keeps the circuit of the last proof, so that the next takes less.
 * @module
 */
import { serveCalls, threadsGone } from "../app/calls.ts";
import { sameBytes } from "../../../core/base/bytes.ts";
import { genWitness } from "../../ezkl/gen_witness.ts";
import { CircuitProver } from "../../ezkl/prover/circuit_prover.ts";
import { inputJson } from "../../ezkl/samples.ts";

/** What a proof is made with. */
export interface ProverFiles {
  /** The circuit. */
  readonly compiled: Uint8Array;
  /** Its reference string. */
  readonly srs: Uint8Array;
  /** Its verifying key. */
  readonly vk: Uint8Array;
}

/** How far a proof is. */
export interface Progress {
  /** What is done now. */
  readonly step: string;
  /** The part of the proof that is done, from 0 to 1. */
  readonly done: number;
  /** Seconds that the rest takes; null where nothing is known yet. */
  readonly secondsLeft: number | null;
}

/** A proof that was made. */
export interface MadeProof {
  /** `test.pf`. */
  readonly proof: Uint8Array<ArrayBuffer>;
  /** Threads that made it. */
  readonly threads: number;
}

let kept: { readonly compiled: Uint8Array; readonly srs: Uint8Array; readonly prover: Promise<CircuitProver> } | null =
  null;

function proverOf({ compiled, srs, vk }: ProverFiles): Promise<CircuitProver> {
  if (kept !== null && sameBytes(kept.compiled, compiled) && sameBytes(kept.srs, srs)) return kept.prover;
  kept?.prover.then((prover) => prover[Symbol.asyncDispose]()).catch(() => {});
  const prover = (async () => {
    const prover = await CircuitProver.create(compiled, srs);
    await prover.useKey(vk);
    return prover;
  })();
  const made = kept = { compiled, srs, prover };
  prover.catch(() => kept === made && (kept = null));
  return prover;
}

const functions = {
  /** Lays the circuit, so that a proof can begin at once. */
  async prepare(files: ProverFiles): Promise<number> {
    return (await proverOf(files)).threads;
  },
  /** The circuit's verifying key with a reference string; the Worker can be ended after it. */
  async key({ compiled, srs }: Omit<ProverFiles, "vk">): Promise<Uint8Array<ArrayBuffer>> {
    const prover = await CircuitProver.create(compiled, srs);
    try {
      return await prover.verifyingKey();
    } finally {
      await prover[Symbol.asyncDispose]();
      await threadsGone();
    }
  },
  /** A proof of what the circuit says of an image. */
  async prove(
    { image, ...files }: ProverFiles & { readonly image: Float32Array },
    tell: (progress: Progress) => void,
  ): Promise<MadeProof> {
    tell({ step: "laying the circuit", done: 0, secondsLeft: null });
    const prover = await proverOf(files);
    tell({ step: "computing the witness", done: 0, secondsLeft: null });
    const witness = await genWitness(files.compiled, inputJson(image), { roundInputs: true });
    const onProgress = (progress: { done: number; secondsLeft: number }) => tell({ step: "proving", ...progress });
    return { proof: await prover.prove(witness, { onProgress }), threads: prover.threads };
  },
};

/** What the page may call. */
export type ProveFunctions = typeof functions;

serveCalls(functions);
