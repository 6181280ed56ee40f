/**
 * One thread, of whatever runtime: how it is made, spoken to and ended, and how its end is heard of, be it asked for or
 * not.
 * @module
 */
import { builtin, type NavigatorLike, NODE_PORT } from "../../base/host.ts";
import { type FromThread, serve, type ToThread } from "./serve.ts";

// Taken early: other packages may put another in its place.
const WebWorker = globalThis.Worker as typeof Worker | undefined;

/** Milliseconds after which a thread that was told to end is taken to have done so, where nothing tells. */
const ENDING = 200;

/** What a thread's maker hears. */
export interface Listener {
  /** What the thread says. */
  hear(message: FromThread): void;
  /** That it has failed or ended, and how. */
  lose(reason: string): void;
}

/** A thread. */
export interface Thread {
  /** Tells it something. */
  send(message: ToThread): void;
  /** Ends it; done when it writes no more. */
  end(): Promise<void>;
}

/** Makes a thread; throws where there are none to be had. */
export function makeThread(listener: Listener): Thread {
  const node = WebWorker === undefined ? builtin("node:worker_threads") : undefined;
  if (node === undefined) return webThread(listener);
  const worker = new node.Worker(`(${serve})(${NODE_PORT}, null)`, { eval: true });
  const hear = (message: FromThread): void => listener.hear(message);
  worker.on("message", hear as (value: never) => void);
  worker.on("error", ((error: Error) => listener.lose(error.message)) as (value: never) => void);
  worker.on("exit", () => listener.lose(ENDED));
  return { send: (message) => worker.postMessage(message), end: async () => void await worker.terminate() };
}

const ENDED = "it was ended from outside";

function webThread(listener: Listener): Thread {
  const { locks } = globalThis.navigator as NavigatorLike;
  const lock = locks === undefined ? null : `zkgrad ${crypto.randomUUID()}`;
  const text = `(${serve})(self, ${JSON.stringify(lock)})`;
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new WebWorker!(url, { type: "module" });
  let ended = (): void => {};
  const end = new Promise<void>((resolve) => ended = resolve);
  void end.then(() => listener.lose(ENDED));
  // The thread holds the lock from before it says that it is ready.
  const watch = (): void => {
    if (lock !== null) locks!.request(lock, ended).catch(() => {});
  };
  worker.onmessage = ({ data }: MessageEvent<FromThread>) => {
    if (data.kind === "ready") watch();
    listener.hear(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    listener.lose(event.message);
  };
  // Of Bun, which has no locks.
  worker.addEventListener("close", ended);
  return {
    send: (message) => worker.postMessage(message),
    end: async () => {
      worker.terminate();
      URL.revokeObjectURL(url);
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([end, new Promise((resolve) => timer = setTimeout(resolve, ENDING))]);
      clearTimeout(timer);
    },
  };
}
