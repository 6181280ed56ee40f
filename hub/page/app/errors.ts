/**
 * What went wrong, as a sentence for the visitor.
 * @module
 */
import { type Signal, signal } from "npm:@preact/signals@2.11.4";

/** A sentence above every section; empty where nothing is wrong. */
export const said: Signal<string> = signal("");

/** An error as a sentence with its full stop. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
