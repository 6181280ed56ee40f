/**
 * What Softmax and LogSoftmax have in common: lines along one axis, each taken by one lane, away from the greatest
 * element so that nothing overflows.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { isNan } from "../core/graph/nan.ts";
import { ALONE, type Lanes, lanesFor } from "../core/graph/lanes.ts";
import type { KernelCall, OnnxValue, OnnxWriter, OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { dimOf } from "./dims.ts";
import { linesAlong } from "./lines.ts";

/** The axis, counted from the front. */
export interface DimAttributes {
  /** The axis. */
  readonly dim: number;
}

/** What makes the definition. */
export interface Normalization {
  /** ONNX's and this engine's name: `Softmax`. */
  readonly name: string;
  /** What it is called in errors: `softmax()`. */
  readonly called: string;
  /** WGSL of what is kept of an element: `x`, which is less by the greatest of its line, or `raised`, its exponential. */
  readonly kept: string;
  /** WGSL of what a line has for all of its elements, from the `sum` of the exponentials. */
  readonly factor: string;
  /** WGSL of what is done to what was kept, with `factor`. */
  readonly finish: string;
  /** Writes the result as nodes, of inputs less the greatest of their line. */
  writeLine(to: OnnxWriter, below: OnnxValue, sum: (value: OnnxValue) => OnnxValue): OnnxValue;
  /** WGSL of what a line's gradient and result are summed by: `dy` and `y`. */
  readonly gathered: string;
  /** WGSL of the input's gradient, from `dy`, `y` and that sum. */
  readonly backward: string;
}

/** Lanes read together what lies side by side; where lines lie across, neighbours in memory are of different lines. */
function lanesOfLine({ profile }: KernelCall<unknown>, size: number, stride: number): Lanes {
  return stride === 1 ? lanesFor(profile.kind, size) : ALONE;
}

// Some drivers' exp() loses a NaN.
const EXP = `fn exp_in_line(x: f32) -> f32 { return select(exp(x), x, ${isNan("x")}); }\n`;

/** Makes the definition. */
export function normalization(spec: Normalization): OpDefinition<DimAttributes> {
  const { name, called, kept, factor, finish, gathered, backward, writeLine } = spec;
  const gradient: OpDefinition<DimAttributes> = {
    name: `${name}Backward`,
    shapes: ([dy]) => [dy],
    carries: ["map"],
    kernel(call) {
      const { whole, items, size, stride, first } = linesAlong(call.inputs[0], call.attributes.dim);
      const at = `first + k * ${stride}u`;
      const lanes = lanesOfLine(call, size, stride);
      const each = (body: string): string => lanes.each(`let y = y_at(${at}); let dy = dy_at(${at}); ${body}`, size);
      const body = `  let first = ${first};
  var sum = 0.0;
${each(`sum += ${gathered};`)}${lanes.sum("sum")}${each(`set_dx(${at}, ${backward});`)}`;
      const inputs = [{ name: "dy_at", type: "f32" }, { name: "y_at", type: "f32" }] as const;
      const form = { inputs, outputs: [{ name: "dx" }], items, whole, functions: EXP, lanes, body };
      return perSample({ name: `${name}Backward`, ...form, carries: true }, call);
    },
  };
  const op: OpDefinition<DimAttributes> = {
    name,
    shapes: ([x]) => [x],
    kernel(call) {
      const { whole, items, size, stride, first } = linesAlong(call.inputs[0], call.attributes.dim);
      const at = `first + k * ${stride}u`;
      const lanes = lanesOfLine(call, size, stride);
      const each = (body: string, from = 0): string => lanes.each(body, size, from);
      const body = `  let first = ${first};
  var top = x_at(first);
${each(`let x = x_at(${at}); top = select(top, x, x > top);`, 1)}${lanes.greatest("top")}  var sum = 0.0;
${each(`let x = x_at(${at}) - top; let raised = exp_in_line(x); sum += raised; set_y(${at}, ${kept});`)}${
        lanes.sum("sum")
      }  let factor = ${factor};
${each(`set_y(${at}, kept_y(${at}) ${finish});`)}`;
      const inputs = [{ name: "x_at", type: "f32" }] as const;
      const outputs = [{ name: "y", kept: true }];
      return perSample({ name, inputs, outputs, items, whole, functions: EXP, lanes, body }, call);
    },
    gradient: ({ outputs: [y], attributes }, [dy]) => y.graph.apply(gradient, [dy!, y], attributes),
    writeOnnx({ attributes: { dim }, inputs: [{ shape }] }, to) {
      // Up to opset 12 it runs over all axes from one on together.
      if (shape.slice(dim + 1).every((size) => size === 1)) return [to.node(name, to.inputs, { axis: dim })];
      const line = { axes: [dim], keepdims: 1 };
      const below = to.node("Sub", [to.inputs[0], to.node("ReduceMax", to.inputs, line)]);
      return [writeLine(to, below, (made) => to.node("ReduceSum", [made], line))];
    },
    readOnnx: { [name]: (node): Value => along(op, called, node.input(0), node.number("axis", -1)) },
    cases: [
      { name: "rows", inputs: [[11, 7]], attributes: { dim: 1 } },
      { name: "rows of tokens", inputs: [[2, 3, 5]], attributes: { dim: 2 }, ranges: [[-9, 9]] },
      { name: "one channel after another", inputs: [[1, 5, 3, 2]], attributes: { dim: 1 } },
      { name: "across the samples", inputs: [[9, 3]], attributes: { dim: 0 } },
    ],
  };
  return op;
}

/** Applies such an operation along an axis. */
export function along(op: OpDefinition<DimAttributes>, called: string, x: Value, dim: number): Value {
  checkArguments(called, arguments, 4);
  return graphOf(called, x).apply(op, [x], { dim: dimOf(called, dim, x.shape.length) })[0];
}
