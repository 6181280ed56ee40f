/**
 * RNN, GRU, LSTM: cells that remember, written out step by step. EZKL keeps them as loops over a circuit within the
 * circuit.
 *
 * A step is one product of the input and the state, one behind the other, with both weights, one beside the other.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { showShape } from "../../../core/base/shape.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { Attributes } from "../network/attributes.ts";
import {
  activation,
  constantOperand,
  floats,
  type LoweredValue,
  type Lowering,
  type LoweringRule,
} from "../network/lowering.ts";
import { add, apply, floatsOf, mul, number, numbers, reshape, sub } from "./making.ts";
import { joined, part, permuted } from "./moved.ts";
import { constant, input, type Operator } from "./operator.ts";

const KNOWN = ["activations", "activation_alpha", "activation_beta", "clip", "direction", "hidden_size"];

/** What a cell remembers: its state, and of an LSTM a memory. */
interface State {
  h: LoweredValue | null;
  c: LoweredValue | null;
}

/** The weights of one direction: rows of all gates, as the file has them. */
interface Weights {
  readonly hidden: number;
  /** `[gates * hidden, inputs]`. */
  readonly w: number[];
  /** `[gates * hidden, hidden]`. */
  readonly r: number[];
  /** Of the input, `[gates * hidden]`. */
  readonly wb: number[];
  /** Of the state, `[gates * hidden]`. */
  readonly rb: number[];
  readonly inputs: number;
}

/** The product of `[x, h]` with the rows of some gates, plus their biases; `h` may be nothing yet. */
type Gates = (
  x: LoweredValue | null,
  h: LoweredValue | null,
  rows: readonly [from: number, to: number],
) => LoweredValue;

type Cell = (lowering: Lowering, x: LoweredValue, state: State, gates: Gates, hidden: number) => State;

/** Rows of weights for the operands that are there; made once, so that all steps share one constant. */
function gatesOf(lowering: Lowering, { hidden, inputs, w, r, wb, rb }: Weights, like: LoweredValue): Gates {
  const made = new Map<string, [LoweredValue, LoweredValue]>();
  return (x, h, [from, to]) => {
    const count = (to - from) * hidden, first = from * hidden;
    const key = `${x !== null}${h !== null}${from},${to}`;
    if (!made.has(key)) {
      const rows = Array.from({ length: count }, (_, row) => [
        ...x === null ? [] : w.slice((first + row) * inputs, (first + row + 1) * inputs),
        ...h === null ? [] : r.slice((first + row) * hidden, (first + row + 1) * hidden),
      ]);
      const bias = Array.from({ length: count }, (_, row) => (x === null ? 0 : wb[first + row]) + rb[first + row]);
      made.set(key, [
        numbers(lowering, rows.flat(), [count, rows[0].length], like),
        numbers(lowering, bias.map(Math.fround), [count], like),
      ]);
    }
    const [weights, bias] = made.get(key)!, operands = [x, h].filter((value) => value !== null);
    const whole = joined(lowering, operands, 1), shape = [whole.shape[0], count];
    return add(lowering, lowering.add({ type: "MatMul", equation: "mk,nk->mn" }, [whole, weights], shape), bias);
  };
}

const sigmoid = (lowering: Lowering, x: LoweredValue) => apply(lowering, { type: "Sigmoid" }, x);
const tanh = (lowering: Lowering, x: LoweredValue) => apply(lowering, { type: "Tanh" }, x);

const lstm: Cell = (lowering, x, { h, c }, gates, hidden) => {
  const all = gates(x, h, [0, 4]), gate = (at: number) => part(lowering, all, 1, at * hidden, (at + 1) * hidden);
  const [i, o, f] = [0, 1, 2].map((at) => sigmoid(lowering, gate(at)));
  const fresh = mul(lowering, i, tanh(lowering, gate(3)));
  const memory = c === null ? fresh : add(lowering, mul(lowering, f, c), fresh);
  return { h: mul(lowering, o, tanh(lowering, memory)), c: memory };
};

const gru = (isReset: boolean): Cell => (lowering, x, { h }, gates, hidden) => {
  const both = gates(x, h, [0, 2]), z = sigmoid(lowering, part(lowering, both, 1, 0, hidden));
  const r = sigmoid(lowering, part(lowering, both, 1, hidden, 2 * hidden));
  let candidate: LoweredValue;
  if (h === null && !isReset) candidate = gates(x, null, [2, 3]);
  else if (isReset) candidate = add(lowering, gates(x, null, [-1, -1]), mul(lowering, r, gates(null, h, [2, 3])));
  else candidate = gates(x, mul(lowering, r, h!), [2, 3]);
  const proposed = tanh(lowering, candidate);
  const fresh = mul(lowering, sub(lowering, number(lowering, 1, z), z), proposed);
  return { h: h === null ? fresh : add(lowering, fresh, mul(lowering, z, h)), c: null };
};

