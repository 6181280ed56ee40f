import assert from "node:assert/strict";
import { ArgumentError } from "../../../../core/base/errors.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { defaultRunArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { witnessFromJson } from "../../../../hub/ezkl/format/witness.ts";
import { roundAway } from "../../../../hub/halo2/circuit/round_away.ts";
import { PrecisionError } from "../../../../hub/ezkl/numbers/exact.ts";
import { quantizeInput } from "../../../../hub/ezkl/simulate/quantize.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { MADE, madeBytes, madeText, sharedBytes, sharedTest } from "../format/fixtures.ts";
import { hybrid, linear, lookup, source } from "./compare.ts";
import { model } from "./engine.ts";

function sameAsWitness(compiled: Uint8Array<ArrayBuffer>, input: string, expected: string): void {
  const circuit = decodeCircuit(compiled);
  const witness = witnessFromJson(expected);
  const inputs = (JSON.parse(input).input_data as number[][]).map((values, index) => {
    const { opkind } = circuit.model.nodes.get(circuit.model.inputs[index])!;
    if (opkind.kind !== "Input") throw new Error("the fixture's input is no Input");
    return quantizeInput(Float32Array.from(values), opkind.scale, opkind.datumType);
  });
  const simulated = new Simulator(circuit.model, circuit.settings).run(inputs, 1);
  assert.deepEqual(inputs.map((values) => Array.from(values, BigInt)), witness.inputs);
  assert.deepEqual(simulated.outputs.map((values) => Array.from(values, BigInt)), witness.outputs);
  assert.equal(BigInt(simulated.minLookup), witness.minLookupInputs);
  assert.equal(BigInt(simulated.maxLookup), witness.maxLookupInputs);
  assert.equal(BigInt(simulated.maxRange), witness.maxRangeSize);
}

for (const name of MADE) {
  Deno.test(`Simulator gives the witness of ${name}`, () => {
    sameAsWitness(madeBytes(name, "model.compiled"), madeText(name, "input.json"), madeText(name, "witness.json"));
  });
}

for (
  const [folder, compiled, input, witness] of [
    ["native/v21.0.0-assets", "model.compiled", "input.json", "witness.json"],
    ["native/v22.0.1-rwkv_simple", "circuit.as-v21.compiled", "input.flat.json", "witness.as-v21.json"],
  ]
) {
  sharedTest(`Simulator gives the witness of ${folder}`, `${folder}/${compiled}`, (bytes) => {
    const text = (file: string) => new TextDecoder().decode(sharedBytes(`${folder}/${file}`)!);
    sameAsWitness(bytes, text(input), text(witness));
  });
}

const network = () => {
  const numbers = source(11);
  return model([
    { input: [1, 2, 5, 5] },
    { constant: numbers(5 * 2 * 9, -9, 9), dims: [5, 2, 3, 3] },
    { constant: numbers(3 * 45, -9, 9), dims: [3, 45] },
  ], [
    {
      op: linear({
        name: "Conv",
        padding: [[0, 0], [0, 0]],
        stride: [1, 1],
        group: 1,
        dataFormat: "NCHW",
        kernelFormat: "OIHW",
      }),
      inputs: [0, 1],
      dims: [1, 5, 3, 3],
    },
    { op: lookup({ name: "Sigmoid", scale: 128 }), inputs: [3], dims: [1, 5, 3, 3] },
    { op: hybrid({ name: "Div", denom: 3 }), inputs: [4], dims: [1, 45] },
    { op: linear({ name: "Einsum", equation: "mk,nk->mn" }), inputs: [5, 2], dims: [1, 3] },
  ]);
};

Deno.test("a sample's result is the same however many are computed together", () => {
  const batch = 29;
  const inputs = Float64Array.from(source(12)(batch * 50, -20, 20));
  const single = new Simulator(network());
  const results = Array.from({ length: batch }, (_, b) => single.run([inputs.slice(b * 50, b * 50 + 50)], 1));
  const expected = results.flatMap(({ outputs }) => Array.from(outputs[0]));
  for (const lanes of [1, 2, 3, 5, 8, 16, undefined]) {
    const simulator = new Simulator(network(), { lanes });
    for (let again = 0; again < 2; again++) {
      const result = simulator.run([inputs], batch);
      assert.deepEqual(Array.from(result.outputs[0]), expected);
      assert.equal(result.minLookup, Math.min(...results.map(({ minLookup }) => minLookup)));
      assert.equal(result.maxLookup, Math.max(...results.map(({ maxLookup }) => maxLookup)));
    }
  }
});

