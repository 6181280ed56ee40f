/**
 * RNN: `h' = tanh(W_ih x + b_ih + W_hh h + b_hh)`, or relu in place of tanh, step by step (Elman 1990, as PyTorch has it).
 * @module
 */
import { oneOf } from "../core/base/known.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { RNN_CELL, RNN_RELU_CELL } from "./cells.ts";
import { type RecurrenceAttributes, recurrenceOp } from "./recurrence.ts";
import { type OnnxCell, readRecurrence, writeRecurrence } from "./recurrence_onnx.ts";
import { RecurrentLayer, type RecurrentOptions } from "./recurrent_layer.ts";

const TANH: OnnxCell = { opType: "RNN", order: [0], activations: ["Tanh"], more: {} };
const RELU: OnnxCell = { ...TANH, activations: ["Relu"] };

/** The operation: x `[N, T, I]`, w_ih `[H, I]`, w_hh `[H, H]` and perhaps both biases `[H]`, to `[N, T, H]`. */
export const RNNOp: OpDefinition<RecurrenceAttributes> = {
  ...recurrenceOp(RNN_CELL),
  writeOnnx: (node, to) => writeRecurrence(TANH, node, to),
  readOnnx: { RNN: (node) => readRecurrence(RNNOp, TANH, node) },
  cases: [
    { name: "some steps", inputs: [[3, 5, 4], [7, 4], [7, 7], [7], [7]], attributes: { reverse: false } },
    { name: "backwards", inputs: [[11, 3, 2], [3, 2], [3, 3], [3], [3]], attributes: { reverse: true } },
    { name: "one sample, no biases", inputs: [[1, 2, 5], [2, 5], [2, 2]], attributes: { reverse: false } },
  ],
};

/** The same with relu in place of tanh. */
export const RNNReluOp: OpDefinition<RecurrenceAttributes> = {
  ...recurrenceOp(RNN_RELU_CELL),
  writeOnnx: (node, to) => writeRecurrence(RELU, node, to),
  readOnnx: { RNN: (node) => readRecurrence(RNNReluOp, RELU, node) },
  cases: [
    { name: "some steps", inputs: [[9, 2, 2], [3, 2], [3, 3], [3], [3]], attributes: { reverse: false } },
    { name: "backwards", inputs: [[2, 3, 2], [3, 2], [3, 3], [3], [3]], attributes: { reverse: true } },
  ],
};

/** Options of {@linkcode RNN}. */
export interface RNNOptions extends RecurrentOptions {
  /** What the sum goes through: `"tanh"` (default) or `"relu"`. */
  readonly nonlinearity?: "tanh" | "relu";
}

/**
 * A plain recurrent layer over sequences, with the names that PyTorch's has.
 *
 * @example
 * ```ts
 * import { RNN } from "@zkgrad/zkgrad";
 *
 * const rnn = new RNN(28, 64, { batchFirst: true, nonlinearity: "relu" });
 * ```
 */
export class RNN extends RecurrentLayer {
  /** What the sum goes through. */
  readonly nonlinearity: "tanh" | "relu";

  /** Draws weights and biases from (-1 / sqrt(hiddenSize), 1 / sqrt(hiddenSize)). */
  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    const nonlinearity = options?.nonlinearity === undefined ? "tanh" : options.nonlinearity;
    const op = nonlinearity === "relu" ? RNNReluOp : RNNOp;
    super({ name: "RNN", op, gates: 1, options: ["nonlinearity"] }, arguments, inputSize, hiddenSize, options);
    this.nonlinearity = oneOf("RNN: nonlinearity", nonlinearity, ["tanh", "relu"]);
  }
}
