/**
 * Which circuits of a network are worth a dot on the plot.
 * @module
 */
import type { Choice } from "../charts/candidates.tsx";
import type { Weighed } from "./news.ts";

/** Circuits that lose more right answers than this are good for nothing, and would leave no room for the others. */
const MOST_LOST = 0.15;

/** Circuits that can be proven, each pair of price and answers once, cheapest first; the taken one is always among them. */
export function choicesOf({ candidates }: Weighed, taken: number): Choice[] {
  const found = new Map<string, Choice>();
  for (const [index, { evaluation, price }] of candidates.entries()) {
    if (price === null || evaluation === null || evaluation.accuracy === null) continue;
    const { accuracy, floatAccuracy } = evaluation, { cells, seconds: { proof: seconds } } = price;
    if (floatAccuracy! - accuracy > MOST_LOST && index !== taken) continue;
    const key = `${accuracy} ${seconds.toFixed(2)}`;
    if (!found.has(key) || index === taken) found.set(key, { index, accuracy, seconds, cells });
  }
  return [...found.values()].sort((a, b) => a.seconds - b.seconds || a.accuracy - b.accuracy);
}