Deno.test("trace tells the extremes of every node over all samples", () => {
  const graph = model([{ input: [1] }, { constant: [3], dims: [1] }], [
    { op: linear({ name: "Mult" }), inputs: [0, 1], dims: [1] },
  ]);
  const { trace } = new Simulator(graph, { trace: true, lanes: 1 }).run([Float64Array.of(2, -5, 4)], 3);
  assert.deepEqual(trace.map(({ node, name, low, high }) => [node, name, low, high]), [
    [0, "Input", -5, 4],
    [1, "Constant", 3, 3],
    [2, "Mult", -15, 12],
  ]);
  assert.deepEqual(new Simulator(graph).run([Float64Array.of(2)], 1).trace, []);
});

Deno.test("what passes 2^53 is refused before it is inexact", () => {
  const square = model([{ input: [2] }], [{ op: linear({ name: "Mult" }), inputs: [0, 0], dims: [2] }]);
  const simulator = new Simulator(square);
  assert.equal(simulator.run([Float64Array.of(2 ** 26, 1)], 1).outputs[0][0], 2 ** 52);
  assert.throws(() => simulator.run([Float64Array.of(2 ** 26 + 2 ** 25, 1)], 1), PrecisionError);
  const dot = model([{ input: [1, 2] }, { constant: [2 ** 30, -(2 ** 30)], dims: [1, 2] }], [
    { op: linear({ name: "Einsum", equation: "mk,nk->mn" }), inputs: [0, 1], dims: [1, 1] },
  ]);
  assert.equal(new Simulator(dot).run([Float64Array.of(2 ** 21, 2 ** 21)], 1).outputs[0][0], 0);
  // The result is 0, but the sum on the way is not exact any more.
  assert.throws(() => new Simulator(dot).run([Float64Array.of(2 ** 23, 2 ** 23)], 1), PrecisionError);
  const constant = model([{ input: [1] }, { constant: [2 ** 53], dims: [1] }], [
    { op: linear({ name: "Add" }), inputs: [0, 1], dims: [1] },
  ]);
  assert.throws(() => new Simulator(constant), PrecisionError);
});

Deno.test("Simulator.run() refuses inputs of a wrong size, and what is no whole number", () => {
  const simulator = new Simulator(network());
  assert.throws(() => simulator.run([], 1), ArgumentError);
  assert.throws(() => simulator.run([new Float64Array(50)], 0), ArgumentError);
  assert.throws(() => simulator.run([new Float64Array(50)], 2), /2 samples of 50 elements are 100/);
  for (const value of [0.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => simulator.run([new Float64Array(50).fill(value, 7, 8)], 1), /element 7 of sample 0 of node 0/);
  }
});

Deno.test("Simulator refuses an operation that it does not know, by node and name", () => {
  const logarithm = hybrid({ name: "Ln", scale: 1 });
  assert.throws(
    () => new Simulator(model([{ input: [2] }], [{ op: logarithm, inputs: [0], dims: [2] }])),
    /node 1 \(Ln\)/,
  );
  const wrong = model([{ input: [2] }], [{ op: linear({ name: "Neg" }), inputs: [0], dims: [3] }]);
  assert.throws(() => new Simulator(wrong), /gives 2 elements, but its shape is \[3\]/);
});

Deno.test("maxDecomposed is the largest input, output and quotient", () => {
  const graph = model([{ input: [1] }], [{ op: hybrid({ name: "Div", denom: 4 }), inputs: [0], dims: [1] }]);
  assert.equal(new Simulator(graph).run([Float64Array.of(-4000)], 1).maxDecomposed, 4000);
  const node = graph.nodes.get(0)!;
  if (node.opkind.kind === "Input") node.opkind.decomp = false;
  const runArgs = { ...defaultRunArgs, ignoreRangeCheckInputsOutputs: true };
  assert.equal(new Simulator(graph, { runArgs }).run([Float64Array.of(-4000)], 1).maxDecomposed, 1000);
});

Deno.test("roundAway() takes halves away from zero and gives no -0", () => {
  const cases = [[0.5, 1], [-0.5, -1], [1.5, 2], [-2.5, -3], [0.49999999999999994, 0], [-0.3, 0], [
    2 ** 52 + 1,
    2 ** 52 + 1,
  ]];
  for (const [x, expected] of cases) assert.ok(Object.is(roundAway(x), expected), `${x}`);
});

Deno.test("quantizeInput() rounds floats away from zero and cuts integers", () => {
  const values = Float32Array.of(0.5, -0.5, 1.25, -1.75);
  assert.deepEqual([...quantizeInput(values, 0, "F32")], [1, -1, 1, -2]);
  assert.deepEqual([...quantizeInput(values, 2, "F32")], [2, -2, 5, -7]);
  assert.deepEqual([...quantizeInput(values, 0, "Int")], [0, 0, 1, -1]);
  assert.throws(() => quantizeInput(Float32Array.of(NaN), 1, "F32"), ArgumentError);
  assert.throws(() => quantizeInput(Float32Array.of(1e30), 1, "F32"), PrecisionError);
});
