/**
 * The proof that is being made, or was made, of what is drawn.
 * @module
 */
import { batch, computed, type ReadonlySignal, type Signal, signal } from "npm:@preact/signals@2.11.4";
import { Calls } from "../app/calls.ts";
import { sentenceOf } from "../app/errors.ts";
import { network, type PageNetwork } from "../app/network.ts";
import { image } from "../draw/drawing.ts";
import type { Progress, ProveFunctions } from "./prove_worker.ts";

/** A proof, with the network that it is about. */
export interface PageProof {
  /** `test.pf`. */
  readonly proof: Uint8Array<ArrayBuffer>;
  /** What it is about: its key, settings and reference string are the verifier's. */
  readonly network: PageNetwork;
  /** Seconds that it took. */
  readonly seconds: number;
  /** Threads of this device that made it; 0 where a hub did. */
  readonly threads: number;
  /** The hub that made it. */
  readonly hub?: string;
}

/** Where the proof is; "away" while a hub makes it. */
export type ProofState =
  | { readonly kind: "none" }
  | { readonly kind: "proving"; readonly begun: number; readonly expected: number; readonly progress: Progress | null }
  | { readonly kind: "away" }
  | { readonly kind: "failed"; readonly sentence: string }
  | { readonly kind: "stopped" };

/** Where it is; `proof` has the one that was made. */
export const state: Signal<ProofState> = signal({ kind: "none" });

/** The last proof that was made here; other sections use it too. */
export const proof: Signal<PageProof | null> = signal(null);

const worker = new Calls<ProveFunctions>("prove/prove_worker.js");
let stopping: AbortController | null = null;

/** Threads that this page has: one where it is not isolated from others. */
export function threads(): number {
  return crossOriginIsolated ? Math.min(16, navigator.hardwareConcurrency || 1) : 1;
}

/** How many times its price a proof takes in a browser, until one was made on this device. */
let pace = 1.4;
/** Seconds that the first proof takes beyond: its code is compiled meanwhile. */
let begin = 1;

/** Seconds that a proof of this network may take here. The price is of one thread; others take off less and less. */
export function expectedSeconds({ about }: PageNetwork): number {
  return begin + pace * about.seconds / threads() ** 0.8;
}

/** Goes by what a proof took here from then on. */
function learnPace(current: PageNetwork, seconds: number): void {
  const expected = expectedSeconds(current);
  pace *= seconds / expected;
  begin = 0;
}

/** Why no proof can be made here, as a sentence; null where one can. */
export function hindrance(): string | null {
  return typeof WebAssembly === "object"
    ? null
    : "This browser has no WebAssembly, which proofs are computed in. Drawing, the network's answer and the verification of " +
      "proofs work without it; to prove, open this page in another browser.";
}

/** Whether a proof is being made, here or by a hub. */
export const isUnderWay: ReadonlySignal<boolean> = computed(() => ["proving", "away"].includes(state.value.kind));

/** Lays the circuit ahead, in the Worker; whoever then proves hears what went wrong. */
export function prepare(current: PageNetwork): void {
  if (hindrance() !== null || isUnderWay.peek()) return;
  const { compiled, srs, vk } = current;
  worker.call("prepare", { compiled, srs, vk }).catch(() => {});
}

/** Proves what the network says of the drawing. */
export async function prove(): Promise<void> {
  const current = network.peek();
  if (current === null || isUnderWay.peek()) return;
  const begun = performance.now(), expected = expectedSeconds(current), control = stopping = new AbortController();
  batch(() => {
    proof.value = null;
    state.value = { kind: "proving", begun, expected, progress: null };
  });
  const { compiled, srs, vk } = current;
  try {
    const made = await worker.call("prove", { compiled, srs, vk, image: image.peek() }, {
      signal: control.signal,
      onProgress: (progress) => state.value = { kind: "proving", begun, expected, progress },
    });
    const seconds = (performance.now() - begun) / 1000;
    learnPace(current, seconds);
    batch(() => {
      proof.value = { ...made, network: current, seconds };
      state.value = { kind: "none" };
    });
  } catch (error) {
    state.value = control.signal.aborted ? { kind: "stopped" } : { kind: "failed", sentence: sentenceOf(error) };
  } finally {
    stopping = null;
  }
}

/** Stops the proof that is being made. */
export function stop(): void {
  stopping?.abort();
}
