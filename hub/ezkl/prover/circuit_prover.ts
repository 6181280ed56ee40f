/**
 * A circuit in memory that proofs are made of, in TypeScript and generated WebAssembly alone.
 * @module
 */
import { expect } from "../../../core/base/arguments.ts";
import { sameBytes } from "../../../core/base/bytes.ts";
import { ArgumentError } from "../../../core/base/errors.ts";
import { processors } from "../../../core/base/host.ts";
import { checkOptions, namesOf } from "../../../core/base/known.ts";
import { type Pause, pauses } from "../../../core/base/pauses.ts";
import { inTurn } from "../../../core/base/turns.ts";
import { systemOf } from "../../halo2/circuit/constraint_system.ts";
import { digestOf } from "../../halo2/circuit/digest.ts";
import { columnsOf } from "../../halo2/circuit/columns.ts";
import { type Commitment, readVerifyingKey, type VerifyingKey } from "../../halo2/circuit/verifying_key.ts";
import type { G1Point, G2Point } from "../../halo2/curve/bn254.ts";
import { G1_BYTES, readG1 } from "../../halo2/curve/encoding.ts";
import { makeKernels } from "../../halo2/kernels/compile.ts";
import { writeVerifyingKey } from "../../halo2/keys/key_file.ts";
import { type Crew, LoneCrew } from "../../halo2/prover/jobs.ts";
import { type CircuitColumns, commitColumns, layColumns, toolsFor } from "../../halo2/prover/key.ts";
import { UnsatisfiedError } from "../../halo2/prover/lookups.ts";
import { proveCells } from "../../halo2/prover/prove.ts";
import { writeProvingKey } from "../../halo2/prover/proving_key.ts";
import { type Random, systemRandom } from "../../halo2/prover/random.ts";
import { ThreadCrew } from "../../halo2/prover/threads.ts";
import type { Tools } from "../../halo2/prover/tools.ts";
import type { ProofProgress } from "../../halo2/prover/work.ts";
import { proofHolds } from "../../halo2/verify/verify_proof.ts";
import { type Assignment, assignWithPauses } from "../assign/assign.ts";
import { untilAborted } from "../engine/early_end.ts";
import type { GraphCircuit } from "../format/circuit.ts";
import { decodeCircuit } from "../format/circuit_codec.ts";
import { isHashed, type Visibility } from "../format/run_args.ts";
import { unsignedOf } from "../format/field.ts";
import { proofToJson } from "../format/proof.ts";
import { type GraphWitness, type PrettyElements, witnessFromJson } from "../format/witness.ts";
import { checkSrsFor } from "../guard/srs.ts";
import { lagrangeStart } from "../srs/layout.ts";
import { secretG2 } from "../srs/verifier.ts";

/** How a prover works. */
export interface ProverOptions {
  /** Threads; with 1 the caller's own works. As many as the machine has processors where it is not said. */
  readonly threads?: number;
}

/** How one proof is made. */
export interface ProveOptions {
  /** Stops the work; the promise then rejects with the signal's reason, and the prover is as it was before. */
  readonly signal?: AbortSignal;
  /** Hears how far the proof is, and what the rest takes at the speed so far. */
  readonly onProgress?: (progress: ProofProgress) => void;
}

/** A circuit that this prover does not lay out; EZKL's engine may. */
export class NotLaidOutError extends ArgumentError {
  /** The class, as text. */
  override name = "NotLaidOutError";
}

/** A key from outside. */
interface GivenKey {
  readonly key: VerifyingKey;
  readonly bytes: Uint8Array;
}

/** Provers of one machine share its processors: more threads than this gain nothing on the circuits that fit. */
const MOST_THREADS = 16;

/** Where a reference string has the secret times the generator. */
const SECOND_POINT = 4 + G1_BYTES;

let make: (compiled: Uint8Array, srs: Uint8Array, threads: number, random: Random) => Promise<CircuitProver>;

