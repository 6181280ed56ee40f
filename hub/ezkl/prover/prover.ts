/**
 * zkgrad's own prover: keys and proofs of EZKL's circuits in TypeScript and generated WebAssembly.
 * @module
 */
import { checkOptions, namesOf } from "../../../core/base/known.ts";
import { sameBytes } from "../../../core/base/bytes.ts";
import { DeviceError } from "../../../core/base/errors.ts";
import { inTurn } from "../../../core/base/turns.ts";
import { UnsatisfiedError } from "../../halo2/prover/lookups.ts";
import { untilAborted } from "../engine/early_end.ts";
import { CircuitProver, defaultThreads, type ProverOptions } from "./circuit_prover.ts";

/** How one call to a {@linkcode Prover} may end early. */
export interface ProverCall {
  /** Ends it, while it waits in line too. */
  readonly signal?: AbortSignal | undefined;
}

/** The circuit of the last call: copies, for whoever gave the bytes may write others there. */
interface Kept {
  readonly compiled: Uint8Array;
  readonly srs: Uint8Array;
  readonly prover: Promise<CircuitProver>;
}

/**
 * A prover that keeps the columns of the last circuit in its memory, so that a second proof of it takes less than the
 * first. Calls wait in line.
 *
 * @example
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 * import {
 *   Prover,
 *   compileCircuit,
 *   genSettings,
 *   genSrs,
 *   genWitness,
 *   inputJson,
 *   prove,
 *   setup,
 * } from "@zkgrad/zkgrad/ezkl";
 *
 * const onnx = exportOnnx(new nn.Linear(3, 2), [3]);
 * const settings = genSettings(onnx, { inputScale: 4, paramScale: 4, logrows: 8, decompBase: 128, decompLegs: 3 });
 * const compiled = compileCircuit(onnx, settings);
 * const srs = await genSrs(8); // for a try; getSrs gets a ceremony's
 * await using prover = new Prover({ threads: 1 });
 * const { vk } = await setup(compiled, srs, { prover });
 * for (const input of [Float32Array.of(1, 0, -1), Float32Array.of(0, 1, 1)]) {
 *   const witness = await genWitness(compiled, inputJson(input));
 *   await prove(witness, vk, compiled, srs, { prover });
 * }
 * ```
 */
export class Prover implements AsyncDisposable {
  /** Threads that it runs with. */
  readonly threads: number;
  readonly #options: ProverOptions;
  readonly #end = new AbortController();
  #kept: Kept | null = null;

  /**
   * A prover that starts at its first call.
   * @throws {ArgumentError} when `threads` is no whole number from 1 to 64
   */
  constructor(options: ProverOptions = {}) {
    checkOptions("Prover", options, namesOf<ProverOptions>({ threads: true }));
    this.threads = defaultThreads("Prover", options);
    this.#options = { threads: this.threads };
  }

  /** The bytes of `key.vk`. */
  genVk(compiled: Uint8Array, srs: Uint8Array, call: ProverCall = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.#call(compiled, srs, call, (prover, signal) => prover.verifyingKey({ signal }));
  }

  /** The bytes of both keys in EZKL's format. */
  genKeys(
    compiled: Uint8Array,
    srs: Uint8Array,
    call: ProverCall = {},
  ): Promise<{ vk: Uint8Array<ArrayBuffer>; pk: Uint8Array<ArrayBuffer> }> {
    return this.#call(compiled, srs, call, async (prover, signal) => {
      const vk = await prover.verifyingKey({ signal });
      return { vk, pk: await prover.provingKey({ signal }) };
    });
  }

  /** The bytes of a proof file for a witness; `vk` is the circuit's key, which is made where none is given. */
  prove(
    witness: Uint8Array,
    vk: Uint8Array | null,
    compiled: Uint8Array,
    srs: Uint8Array,
    call: ProverCall = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#call(compiled, srs, call, async (prover, signal) => {
      if (vk !== null) await prover.useKey(vk, { signal });
      return await prover.prove(witness, { signal });
    });
  }

  /** Ends it and every call that waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new DeviceError("Prover: it was disposed of before the call was done; make a new one"));
    await inTurn([this], () => Promise.resolve(this.#forget()));
  }

  async #call<T>(
    compiled: Uint8Array,
    srs: Uint8Array,
    { signal: given }: ProverCall,
    body: (prover: CircuitProver, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const signal = given ? AbortSignal.any([given, this.#end.signal]) : this.#end.signal;
    const turn = inTurn([this], async () => {
      signal.throwIfAborted();
      const kept = this.#keep(compiled, srs);
      try {
        return await body(await untilAborted(kept.prover, signal), signal);
      } catch (error) {
        // What was stopped or lost a thread is begun anew, and so is what a damaged key or string may have got into.
        if (signal.aborted || error instanceof DeviceError || error instanceof UnsatisfiedError) this.#forget();
        throw error;
      }
    });
    // Who aborts while others are before it in line need not wait for its turn.
    return await untilAborted(turn, signal);
  }

  #keep(compiled: Uint8Array, srs: Uint8Array): Kept {
    const kept = this.#kept;
    if (kept !== null && sameBytes(kept.compiled, compiled) && sameBytes(kept.srs, srs)) return kept;
    this.#forget();
    const files = { compiled: compiled.slice(), srs: srs.slice() };
    const made = { ...files, prover: CircuitProver.create(files.compiled, files.srs, this.#options) };
    // One that could not be made says why to whoever asked.
    made.prover.catch(() => this.#kept === made && (this.#kept = null));
    return this.#kept = made;
  }

  #forget(): void {
    this.#kept?.prover.then((prover) => prover[Symbol.asyncDispose](), () => {});
    this.#kept = null;
  }
}
