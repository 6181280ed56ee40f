/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * What is different on this device, a sentence each.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { network } from "../app/network.ts";
import { hindrance } from "./proof.ts";

/** The sentences; nothing where there is nothing to say. */
export function Limits(): JSX.Element | null {
  const sentences = network.value === null || hindrance() !== null ? [] : limits(network.value.about.heapBytes);
  if (sentences.length === 0) return null;
  return <ul class="plain small quiet">{sentences.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>;
}

function limits(heapBytes: number): string[] {
  const { deviceMemory } = navigator as Navigator & { deviceMemory?: number };
  const found: string[] = [];
  if (!crossOriginIsolated) {
    found.push(
      "This page is not isolated from others here, so one thread makes the proof, which takes about twice as long; in a " +
        "private window, or a browser without service workers, that is so.",
    );
  }
  if (deviceMemory !== undefined && heapBytes > deviceMemory * 2 ** 30 / 4) {
    found.push(
      `The proof takes ${
        Math.round(heapBytes / 1e6)
      } MB of memory, and this device has ${deviceMemory} GB for everything: ` +
        "close other pages, or the browser may end this one. Drawing, answers and verification take little.",
    );
  }
  if (matchMedia("(pointer: coarse)").matches) {
    found.push("Keep this page in front while it proves: phones and tablets pause what is behind.");
  }
  return found;
}