/**
 * Proves what one circuit computes, as often as asked. It holds the circuit's columns in memory, so a second proof takes
 * less than the first.
 *
 * @example
 * ```ts ignore
 * // Not run: the class is no public name; the example of Prover runs it.
 * await using prover = await CircuitProver.create(compiled, srs);
 * await Deno.writeFile("key.vk", await prover.verifyingKey());
 * await Deno.writeFile("test.pf", await prover.prove(witness));
 * ```
 */
export class CircuitProver {
  readonly #circuit: GraphCircuit;
  readonly #tools: Tools;
  readonly #columns: CircuitColumns;
  readonly #crew: Crew;
  readonly #selectors: readonly Uint8Array[];
  readonly #random: Random;
  readonly #secretG2: G2Point;
  readonly #identity: G1Point;
  /** Its key, made here. */
  #own: Promise<VerifyingKey> | null = null;
  /** A key that it was given in place of that. */
  #given: GivenKey | null = null;

  private constructor(
    circuit: GraphCircuit,
    tools: Tools,
    columns: CircuitColumns,
    crew: Crew,
    selectors: readonly Uint8Array[],
    random: Random,
    secret: G2Point,
    identity: G1Point,
  ) {
    this.#circuit = circuit;
    this.#tools = tools;
    this.#columns = columns;
    this.#crew = crew;
    this.#selectors = selectors;
    this.#random = random;
    this.#secretG2 = secret;
    this.#identity = identity;
  }

  /**
   * A prover of a compiled circuit, with the reference string of its logrows.
   * @throws {NotLaidOutError} for a circuit with an operation that is not laid out here
   * @throws {ArgumentError} for a string of another k
   * @throws {FormatError} for a file that is damaged
   */
  static create(compiled: Uint8Array, srs: Uint8Array, options: ProverOptions = {}): Promise<CircuitProver> {
    return createProver(compiled, srs, options, systemRandom);
  }

  static {
    // Only this module can give a prover another source of random numbers.
    make = (compiled, srs, threads, random) => CircuitProver.#make(compiled, srs, threads, random);
  }

