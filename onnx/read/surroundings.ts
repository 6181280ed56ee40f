/**
 * What stands around a node, for hints that are true where it stands.
 * @module
 */
import type { ReadGraph, ReadNode, ReadValue } from "./graph.ts";

/** Operators that leave the elements and their order as they are, or which of them is the largest. */
const PASSING = new Set(["Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"]);

/** What surrounds the nodes of a graph. */
export class Surroundings {
  readonly #readers = new Map<ReadValue, ReadNode[]>();
  readonly #outputs: ReadonlySet<ReadValue>;

  /** Of `graph`. */
  constructor({ nodes, outputs }: ReadGraph) {
    this.#outputs = new Set(outputs.map(({ value }) => value));
    for (const node of nodes) {
      for (const value of node.inputs) {
        if (value === null) continue;
        const readers = this.#readers.get(value);
        if (readers === undefined) this.#readers.set(value, [node]);
        else readers.push(node);
      }
    }
  }

  /** The operator that makes the node's first input; empty where none does. */
  madeBy(node: ReadNode): string {
    return node.inputs[0]?.maker?.opType ?? "";
  }

  /** Whether an input is a constant. */
  isConstant(node: ReadNode, index: number): boolean {
    return (node.inputs[index]?.constant ?? null) !== null;
  }

  /** The one node that computes with this one's result, behind those that merely pass it on; null where there is none. */
  after(node: ReadNode): ReadNode | "the output" | null {
    let value: ReadValue | undefined = node.outputs[0];
    for (let steps = 0; steps < 100 && value !== undefined; steps++) {
      if (this.#outputs.has(value)) return "the output";
      const [reader, another]: readonly ReadNode[] = this.#readers.get(value) ?? [];
      if (reader === undefined || another !== undefined) return null;
      if (!PASSING.has(reader.opType)) return reader;
      value = reader.outputs[0];
    }
    return null;
  }

  /** Whether the node works on shapes: everything that it is made from is a Shape or constant. */
  isOfShapes(node: ReadNode): boolean {
    const seen = new Set<ReadNode>();
    const pending = [node];
    let shapes = false;
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (next.opType === "Shape" || next.opType === "Size") {
        shapes = true;
        continue;
      }
      for (const value of next.inputs) {
        if (value === null || value.constant !== null) continue;
        if (value.maker === null) return false;
        pending.push(value.maker);
      }
    }
    return shapes;
  }
}
