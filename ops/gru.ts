/**
 * GRU: `r, z = sigmoid(W_ih x + b_ih + W_hh h + b_hh)`, `n = tanh(W_in x + b_in + r (W_hn h + b_hn))`,
 * `h' = (1 - z) n + z h`, step by step (Cho et al. 2014, as PyTorch has it: the reset gate after the product).
 * @module
 */
import type { OpDefinition } from "../core/graph/op.ts";
import { GRU_CELL } from "./cells.ts";
import { type RecurrenceAttributes, recurrenceOp } from "./recurrence.ts";
import { type OnnxCell, readRecurrence, writeRecurrence } from "./recurrence_onnx.ts";
import { RecurrentLayer, type RecurrentOptions } from "./recurrent_layer.ts";

const ONNX: OnnxCell = {
  opType: "GRU",
  order: [1, 0, 2],
  activations: ["Sigmoid", "Tanh"],
  more: { linear_before_reset: 1 },
};

/** The operation: x `[N, T, I]`, w_ih `[3 H, I]`, w_hh `[3 H, H]` and perhaps both biases `[3 H]`, to `[N, T, H]`. */
export const GRUOp: OpDefinition<RecurrenceAttributes> = {
  ...recurrenceOp(GRU_CELL),
  writeOnnx: (node, to) => writeRecurrence(ONNX, node, to),
  readOnnx: { GRU: (node) => readRecurrence(GRUOp, ONNX, node) },
  cases: [
    { name: "some steps", inputs: [[3, 5, 4], [21, 4], [21, 7], [21], [21]], attributes: { reverse: false } },
    { name: "backwards", inputs: [[11, 3, 2], [9, 2], [9, 3], [9], [9]], attributes: { reverse: true } },
    { name: "one sample, no biases", inputs: [[1, 2, 5], [6, 5], [6, 2]], attributes: { reverse: false } },
  ],
};

/**
 * Gated recurrent units over sequences, with the names and the order of the gates that PyTorch's have.
 *
 * @example
 * ```ts
 * import { nn, Predictor } from "@zkgrad/zkgrad";
 *
 * const model = new nn.Sequential(new nn.GRU(4, 8, { batchFirst: true, bidirectional: true }));
 * using predictor = await Predictor.create({ model, shape: [5, 4], device: "cpu" });
 * const answers = await predictor.predict(new Float32Array(2 * 5 * 4)); // of two samples
 * if (answers.length !== 2 * 5 * 16) throw new Error(`${answers.length}`);
 * ```
 */
export class GRU extends RecurrentLayer {
  /** Draws weights and biases from (-1 / sqrt(hiddenSize), 1 / sqrt(hiddenSize)). */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super({ name: "GRU", op: GRUOp, gates: 3 }, arguments, inputSize, hiddenSize, options);
  }
}