  static async #make(compiled: Uint8Array, srs: Uint8Array, threads: number, random: Random): Promise<CircuitProver> {
    const circuit = decodeCircuit(compiled), { settings } = circuit, { logrows } = settings.runArgs, pause = pauses();
    checkSrsFor("CircuitProver", srs, logrows);
    const cells = await laidOut(circuit, pause);
    const system = systemOf(settings, cells.selectors);
    await pause();
    const kernels = makeKernels();
    await pause();
    const tools = toolsFor(settings, system, srs.subarray(lagrangeStart(logrows)), kernels);
    const isShared = typeof SharedArrayBuffer === "function" && kernels.memory.buffer instanceof SharedArrayBuffer;
    // Threads start while this one lays the columns.
    const starting = threads > 1 && isShared ? ThreadCrew.start(tools, threads) : Promise.resolve(null);
    let columns: CircuitColumns;
    try {
      columns = await layColumns(tools, settings, system, cells, pause);
    } catch (error) {
      await (await starting)?.dispose();
      throw error;
    }
    const crew = await starting;
    return new CircuitProver(
      circuit,
      tools,
      columns,
      crew ?? new LoneCrew(tools, pauses()),
      cells.selectors,
      random,
      secretG2(srs),
      readG1(srs, SECOND_POINT),
    );
  }

  /** The bytes of `key.vk`, with compressed selectors: those that EZKL makes of this circuit and string. */
  async verifyingKey(options: ProveOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return writeVerifyingKey(await this.#stoppable(options, () => this.#ownKey()));
  }

  /** The bytes of `key.pk` as EZKL writes it, which begins with `key.vk`. Proofs here need none. */
  async provingKey(options: ProveOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const pause = pauses(options.signal);
    return await this.#stoppable(options, async () => {
      const vk = writeVerifyingKey(await this.#ownKey());
      return await writeProvingKey(this.#tools, columnsOf(this.#circuit.settings), this.#columns, vk, pause);
    });
  }

  /**
   * Takes a key of this circuit and string, so that none has to be made for proofs; keys are never made of it. Where its
   * gates are on and the commitments to its constants are compared, or all of it where its own key is known; one that
   * differs elsewhere makes no proof that holds, and is let go of then.
   * @throws {ArgumentError} for a key of another circuit or string
   * @throws {FormatError} for one that is damaged
   */
  async useKey(vk: Uint8Array, options: ProveOptions = {}): Promise<void> {
    if (this.#own === null && this.#given !== null && sameBytes(this.#given.bytes, vk)) return;
    // Whoever gave it may write something else there.
    const bytes = vk.slice(), { settings } = this.#circuit;
    const key = readVerifyingKey("prove()", bytes, settings);
    if (key.selectors === null) {
      throw new ArgumentError(
        "prove(): the key was made with uncompressed selectors, and zkgrad's prover lays circuits out for compressed ones; " +
          'make the key again with setup(), or give the prover "ezkljs" and the proving key that was made with this one',
      );
    }
    await this.#stoppable(options, async () => {
      const isOwn = this.#own === null
        ? await this.#seemsOwn(key)
        : sameBytes(writeVerifyingKey(await this.#own), bytes);
      if (!isOwn) {
        throw new ArgumentError(
          "prove(): the key is of another circuit, or was made with another reference string; give the key that setup() " +
            "made of this compiled circuit with this string, or make it again",
        );
      }
      if (this.#own === null) this.#given = { key, bytes };
    });
  }

  /**
   * The bytes of a proof file for a witness. No two proofs are equal: each is blinded by new random numbers. What was
   * asked for before is done first, and the proof is verified before it is returned.
   * @throws {UnsatisfiedError} for a witness that is not of this circuit, and for a string that is damaged
   * @throws {DeviceError} where a thread has ended, or the prover was disposed of
   */
  prove(witness: Uint8Array, options: ProveOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    checkOptions("CircuitProver.prove()", options, namesOf<ProveOptions>({ signal: true, onProgress: true }));
    const { onProgress } = options;
    return this.#stoppable(
      options,
      () => this.#prove(witnessFromJson(new TextDecoder().decode(witness)), onProgress),
    );
  }

  /** How many threads work: 1 where the caller's own does. */
  get threads(): number {
    return this.#crew.size;
  }

  /** Ends its threads and lets go of its memory. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#crew instanceof ThreadCrew) await this.#crew.dispose();
  }

  async #prove(
    values: GraphWitness,
    onProgress?: (progress: ProofProgress) => void,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { settings } = this.#circuit, { inputVisibility, outputVisibility } = settings.runArgs;
    const given = this.#own === null ? this.#given : null, vk = given?.key ?? await this.#ownKey();
    const pause = pauses();
    const { advice, instances: shown } = await assignWithPauses(this.#circuit, values, pause);
    await pause();
    const statement = {
      circuit: this.#columns,
      digest: digestOf(this.#columns.system, vk),
      advice: advice!,
      instances: shown.map(unsignedOf),
    };
    const proof = await proveCells(this.#crew, this.#tools, statement, this.#random, onProgress);
    const { instances } = statement;
    if (!proofHolds("CircuitProver.prove()", proof, { settings, vk, secretG2: this.#secretG2, instances })) {
      const why =
        "the circuit and its settings do not belong together, or the reference string is damaged: compile the " +
        "circuit again, and fetch the string again";
      this.#given = null;
      throw new UnsatisfiedError(
        `CircuitProver.prove(): the proof was made and does not hold, so it is not returned; ${
          given === null ? why : `the key is damaged or of another circuit: make it again with setup(); or ${why}`
        }`,
      );
    }
    onProgress?.({ done: 1, secondsLeft: 0 });
    return new TextEncoder().encode(proofToJson({
      protocol: null,
      instances: [[...shown]],
      proof,
      transcriptType: "EVM",
      split: null,
      prettyPublicInputs: shownElements(values, inputVisibility, outputVisibility),
      timestamp: BigInt(Date.now()),
      commitment: "KZG",
      version: settings.version,
    }));
  }

  #ownKey(): Promise<VerifyingKey> {
    this.#own ??= commitColumns(this.#crew, this.#tools, this.#columns, this.#selectors, this.#identity);
    // One that was stopped is begun anew.
    this.#own.catch(() => this.#own = null);
    return this.#own;
  }

  /** Whether a key has this circuit's gates and constants. */
  async #seemsOwn({ fixed, selectors }: VerifyingKey): Promise<boolean> {
    const { constantColumns } = columnsOf(this.#circuit.settings);
    const jobs = this.#columns.fixed.slice(0, constantColumns).map((column) => ({ kind: "commit", column }) as const);
    const own = await this.#crew.all(jobs) as Commitment[];
    return own.every((point, index) => point?.x === fixed[index]?.x && point?.y === fixed[index]?.y) &&
      this.#selectors.every((bits, index) => selectors?.[index] !== undefined && sameBytes(bits, selectors[index]));
  }

  #stoppable<T>({ signal }: ProveOptions, body: () => Promise<T>): Promise<T> {
    const work = inTurn([this], async () => {
      signal?.throwIfAborted();
      const stop = () => this.#crew.stop(signal!.reason);
      signal?.addEventListener("abort", stop);
      try {
        return await body();
      } finally {
        signal?.removeEventListener("abort", stop);
        // A thread that is still at work writes where the next proof will.
        await this.#crew.rest();
      }
    });
    return signal === undefined ? work : untilAborted(work, signal);
  }
}

