/**
 * How a network's outputs are read as answers: the largest of several is a class, a share or a logit says yes or no, a
 * whole number is the answer itself.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { Network } from "../network/network.ts";

/** The answers in an output. */
export interface Answers {
  /** What an answer is, for people. */
  readonly reading: string;
  /** Answers of one sample. */
  readonly perSample: number;
  /** Classes that there are; Infinity where any whole number may be one. */
  readonly classes: number;
  /** An answer of a sample whose values begin at `first`. */
  readonly at: (values: ArrayLike<number>, first: number, answer: number) => number;
  /** Whether another class has as large a value as the one that counts. */
  readonly isTied: (values: ArrayLike<number>, first: number, answer: number) => boolean;
}

/** The answers in a network's output, or why it has none; `labelsPerSample` says of a map how many it holds. */
export function answersOf(network: Network, labelsPerSample = 1): Answers | string {
  const { nodes, outputs, outputTypes } = network;
  if (outputs.length !== 1) return `the network has ${outputs.length} outputs`;
  const { shape } = nodes[outputs[0]], size = sizeOf(shape);
  const axes = shape.filter((length) => length > 1).length;
  if (["Int", "TDim", "Bool"].includes(outputTypes[0]) && (size === 1 || size === labelsPerSample)) {
    return {
      reading: "each output is an answer itself",
      perSample: size,
      classes: Infinity,
      at: (values, first, answer) => Math.round(values[first + answer]),
      isTied: () => false,
    };
  }
  if (size === 1) return endOf(network) === "Sigmoid" ? above(0.5) : "the network has a single output";
  if (axes > 1) {
    const axis = classAxis(shape, labelsPerSample);
    if (axis === null) return `the network's output is a map of the shape [${shape}]`;
    const inner = sizeOf(shape.slice(axis + 1));
    return largest(shape[axis], sizeOf(shape) / shape[axis], inner);
  }
  return largest(size, 1, 1);
}

/** Yes or no: whether a single output is above a threshold, 0.5 behind a Sigmoid and else 0. */
export function yesOrNo(network: Network): Answers {
  return above(endOf(network) === "Sigmoid" ? 0.5 : 0);
}

function above(threshold: number): Answers {
  return {
    reading: `an output above ${threshold} is the answer 1, any other is 0`,
    perSample: 1,
    classes: 2,
    at: (values, first) => values[first] > threshold ? 1 : 0,
    isTied: (values, first) => values[first] === threshold,
  };
}

function largest(classes: number, perSample: number, inner: number): Answers {
  const firstOf = (first: number, answer: number) =>
    first + Math.floor(answer / inner) * inner * classes + answer % inner;
  const at = (values: ArrayLike<number>, first: number, answer: number) => {
    const start = firstOf(first, answer);
    let best = 0;
    for (let k = 1; k < classes; k++) if (values[start + k * inner] > values[start + best * inner]) best = k;
    return best;
  };
  return {
    reading: "the largest output is the answer",
    perSample,
    classes,
    at,
    isTied(values, first, answer) {
      const start = firstOf(first, answer), best = at(values, first, answer);
      for (let k = best + 1; k < classes; k++) {
        if (values[start + k * inner] === values[start + best * inner]) return true;
      }
      return false;
    },
  };
}

/** The axis of the classes where a sample has several answers: the last one, else the one behind the batch. */
function classAxis(shape: readonly number[], answers: number): number | null {
  const size = sizeOf(shape), last = shape.length - 1;
  if (answers <= 1) return null;
  if (shape[last] > 1 && size / shape[last] === answers) return last;
  return shape[1] > 1 && size / shape[1] === answers ? 1 : null;
}

/** The operation that a network ends with, but for changes of shape. */
function endOf({ nodes, outputs }: Network): string {
  let node = nodes[outputs[0]];
  while (node.op.type === "Reshape" || node.op.type === "Identity") node = nodes[node.inputs[0]];
  return node.op.type === "Own" ? node.op.name : node.op.type;
}
