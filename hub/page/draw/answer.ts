/**
 * The network's answer to the drawing, kept up with it.
 * @module
 */
import { effect, type Signal, signal } from "npm:@preact/signals@2.11.4";
import { Calls } from "../app/calls.ts";
import { said as complaint, sentenceOf } from "../app/errors.ts";
import { network, type PageNetwork } from "../app/network.ts";
import { image, isEmpty } from "./drawing.ts";
import type { PredictFunctions, Said } from "./predict_worker.ts";

/** What the network says; null while there is nothing to say. */
export const answer: Signal<Said | null> = signal(null);

const worker = new Calls<PredictFunctions>("draw/predict_worker.js");
let opened: PageNetwork | null = null;
let isBusy = false, isStale = false;

effect(() => {
  const current = network.value, pixels = image.value;
  if (isEmpty.value) answer.value = null;
  else if (current !== null) ask(current, pixels);
});

/** One question at a time; what was drawn meanwhile is asked about next, and nothing between. */
async function ask(current: PageNetwork, pixels: Float32Array<ArrayBuffer>): Promise<void> {
  if (isBusy) return void (isStale = true);
  isBusy = true;
  try {
    const found = await answerTo(current, pixels);
    if (!isEmpty.peek()) answer.value = found;
  } catch (error) {
    complaint.value = `The network cannot say what it sees: ${sentenceOf(error)}`;
  } finally {
    isBusy = false;
  }
  if (!isStale) return;
  isStale = false;
  const next = network.peek();
  if (next !== null && !isEmpty.peek()) await ask(next, image.peek());
}

/** What a network's circuit says of an image, whatever is on the paper. */
export async function answerTo(current: PageNetwork, pixels: Float32Array<ArrayBuffer>): Promise<Said> {
  // Both at once, so that no other network comes between them.
  const [, found] = await Promise.all([opening(current), worker.call("predict", pixels)]);
  return found;
}

/** Calls are answered in turn, so what is asked next is about this network. */
function opening(current: PageNetwork): Promise<void> {
  if (opened === current) return Promise.resolve();
  opened = current;
  const { compiled, onnx } = current;
  return worker.call("open", { compiled, onnx }).catch((error) => {
    opened = null;
    throw error;
  });
}

/** The place of the largest. */
export function largest(values: ArrayLike<number>): number {
  return Array.from(values).indexOf(Math.max(...Array.from(values)));
}
