/**
 * Refusing networks that nothing could prove before anybody computes with them: a file of a
 * few bytes can declare shapes that no memory holds.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { Network, NetworkNode } from "../../ezkl/network/network.ts";
import { CompilerLimitError } from "./compiler_errors.ts";

/** Nodes of a graph; the largest networks that fit a key here have a few hundred. */
const MAX_NODES = 20_000;

/** Elements of all tensors together: what a key holds at most is some millions of cells. */
const MAX_ELEMENTS = 2 ** 24;

/** Multiplications for one sample; each takes about a cell. */
const MAX_PRODUCTS = 2 ** 24;

/** What one sample takes. */
export interface NetworkSize {
  /** Elements of all tensors together. */
  elements: number;
  /** Multiplications and comparisons. */
  products: number;
}

/**
 * The size of a network.
 * @throws {CompilerLimitError} naming the node where it becomes too large
 */
export function checkNetworkSize({ nodes }: Network): NetworkSize {
  if (nodes.length > MAX_NODES) {
    throw new CompilerLimitError(
      `the model has ${nodes.length} nodes, and this hub compiles at most ${MAX_NODES}; deploy a smaller model`,
    );
  }
  let elements = 0, products = 0;
  for (const node of nodes) {
    elements += sizeOf(node.shape);
    products += productsOf(node, nodes);
    if (elements > MAX_ELEMENTS || products > MAX_PRODUCTS) {
      throw new CompilerLimitError(
        `the model is too large at ${node.label} of shape [${
          node.shape.slice(0, 8).join(", ")
        }]: up to there it takes ` +
          `${elements} elements and ${products} multiplications for one sample, and no proving key holds more than ` +
          `${MAX_ELEMENTS} and ${MAX_PRODUCTS}; deploy a smaller model`,
      );
    }
  }
  return { elements, products };
}

function productsOf({ op, inputs, shape }: NetworkNode, nodes: readonly NetworkNode[]): number {
  const size = sizeOf(shape);
  switch (op.type) {
    case "Conv": {
      const [, channels, ...window] = nodes[inputs[1]].shape;
      return size * channels * sizeOf(window);
    }
    case "MatMul": {
      const letters = new Map<string, number>();
      const terms = op.equation.split("->")[0].split(",");
      terms.forEach((term, index) =>
        [...term].forEach((letter, axis) => letters.set(letter, nodes[inputs[index]].shape[axis] ?? 1))
      );
      return sizeOf([...letters.values()]);
    }
    case "AveragePool":
    case "MaxPool":
      return size * sizeOf(op.kernel);
    default:
      return size;
  }
}
