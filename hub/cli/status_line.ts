/**
 * One line on a terminal that is written over and over.
 * @module
 */
import type { TextOutput } from "../../core/base/progress.ts";

/** Shows `text` in place of what stood on the line; the empty text clears it. Nothing where output is no terminal. */
export function statusLine(output: TextOutput, text: string): void {
  if (output.terminal) output.write(`\r\x1b[K${text}`);
}