const rnn: Cell = (lowering, x, { h }, gates) => ({ h: tanh(lowering, gates(x, h, [0, 1])), c: null });

/** Steps of the longest sequence that is written out. */
const MOST_STEPS = 10_000;

const recurrent =
  (count: number, cell: (attributes: Attributes) => Cell, known: readonly string[] = []): LoweringRule =>
  (
    lowering,
  ) => {
    const attributes = new Attributes(lowering.node, [...KNOWN, "layout", "output_sequence", ...known]);
    if (attributes.has("clip") || attributes.has("activations") && !isDefault(lowering)) {
      throw new ArgumentError(
        "its activations or its clip are not the usual ones, expected Sigmoid and Tanh without clip",
      );
    }
    const given = floats(activation(lowering, 0)), isBatchFirst = attributes.integer("layout", 0) !== 0;
    const x = isBatchFirst ? permuted(lowering, given, [1, 0, 2]) : given, [length, batch, inputs] = x.shape;
    const w = constantOperand(lowering, 1, "weights"), r = constantOperand(lowering, 2, "recurrent weights");
    const [directions, rows] = w.shape, hidden = rows / count;
    const fits = x.shape.length === 3 && Number.isInteger(hidden) &&
      w.shape.join() === `${directions},${rows},${inputs}` &&
      r.shape.join() === `${directions},${rows},${hidden}` && directions <= 2;
    if (!fits) {
      throw new ArgumentError(
        `its input ${showShape(given.shape)}, weights ${showShape(w.shape)} and recurrent weights ${
          showShape(r.shape)
        } do not ` +
          "belong together, expected [length, batch, inputs], [directions, gates, inputs] and [directions, gates, hidden]; " +
          "export the model again",
      );
    }
    if (length > MOST_STEPS) {
      throw new ArgumentError(
        `it has ${length} steps, each of which is cells of its own, expected at most ${MOST_STEPS}; cut the sequences before`,
      );
    }
    if (lowering.inputs[4] && !floatsOf(constantOperand(lowering, 4, "sequence_lens")).every((n) => n === length)) {
      throw new ArgumentError("its sequences have several lengths, expected one for all; cut them before");
    }
    if (lowering.inputs[7]) throw new ArgumentError("it has peepholes, expected none");
    const direction = attributes.text("direction", "forward");
    const steps = Array.from({ length }, (_, t) => reshape(lowering, part(lowering, x, 0, t, t + 1), [batch, inputs]));
    const all: LoweredValue[][] = [], ends: State[] = [];
    for (let d = 0; d < directions; d++) {
      const weights = weightsOf(lowering, d, { rows, inputs, hidden, w, r });
      const gates = resetGates(lowering, gatesOf(lowering, weights, x), weights, x);
      const start = (at: number) => startOf(lowering, at, d, batch, hidden, isBatchFirst);
      let state: State = { h: start(5), c: count === 4 ? start(6) : null };
      const isBack = direction === "reverse" || d === 1;
      const made = (isBack ? steps.toReversed() : steps).map((step) => {
        state = cell(attributes)(lowering, step, state, gates, hidden);
        return state.h!;
      });
      all.push(isBack ? made.toReversed() : made);
      ends.push(state);
    }
    const shaped = (value: LoweredValue, shape: number[]) => reshape(lowering, value, shape);
    const join = (values: LoweredValue[], axis: number) => joined(lowering, values, axis);
    const axisOfState = isBatchFirst ? 1 : 0, one = isBatchFirst ? [batch, 1, hidden] : [1, batch, hidden];
    const last = (values: (LoweredValue | null)[]) => join(values.map((value) => shaped(value!, one)), axisOfState);
    const every = join(
      Array.from({ length }, (_, t) => {
        const own = all.map((made) => shaped(made[t], isBatchFirst ? [batch, 1, 1, hidden] : [1, 1, batch, hidden]));
        return join(own, isBatchFirst ? 2 : 1);
      }),
      isBatchFirst ? 1 : 0,
    );
    const outputs = [every, last(ends.map(({ h }) => h))];
    return count === 4 ? [...outputs, last(ends.map(({ c }) => c))] : outputs;
  };

