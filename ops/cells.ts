/**
 * The formulas of RNN, GRU and LSTM, forward and backward, with PyTorch's gates in PyTorch's order.
 * @module
 */
import { isNan } from "../core/graph/nan.ts";
import type { Cell } from "../core/graph/recurrence.ts";

// Some drivers' tanh() overflows and their exp() loses a NaN; clamp() loses one too.
const TANH = `fn cell_tanh(x: f32) -> f32 { return select(tanh(clamp(x, -20.0, 20.0)), x, ${isNan("x")}); }
`;
const SIGMOID = `fn cell_sigmoid(x: f32) -> f32 { return select(1.0 / (1.0 + exp(-x)), x, ${isNan("x")}); }
`;

/** `i, f, o = sigmoid, g = tanh` of their sums; `c' = f c + i g`; `y = o tanh(c')`. */
export const LSTM_CELL: Cell = {
  name: "LSTM",
  gates: 4,
  sums: [[0, 0], [1, 1], [2, 2], [3, 3]],
  memory: true,
  functions: TANH + SIGMOID,
  forward: `  let i = cell_sigmoid(sum(0u));
  let f = cell_sigmoid(sum(1u));
  let g = cell_tanh(sum(2u));
  let o = cell_sigmoid(sum(3u));
  next = f * c + i * g;
  y = o * cell_tanh(next);
  keep(0u, i);
  keep(1u, f);
  keep(2u, g);
  keep(3u, o);`,
  backward: `  let i = kept(0u);
  let f = kept(1u);
  let g = kept(2u);
  let o = kept(3u);
  let m = cell_tanh(next);
  let d = dc + dy * o * (1.0 - m * m);
  slope(0u, d * g * i * (1.0 - i));
  slope(1u, d * c * f * (1.0 - f));
  slope(2u, d * i * (1.0 - g * g));
  slope(3u, dy * m * o * (1.0 - o));
  dc = d * f;`,
};

/** `r, z = sigmoid` of their sums; `n = tanh(x's sum + r * h's sum)`; `y = (1 - z) n + z h`. */
export const GRU_CELL: Cell = {
  name: "GRU",
  gates: 3,
  sums: [[0, 0], [1, 1], [2, null], [null, 2]],
  memory: false,
  functions: TANH + SIGMOID,
  forward: `  let r = cell_sigmoid(sum(0u));
  let z = cell_sigmoid(sum(1u));
  let q = sum(3u);
  let n = cell_tanh(sum(2u) + r * q);
  y = (1.0 - z) * n + z * h;
  keep(0u, r);
  keep(1u, z);
  keep(2u, n);
  keep(3u, q);`,
  backward: `  let r = kept(0u);
  let z = kept(1u);
  let n = kept(2u);
  let q = kept(3u);
  let d = dy * (1.0 - z) * (1.0 - n * n);
  slope(0u, d * q * r * (1.0 - r));
  slope(1u, dy * (h - n) * z * (1.0 - z));
  slope(2u, d);
  slope(3u, d * r);
  dh = dy * z;`,
};

/** `y = tanh` of the sum. */
export const RNN_CELL: Cell = {
  name: "RNN",
  gates: 1,
  sums: [[0, 0]],
  memory: false,
  functions: TANH,
  forward: "  y = cell_tanh(sum(0u));\n  keep(0u, y);",
  backward: "  slope(0u, dy * (1.0 - y * y));",
};

/** `y = relu` of the sum, which stays what it is where it is no number. */
export const RNN_RELU_CELL: Cell = {
  ...RNN_CELL,
  name: "RNNRelu",
  functions: "",
  forward: "  y = select(sum(0u), 0.0, sum(0u) <= 0.0);\n  keep(0u, y);",
  backward: "  slope(0u, select(dy, 0.0, y <= 0.0));",
};
