/**
 * EZKL's WebAssembly engine, off the caller's thread: witnesses, keys, proofs and their
 * verification, with as many threads as the machine has cores.
 *
 * @example
 * ```ts ignore
 * // Not run: it loads EZKL's engine, 20 MB.
 * await using engine = new Engine();
 * const { vk, pk } = await engine.setup(compiled, srs);
 * const witness = await engine.genWitness(compiled, inputJson(image));
 * const proof = await engine.prove(witness, pk, compiled, srs);
 * await engine.verify(proof, vk, settings, srs); // true
 * ```
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { checkOptions, namesOf } from "../../../core/base/known.ts";
import { checkNumber, checkNumberOptions } from "../format/numbers.ts";
import { untilAborted, withinTime } from "./early_end.ts";
import { EngineError, EnginePanicError } from "./errors.ts";
import type { CallArgument, CallName, CallReply } from "./messages.ts";
import { ProvingKey } from "./proving_key.ts";
import { Session } from "./session.ts";
import { explain, saysInvalid } from "./symptoms.ts";
import { checkOneProof } from "./proof_file.ts";

/** How an engine is made. */
export interface EngineOptions {
  /** Threads for keys and proofs, from 1; as many as cores, but at most 8, unless given. */
  threads?: number;
}

/** How one call may end early. */
export interface CallOptions {
  /** Ends the call; the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Milliseconds that the call may run, its wait in the queue not counted. */
  timeout?: number;
}

/** Names of the options of a call. */
const CALL_OPTIONS = namesOf<CallOptions>({ signal: true, timeout: true });

/** Both keys of a circuit. */
export interface Keys {
  /** The verifying key, for whoever checks proofs. */
  vk: Uint8Array<ArrayBuffer>;
  /** The proving key. */
  pk: ProvingKey;
}

// An engine's memory never shrinks. Below this it is kept, because a new one takes a third of a second to start.
const KEEP_BYTES = 96 << 20;

/** A proving engine. Calls wait in line; each gets a fresh memory after a large one. */
export class Engine implements AsyncDisposable {
  readonly #wanted: number;
  #session: Promise<Session> | null = null;
  #line: Promise<unknown> = Promise.resolve();
  #stops = new Set<Promise<void>>();
  readonly #end = new AbortController();
  #threads: number;
  #refused: string | null = null;

