/**
 * Every operation's cases with their data, and the ONNX files that they come to.
 * @module
 */
import { Graph, type Value } from "../../core/graph/graph.ts";
import type { OpCase, OpDefinition } from "../../core/graph/op.ts";
import { exportGraph } from "../../onnx/export.ts";
import { apart, between, type Tensor, wholeNumbers } from "./harness.ts";

/** A case with its data. */
export interface Case {
  /** The operation. */
  readonly op: OpDefinition;
  /** The case. */
  readonly opCase: OpCase<unknown>;
  /** Its place among the operation's. */
  readonly index: number;
  /** What it is called in tests. */
  readonly name: string;
  /** The inputs. */
  readonly tensors: readonly Tensor[];
}

/** The cases of a definition, and those that it leaves out. */
export function casesOf(op: OpDefinition): readonly Case[] {
  return [...op.cases ?? [], ...MORE_CASES[op.name] ?? []].map((opCase, index) => ({
    op,
    opCase,
    index,
    name: `${op.name}, ${opCase.name}: ${opCase.inputs.map((shape) => shape.join("x")).join(", ")}`,
    tensors: opCase.inputs.map((shape, k) => {
      const seed = k > 0 ? 100 * index + k : index;
      const bound = opCase.whole?.[k];
      if (bound !== undefined) return wholeNumbers(shape, seed, bound);
      if (opCase.apart || k === 0 && KINKED.has(op.name)) return apart(shape, seed);
      return between(shape, seed, opCase.ranges?.[k] ?? (k > 0 ? [-1, 1] : [-2, 2]));
    }),
  }));
}

/** The names of the inputs of a case in its file, but for the first. */
export const PARAMETERS: readonly string[] = [
  "layer.weight",
  "layer.bias",
  "layer.third",
  "layer.fourth",
  "layer.fifth",
];

/** A case as a file: the first input is the model's, the others are weights. */
export function exportCase({ op, opCase, tensors }: Case): Uint8Array<ArrayBuffer> {
  const { graph, input, output } = traceCase({ op, opCase });
  const weights = (name: string): Float32Array => tensors[1 + PARAMETERS.indexOf(name)].data;
  return exportGraph({ graph, input, output, weights, batch: opCase.inputs[0][0] === 1 ? 1 : "batch_size" });
}

/** A case as a graph. */
export function traceCase({ op, opCase }: Pick<Case, "op" | "opCase">): {
  readonly graph: Graph;
  readonly input: Value;
  readonly parameters: readonly Value[];
  readonly output: Value;
} {
  const graph = new Graph();
  const input = graph.source("input_0", opCase.inputs[0], "input");
  const parameters = opCase.inputs.slice(1).map((shape, k) => graph.source(PARAMETERS[k], shape, "parameter"));
  const [output] = graph.within("layer", () => graph.apply(op, [input, ...parameters], opCase.attributes));
  return { graph, input, parameters, output };
}

const pool = (kernel: number[], stride: number[], padding: number[]) => ({ kernel, stride, padding });

/** What the definitions' own cases leave out. */
const MORE_CASES: Readonly<Record<string, readonly OpCase<unknown>[]>> = {
  Conv2d: [
    { name: "a stride beyond the kernel", inputs: [[1, 2, 8, 7], [2, 2, 2, 2]], attributes: conv([3, 3], [0, 0]) },
    { name: "more padding than kernel", inputs: [[2, 1, 3, 4], [2, 1, 2, 2], [2]], attributes: conv([1, 2], [2, 3]) },
    { name: "several workgroups", inputs: [[70, 3, 6, 6], [9, 3, 3, 3], [9]], attributes: conv([1, 1], [1, 1]) },
  ],
  Linear: [{ name: "several workgroups", inputs: [[130, 70], [67, 70], [67]], attributes: {} }],
  Sigmoid: [{ name: "three dimensions", inputs: [[3, 5, 67]], attributes: null }],
  AvgPool2d: [
    { name: "a stride beyond the window", inputs: [[1, 2, 8, 7]], attributes: pool([2, 2], [3, 3], [0, 0]) },
    { name: "one row, padded", inputs: [[2, 1, 3, 6]], attributes: pool([1, 3], [1, 2], [0, 1]) },
  ],
  MaxPool2d: [
    { name: "a stride beyond the window", inputs: [[1, 2, 8, 7]], attributes: pool([2, 2], [3, 3], [0, 0]) },
    { name: "one row, padded", inputs: [[2, 1, 3, 6]], attributes: pool([1, 3], [1, 2], [0, 1]) },
  ],
  Flatten: [{ name: "three dimensions", inputs: [[4, 3, 5]], attributes: null }],
};

/** Operations whose gradient jumps where values meet, or meet zero. */
const KINKED = new Set(["MaxPool2d"]);

function conv(stride: number[], padding: number[]) {
  return { stride, padding };
}
