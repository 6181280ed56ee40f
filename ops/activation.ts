/**
 * What operations of one tensor element by element have in common: a function of one element, and the gradient from
 * its result, so that the input need not be kept, or from its input.
 * @module
 */
import { ArgumentError } from "../core/base/errors.ts";
import { elementwise } from "../core/graph/elementwise.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OnnxAttributes, OpCase, OpDefinition, Stage } from "../core/graph/op.ts";
import type { WgslFunction } from "../core/graph/wgsl.ts";

/** A WGSL function, or how it follows from the attributes. */
export type Formula<A> = WgslFunction | ((attributes: A) => WgslFunction);

/** What makes an activation. */
export interface Activation<A = null> extends Pick<OpDefinition<A>, "onnx" | "writeOnnx" | "readOnnx"> {
  /** This engine's name, and ONNX's unless told otherwise: `Sigmoid`. */
  readonly name: string;
  /** `fn(x: f32) -> f32`: the activation. */
  readonly forward: Formula<A>;
  /** `fn(dy: f32, y: f32) -> f32`: the gradient of the input from that of the output and the output; null: it is 0. */
  readonly backward: Formula<A> | null;
  /** What `backward` takes beside the gradient; default the output. */
  readonly from?: "output" | "input";
  /** Cases for the suite; two of no attributes unless given. */
  readonly cases?: readonly OpCase<A>[];
  /** Where the input's numbers lie in those two. */
  readonly range?: readonly [number, number];
  /** Whether the gradient jumps at zero, or where values meet. */
  readonly apart?: boolean;
}

/** Makes the definition of an activation. */
export function activation<A = null>(spec: Activation<A>): OpDefinition<A> {
  const { name, forward, backward, from = "output", onnx, writeOnnx, readOnnx } = spec;
  const formula = (own: Formula<A>, attributes: A): WgslFunction => typeof own === "function" ? own(attributes) : own;
  const gradient: OpDefinition<A> | null = backward && {
    name: `${name}Backward`,
    shapes: ([dy]) => [dy],
    stage: ({ inputs: [, kept], attributes }): Stage => ({
      kind: "map",
      fn: formula(backward, attributes),
      operands: [kept],
    }),
    carries: ["map"],
    kernel: (call) => elementwise(`${name}Backward`, call, formula(backward, call.attributes)),
  };
  const more = { ...spec.range && { ranges: [spec.range] }, ...spec.apart && { apart: true } };
  const own: OpCase<A>["attributes"] = null as A;
  return {
    name,
    shapes: ([x]) => [x],
    stage: ({ attributes }): Stage => ({ kind: "map", fn: formula(forward, attributes), operands: [] }),
    carries: ["map"],
    kernel: (call) => elementwise(name, call, formula(forward, call.attributes)),
    gradient: (node, [dy]) => {
      const [[x], [y]] = [node.inputs, node.outputs];
      return gradient === null ? [null] : y.graph.apply(gradient, [dy!, from === "output" ? y : x], node.attributes);
    },
    ...writeOnnx === undefined ? { onnx: onnx ?? { opType: name, write: () => ({}), read: () => own } } : { writeOnnx },
    ...readOnnx && { readOnnx },
    cases: spec.cases ?? [
      {
        name: "an image batch",
        inputs: [[2, 3, 5, 7]],
        attributes: own,
        ...more,
        ...backward === null && { flat: [0] },
      },
      { name: "one sample", inputs: [[1, 11]], attributes: own, ...more, ...backward === null && { flat: [0] } },
    ],
  };
}

/** `fn name(x: f32) -> f32` by an expression, or by a body that ends in `return`. */
export function of(name: string, body: string): WgslFunction {
  return written(`fn ${name}(x: f32) -> f32`, name, body);
}

/** `fn name(dy: f32, y: f32) -> f32`, the same; what it takes beside the gradient is called `kept`. */
export function back(name: string, kept: "x" | "y", body: string): WgslFunction {
  return written(`fn ${name}(dy: f32, ${kept}: f32) -> f32`, name, body);
}

function written(head: string, name: string, body: string): WgslFunction {
  return { name, text: /\breturn\b/.test(body) ? `${head} {\n${body}\n}` : `${head} { return ${body}; }` };
}

/** A float among the attributes of an ONNX node. */
export function floatIn(attributes: OnnxAttributes, name: string, otherwise: number): number {
  const value = attributes[name] ?? otherwise;
  if (typeof value === "number") return value;
  if (typeof value === "object" && "float" in value) return value.float;
  throw new ArgumentError(`its attribute ${name} is no single number; export the model again`);
}

/** Applies an operation of one input. */
export function unary<A>(op: OpDefinition<A>, x: Value, attributes: A): Value {
  return graphOf(op.name, x).apply(op, [x], attributes)[0];
}
