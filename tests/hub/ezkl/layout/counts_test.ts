/** The dummy counts: what EZKL itself wrote, what was counted for the made circuits, and the constants. */
import assert from "node:assert/strict";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { layOut } from "../../../../hub/ezkl/layout/layout.ts";
import { madeBytes, sharedTest } from "../format/fixtures.ts";
import { type Case, CASES, index } from "./cases.ts";
import { CircuitWriter } from "./circuits.ts";

const range = (a: readonly [bigint, bigint], b: readonly [bigint, bigint]) => Number(a[0] - b[0] || a[1] - b[1]);

for (
  const [name, { rows, cells, constants, keygen, last, perNode }] of Object.entries({
    gemm: { rows: 348, cells: 696, constants: 36, keygen: 608, last: 599, perNode: [176, 0, 336, 0, 4] },
    gemm_sigmoid: { rows: 182, cells: 364, constants: 27, keygen: 284, last: 275, perNode: [160, 0, 32, 0, 4, 4] },
    conv_relu: { rows: 2762, cells: 5524, constants: 5, keygen: 4866, last: 4801, perNode: [720, 0, 0, 2660, 832] },
    conv_sigmoid_avgpool: {
      rows: 1064,
      cells: 2128,
      constants: 16,
      keygen: 1918,
      last: 1901,
      perNode: [720, 0, 0, 420, 32, 628],
    },
  })
) {
  Deno.test(`layOut() counts ${name} as its settings do`, () => {
    const { model, settings } = decodeCircuit(madeBytes(name, "model.compiled"));
    const dummy = layOut(model, settings.runArgs, "dummy"), laid = layOut(model, settings.runArgs, "keygen");
    assert.deepEqual([dummy.rows, dummy.cells, dummy.constants], [rows, cells, constants]);
    assert.deepEqual([...dummy.perNode.values()], perNode);
    assert.deepEqual(dummy.lookups, settings.requiredLookups);
    assert.deepEqual(dummy.rangeChecks.sort(range), settings.requiredRangeChecks.sort(range));
    assert.deepEqual([laid.cells, laid.lastSelectorCell], [keygen, last]);
  });
}

const MLP = "native/v22.0.1-rwkv_simple/circuit.as-v21.compiled";
sharedTest("layOut() counts an MLP as native EZKL did", MLP, (bytes) => {
  const { model, settings } = decodeCircuit(bytes);
  const { runArgs } = settings;
  const dummy = layOut(model, runArgs, "dummy"), laid = layOut(model, runArgs, "keygen");
  assert.deepEqual([dummy.rows, dummy.cells, dummy.constants], [4534, 9069, 4]);
  assert.deepEqual([dummy.rows, dummy.cells], [settings.numRows, settings.totalAssignments]);
  assert.deepEqual(dummy.rangeChecks.sort(range), settings.requiredRangeChecks.sort(range));
  assert.deepEqual([...dummy.perNode.values()], [160, 0, 1088, 0, 16, 352, 0, 5106, 0, 69]);
  assert.equal(dummy.outputCells, 2278);
  assert.deepEqual([laid.cells, laid.lastSelectorCell], [7965, 7826]);
});

const ASSETS = "native/v21.0.0-assets/model.compiled";
sharedTest("layOut() recounts EZKL's own example", ASSETS, (bytes) => {
  const { model, settings } = decodeCircuit(bytes);
  const dummy = layOut(model, settings.runArgs, "dummy"), laid = layOut(model, settings.runArgs, "keygen");
  assert.deepEqual([dummy.rows, dummy.cells, dummy.constants], [144, 288, 3]);
  assert.deepEqual([...dummy.perNode.values(), dummy.outputCells], [48, 0, 16, 0, 4, 88, 132]);
  assert.equal(laid.cells, 224);
});

