/**
 * The tutorial's LeNet, from operations that know their shapes and their ONNX
 * mapping alone, with random weights; and the other people's files it is
 * compared with.
 */
import { ArgumentError, ShapeError } from "../../core/errors.ts";
import { Graph, type Value } from "../../core/graph.ts";
import type { OnnxAttribute, OpDefinition } from "../../core/op.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";

type Attributes = Readonly<Record<string, OnnxAttribute>>;

function list(attributes: Attributes, name: string, otherwise: readonly number[]): readonly number[] {
  return (attributes[name] ?? otherwise) as readonly number[];
}

function expect(condition: boolean, what: string): void {
  if (!condition) throw new ArgumentError(`${what} is not supported`);
}

/** A convolution with stride 1 and no padding. */
export const conv2d: OpDefinition<null> = {
  name: "Conv2d",
  shapes([x, w, b]): readonly Shape[] {
    if (x.length !== 4 || w.length !== 4 || x[1] !== w[1] || b[0] !== w[0]) {
      throw new ShapeError(`argument input has shape ${x}, expected channels as in weight ${w} and bias ${b}`);
    }
    return [[x[0], w[0], x[2] - w[2] + 1, x[3] - w[3] + 1]];
  },
  onnx: {
    opType: "Conv",
    write: (node) => ({
      dilations: [1, 1],
      group: 1,
      kernel_shape: node.inputs[1].shape.slice(2),
      pads: [0, 0, 0, 0],
      strides: [1, 1],
    }),
    read(attributes) {
      expect(list(attributes, "pads", []).every((pad) => pad === 0), "padding");
      expect(list(attributes, "strides", []).every((stride) => stride === 1), "a stride");
      expect((attributes.group ?? 1) === 1, "a group");
      return null;
    },
  },
};

/** The logistic function. */
export const sigmoid: OpDefinition<null> = {
  name: "Sigmoid",
  shapes: ([x]) => [x],
  onnx: { opType: "Sigmoid", write: () => ({}), read: () => null },
};

/** The mean of 2x2 windows with stride 2. */
export const avgPool2d: OpDefinition<null> = {
  name: "AvgPool2d",
  shapes([x]): readonly Shape[] {
    if (x.length !== 4) throw new ShapeError(`argument input has shape ${x}, expected rank 4`);
    return [[x[0], x[1], Math.floor(x[2] / 2), Math.floor(x[3] / 2)]];
  },
  onnx: {
    opType: "AveragePool",
    write: () => ({ ceil_mode: 0, count_include_pad: 1, kernel_shape: [2, 2], pads: [0, 0, 0, 0], strides: [2, 2] }),
    read(attributes) {
      expect(list(attributes, "strides", [1, 1]).every((stride) => stride === 2), "a stride other than 2");
      return null;
    },
  },
};

/** All but the first dimension as one. */
export const flatten: OpDefinition<null> = {
  name: "Flatten",
  shapes: ([x]) => [[x[0], sizeOf(x.slice(1))]],
  onnx: { opType: "Flatten", write: () => ({ axis: 1 }), read: () => null },
};

/** `x W^T + b`. */
export const linear: OpDefinition<null> = {
  name: "Linear",
  shapes([x, w, b]): readonly Shape[] {
    if (x.length !== 2 || x[1] !== w[1] || b[0] !== w[0]) {
      throw new ShapeError(`argument input has shape ${x}, expected features as in weight ${w}`);
    }
    return [[x[0], w[0]]];
  },
  onnx: {
    opType: "Gemm",
    write: () => ({ alpha: { float: 1 }, beta: { float: 1 }, transB: 1 }),
    read(attributes) {
      expect(attributes.transB === 1, "a Gemm whose transB is not 1");
      return null;
    },
  },
};

/** All of them. */
export const operations: readonly OpDefinition[] = [conv2d, sigmoid, avgPool2d, flatten, linear];

/** A model and its weights. */
export interface Model {
  readonly graph: Graph;
  readonly input: Value;
  readonly output: Value;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly weights: (name: string) => Float32Array;
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
  };
}

/** The LeNet of the tutorial, traced at some batch; smaller with `side` 16 and few `channels`. */
export function lenet(batch: number, side: number = 28, channels: readonly number[] = [6, 16, 120, 84, 10]): Model {
  const graph = new Graph();
  const next = random(7);
  const parameters = new Map<string, Float32Array>();
  const weight = (name: string, shape: Shape) => {
    const scale = 1 / Math.sqrt(sizeOf(shape.slice(1)));
    parameters.set(name, Float32Array.from({ length: sizeOf(shape) }, () => (next() * 2 - 1) * scale));
    return graph.source(name, shape, "parameter");
  };
  const layer = (name: string, op: OpDefinition<null>, x: Value, shape: Shape) =>
    graph.within(name, () => {
      const inputs = [x, weight(`${name}.weight`, shape), weight(`${name}.bias`, [shape[0]])];
      return graph.apply(op, inputs, null)[0];
    });
  const input = graph.source("input", [batch, 1, side, side], "input");
  const [c1, c2, f1, f2, f3] = channels;
  let x = layer("conv1", conv2d, input, [c1, 1, 5, 5]);
  x = graph.apply(avgPool2d, graph.apply(sigmoid, [x], null), null)[0];
  x = layer("conv2", conv2d, x, [c2, c1, 5, 5]);
  x = graph.apply(avgPool2d, graph.apply(sigmoid, [x], null), null)[0];
  x = graph.apply(flatten, [x], null)[0];
  x = layer("fc1", linear, x, [f1, x.shape[1]]);
  x = layer("fc2", linear, graph.apply(sigmoid, [x], null)[0], [f2, f1]);
  const output = layer("fc3", linear, graph.apply(sigmoid, [x], null)[0], [f3, f2]);
  return { graph, input, output, parameters, weights: (name) => parameters.get(name)! };
}

/** A LeNet of a few kilobytes. */
export function smallLenet(batch: number): Model {
  return lenet(batch, 16, [2, 3, 5, 4, 3]);
}

/** Files by other people, beside the repository where they have been fetched. */
export const FIXTURES: URL = new URL("../../../shared/fixtures/", import.meta.url);

/** The ONNX files among them; null where there are none or they may not be read. */
export function onnxFixtures(): readonly URL[] | null {
  try {
    const found: URL[] = [];
    const walk = (folder: URL) => {
      for (const entry of Deno.readDirSync(folder)) {
        if (entry.isDirectory) walk(new URL(`${entry.name}/`, folder));
        else if (entry.name.endsWith(".onnx")) found.push(new URL(entry.name, folder));
      }
    };
    walk(new URL("onnx_node/", FIXTURES));
    walk(new URL("ezkl/", FIXTURES));
    return found.sort((a, b) => a.href < b.href ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) return null;
    throw error;
  }
}
