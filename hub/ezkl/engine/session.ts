/**
 * One running engine as the caller holds it: started, asked one call at a time, and
 * thrown away.
 * @module
 */
import { EngineError } from "./errors.ts";
import type { CallReply, CallRequest, FromKeeper, ToKeeper } from "./messages.ts";

type Lent = Uint8Array<ArrayBuffer>[];

/** Milliseconds after which an engine that says nothing has not started. */
const START_LIMIT = 30_000;

// Taken early: packages such as onnxruntime-web put Node's Worker in its place, which has another interface.
const WebWorker = globalThis.Worker;

/** A running engine. */
export class Session {
  /** Why it has no pool of threads, or null. */
  readonly refused: string | null;
  /** Threads that compute. */
  readonly threads: number;
  readonly #keeper: Worker;
  readonly #others: Worker[];
  #hear: (message: FromKeeper) => void = () => {};
  #fail: (error: EngineError) => void = () => {};
  #stopped: Promise<Lent> | null = null;

  // All Workers are made here: one made inside a Worker takes Deno half a second.
  private constructor(threads: number, refused: string | null) {
    this.threads = Math.max(threads, 1);
    this.refused = refused;
    this.#keeper = this.#worker(new URL("./keeper.ts", import.meta.url));
    this.#keeper.onmessage = ({ data }: MessageEvent<FromKeeper>) => this.#hear(data);
    this.#others = [
      this.#worker(new URL("./runner.ts", import.meta.url)),
      ...Array.from({ length: threads }, () => this.#worker(new URL("./thread.ts", import.meta.url))),
    ];
  }

  #worker(url: URL): Worker {
    const worker = new WebWorker(url, { type: "module" });
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new EngineError(`Engine: one of its Workers failed, saying "${event.message}"`));
    };
    return worker;
  }

  /** Starts an engine; without a pool of threads when that does not start. */
  static async start(threads: number): Promise<Session> {
    if (typeof WebWorker !== "function") {
      throw new EngineError("Engine: this runtime has no Worker, which the engine runs in; use Deno or a browser");
    }
    if (!(WebWorker.prototype instanceof EventTarget)) {
      throw new EngineError(
        "Engine: globalThis.Worker is not the web's Worker; another package has put its own there. Import zkgrad before it",
      );
    }
    const session = new Session(threads, null);
    const failure = await session.#start();
    if (failure === null) return session;
    await session.stop();
    const alone = new Session(0, failure);
    const second = await alone.#start();
    if (second === null) return alone;
    await alone.stop();
    throw new EngineError(`Engine: it did not start, saying "${second}"`);
  }

  async #start(): Promise<string | null> {
    const [runner, ...threads] = this.#others.map((worker) => {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage(port1, [port1]);
      return port2;
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not start within ${START_LIMIT} ms`)), START_LIMIT);
    });
    try {
      const started = this.#ask({ kind: "start", runner: runner!, threads }, [runner!, ...threads]);
      const message = await Promise.race([started, late]);
      if (message.kind === "ready") return null;
      return "error" in message && message.error !== undefined ? message.error : `its first word is ${message.kind}`;
    } catch (error) {
      return (error as Error).message;
    } finally {
      clearTimeout(timer);
    }
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
      this.#keeper.postMessage(message, moved);
    });
  }

  /**
   * Ends it, whatever it is doing; its memory is free when the promise resolves, with what
   * was lent to the call that it broke off.
   */
  stop(): Promise<Lent> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<Lent> {
    let returned: Lent = [];
    await new Promise<void>((resolve) => {
      this.#hear = (message) => {
        if (message.kind === "answer" && message.returned.length > 0) returned = message.returned;
        if (message.kind === "stopped") resolve();
      };
      this.#fail = () => resolve();
      this.#keeper.postMessage({ kind: "stop" });
    });
    for (const worker of [this.#keeper, ...this.#others]) worker.terminate();
    return returned;
  }
}
