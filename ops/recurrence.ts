/**
 * What RNN, GRU and LSTM have in common: a cell that goes over time, as one kernel forward and one back.
 *
 * For step t and unit j the cell sees sums over `x[t]` and the state before, `h`: sum s is row `x(s) * H + j` of
 * `w_ih x[t] + b_ih` plus row `h(s) * H + j` of `w_hh h + b_hh`, or one of them alone. Forward keeps what its formula
 * saves in place of the sums; backward makes the gradients of the sums, step by step from the last, and hands
 * `w_hh^T` times them to the step before. The gradients of the weights are products over all steps, as in a linear layer.
 * @module
 */
import { type Shape, showShape } from "../core/base/shape.ts";
import { ShapeError } from "../core/base/errors.ts";
import { type Cell, isApart, type RecurrenceForm, type RecurrenceSizes } from "../core/graph/recurrence.ts";
import type { Value } from "../core/graph/graph.ts";
import type { KernelCall, OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { LinearBackwardInputOp } from "./linear_backward_input.ts";
import { LinearBackwardWeightOp } from "./linear_backward_weight.ts";
import { recurrenceText } from "./recurrence_wgsl.ts";

/** Which way a cell goes over time. */
export interface RecurrenceAttributes {
  /** True: from the last step to the first. */
  readonly reverse: boolean;
}

/** Makes the operation of a cell: x `[N, T, I]`, w_ih `[G H, I]`, w_hh `[G H, H]` and perhaps both biases `[G H]`. */
export function recurrenceOp(cell: Cell): OpDefinition<RecurrenceAttributes> {
  const backward = backwardOp(cell);
  return {
    name: cell.name,
    shapes([x, wIh, wHh, ...biases]) {
      const hidden = wHh?.at(-1) ?? 0;
      const rows = cell.gates * hidden;
      const sound = x.length === 3 && wIh?.length === 2 && wHh?.length === 2 && wIh[0] === rows && wHh[0] === rows &&
        wIh[1] === x[2] && biases.every((bias) => bias.length === 1 && bias[0] === rows);
      if (!sound) {
        throw new ShapeError(
          `${cell.name} got ${[x, wIh, wHh, ...biases].map(showShape).join(", ")}, expected x [N, T, I], weights ` +
            `[${cell.gates} H, I] and [${cell.gates} H, H] and biases [${cell.gates} H]; x has the layer's input size ` +
            "as its last dimension",
        );
      }
      const [batch, steps] = x;
      const state = [batch, steps, hidden];
      return [state, [batch, steps, cell.sums.length * hidden], ...cell.memory ? [state] : []];
    },
    kernel: (call) => recurrenceText(call, formOf(cell, call, false)),
    cpu: (call) => formOf(cell, call, false),
    gradient(node, [dy, , dc = null]) {
      const [x, wIh, wHh, bias] = node.inputs;
      const { graph } = x;
      const [y, kept, ...memory] = node.outputs;
      const zero = dy ?? zerosLike(y);
      const read = [zero, kept, y, wHh, ...memory, ...dc === null ? [] : [dc]];
      const [dx, dh = dx] = graph.apply(backward, read, node.attributes);
      const [before] = graph.apply(BeforeOp, [y], node.attributes);
      const [dInput] = graph.apply(LinearBackwardInputOp, [dx, wIh], null);
      const [dIh, dBih] = graph.apply(LinearBackwardWeightOp, [x, dx], { bias: bias !== undefined });
      const [dHh, dBhh] = graph.apply(LinearBackwardWeightOp, [before, dh], { bias: bias !== undefined && dh !== dx });
      return [dInput, dIh, dHh, ...bias === undefined ? [] : [dBih, dBhh ?? dBih]];
    },
  };
}

/** The gradients of the sums: with those of the input's part and, where they differ, those of the state's part. */
function backwardOp(cell: Cell): OpDefinition<RecurrenceAttributes> {
  return {
    name: `${cell.name}Backward`,
    shapes([dy]) {
      const [batch, steps, hidden] = dy;
      const sums = [batch, steps, cell.gates * hidden];
      return isApart(cell) ? [sums, sums] : [sums];
    },
    kernel: (call) => recurrenceText(call, formOf(cell, call, true)),
    cpu: (call) => formOf(cell, call, true),
  };
}

function sizesOf(
  [[, steps, features], , [, hidden]]: readonly Shape[],
  { reverse }: RecurrenceAttributes,
): RecurrenceSizes {
  return { steps, features, hidden, reverse };
}

/** What it is for the CPU, and for the text. */
function formOf(
  cell: Cell,
  { inputs, attributes }: Pick<KernelCall<RecurrenceAttributes>, "inputs" | "attributes">,
  isBackward: boolean,
): RecurrenceForm {
  const more = inputs.length > (isBackward ? 4 + Number(cell.memory) : 3);
  const sizes = sizesOf(isBackward ? [inputs[0], inputs[0], inputs[3]] : inputs, attributes);
  return { kind: "recurrence", cell, sizes, isBackward, more };
}

/** The output of the step before, and zeros at the first. */
const BeforeOp: OpDefinition<RecurrenceAttributes> = {
  name: "Before",
  shapes: ([y]) => [y],
  kernel(call) {
    const { inputs: [[, steps, hidden]], attributes: { reverse } } = call;
    const step = `item / ${hidden}u`;
    const [edge, place] = reverse
      ? [`${step} == ${steps - 1}u`, `min(item + ${hidden}u, ${steps * hidden - 1}u)`]
      : [`${step} == 0u`, `max(item, ${hidden}u) - ${hidden}u`];
    return perSample({
      name: "Before",
      inputs: [{ name: "y", type: "f32" }],
      outputs: [{ name: "before" }],
      items: steps * hidden,
      body: `  set_before(item, select(y(${place}), 0.0, ${edge}));`,
    }, call);
  },
};

function zerosLike(value: Value): Value {
  const [zeros] = value.graph.apply(ZerosOp, [value], null);
  return zeros;
}

/** Zeros of a shape, where nobody differentiates through the output but through the memory alone. */
const ZerosOp: OpDefinition<null> = {
  name: "Zeros",
  shapes: ([x]) => [x],
  kernel: (call) =>
    perSample({
      name: "Zeros",
      inputs: [{ name: "x", type: "f32" }],
      outputs: [{ name: "y" }],
      items: call.outputs[0].slice(1).reduce((a, b) => a * b, 1),
      body: "  set_y(item, 0.0);",
    }, call),
};
