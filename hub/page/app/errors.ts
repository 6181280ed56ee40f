/**
 * What went wrong, as a sentence for the visitor.
 * @module
 */
import { type Signal, signal } from "npm:@preact/signals@2.11.4";

/** A sentence above every section; empty where nothing is wrong. */
export const said: Signal<string> = signal("");

/** A text as a sentence of its own; a name at its beginning, as of an option or a file, stays as it is written. */
export function sentence(text: string): string {
  const begun = text.replace(/^[a-z]+(?![\w.[(/])/, (word) => word[0].toUpperCase() + word.slice(1));
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** An error for the visitor, who called no function and sees which hub it is. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const told = text.replace(/^\w+\(\): /, "").replace(/^\S+ refuses: /, "").replace(/; check apiKey, which .*$/, "");
  return sentence(told);
}
