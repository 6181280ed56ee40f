/**
 * The Worker that makes the engine's calls. A call keeps it busy until it is done, so
 * everything that must be heard meanwhile goes to the keeper.
 * @module
 */
import { type LoadedEngine, loadEngine } from "./load.ts";
import { engineMemory } from "./memory.ts";
import {
  type CallReply,
  type CallRequest,
  type FromRunner,
  hearKeeper,
  type ToRunner,
  wordsOf,
  workerScope,
} from "./messages.ts";
import { panicText } from "./panic.ts";
import { type PoolBuilder, poolBuilder } from "./pool.ts";

const panicked = panicText();

let memory: WebAssembly.Memory;
let engine: LoadedEngine;
// The threads read the receiver inside the builder, so it must not be collected.
let builder: PoolBuilder;

async function start(given: WebAssembly.Memory | undefined, threads: number): Promise<FromRunner> {
  memory = given ?? engineMemory();
  engine = await loadEngine(memory);
  if (threads === 0) return { kind: "ready" };
  builder = await poolBuilder(engine.functions, threads);
  return { kind: "threads", module: engine.module, receiver: builder.receiver() };
}

/** The same bytes under the type that the engine asks for. */
function clamped(bytes: Uint8Array<ArrayBuffer>): Uint8ClampedArray<ArrayBuffer> {
  return new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function call({ name, args, lent }: CallRequest): CallReply {
  const reply: CallReply = { kind: "answer", panic: false, heapBytes: 0, returned: [] };
  try {
    const view = args.map((arg, i) =>
      arg instanceof Uint8Array && !(name === "encodeVerifierCalldata" && i === 1) ? clamped(arg) : arg
    );
    const run = engine.functions[name] as (...args: unknown[]) => Uint8Array<ArrayBuffer> | boolean;
    reply.value = run(...view);
  } catch (error) {
    const words = panicked();
    reply.error = words ?? wordsOf(error);
    // The engine's refusals are plain errors; anything else came from the machine underneath.
    reply.panic = words !== null || !(error instanceof Error) || error.constructor !== Error;
  }
  reply.heapBytes = memory.buffer.byteLength;
  reply.returned = lent.map((i) => args[i] as Uint8Array<ArrayBuffer>);
  return reply;
}

hearKeeper<ToRunner, FromRunner>(async (message, post) => {
  if (message.kind === "start") {
    const failed = (error: unknown): FromRunner => ({ kind: "failed", error: wordsOf(error) });
    post(await start(message.memory, message.threads).catch(failed));
  } else if (message.kind === "build") {
    builder.build();
    post({ kind: "ready" });
  } else if (message.kind === "call") {
    const reply = call(message);
    const moved = reply.returned.map((bytes) => bytes.buffer);
    if (reply.value instanceof Uint8Array) moved.push(reply.value.buffer);
    post(reply, moved);
  } else {
    post({ kind: "ended" });
    workerScope().close();
  }
});
