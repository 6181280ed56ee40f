/**
 * The circuits of the page's own network as the page sees them: which there are, and the one that is being made.
 * @module
 */
import { type Signal, signal } from "npm:@preact/signals@2.11.4";
import { Calls } from "../app/calls.ts";
import { sentenceOf } from "../app/errors.ts";
import { choose, sharedNetwork } from "../app/network.ts";
import { CIRCUITS_FILE } from "../app/network_files.ts";
import type { Weighed } from "../train/news.ts";
import { DIGITS_FILE } from "../train/presets.ts";
import type { TrainFunctions } from "../train/train_worker.ts";
import { withItsKey } from "../train/use.ts";

/** What was weighed when the page was built; null until it has come. The chosen one lies beside the page. */
export const weighed: Signal<Weighed | null> = signal(null);

/** Which circuit is being made; null where none is. */
export const making: Signal<number | null> = signal(null);

/** What went wrong, a sentence, or an empty text. */
export const failure: Signal<string> = signal("");

/** Fetches what was weighed, once. */
export async function openCircuits(): Promise<void> {
  if (weighed.value !== null) return;
  failure.value = "";
  try {
    const response = await fetch(`network/${CIRCUITS_FILE}`);
    if (!response.ok) {
      throw new Error(
        `the page's host answers with ${response.status} to network/${CIRCUITS_FILE}; load the page again`,
      );
    }
    weighed.value = await response.json();
  } catch (error) {
    failure.value = sentenceOf(error);
  }
}

/** Makes a circuit and its key, and takes it in use unless the visitor chose another network meanwhile. */
export async function take(candidate: number): Promise<void> {
  if (making.value !== null) return;
  const all = weighed.value!, use = choose(), calls = new Calls<TrainFunctions>("train/train_worker.js");
  making.value = candidate;
  failure.value = "";
  try {
    const own = await sharedNetwork();
    if (candidate === all.chosen) return void use(own);
    const { onnx, about: { name } } = own, { candidates } = all;
    const digits = new URL(DIGITS_FILE, document.baseURI).href;
    const circuit = await calls.call("take", { onnx, candidates, candidate, digits });
    const keys = (srs: Parameters<TrainFunctions["keys"]>[0]["srs"]) =>
      calls.call("keys", { compiled: circuit.compiled, srs });
    const made = await withItsKey({ name: `${name}; you took its circuit`, onnx, circuit, weighed: all, keys });
    use({ ...made!, candidate });
  } catch (error) {
    failure.value = sentenceOf(error);
  } finally {
    making.value = null;
    // A Worker that is ended while its threads leave stays for good.
    await calls.call("end", null).catch(() => {});
    calls.end();
  }
}
