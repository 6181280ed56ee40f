/**
 * One running engine as the caller holds it: started, asked one call at a time, and
 * thrown away.
 * @module
 */
import { EngineError } from "./errors.ts";
import type { CallReply, CallRequest, FromKeeper, ToKeeper } from "./messages.ts";

/** A running engine. */
export class Session {
  readonly #worker: Worker;
  #hear: (message: FromKeeper) => void = () => {};
  #fail: (error: EngineError) => void = () => {};
  #stopped: Promise<Uint8Array<ArrayBuffer>[]> | null = null;
  #threads = 1;
  #refused: string | null = null;

  private constructor() {
    if (typeof Worker !== "function") {
      throw new EngineError("Engine: this runtime has no Worker, which the engine runs in; use Deno or a browser");
    }
    this.#worker = new Worker(new URL("./keeper.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromKeeper>) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new EngineError(`Engine: its Worker failed, saying "${event.message}"`));
    };
  }

  /** Starts an engine; without threads when they do not start. */
  static async start(threads: number): Promise<Session> {
    const first = new Session();
    try {
      await first.#start(threads);
      return first;
    } catch (error) {
      await first.stop();
      const second = new Session();
      await second.#start(0);
      second.#refused = (error as Error).message;
      return second;
    }
  }

  /** Threads it has. */
  get threads(): number {
    return this.#threads;
  }

  /** Why its threads did not start, or null; it works without a pool then. */
  get refused(): string | null {
    return this.#refused;
  }

  async #start(threads: number): Promise<void> {
    const answer = await this.#ask({ kind: "start", threads }, []);
    if (answer.kind !== "ready") {
      const words = "error" in answer ? answer.error : "nothing";
      throw new EngineError(`Engine: it did not start, saying "${words}"`);
    }
    this.#threads = answer.threads;
    this.#refused = answer.refused;
  }

  /** Makes a call; the arguments it names as lent are moved and come back with the answer. */
  async call(request: CallRequest): Promise<CallReply> {
    const moved = request.lent.map((i) => (request.args[i] as Uint8Array<ArrayBuffer>).buffer);
    return await this.#ask(request, moved) as CallReply;
  }

  #ask(message: ToKeeper, moved: Transferable[]): Promise<FromKeeper> {
    return new Promise((resolve, reject) => {
      this.#hear = resolve;
      this.#fail = reject;
      this.#worker.postMessage(message, moved);
    });
  }

  /**
   * Ends it, whatever it is doing; its memory is free when the promise resolves, with what
   * was lent to the call that it broke off.
   */
  stop(): Promise<Uint8Array<ArrayBuffer>[]> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<Uint8Array<ArrayBuffer>[]> {
    let returned: Uint8Array<ArrayBuffer>[] = [];
    await new Promise<void>((resolve) => {
      this.#hear = (message) => {
        if (message.kind === "answer" && message.returned.length > 0) returned = message.returned;
        if (message.kind === "stopped") resolve();
      };
      this.#fail = () => resolve();
      this.#worker.postMessage({ kind: "stop" });
    });
    this.#worker.terminate();
    return returned;
  }
}
