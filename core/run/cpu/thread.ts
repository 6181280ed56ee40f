/**
 * One thread, of whatever runtime: how it is made, spoken to and ended, and how its end is heard of, be it asked for or
 * not.
 * @module
 */
import { builtin, type NavigatorLike, NODE_PORT } from "../../base/host.ts";

// Taken early: other packages may put another in its place.
const WebWorker = globalThis.Worker as typeof Worker | undefined;

/** Milliseconds after which a thread that was told to end is taken to have done so, where nothing tells. */
const ENDING = 200;

/** Milliseconds within which a thread is there, however much else the machine does. */
const STARTING = 30_000;

/** The little of a Worker's scope, or of Node's port, that is used. */
export interface ThreadPort<To, From> {
  /** Hears the next message. */
  onmessage: ((event: { readonly data: To }) => void) | null;
  /** Says something. */
  postMessage(message: From): void;
}

/** What any thread says once, and first: that it is there. */
interface Ready {
  readonly kind: "ready";
}

/** What a thread's maker hears. */
export interface Listener<From> {
  /** What the thread says. */
  hear(message: From | Ready): void;
  /** That it has failed or ended, and how. */
  lose(reason: string): void;
}

/** A thread. */
export interface Thread<To> {
  /** Tells it something. */
  send(message: To): void;
  /** Ends it; done when it writes no more. */
  end(): Promise<void>;
}

/**
 * Makes a thread; throws where there are none to be had. Its program is the text of a function of a
 * {@linkcode ThreadPort}, so that bundlers have nothing to find and a runtime needs no permission to read it; it names
 * nothing from outside itself.
 */
export function makeThread<To, From extends { readonly kind: string }>(
  program: string,
  listener: Listener<From>,
): Thread<To> {
  const node = WebWorker === undefined ? builtin("node:worker_threads") : undefined;
  if (node === undefined) return webThread(program, listener);
  const worker = new node.Worker(`(${begin})(${NODE_PORT}, null, ${program})`, { eval: true });
  const hear = (message: From): void => listener.hear(message);
  worker.on("message", hear as (value: never) => void);
  worker.on("error", ((error: Error) => listener.lose(error.message)) as (value: never) => void);
  worker.on("exit", () => listener.lose(ENDED));
  return { send: (message) => worker.postMessage(message), end: async () => void await worker.terminate() };
}

const ENDED = "it was ended from outside";

/**
 * How every thread begins, of whose text this is a part. It holds the lock of this name, where the runtime has locks, as
 * long as it lives: so its maker hears of its end, which no event tells.
 */
function begin<To, From>(
  port: ThreadPort<To, From | Ready>,
  lock: string | null,
  program: (port: ThreadPort<To, From>) => void,
): void {
  program(port);
  const ready = (): void => port.postMessage({ kind: "ready" });
  const locks = lock === null ? undefined : (globalThis.navigator as NavigatorLike | undefined)?.locks;
  if (locks === undefined) return ready();
  locks.request(lock!, () => {
    ready();
    return new Promise(() => {});
  }).catch(ready);
}

function webThread<To, From extends { readonly kind: string }>(program: string, listener: Listener<From>): Thread<To> {
  const { locks } = globalThis.navigator as NavigatorLike;
  const lock = locks === undefined ? null : `zkgrad ${crypto.randomUUID()}`;
  const text = `(${begin})(self, ${JSON.stringify(lock)}, ${program})`;
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new WebWorker!(url, { type: "module" });
  let ended = (): void => {};
  const end = new Promise<void>((resolve) => ended = resolve);
  void end.then(() => listener.lose(ENDED));
  // The thread holds the lock from before it says that it is ready.
  const watch = (): void => {
    if (lock !== null) locks!.request(lock, ended).catch(() => {});
  };
  // No event tells of one that ends before it holds the lock.
  let starting = setTimeout(() => {
    // Its word may have come while this thread was busy, and is heard first.
    starting = setTimeout(() => listener.lose(`it was not there within ${STARTING / 1000} s`), ENDING);
  }, STARTING);
  worker.onmessage = ({ data }: MessageEvent<From | Ready>) => {
    if (data.kind === "ready") {
      clearTimeout(starting);
      watch();
    }
    listener.hear(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    clearTimeout(starting);
    listener.lose(event.message);
  };
  // Of Bun, which has no locks.
  worker.addEventListener("close", ended);
  return {
    send: (message) => worker.postMessage(message),
    end: async () => {
      clearTimeout(starting);
      worker.terminate();
      URL.revokeObjectURL(url);
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([end, new Promise((resolve) => timer = setTimeout(resolve, ENDING))]);
      clearTimeout(timer);
    },
  };
}
