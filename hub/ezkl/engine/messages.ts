/**
 * What the Workers of the engine say to one another. The caller speaks with the keeper
 * alone; the keeper owns the memory and speaks with the runner, which makes the calls, and
 * with its threads, over ports that the caller gives to both sides.
 * @module
 */
// The Workers load the engine, and what only a Worker names is not put into a node_modules folder by `deno install`.
import type * as engine from "npm:@ezkljs/engine@21.0.0/web/ezkl.js";

/** The engine's functions that can be asked for. */
export type CallName = Extract<
  keyof typeof engine,
  "genWitness" | "genVk" | "genPk" | "prove" | "verify" | "encodeVerifierCalldata"
>;

/** An argument of a call: a file's bytes, a switch, or nothing. */
export type CallArgument = Uint8Array<ArrayBuffer> | boolean | undefined;

/** A call to make. */
export interface CallRequest {
  /** What is asked. */
  kind: "call";
  /** The function. */
  name: CallName;
  /** Its arguments, in the engine's order. */
  args: CallArgument[];
  /** Places of the arguments that come back with the answer. */
  lent: number[];
}

/** How a call ended. */
export interface CallReply {
  /** What is said. */
  kind: "answer";
  /** The result, when there is one. */
  value?: Uint8Array<ArrayBuffer> | boolean;
  /** The engine's own words, when there is none. */
  error?: string;
  /** Whether the engine is unusable now. */
  panic: boolean;
  /** Size of its memory afterwards, in bytes. */
  heapBytes: number;
  /** The arguments that were lent, in the order of `lent`. */
  returned: Uint8Array<ArrayBuffer>[];
}

/** From the caller to the keeper. */
export type ToKeeper =
  | { kind: "start"; runner: MessagePort; threads: MessagePort[] }
  | CallRequest
  | { kind: "stop" };

/** From the keeper to the caller. */
export type FromKeeper =
  | { kind: "ready" }
  | { kind: "failed"; error: string }
  | CallReply
  | { kind: "stopped"; clean: boolean };

/** From the keeper to the runner. */
export type ToRunner =
  | { kind: "start"; memory: WebAssembly.Memory | undefined; threads: number }
  | { kind: "build" }
  | CallRequest
  | { kind: "stop" };

/** From the runner to the keeper. */
export type FromRunner =
  | { kind: "threads"; module: WebAssembly.Module; receiver: number }
  | { kind: "ready" }
  | { kind: "failed"; error: string }
  | CallReply
  | { kind: "ended" };

/** What a thread needs to join. */
export interface JoinRequest {
  /** The compiled engine. */
  module: WebAssembly.Module;
  /** The memory it shares with the runner. */
  memory: WebAssembly.Memory;
  /** Where the engine hands the thread its part. */
  receiver: number;
}

/** From the keeper to a thread. */
export type ToThread = ({ kind: "join" } & JoinRequest) | { kind: "stop" };

/** From a thread to the keeper. */
export type FromThread = { kind: "ready" } | { kind: "ended"; error: string };

/** The side of a Worker that its own module sees. */
export interface WorkerScope<In, Out> {
  /** Called for every message. */
  onmessage: ((event: MessageEvent<In>) => void) | null;
  /** Sends to whoever made the Worker. */
  postMessage(message: Out, transfer?: Transferable[]): void;
  /** Ends the Worker. */
  close(): void;
}

/** This Worker's own side. */
export function workerScope<In, Out>(): WorkerScope<In, Out> {
  return globalThis as unknown as WorkerScope<In, Out>;
}

/** How a runner or a thread answers the keeper. */
export type Post<Out> = (message: Out, transfer?: Transferable[]) => void;

/** Hears the keeper, over the port that is this Worker's first message. */
export function hearKeeper<In, Out>(hear: (message: In, post: Post<Out>) => void): void {
  workerScope<MessagePort, never>().onmessage = ({ data: port }) => {
    port.onmessage = ({ data }: MessageEvent<In>) =>
      hear(data, (message, transfer = []) => port.postMessage(message, transfer));
  };
}

/** The text of whatever was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
