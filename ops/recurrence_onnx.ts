/**
 * RNN, GRU and LSTM as ONNX has them: time before the batch, directions together, other orders of the gates.
 * @module
 */
import { ArgumentError } from "../core/base/errors.ts";
import { show } from "../core/base/known.ts";
import type { Node, Value } from "../core/graph/graph.ts";
import type { HostTensor } from "../core/graph/module.ts";
import type { OnnxAttributes, OnnxNode, OnnxValue, OnnxWriter, OpDefinition } from "../core/graph/op.ts";
import { stack } from "./concat.ts";
import type { RecurrenceAttributes } from "./recurrence.ts";
import { select } from "./split.ts";
import { permute, TransposeOp } from "./transpose.ts";

/** How a cell is told in ONNX. */
export interface OnnxCell {
  /** The operator. */
  readonly opType: string;
  /** The gate of PyTorch's that each of ONNX's is. */
  readonly order: readonly number[];
  /** What its functions are called, for one direction. */
  readonly activations: readonly string[];
  /** Attributes beside those that all have. */
  readonly more: OnnxAttributes;
}

/** Writes a node as ONNX's operator, with a Transpose before and behind. */
export function writeRecurrence(
  { opType, order, activations, more }: OnnxCell,
  node: Node<RecurrenceAttributes>,
  to: OnnxWriter,
): readonly OnnxValue[] {
  const hidden = node.inputs[2].shape[1];
  const turned = (name: string, input: number): OnnxValue => {
    const made = to.changed(input, name, (tensor) => gatesAs(tensor, order));
    if (made !== null) return made;
    throw new ArgumentError(`cannot export ${node.name}: its weights are computed, expected parameters`);
  };
  const inputs: (OnnxValue | null)[] = [
    to.node("Transpose", [to.inputs[0]], { perm: [1, 0, 2] }),
    turned("W", 1),
    turned("R", 2),
  ];
  if (node.inputs.length > 3) {
    let first: Float32Array<ArrayBuffer> = new Float32Array();
    to.changed(3, "B", (tensor) => {
      first = gatesAs(tensor, order).data;
      return { shape: tensor.shape, data: first };
    });
    inputs.push(to.changed(4, "B", (tensor) => {
      const both = new Float32Array(2 * first.length);
      both.set(first);
      both.set(gatesAs(tensor, order).data, first.length);
      return { shape: [1, both.length], data: both };
    }));
  }
  const attributes = {
    direction: { text: node.attributes.reverse ? "reverse" : "forward" },
    hidden_size: hidden,
    ...more,
    ...opType === "RNN" ? { activations: { texts: activations } } : {},
  };
  const [all] = to.nodes(opType, inputs, attributes, 1);
  return [to.node("Transpose", [to.node("Squeeze", [all], { axes: [1] })], { perm: [1, 0, 2] })];
}

/** Rows of gates, in another order, as of one direction. */
function gatesAs({ shape, data }: HostTensor, order: readonly number[]) {
  const size = data.length / order.length;
  const made = new Float32Array(data.length);
  order.forEach((from, k) => made.set(data.subarray(from * size, (from + 1) * size), k * size));
  return { shape: [1, ...shape], data: made };
}

/** Reads ONNX's operator: a node for each direction, and all outputs; null for functions that are another operation's. */
export function readRecurrence(
  op: OpDefinition<RecurrenceAttributes>,
  cell: OnnxCell,
  node: OnnxNode,
): readonly Value[] | null {
  const [directions, , features] = node.shape(1);
  const given = node.attributes.activations;
  const names = typeof given === "object" && "texts" in given ? given.texts : null;
  if (
    names !== null &&
    names.some((name, k) => name.toLowerCase() !== cell.activations[k % cell.activations.length].toLowerCase())
  ) {
    return null;
  }
  refuseOthers(node, cell);
  const hidden = node.shape(2)[2];
  const isBatchFirst = node.number("layout", 0) !== 0;
  const x = isBatchFirst ? node.input(0) : exchanged(node.input(0));
  const reversed = node.text("direction", "forward") === "reverse";
  const weights = (input: number, what: string, columns: number, name: string, part = 0): Value[] => {
    const numbers = Float32Array.from(node.numbers(input, what));
    const rows = cell.order.length * hidden;
    const size = rows * columns;
    const all = numbers.length / directions;
    return Array.from({ length: directions }, (_, d) => {
      const own = numbers.subarray(d * all + part * size, d * all + (part + 1) * size);
      const inverse = cell.order.map((_, gate) => cell.order.indexOf(gate));
      const { data } = gatesAs({ shape: [rows], data: own }, inverse);
      const suffix = d === 1 || reversed ? "_reverse" : "";
      return node.parameter(`${name}_l0${suffix}`, { shape: columns === 1 ? [rows] : [rows, columns], data });
    });
  };
  const wIh = weights(1, "W", features, "weight_ih");
  const wHh = weights(2, "R", hidden, "weight_hh");
  const biases = node.has(3) ? [weights(3, "B", 1, "bias_ih"), weights(3, "B", 1, "bias_hh", 1)] : [];
  const runs = Array.from({ length: directions }, (_, d) => {
    const reverse = d === 1 || reversed;
    const [y, , c] = x.graph.apply(op, [x, wIh[d], wHh[d], ...biases.map((both) => both[d])], { reverse });
    return { y, c, last: reverse ? 0 : x.shape[1] - 1 };
  });
  const states = (values: readonly Value[]): Value => {
    const stacked = stack(values.map((value, d) => select(value, 1, runs[d].last)), 1);
    return isBatchFirst ? stacked : permute(stacked, [1, 0, 2]);
  };
  const all = stack(runs.map(({ y }) => y), 2);
  const outputs = [
    isBatchFirst ? all : permute(all, [1, 2, 0, 3]),
    node.outputCount > 1 ? states(runs.map(({ y }) => y)) : undefined,
    node.outputCount > 2 ? states(runs.map(({ c }) => c)) : undefined,
  ];
  return outputs.filter((value) => value !== undefined);
}

/** `[T, N, I]` as `[N, T, I]`; what was turned the other way just before is taken as it was. */
function exchanged(x: Value): Value {
  const before = x.node?.op === TransposeOp && x.node.attributes.perm.join() === "1,0,2" ? x.node.inputs[0] : null;
  return before ?? permute(x, [1, 0, 2]);
}

function refuseOthers(node: OnnxNode, { opType }: OnnxCell): void {
  const refuse = (what: string): never => {
    throw new ArgumentError(`${opType} ${what}, which is not supported; export the model without it`);
  };
  const length = node.shape(0)[node.number("layout", 0) === 0 ? 0 : 1];
  if (node.has(4) && node.numbers(4, "sequence_lens").some((size) => size !== length)) {
    refuse("takes sequences of other lengths than they have");
  }
  for (const [input, what] of [[5, "initial_h"], [6, "initial_c"], [7, "P"]] as const) {
    if (node.has(input) && node.constant(input)?.data.every((value) => value === 0) !== true) refuse(`has ${what}`);
  }
  if (node.attributes.clip !== undefined) refuse("clips");
  if (node.number("input_forget", 0) !== 0) refuse("couples input and forget gates");
  const direction = node.text("direction", "forward");
  if (!["forward", "reverse", "bidirectional"].includes(direction)) refuse(`has the direction ${show(direction)}`);
  if (opType === "GRU" && node.number("linear_before_reset", 0) === 0) {
    refuse("applies the reset gate before the product (linear_before_reset 0)");
  }
}
