/**
 * The proof that a hub makes of what is drawn. Nothing that a hub says counts: the proof is verified here, by a key that
 * was made here, and what it shows must be what this network's circuit says of this very drawing.
 * @module
 */
import { batch, type Signal, signal } from "npm:@preact/signals@2.11.4";
import { network } from "../app/network.ts";
import { answerTo } from "../draw/answer.ts";
import { image } from "../draw/drawing.ts";
import { sentenceOf } from "../app/errors.ts";
import { isUnderWay, proof, state } from "../prove/proof.ts";
import { inputJson } from "../../ezkl/samples.ts";
import { verifier } from "../verify/verifier.ts";
import type { News } from "./by_hub_worker.ts";
import { calls, disconnect, hub, place, problem } from "./hub.ts";

/** A proof that the hub makes. */
export interface Job {
  /** When it was asked for. */
  readonly begun: number;
  /** What the hub says of it, once it has it. */
  readonly news: News | null;
}

/** It; null while there is none. */
export const job: Signal<Job | null> = signal(null);

let isStopping = false;
/** Which proof the hub was told to stop. */
let cancelled: string | undefined;

/** Has the hub prove what the network says of the drawing. */
export async function prove(): Promise<void> {
  const there = place.peek(), current = network.peek(), from = hub.peek();
  if (there.kind !== "there" || current === null || from === null || isUnderWay.peek()) return;
  const begun = performance.now(), pixels = image.peek();
  isStopping = false;
  batch(() => {
    proof.value = null;
    problem.value = "";
    state.value = { kind: "away" };
    job.value = { begun, news: null };
  });
  const onProgress = (news: News): void => {
    job.value = { begun, news };
    if (isStopping) cancel();
  };
  try {
    const { proof: made, kept } = await calls.call("prove", { id: there.id, input: inputJson(pixels) }, { onProgress });
    const { vk, settings, srs } = there.network;
    const { holds, outputs } = await verifier.call("verify", { proof: made, vk, settings, srs });
    if (!holds) throw new Error(`${from.place} sent a proof that does not hold`);
    const { circuit } = await answerTo(current, pixels);
    if (outputs !== null && !circuit.every((value, at) => Math.abs(value - outputs[0][at]) < 1e-9)) {
      throw new Error(`${from.place} sent a proof of something else than this drawing`);
    }
    if (isStopping) throw new Error("it was stopped");
    batch(() => {
      const seconds = (performance.now() - begun) / 1000;
      proof.value = { proof: made, network: there.network, seconds, threads: 0, hub: from.place };
      state.value = { kind: "none" };
      if (kept !== null) {
        problem.value = `The hub may still have the witness, in which the drawing is: ${sentenceOf(kept)}`;
      }
    });
  } catch (error) {
    state.value = isStopping ? { kind: "stopped" } : { kind: "failed", sentence: sentenceOf(error) };
  } finally {
    job.value = null;
  }
}

/** Has the hub stop, and delete what it was sent; at once, or as soon as it says under which name it has it. */
export async function cancel(): Promise<void> {
  const id = job.peek()?.news?.id;
  isStopping = true;
  if (id === undefined || id === cancelled) return;
  cancelled = id;
  try {
    await calls.call("cancel", { kind: "proof", id });
  } catch (error) {
    isStopping = false;
    disconnect(new Error(`the hub could not be told to stop, and may go on: ${sentenceOf(error)}`));
  }
}
