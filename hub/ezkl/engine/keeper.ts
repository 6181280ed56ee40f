/**
 * The Worker between the caller and the engine. It is never busy, so it hears an abort
 * while a proof is made, and it alone owns the engine's memory: when it closes, up to
 * 4 GiB go back at once rather than when the caller's garbage is next collected.
 * @module
 */
import { Halt } from "./halt.ts";
import { engineMemory } from "./memory.ts";
import {
  type CallRequest,
  type FromKeeper,
  type FromRunner,
  type FromThread,
  type ToKeeper,
  type ToRunner,
  type ToThread,
  workerScope,
} from "./messages.ts";

const THREADS_START = 10_000;
const HALT_STEP = 20;
const HALT_LIMIT = 10_000;

const scope = workerScope<ToKeeper, FromKeeper>();
const threads: Worker[] = [];
let runner: Worker;
let memory: WebAssembly.Memory | undefined;
let halt: Halt | undefined;
let alive = 0;
let stopping = false;

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function broken(error: string): void {
  if (stopping) return;
  scope.postMessage({ kind: "answer", error, panic: true, heapBytes: 0, returned: [] });
}

/** A Worker whose failure outside our own code counts as its end. */
function child(url: URL, ended: (error: string) => void): Worker {
  const worker = new Worker(url, { type: "module" });
  alive += 1;
  worker.onerror = (event) => {
    event.preventDefault();
    alive -= 1;
    ended(event.message);
  };
  return worker;
}

/** A thread that will join once it is told where, and the promise that it has. */
function makeThread(): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = child(new URL("./thread.ts", import.meta.url), (error) => {
      reject(new Error(error));
      broken(error);
    });
    threads.push(worker);
    worker.onmessage = ({ data }: MessageEvent<FromThread>) => {
      if (data.kind === "ready") return resolve();
      alive -= 1;
      reject(new Error(data.error));
      broken(data.error);
    };
  });
}

async function joinThreads(message: ToThread, joined: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`threads did not start within ${THREADS_START} ms`)), THREADS_START);
  });
  for (const worker of threads) worker.postMessage(message);
  await Promise.race([joined, late]).finally(() => clearTimeout(timer));
}

function start(wanted: number): void {
  // Without cross-origin isolation a browser does not let a memory leave its Worker.
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false;
  const count = isolated ? wanted : 0;
  memory = isolated ? engineMemory() : undefined;
  runner = child(new URL("./runner.ts", import.meta.url), broken);
  // All Workers at once: one made by a Worker takes Deno half a second.
  const joined = Promise.all(Array.from({ length: count }, makeThread));
  joined.catch(() => {});
  runner.onmessage = async ({ data }: MessageEvent<FromRunner>) => {
    if (data.kind === "threads") {
      try {
        await joinThreads({ module: data.module, memory: memory!, receiver: data.receiver }, joined);
        ask({ kind: "build" });
      } catch (error) {
        scope.postMessage({ kind: "failed", error: (error as Error).message });
      }
    } else if (data.kind === "ready") {
      if (count > 0) halt = new Halt(memory!, count);
      const refused = isolated ? null : "the page is not cross-origin isolated, and only then do browsers share memory";
      scope.postMessage({ kind: "ready", threads: Math.max(count, 1), refused });
    } else if (data.kind === "answer") {
      const moved = data.returned.map((bytes) => bytes.buffer);
      if (data.value instanceof Uint8Array) moved.push(data.value.buffer);
      scope.postMessage(data, moved);
    } else if (data.kind === "failed") {
      scope.postMessage(data);
    } else {
      alive -= 1;
    }
  };
  ask({ kind: "start", memory, threads: count });
}

function ask(message: ToRunner, moved: Transferable[] = []): void {
  runner.postMessage(message, moved);
}

function call(request: CallRequest): void {
  const buffers = request.args.flatMap((arg) => arg instanceof Uint8Array ? [arg.buffer] : []);
  ask(request, [...new Set(buffers)]);
}

async function stop(): Promise<void> {
  stopping = true;
  ask({ kind: "stop" });
  for (const worker of threads) worker.postMessage("stop");
  const limit = Date.now() + HALT_LIMIT;
  while (alive > 0 && Date.now() < limit) {
    halt?.step();
    await pause(HALT_STEP);
  }
  for (const worker of [runner, ...threads]) worker.terminate();
  scope.postMessage({ kind: "stopped", clean: alive === 0 });
  scope.close();
}

scope.onmessage = async ({ data }) => {
  if (data.kind === "start") start(data.threads);
  else if (data.kind === "call") call(data);
  else await stop();
};
