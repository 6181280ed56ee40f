/**
 * What Sigmoid, Tanh and ReLU have in common: a function of one element whose
 * derivative can be had from its result, so that the input need not be kept.
 * @module
 */
import { elementwise } from "../core/graph/elementwise.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OpDefinition, Stage } from "../core/graph/op.ts";
import type { WgslFunction } from "../core/graph/wgsl.ts";

/** The two WGSL functions of an activation. */
export interface Activation {
  /** ONNX's and this engine's name: `Sigmoid`. */
  readonly name: string;
  /** `fn(x: f32) -> f32`: the activation. */
  readonly forward: WgslFunction;
  /** `fn(dy: f32, y: f32) -> f32`: the gradient of the input from that of the output and the output. */
  readonly backward: WgslFunction;
}

/** Makes the definition of an activation. */
export function activation({ name, forward, backward }: Activation): OpDefinition<null> {
  const gradient: OpDefinition<null> = {
    name: `${name}Backward`,
    shapes: ([dy]) => [dy],
    stage: (node): Stage => ({ kind: "map", fn: backward, operands: [node.inputs[1]] }),
    carries: ["map"],
    kernel: (call) => elementwise(`${name}Backward`, call, backward),
  };
  return {
    name,
    shapes: ([x]) => [x],
    stage: (): Stage => ({ kind: "map", fn: forward, operands: [] }),
    carries: ["map"],
    kernel: (call) => elementwise(name, call, forward),
    gradient: (node, [dy]) => node.outputs[0].graph.apply(gradient, [dy!, node.outputs[0]], null),
    onnx: { opType: name, write: () => ({}), read: () => null },
    cases: [
      { name: "an image batch", inputs: [[2, 3, 5, 7]], attributes: null },
      { name: "one sample", inputs: [[1, 11]], attributes: null },
    ],
  };
}

/** Applies an operation of one input. */
export function unary<A>(op: OpDefinition<A>, x: Value, attributes: A): Value {
  return graphOf(op.name, x).apply(op, [x], attributes)[0];
}
