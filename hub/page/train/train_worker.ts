/**
 * The Worker that trains, weighs circuits and makes keys, so that the page never stands still.
 * @module
 */
import { decodeCircuit } from "../../ezkl/format/circuit_codec.ts";
import { Prover } from "../../ezkl/prover/prover.ts";
import { genSrs } from "../../ezkl/srs/generate.ts";
import { serveCalls, threadsGone } from "../app/calls.ts";
import { takeCandidate, weighCircuits } from "./circuits.ts";
import { type Digits, unpackDigits } from "./digits.ts";
import type { ChosenCircuit, News, Trained, Weighed } from "./news.ts";
import { type PresetId, presetOf } from "./presets.ts";
import { train } from "./session.ts";

/** What to train. */
interface Task {
  readonly preset: PresetId;
  readonly epochs: number;
  /** Address of the file of digits. */
  readonly digits: string;
}

/** A network with the circuits that were weighed of it, and the one to make. */
interface Taken extends Pick<Weighed, "candidates"> {
  readonly onnx: Uint8Array<ArrayBuffer>;
  readonly candidate: number;
  /** Address of the file of digits. */
  readonly digits: string;
}

/** A circuit's key and the reference string that it was made with. */
interface Keys {
  readonly vk: Uint8Array<ArrayBuffer>;
  readonly srs: Uint8Array<ArrayBuffer>;
}

const ended = new AbortController();
let digits: Promise<Digits> | null = null;
let last: { readonly onnx: Uint8Array<ArrayBuffer>; weighed?: Weighed } | null = null;
/** Resolved when training may go on; null while it does. */
let held: PromiseWithResolvers<void> | null = null;
let work: Promise<unknown> = Promise.resolve();

const functions = {
  async train({ preset, epochs, digits: url }: Task, tell: (news: News) => void): Promise<Trained> {
    const session = train({
      preset: presetOf(preset),
      digits: await digitsOf(url),
      epochs,
      signal: ended.signal,
      tell,
    });
    const trained = await underWay(learn(session, tell));
    last = trained;
    return trained;
  },

  async weigh(_: null, tell: (share: number) => void): Promise<{ weighed: Weighed; circuit: ChosenCircuit }> {
    const { signal } = ended;
    const found = await underWay(
      weighCircuits(last!.onnx, await digits!, (done, total) => tell(done / total), signal),
    );
    last!.weighed = found.weighed;
    return found;
  },

  async choose(candidate: number): Promise<ChosenCircuit> {
    return await takeCandidate(last!.onnx, await digits!, last!.weighed!.candidates, candidate);
  },

  /** The circuit of a candidate of a network that was trained and weighed elsewhere. */
  async take({ onnx, candidates, candidate, digits: url }: Taken): Promise<ChosenCircuit> {
    return await takeCandidate(onnx, await digitsOf(url), candidates, candidate);
  },

  /** With the string that is given, where it is of the circuit's rows, or one that is made here. */
  async keys({ compiled, srs: given }: { compiled: Uint8Array<ArrayBuffer>; srs: Given | null }): Promise<Keys> {
    const { logrows } = decodeCircuit(compiled).settings.runArgs;
    const srs = given?.logrows === logrows ? given.srs : await genSrs(logrows);
    const prover = new Prover();
    try {
      return { vk: await prover.genVk(compiled, srs), srs };
    } finally {
      await prover[Symbol.asyncDispose]();
    }
  },

  pause(_: null): void {
    held ??= Promise.withResolvers();
  },

  resume(_: null): void {
    held?.resolve();
    held = null;
  },

  /** Has what is under way come to its end, so that no thread is ended while it computes. */
  async end(_: null): Promise<void> {
    ended.abort(new Error("it was cancelled"));
    held?.resolve();
    await work.catch(() => {});
    await threadsGone();
  },
};

/** A reference string that the page has already. */
interface Given {
  readonly logrows: number;
  readonly srs: Uint8Array<ArrayBuffer>;
}

/** What the page may call. */
export type TrainFunctions = typeof functions;

async function learn(session: ReturnType<typeof train>, tell: (news: News) => void): Promise<Trained> {
  while (true) {
    const { done, value } = await session.next();
    if (done) return value;
    tell({ kind: "epoch", epoch: value });
    if (held === null) continue;
    tell({ kind: "paused" });
    await held.promise;
  }
}

function underWay<T>(promise: Promise<T>): Promise<T> {
  work = promise;
  return promise;
}

function digitsOf(url: string): Promise<Digits> {
  digits ??= fetchDigits(url);
  digits.catch(() => digits = null);
  return digits;
}

async function fetchDigits(url: string): Promise<Digits> {
  const response = await fetch(url).catch(() => {
    throw new Error("the digits to learn from cannot be had without a connection; go online once and try again");
  });
  if (response.ok) return unpackDigits(new Uint8Array(await response.arrayBuffer()));
  throw new Error(
    `the digits to learn from are not there, ${url} answers with ${response.status}; load the page again`,
  );
}

serveCalls(functions);
