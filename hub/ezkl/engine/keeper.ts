/**
 * The Worker between the caller and the engine. It is never busy, so it hears an abort
 * while a proof is made, and it alone owns the engine's memory: when it closes, up to
 * 4 GiB go back at once rather than when the caller's garbage is next collected.
 * @module
 */
import { Halt } from "./halt.ts";
import { engineMemory } from "./memory.ts";
import {
  type CallReply,
  type CallRequest,
  type FromKeeper,
  type FromRunner,
  type FromThread,
  type JoinRequest,
  type ToKeeper,
  type ToRunner,
  type ToThread,
  workerScope,
} from "./messages.ts";

const THREADS_START = 10_000;
const HALT_STEP = 20;
const HALT_LIMIT = 60_000;
const UNABLE_LIMIT = 1000;

const scope = workerScope<ToKeeper, FromKeeper>();
let runner: MessagePort;
let threads: MessagePort[];
let memory: WebAssembly.Memory | undefined;
let halt: Halt | undefined;
let alive = 0;
let stopping = false;

function start(runnerPort: MessagePort, threadPorts: MessagePort[]): void {
  [runner, threads] = [runnerPort, threadPorts];
  alive = 1 + threads.length;
  // Without cross-origin isolation a browser does not let a memory leave its Worker.
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false;
  memory = isolated ? engineMemory() : undefined;
  runner.onmessage = ({ data }: MessageEvent<FromRunner>) => hearRunner(data);
  if (!isolated && threads.length > 0) {
    return fail("the page is not cross-origin isolated, and only then do browsers share memory");
  }
  tellRunner({ kind: "start", memory, threads: threads.length });
}

function hearRunner(message: FromRunner): void {
  if (message.kind === "threads") {
    join({ module: message.module, memory: memory!, receiver: message.receiver })
      .then(() => tellRunner({ kind: "build" }), (error: Error) => fail(error.message));
  } else if (message.kind === "ready") {
    if (threads.length > 0) halt = new Halt(memory!, threads.length);
    scope.postMessage({ kind: "ready" });
  } else if (message.kind === "answer") {
    answer(message);
  } else if (message.kind === "failed") {
    fail(message.error);
  } else {
    alive -= 1;
  }
}

/** Lets all threads join the pool. */
async function join(request: JoinRequest): Promise<void> {
  const joined = threads.map((thread) =>
    new Promise<void>((resolve, reject) => {
      thread.onmessage = ({ data }: MessageEvent<FromThread>) => {
        if (data.kind === "ready") return resolve();
        alive -= 1;
        reject(new Error(data.error));
        // The runner would wait forever for the part of a thread that broke down.
        if (!stopping) answer({ kind: "answer", error: data.error, panic: true, heapBytes: 0, returned: [] });
      };
      thread.postMessage({ kind: "join", ...request } satisfies ToThread);
    })
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`threads did not start within ${THREADS_START} ms`)), THREADS_START);
  });
  await Promise.race([Promise.all(joined), late]).finally(() => clearTimeout(timer));
}

function tellRunner(message: ToRunner, moved: Transferable[] = []): void {
  runner.postMessage(message, moved);
}

function fail(error: string): void {
  scope.postMessage({ kind: "failed", error });
}

function answer(reply: CallReply): void {
  const moved = reply.returned.map((bytes) => bytes.buffer);
  if (reply.value instanceof Uint8Array) moved.push(reply.value.buffer);
  scope.postMessage(reply, moved);
}

function call(request: CallRequest): void {
  const buffers = request.args.flatMap((arg) => arg instanceof Uint8Array ? [arg.buffer] : []);
  tellRunner(request, [...new Set(buffers)]);
}

async function stop(): Promise<void> {
  stopping = true;
  tellRunner({ kind: "stop" });
  for (const thread of threads) {
    thread.onmessage ??= () => alive -= 1;
    thread.postMessage({ kind: "stop" } satisfies ToThread);
  }
  const limit = Date.now() + (halt?.able ? HALT_LIMIT : UNABLE_LIMIT);
  while (alive > 0 && Date.now() < limit) {
    halt?.step(alive);
    await new Promise((resolve) => setTimeout(resolve, HALT_STEP));
  }
  scope.postMessage({ kind: "stopped", clean: alive === 0 });
  scope.close();
}

scope.onmessage = async ({ data }) => {
  if (data.kind === "start") start(data.runner, data.threads);
  else if (data.kind === "call") call(data);
  else await stop();
};