/** What a reset in front of the product wants of the input alone: its part without the state's bias. */
function resetGates(lowering: Lowering, gates: Gates, weights: Weights, like: LoweredValue): Gates {
  const own = gatesOf(lowering, { ...weights, rb: weights.rb.map(() => 0) }, like);
  const bias = new Map<string, LoweredValue>();
  return (x, h, rows) => {
    if (rows[0] < 0) return own(x, null, [2, 3]);
    if (x === null && h === null) {
      const { hidden, rb } = weights, key = rows.join();
      const values = rb.slice(rows[0] * hidden, rows[1] * hidden);
      return bias.get(key) ?? bias.set(key, numbers(lowering, values, [1, values.length], like)).get(key)!;
    }
    return gates(x, h, rows);
  };
}

function weightsOf(
  lowering: Lowering,
  direction: number,
  { rows, inputs, hidden, w, r }: { rows: number; inputs: number; hidden: number; w: LoweredValue; r: LoweredValue },
): Weights {
  const slice = (x: LoweredValue, size: number) => floatsOf(x).slice(direction * size, (direction + 1) * size);
  const both = lowering.inputs[3]
    ? slice(constantOperand(lowering, 3, "bias"), 2 * rows)
    : Array<number>(2 * rows).fill(0);
  return {
    hidden,
    inputs,
    w: slice(w, rows * inputs),
    r: slice(r, rows * hidden),
    wb: both.slice(0, rows),
    rb: both.slice(rows),
  };
}

/** The state that a direction begins with; null for nothing. */
function startOf(
  lowering: Lowering,
  at: number,
  direction: number,
  batch: number,
  hidden: number,
  isBatchFirst: boolean,
): LoweredValue | null {
  const given = lowering.inputs[at] ?? null;
  if (given === null) return null;
  if (given.constant !== null && floatsOf(given).every((value) => value === 0)) return null;
  if (given.constant !== null) {
    const values = floatsOf(given), directions = sizeOf(given.shape) / batch / hidden;
    const own = Array.from({ length: batch * hidden }, (_, i) => {
      const n = Math.floor(i / hidden), k = i % hidden;
      return values[isBatchFirst ? (n * directions + direction) * hidden + k : (direction * batch + n) * hidden + k];
    });
    return numbers(lowering, own, [batch, hidden], given);
  }
  return reshape(lowering, part(lowering, given, isBatchFirst ? 1 : 0, direction, direction + 1), [batch, hidden]);
}

/** Whether the activations that a node names are ONNX's defaults. */
function isDefault({ node }: Lowering): boolean {
  const given = node.attributes.activations;
  const names = JSON.stringify(given).toLowerCase();
  return !/relu|affine|hardsigmoid|softsign|softplus|elu/.test(names);
}

const differs = "EZKL keeps it as a loop over a circuit of its own";
const sequence = input(3, 1, 2);

/** The operators. */
export const cells: readonly Operator[] = [
  {
    name: "RNN",
    lower: recurrent(1, () => rnn),
    cases: [{
      inputs: [sequence, constant([1, 2, 2]), constant([1, 2, 2]), constant([1, 4])],
      attributes: { hidden_size: 2 },
      outputs: 2,
      differs,
    }],
  },
  {
    name: "GRU",
    lower: recurrent(3, (attributes) => gru(attributes.integer("linear_before_reset", 0) !== 0), [
      "linear_before_reset",
    ]),
    cases: [
      {
        inputs: [sequence, constant([1, 6, 2]), constant([1, 6, 2]), constant([1, 12])],
        attributes: { hidden_size: 2 },
        outputs: 2,
        differs,
      },
      {
        name: "as PyTorch has it",
        inputs: [sequence, constant([1, 6, 2]), constant([1, 6, 2]), constant([1, 12])],
        attributes: { hidden_size: 2, linear_before_reset: 1 },
        outputs: 2,
        differs,
      },
    ],
  },
  {
    name: "LSTM",
    lower: recurrent(4, () => lstm, ["input_forget"]),
    cases: [
      {
        inputs: [sequence, constant([1, 8, 2]), constant([1, 8, 2]), constant([1, 16])],
        attributes: { hidden_size: 2 },
        outputs: 3,
        differs,
      },
      {
        name: "both ways, from a state",
        inputs: [input(2, 1, 2), constant([2, 8, 2]), constant([2, 8, 2]), null, null, input(2, 1, 2), input(2, 1, 2)],
        attributes: { hidden_size: 2, direction: "bidirectional" },
        outputs: 3,
        differs,
      },
    ],
  },
];
