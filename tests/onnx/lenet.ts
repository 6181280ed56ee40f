/**
 * The tutorial's LeNet with random weights, at any size; and the other people's
 * files it is compared with.
 */
import { Graph, type Value } from "../../core/graph/graph.ts";
import type { OpDefinition } from "../../core/graph/op.ts";
import { type Shape, sizeOf } from "../../core/base/shape.ts";
import { avgPool2d, Conv2dOp, flatten, LinearOp, sigmoid } from "../../ops/mod.ts";

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
  const layer = <A>(name: string, op: OpDefinition<A>, x: Value, shape: Shape, attributes: A) =>
    graph.within(name, () => {
      const inputs = [x, weight(`${name}.weight`, shape), weight(`${name}.bias`, [shape[0]])];
      return graph.apply(op, inputs, attributes)[0];
    });
  const conv = { stride: [1, 1], padding: [0, 0] } as const;
  const input = graph.source("input", [batch, 1, side, side], "input");
  const [c1, c2, f1, f2, f3] = channels;
  let x = layer("conv1", Conv2dOp, input, [c1, 1, 5, 5], conv);
  x = avgPool2d(sigmoid(x), 2);
  x = layer("conv2", Conv2dOp, x, [c2, c1, 5, 5], conv);
  x = flatten(avgPool2d(sigmoid(x), 2));
  x = layer("fc1", LinearOp, x, [f1, x.shape[1]], {});
  x = layer("fc2", LinearOp, sigmoid(x), [f2, f1], {});
  const output = layer("fc3", LinearOp, sigmoid(x), [f3, f2], {});
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
