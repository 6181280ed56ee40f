/**
 * LSTM: `i, f, o = sigmoid(W_ih x + b_ih + W_hh h + b_hh)`, `g = tanh` of its own part, `c' = f c + i g`,
 * `h' = o tanh(c')`, step by step (Hochreiter and Schmidhuber 1997, with forget gates; as PyTorch has it).
 * @module
 */
import type { OpDefinition } from "../core/graph/op.ts";
import { LSTM_CELL } from "./cells.ts";
import { type RecurrenceAttributes, recurrenceOp } from "./recurrence.ts";
import { type OnnxCell, readRecurrence, writeRecurrence } from "./recurrence_onnx.ts";
import { RecurrentLayer, type RecurrentOptions } from "./recurrent_layer.ts";

const ONNX: OnnxCell = {
  opType: "LSTM",
  order: [0, 3, 1, 2],
  activations: ["Sigmoid", "Tanh", "Tanh"],
  more: { input_forget: 0 },
};

/** The operation: x `[N, T, I]`, w_ih `[4 H, I]`, w_hh `[4 H, H]` and perhaps both biases `[4 H]`, to `[N, T, H]`. */
export const LSTMOp: OpDefinition<RecurrenceAttributes> = {
  ...recurrenceOp(LSTM_CELL),
  writeOnnx: (node, to) => writeRecurrence(ONNX, node, to),
  readOnnx: { LSTM: (node) => readRecurrence(LSTMOp, ONNX, node) },
  cases: [
    { name: "some steps", inputs: [[3, 5, 4], [28, 4], [28, 7], [28], [28]], attributes: { reverse: false } },
    { name: "backwards", inputs: [[11, 3, 2], [12, 2], [12, 3], [12], [12]], attributes: { reverse: true } },
    { name: "one sample, no biases", inputs: [[1, 2, 5], [8, 5], [8, 2]], attributes: { reverse: false } },
  ],
};

/**
 * Long short-term memory over sequences, with the names and the order of the gates that PyTorch's have.
 *
 * @example
 * ```ts
 * import { nn, Predictor, type Tensor } from "@zkgrad/zkgrad";
 *
 * class Classifier extends nn.Module {
 *   readonly lstm = new nn.LSTM(4, 8, { batchFirst: true });
 *   readonly fc = new nn.Linear(8, 3);
 *
 *   forward(x: Tensor): Tensor { // [N, T, 4]
 *     const { hidden } = this.lstm.run(x);
 *     return this.fc.forward(hidden.at(-1)!); // the last layer's last state, [N, 8]
 *   }
 * }
 *
 * const model = new Classifier();
 * using predictor = await Predictor.create({ model, shape: [5, 4], device: "cpu" });
 * const answers = await predictor.predict(new Float32Array(2 * 5 * 4)); // of two samples
 * if (answers.length !== 2 * 3) throw new Error(`${answers.length}`);
 * ```
 */
export class LSTM extends RecurrentLayer {
  /** Draws weights and biases from (-1 / sqrt(hiddenSize), 1 / sqrt(hiddenSize)). */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super({ name: "LSTM", op: LSTMOp, gates: 4 }, arguments, inputSize, hiddenSize, options);
  }
}
