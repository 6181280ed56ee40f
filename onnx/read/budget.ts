/**
 * How much work a file may ask for: what it holds bounds what is done for it, so that
 * a few bytes cannot ask for millions of elements or nodes.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";

/** Elements that any file may have worked out, as a position table or a mask needs them. */
const ELEMENTS = 2 ** 22;
/** Times that the file's own elements may be gone through: turned, cast, scaled. */
const PASSES = 8;
/** Nodes that functions and branches may be written out as. */
const NODES = 100_000;

/** What is left of a file's share. */
export class Budget {
  #elements = ELEMENTS;
  #nodes = NODES;

  /** Counts elements that the file holds. */
  holds(elements: number): void {
    this.#elements += PASSES * elements;
  }

  /** Whether so many elements may be worked out; those of whole numbers take several times as long. */
  affords(elements: number, areFloats: boolean): boolean {
    const cost = elements * (areFloats ? 1 : 4);
    if (!(cost <= this.#elements)) return false;
    this.#elements -= cost;
    return true;
  }

  /** Counts nodes that are written out; throws an `ArgumentError` where they are too many. */
  nodes(count: number): void {
    this.#nodes -= count;
    if (this.#nodes >= 0) return;
    throw new ArgumentError(
      `its functions and branches call one another for more than ${NODES} nodes, expected fewer; ` +
        "export the model without functions",
    );
  }
}