/** Cells and constants of native EZKL 21 (w = 1, base 128, two legs, no checks of inputs and outputs). */
const NATIVE: [name: string, write: Case[1], cells: number, constants: number][] = [
  ["ReLU", (c) => [c.linear({ name: "LeakyReLU", slope: 0, scale: 1 }, [c.input([5])], [5])], 130, 3],
  ["LeakyReLU", (c) => [c.linear({ name: "LeakyReLU", slope: 0.3, scale: 3 }, [c.input([3])], [3])], 108, 5],
  ["Sqrt", (c) => [c.hybrid({ name: "Sqrt", scale: 8 }, [c.input([3])], [3])], 396, 4],
  ["Recip", (c) => [c.hybrid({ name: "Recip", inputScale: 8, outputScale: 8 }, [c.input([3])], [3])], 444, 5],
  ["Abs", (c) => [c.linear({ name: "Abs" }, [c.input([5])], [5])], 105, 3],
  ["Neg", (c) => [c.linear({ name: "Neg" }, [c.input([5])], [5])], 25, 1],
  ["Max", (c) => [c.hybrid({ name: "Max" }, [c.input([2]), c.constant([3], [1])], [2])], 70, 4],
  [
    "MaxPool",
    (c) => [c.hybrid(
      { name: "MaxPool", padding: [[0, 0], [0, 0]], stride: [2, 2], poolDims: [2, 2], dataFormat: "NCHW" },
      [c.input([1, 1, 4, 4])],
      [1, 1, 2, 2],
    )],
    348,
    5,
  ],
  [
    "AveragePool",
    (c) => [c.hybrid(
      {
        name: "SumPool",
        padding: [[0, 0], [0, 0]],
        stride: [2, 2],
        kernelShape: [2, 2],
        normalized: true,
        dataFormat: "NCHW",
      },
      [c.input([1, 1, 4, 4])],
      [1, 1, 2, 2],
    )],
    296,
    4,
  ],
  ["ReduceMax", (c) => [c.hybrid({ name: "ReduceMax", axes: [0] }, [c.input([5])], [1])], 114, 6],
  [
    "a Sum of a padded tensor",
    (c) => {
      const padded = c.linear({ name: "Pad", padding: [[1, 1]] }, [c.input([3])], [5]);
      return [c.linear({ name: "Sum", axes: [0] }, [padded], [1])];
    },
    9,
    0,
  ],
  [
    "a table of a padded tensor",
    (c) => {
      const padded = c.linear({ name: "Pad", padding: [[1, 1]] }, [c.input([3])], [5]);
      return [c.lookup({ name: "Sigmoid", scale: 1 }, padded, [5])];
    },
    21,
    2,
  ],
  [
    "a constant used twice",
    (c) => {
      const constant = c.constant([3, 6, 9, 12, 15], [5]);
      const product = c.linear({ name: "Mult" }, [c.input([5]), constant], [5]);
      return [c.linear({ name: "Add" }, [product, constant], [5])];
    },
    110,
    13,
  ],
  [
    "Slice",
    (c) => {
      const slice = c.linear({ name: "Slice", axis: 0, start: 1, end: 6 }, [c.input([9])], [5]);
      return [c.linear({ name: "Mult" }, [slice, c.constant([1, 2, 3, 4, 5], [5])], [5])];
    },
    38,
    5,
  ],
  [
    "Gather and Concat",
    (c) => {
      const x = c.input([6]);
      const picked = c.hybrid({ name: "Gather", dim: 0, constantIdx: index(0, 1, 2, 1, 2, 3, 5, 5, 5) }, [x], [9]);
      const joined = c.linear({ name: "Concat", axis: 0 }, [picked, x], [15]);
      return [c.linear({ name: "Mult" }, [joined, c.constant([...Array(15).keys()], [15])], [15])];
    },
    66,
    15,
  ],
];

for (const [name, write, cells, constants] of NATIVE) {
  Deno.test(`layOut() counts ${name} as native EZKL does`, () => {
    const args = { numInnerCols: 1, decompBase: 128, logrows: 10, ignoreRangeCheckInputsOutputs: true };
    const circuit = new CircuitWriter(args);
    const layout = layOut(circuit.model(write(circuit)), circuit.args, "dummy");
    assert.deepEqual([layout.cells, layout.constants], [cells, constants]);
  });
}

Deno.test("layOut() repeats a row wherever a dot product crosses into the next block", () => {
  const [, write] = CASES.find(([name]) => name === "long dot products")!;
  const cellsAt = (logrows: number) => {
    const circuit = new CircuitWriter({ numInnerCols: 2, logrows, ignoreRangeCheckInputsOutputs: true });
    return layOut(circuit.model(write(circuit)), circuit.args, "dummy").cells;
  };
  // 31 inputs, 12 products of 32 cells after a flush, three times 12 cells for the output.
  assert.equal(cellsAt(12), 32 + 12 * 32 + 36);
  // A block of 2 * 58 cells ends at 116, 232 and 348, each within a product, which repeats a row.
  assert.equal(cellsAt(6), 32 + 12 * 32 + 36 + 3 * 2);
});

Deno.test("layOut() refuses an operation that it does not lay out", () => {
  const circuit = new CircuitWriter();
  const x = circuit.input([4]);
  const logarithm = circuit.hybrid({ name: "Ln", scale: 2 }, [x], [4]);
  assert.throws(() => layOut(circuit.model([logarithm]), circuit.args, "dummy"), /node 1 is Ln, which is not laid out/);
});

Deno.test("layOut() refuses a node that comes before its operand", () => {
  const circuit = new CircuitWriter();
  const x = circuit.input([2]);
  const y = circuit.linear({ name: "Neg" }, [x], [2]);
  const model = circuit.model([y]);
  model.nodes.delete(x);
  assert.throws(() => layOut(model, circuit.args, "dummy"), /node 1 reads node 0/);
});
