/**
 * Who does the pieces of a calibration: threads, or the caller's own where there are none to be had or the work is
 * sooner done than they are made.
 * @module
 */
import { ArgumentError, DeviceError, ZkgradError } from "../../../core/base/errors.ts";
import { makeThread, type Thread } from "../../../core/run/cpu/thread.ts";
import { PrecisionError } from "../numbers/exact.ts";
import type { FloatNetwork } from "./float_network.ts";
import { type Piece, type Pieces, type Study, Weigher } from "./weigher.ts";
import type { FromThread, ToThread } from "./weighing_messages.ts";

/** A piece that was asked for. */
interface Task {
  /** Makes it, when its turn comes. */
  readonly piece: () => Piece;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** One thread, with what it does. */
interface Member {
  readonly thread: Thread<ToThread>;
  task: Task | null;
}

/** Does pieces as they are asked for, some at once. */
export class WeighingCrew implements AsyncDisposable {
  readonly #study: Study;
  readonly #float: FloatNetwork;
  readonly #signal: AbortSignal | undefined;
  readonly #stop = (): void => this.#end(this.#signal!.reason);
  readonly #queue: Task[] = [];
  readonly #members = new Set<Member>();
  #own: Weigher | null = null;
  #working = false;
  #ended: { readonly reason: unknown } | null = null;
  #gone: Promise<unknown>[] = [];

  private constructor(study: Study, float: FloatNetwork, signal: AbortSignal | undefined) {
    this.#study = study;
    this.#float = float;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#stop);
  }

  /** A crew of `threads` threads; with one, or none to be had, the caller's own does everything. */
  static async gather(
    study: Study,
    float: FloatNetwork,
    threads: number,
    signal: AbortSignal | undefined,
  ): Promise<WeighingCrew> {
    // Its text is long, and nobody waits for it who has no use for it.
    const text = threads > 1 ? (await import("./weighing_text.ts")).WEIGHING_TEXT : null;
    // Nobody would end the threads of a crew that was told to stop while it waited.
    signal?.throwIfAborted();
    const crew = new WeighingCrew(study, float, signal);
    if (text !== null) crew.#gather(text, threads);
    return crew;
  }

  /**
   * What comes of a piece.
   * @throws {ZkgradError} what the piece throws
   */
  do<Kind extends keyof Pieces>(kind: Kind, asked: () => Pieces[Kind]["asked"]): Promise<Pieces[Kind]["answer"]> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) return reject(this.#ended.reason);
      const piece = () => ({ kind, ...asked() }) as unknown as Piece;
      this.#queue.push({ piece, resolve: resolve as Task["resolve"], reject });
      this.#give();
    });
  }

  /** Throws what ended it, where it is ended. */
  throwIfEnded(): void {
    if (this.#ended !== null) throw this.#ended.reason;
  }

  /** Ends the threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(new DeviceError("the calibration is over"));
    await Promise.all(this.#gone);
  }

  #gather(text: string, threads: number): void {
    try {
      for (let k = 0; k < threads; k++) this.#add(text);
    } catch {
      // A page may forbid threads, and some runtimes have none.
    }
  }

  #add(text: string): void {
    const thread: Thread<ToThread> = makeThread<ToThread, FromThread>(text, {
      hear: (said) => {
        const { task } = member;
        if (said.kind === "ready" || task === null) return;
        member.task = null;
        if (said.kind === "done") task.resolve(said.answer);
        else if (said.kind === "refused") task.reject(errorOf(said.name, said.message));
        else task.reject(new DeviceError(`calibrateSettings(): a thread failed, saying "${said.reason}"`));
        this.#give();
      },
      lose: () => this.#lose(member),
    });
    const member: Member = { thread, task: null };
    this.#members.add(member);
    thread.send({ kind: "open", study: this.#study });
  }

  /** What a lost thread had is done by the others: a piece leaves nothing behind. */
  #lose(member: Member): void {
    if (!this.#members.delete(member)) return;
    this.#gone.push(member.thread.end());
    if (member.task !== null) this.#queue.unshift(member.task);
    this.#give();
  }

  #give(): void {
    if (this.#ended !== null) return;
    for (const member of this.#members) {
      while (member.task === null) {
        const task = this.#queue.shift();
        if (task === undefined) return;
        try {
          member.thread.send({ kind: "do", piece: task.piece() });
          member.task = task;
        } catch (error) {
          // There may be no room for a piece, and nobody else hears of it.
          task.reject(error);
        }
      }
    }
    if (this.#members.size === 0 && !this.#working) void this.#work();
  }

  /** The caller's own thread, which has a breath between two pieces. */
  async #work(): Promise<void> {
    this.#working = true;
    while (this.#members.size === 0 && this.#queue.length > 0) {
      await new Promise((resolve) => setTimeout(resolve));
      const task = this.#queue.shift();
      if (task === undefined) break;
      try {
        this.#own ??= new Weigher(this.#study, this.#float);
        task.resolve(this.#own.do(task.piece()));
      } catch (error) {
        task.reject(error);
      }
    }
    this.#working = false;
  }

  #end(reason: unknown): void {
    if (this.#ended !== null) return;
    this.#ended = { reason };
    this.#signal?.removeEventListener("abort", this.#stop);
    const left = [...this.#queue.splice(0), ...[...this.#members].flatMap(({ task }) => task === null ? [] : [task])];
    this.#gone.push(...[...this.#members].map(({ thread }) => thread.end()));
    this.#members.clear();
    for (const task of left) task.reject(reason);
  }
}

function errorOf(name: string, message: string): ZkgradError {
  if (name === "ArgumentError") return new ArgumentError(message);
  if (name === "PrecisionError") return new PrecisionError(message);
  const error = new ZkgradError(message);
  error.name = name;
  return error;
}