  /**
   * An engine that starts at its first call.
   * @throws {ArgumentError} when `threads` is no whole number from 1
   */
  constructor(options: EngineOptions = {}) {
    checkOptions("Engine", options, ["threads"]);
    const threads = options.threads ?? Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, 8);
    checkNumber("Engine: threads", threads, { whole: true, least: 1 });
    this.#wanted = threads;
    this.#threads = threads;
  }

  /** An engine that has started. */
  static async create(options: EngineOptions = {}): Promise<Engine> {
    const engine = new Engine(options);
    await engine.#start();
    return engine;
  }

  /** Threads it runs with. Before the first call: those it will try. */
  get threads(): number {
    return this.#threads;
  }

  /** Why it runs with one thread though more were wanted, or null. */
  get threadsRefused(): string | null {
    return this.#refused;
  }

  /**
   * Runs the circuit on `input.json` and returns `witness.json`.
   * @throws {EngineError} when the engine refuses the files, and {EnginePanicError} when it breaks down over them
   */
  genWitness(
    compiled: Uint8Array,
    input: Uint8Array | string,
    options?: CallOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#bytes("genWitness", [compiled, input], options);
  }

  /** Makes the verifying key of a compiled circuit. The SRS must have its logrows. */
  genVk(compiled: Uint8Array, srs: Uint8Array, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#bytes("genVk", [compiled, srs, true], options);
  }

  /** Makes the proving key that belongs to `vk`: 2 MB for the smallest circuit, about 900 MB for a LeNet. */
  genPk(
    vk: Uint8Array,
    compiled: Uint8Array,
    srs: Uint8Array,
    options?: CallOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#bytes("genPk", [vk, compiled, srs], options);
  }

  /** Makes both keys. */
  async setup(compiled: Uint8Array, srs: Uint8Array, options?: CallOptions): Promise<Keys> {
    const vk = await this.genVk(compiled, srs, options);
    return { vk, pk: new ProvingKey(await this.genPk(vk, compiled, srs, options)) };
  }

  /**
   * Proves a witness and returns `proof.json`. A `ProvingKey` is lent to the engine while
   * it works; bytes are copied.
   */
  async prove(
    witness: Uint8Array,
    pk: Uint8Array | ProvingKey,
    compiled: Uint8Array,
    srs: Uint8Array,
    options?: CallOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return await this.#bytes("prove", [witness, pk, compiled, srs], options);
  }

  /**
   * Whether a proof holds. True only if the engine said so; false if it said that a
   * well-formed proof does not hold.
   * @throws {EngineError} when a file is malformed, or the proof file carries two different proofs
   */
  async verify(
    proof: Uint8Array,
    vk: Uint8Array,
    settings: Uint8Array,
    srs: Uint8Array,
    options?: CallOptions,
  ): Promise<boolean> {
    const reply = await this.#call("verify", [proof, vk, settings, srs], options);
    if (reply.error !== undefined && !reply.panic && saysInvalid("verify", reply.error)) return false;
    if (value(reply, "verify") !== true) {
      throw new EngineError("verify: the engine gave no answer; do not trust the proof");
    }
    checkOneProof(proof);
    return true;
  }

  /** A proof as the call data of the EVM verifier; with `vkAddress`, 20 bytes, of the one that keeps its key apart. */
  encodeVerifierCalldata(
    proof: Uint8Array,
    vkAddress?: Uint8Array,
    options?: CallOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const address = vkAddress && JSON.stringify([...vkAddress]);
    return this.#bytes("encodeVerifierCalldata", [proof, address], options);
  }

  /** Ends the engine and every call that waits; the memory is free when the promise resolves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new EngineError("Engine: it was disposed of before the call was done"));
    await this.#line.catch(() => {});
    this.#discard();
    await Promise.all(this.#stops);
  }

  async #bytes(name: CallName, args: Given[], options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    const result = value(await this.#call(name, args, options), name);
    if (!(result instanceof Uint8Array)) throw new EngineError(`${name}: the engine returned no bytes`);
    return result;
  }

  async #call(name: CallName, args: Given[], options: CallOptions = {}): Promise<CallReply> {
    checkOptions(`${name}()`, options, CALL_OPTIONS);
    checkNumberOptions(`${name}()`, { timeout: options.timeout }, { least: 0 });
    const signal = options.signal ? AbortSignal.any([options.signal, this.#end.signal]) : this.#end.signal;
    const turn = this.#line.then(() => this.#run(name, args, signal, options.timeout));
    this.#line = turn.catch(() => {});
    // Who aborts while others are before it in line need not wait for its turn.
    return await untilAborted(turn, signal);
  }

  async #run(name: CallName, args: Given[], signal: AbortSignal, timeout?: number): Promise<CallReply> {
    signal.throwIfAborted();
    const session = await untilAborted(this.#start(), signal);
    const key = args.find((arg) => arg instanceof ProvingKey);
    const sent = args.map((arg, i) => bytesOf(arg, name, i));
    try {
      const answer = session.call({ kind: "call", name, args: sent, lent: key ? [args.indexOf(key)] : [] });
      key?.lend();
      const reply = await withinTime(answer, name, timeout, signal);
      if (reply.returned[0]) key?.giveBack(reply.returned[0]);
      if (reply.panic) this.#discard(key);
      else if (reply.heapBytes > KEEP_BYTES) this.#discard();
      return reply;
    } catch (error) {
      this.#discard(key);
      throw error;
    }
  }

  #start(): Promise<Session> {
    this.#session ??= this.#open();
    return this.#session;
  }

  async #open(): Promise<Session> {
    // Two memories at once could be 8 GiB.
    await Promise.all(this.#stops);
    try {
      const session = await Session.start(this.#wanted);
      this.#threads = session.threads;
      this.#refused = session.refused;
      return session;
    } catch (error) {
      this.#session = null;
      throw error;
    }
  }

  /** Lets the engine go in the background; what it still holds of `key` comes back then. */
  #discard(key?: ProvingKey): void {
    if (this.#session === null) return;
    const stopped = this.#session.then(async (session) => {
      const [bytes] = await session.stop();
      if (bytes) key?.giveBack(bytes);
    }).catch(() => {});
    this.#session = null;
    this.#stops.add(stopped);
    stopped.then(() => this.#stops.delete(stopped));
  }
}

type Given = Uint8Array | ProvingKey | string | boolean | undefined;

function bytesOf(arg: Given, name: CallName, place: number): CallArgument {
  if (arg === undefined || typeof arg === "boolean") return arg;
  if (typeof arg === "string") return new TextEncoder().encode(arg);
  if (arg instanceof ProvingKey) return arg.bytes;
  if (!(arg instanceof Uint8Array)) {
    throw new ArgumentError(`${name}: argument ${place + 1} is ${typeof arg}; it must be a Uint8Array`);
  }
  // Posting part of a buffer would copy all of it, and a shared one must not change under the engine.
  const whole = arg.byteLength === arg.buffer.byteLength && arg.buffer instanceof ArrayBuffer;
  return whole ? arg as Uint8Array<ArrayBuffer> : arg.slice();
}

function value(reply: CallReply, name: CallName): Uint8Array<ArrayBuffer> | boolean {
  if (reply.error !== undefined) throw explain(name, reply.error, reply.panic);
  if (reply.value === undefined) throw new EnginePanicError(`${name}: the engine ended without an answer`);
  return reply.value;
}