/** The same with random numbers of another source: a proof with such hides nothing, so only tests have a reason to. */
export async function createProver(
  compiled: Uint8Array,
  srs: Uint8Array,
  options: ProverOptions,
  random: Random,
): Promise<CircuitProver> {
  checkOptions("CircuitProver", options, namesOf<ProverOptions>({ threads: true }));
  return await make(compiled, srs, defaultThreads("CircuitProver", options), random);
}

/**
 * The threads that options ask for, or as many as the machine has processors.
 * @throws {ArgumentError} for what is no whole number from 1 to 64
 */
export function defaultThreads(caller: string, options: ProverOptions): number {
  const { threads = Math.min(processors(), MOST_THREADS) } = options;
  expect(
    Number.isInteger(threads) && threads >= 1 && threads <= 64,
    `${caller}: threads`,
    threads,
    "a whole number from 1 to 64",
  );
  return threads;
}

/** The cells of a circuit without values. */
async function laidOut(circuit: GraphCircuit, pause: Pause): Promise<Assignment> {
  try {
    return await assignWithPauses(circuit, null, pause);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new NotLaidOutError(
      `zkgrad's prover does not take this circuit: ${error.message}`,
      { cause: error },
    );
  }
}

/** The public part of what a witness says for people. */
function shownElements(
  { prettyElements }: GraphWitness,
  inputs: Visibility,
  outputs: Visibility,
): PrettyElements | null {
  if (prettyElements === null) return null;
  const shown = <Item>(seen: Visibility, list: Item[]) => seen === "Public" ? list : [];
  const hashed = <Item>(seen: Visibility, list: Item[]) => isHashed(seen) ? list : [];
  return {
    rescaledInputs: shown(inputs, prettyElements.rescaledInputs),
    inputs: shown(inputs, prettyElements.inputs),
    processedInputs: hashed(inputs, prettyElements.processedInputs),
    processedParams: [],
    processedOutputs: hashed(outputs, prettyElements.processedOutputs),
    rescaledOutputs: shown(outputs, prettyElements.rescaledOutputs),
    outputs: shown(outputs, prettyElements.outputs),
  };
}
