/**
 * Counts the numbers of a large upload off the thread that answers requests.
 * @module
 */
import { publicError } from "../public_error.ts";
import { countNumbers } from "./sample_count.ts";

const scope = self as unknown as {
  onmessage: (event: MessageEvent<{ bytes: Uint8Array; name: string }>) => void;
  postMessage(message: CountMessage): void;
};

/** What the worker answers. */
export type CountMessage = { counts: number[] } | { refused: string };

scope.onmessage = ({ data: { bytes, name } }) => {
  try {
    scope.postMessage({ counts: countNumbers(bytes, name) });
  } catch (error) {
    scope.postMessage({ refused: publicError(error).message });
  }
};
