/**
 * What operations of two tensors or more element by element have in common: broadcasting, numbers in place of some, and
 * riding at the end of the kernel that makes any of them.
 * @module
 */
import { ArgumentError } from "../core/base/errors.ts";
import { show } from "../core/base/known.ts";
import { sameShape, sizeOf } from "../core/base/shape.ts";
import { elementwise } from "../core/graph/elementwise.ts";
import { type Graph, graphOf, type Node, type Value } from "../core/graph/graph.ts";
import type { OpCase, OpDefinition, Stage } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import type { WgslFunction } from "../core/graph/wgsl.ts";
import { broadcastPlace, broadcastShape, isWhole, sumTo } from "./broadcast.ts";

/** What makes such an operation. */
export interface Binary extends Pick<OpDefinition<null>, "writeOnnx" | "readOnnx"> {
  /** ONNX's and this engine's name: `Add`. */
  readonly name: string;
  /** What it is called in errors: `add()`. */
  readonly called: string;
  /** `fn(a: f32, b: f32) -> f32`, or of more. */
  readonly fn: WgslFunction;
  /** The gradients of the inputs, each in the shape of the result, from that of the result; null for none. */
  gradient(dy: Value, node: Node): readonly (Value | null)[] | null;
  /** Cases for the suite beside those that all have. */
  readonly cases?: readonly OpCase<null>[];
  /** True: those cases alone, as the inputs do not broadcast freely. */
  readonly only?: boolean;
  /** Where the inputs' numbers lie in the suite; default (-2, 2) and (-1, 1). */
  readonly ranges?: OpCase<null>["ranges"];
  /** What else the cases that all have say. */
  readonly every?: Partial<OpCase<null>>;
}

/** Makes the definition. */
export function binaryOp(spec: Binary): OpDefinition<null> {
  const { name, called, fn, gradient, writeOnnx, readOnnx, cases = [], only = false, ranges, every } = spec;
  const parameters = parametersOf(fn);
  const shapes = (what: string, ...inputs: OpCase<null>["inputs"]): OpCase<null> => ({
    name: what,
    inputs,
    attributes: null,
    ...ranges && { ranges },
    ...every,
  });
  const op: OpDefinition<null> = {
    name,
    shapes: ([first, ...others]) => [others.reduce((made, shape) => broadcastShape(called, made, shape), first)],
    stage({ inputs, outputs: [y] }, rides): Stage | null {
      if (!sameShape(inputs[rides].shape, y.shape)) return null;
      const operands = inputs.filter((_, k) => k !== rides);
      return { kind: "map", fn: rides === 0 ? fn : withFirst(fn, rides), operands };
    },
    rides: parameters.map((_, k) => k),
    carries: ["map"],
    kernel(call) {
      const [out] = call.outputs;
      if (call.inputs.every((shape) => sameShape(shape, out))) return elementwise(name, call, fn);
      const names = call.inputs.map((_, k) => `input${k}`);
      // A stage that rides on this kernel may bring the same function.
      const own = renamed(fn, `${fn.name}_here`);
      return perSample({
        name,
        inputs: names.map((name, k) => ({ name, type: "f32", whole: isWhole(call.inputs[k], out) })),
        outputs: [{ name: "y" }],
        items: sizeOf(out.slice(1)),
        functions: `${own.text}\n`,
        body: `  set_y(item, ${own.name}(${
          names.map((name, k) => `${name}(${broadcastPlace("item", call.inputs[k], out)})`).join(", ")
        }));`,
        carries: true,
      }, call);
    },
    gradient(node, [dy]) {
      const found = gradient(dy!, node);
      return node.inputs.map(({ shape }, k) => found?.[k] ? sumTo(found[k], shape) : null);
    },
    writeOnnx: writeOnnx ?? ((_, to) => [to.node(name, to.inputs)]),
    readOnnx: readOnnx ??
      { [name]: (node) => node.graph.apply(op, parameters.map((_, k) => node.input(k)), null) },
    cases: only ? cases : [
      shapes("one shape", [2, 3, 5], [2, 3, 5]),
      shapes("a number for each channel", [3, 4, 2, 3], [4, 1, 1]),
      shapes("one for all samples", [9, 3, 5], [1, 3, 5]),
      shapes("both are repeated", [2, 3, 1, 5], [4, 1]),
      ...cases,
    ],
  };
  return op;
}

/** The head of a function's text: what is before its parameters, and these. */
function headOf({ name, text }: WgslFunction): readonly [before: string, parameters: string] {
  const [head, before, parameters] = new RegExp(`(\\bfn\\s+${name}\\s*\\()([^)]*)\\)`).exec(text)!;
  return [text.slice(0, text.indexOf(head)) + before, parameters];
}

function parametersOf(fn: WgslFunction): readonly string[] {
  return headOf(fn)[1].split(",").map((parameter) => parameter.trim());
}

function renamed(fn: WgslFunction, name: string): WgslFunction {
  return { name, text: fn.text.replace(new RegExp(`\\bfn\\s+${fn.name}\\b`), `fn ${name}`) };
}

/** The same function with one of its parameters before the others. */
function withFirst(fn: WgslFunction, first: number): WgslFunction {
  const [before, given] = headOf(fn);
  const parameters = parametersOf(fn);
  const moved = [parameters[first], ...parameters.filter((_, k) => k !== first)];
  return { name: fn.name, text: before + moved.join(", ") + fn.text.slice(before.length + given.length) };
}

/** Applies an operation of several tensors, of which all but one may be numbers. */
export function applyBinary(op: OpDefinition<null>, called: string, ...given: readonly (Value | number)[]): Value {
  const graph = graphOf(called, given.find((value) => typeof value !== "number") ?? given[0]);
  return graph.apply(op, given.map((value) => asTensor(graph, called, value)), null)[0];
}

/** A number as a constant of one element. */
function asTensor(graph: Graph, called: string, given: Value | number): Value {
  if (typeof given !== "number") {
    graphOf(called, given);
    return given;
  }
  if (!Number.isFinite(given)) {
    throw new ArgumentError(`${called} got ${show(given)}, expected tensors or finite numbers`);
  }
  return graph.constant([1], [given]);
}
