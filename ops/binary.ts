/**
 * What operations of two tensors element by element have in common: broadcasting, numbers in place of either tensor,
 * and riding at the end of the kernel that makes the first.
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
export interface Binary {
  /** ONNX's and this engine's name: `Add`. */
  readonly name: string;
  /** What it is called in errors: `add()`. */
  readonly called: string;
  /** `fn(a: f32, b: f32) -> f32`. */
  readonly fn: WgslFunction;
  /** The gradients of both inputs, in the shape of the result, from that of the result; null for none. */
  gradient(dy: Value, node: Node): readonly [Value, Value] | null;
  /** Cases for the suite beside those that all have. */
  readonly cases?: readonly OpCase<null>[];
  /** Where the inputs' numbers lie in the suite; default (-2, 2) and (-1, 1). */
  readonly ranges?: readonly [readonly [number, number], readonly [number, number]];
}

/** Makes the definition. */
export function binaryOp({ name, called, fn, gradient, cases = [], ranges }: Binary): OpDefinition<null> {
  const shapes = (what: string, ...inputs: OpCase<null>["inputs"]): OpCase<null> => ({
    name: what,
    inputs,
    attributes: null,
    ...ranges && { ranges },
  });
  const op: OpDefinition<null> = {
    name,
    shapes: ([a, b]) => [broadcastShape(called, a, b)],
    stage(node): Stage | null {
      const [a, b] = node.inputs;
      return sameShape(a.shape, b.shape) ? { kind: "map", fn, operands: [b] } : null;
    },
    carries: ["map"],
    kernel(call) {
      const [[a, b], [out]] = [call.inputs, call.outputs];
      if (sameShape(a, b)) return elementwise(name, call, fn);
      const read = (input: string, shape: typeof a): string => `${input}(${broadcastPlace("item", shape, out)})`;
      return perSample({
        name,
        inputs: [{ name: "a", type: "f32", whole: isWhole(a, out) }, {
          name: "b",
          type: "f32",
          whole: isWhole(b, out),
        }],
        outputs: [{ name: "y" }],
        items: sizeOf(out.slice(1)),
        functions: `${fn.text}\n`,
        body: `  set_y(item, ${fn.name}(${read("a", a)}, ${read("b", b)}));`,
        carries: true,
      }, call);
    },
    gradient(node, [dy]) {
      const found = gradient(dy!, node);
      return node.inputs.map((value, k) => found && sumTo(found[k], value.shape));
    },
    writeOnnx: (_, to) => [to.node(name, to.inputs)],
    readOnnx: { [name]: (node) => node.graph.apply(op, [node.input(0), node.input(1)], null) },
    cases: [
      shapes("one shape", [2, 3, 5], [2, 3, 5]),
      shapes("a number for each channel", [3, 4, 2, 3], [4, 1, 1]),
      shapes("one for all samples", [9, 3, 5], [1, 3, 5]),
      shapes("both are repeated", [2, 3, 1, 5], [4, 1]),
      ...cases,
    ],
  };
  return op;
}

/** Applies an operation of two tensors, of which one may be a number. */
export function applyBinary(op: OpDefinition<null>, called: string, a: Value | number, b: Value | number): Value {
  const tensor = typeof a === "number" ? b : a;
  const graph = graphOf(called, tensor);
  return graph.apply(op, [asTensor(graph, called, a), asTensor(graph, called, b)], null)[0];
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
