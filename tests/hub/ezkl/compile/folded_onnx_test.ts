import assert from "node:assert/strict";
import * as ort from "npm:onnxruntime-node@1.30.0";
import { calibrateFidelity } from "../../../../hub/ezkl/calibrate/fidelity.ts";
import { foldedOnnx } from "../../../../hub/ezkl/compile/folded_onnx.ts";
import { buildFor } from "../../../../hub/ezkl/compile/build.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { priceCircuit } from "../../../../hub/ezkl/price_circuit.ts";
import { quantizeInput } from "../../../../hub/ezkl/simulate/quantize.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { decodeModel } from "../../../../onnx/proto.ts";
import { random } from "../../../onnx/lenet.ts";
import { floats, type Model, node, onnx, weights } from "./models.ts";

/** Numbers from 0.5 to 1.5, which no division dislikes. */
const positive = (dims: number[], seed: number) => {
  const { floatData } = weights(dims, seed);
  return floats(dims, floatData!.map((value) => Math.fround(1 + value / 2)));
};
const image = { x: [1, 4, 5, 5] }, unit = { strides: [1, 1] };
const normal = { g: positive([4], 11), h: weights([4], 12), m: weights([4], 13), v: positive([4], 14) };

/** What is folded, with the operators that are left. */
const CASES: Readonly<Record<string, Model & { left: string }>> = {
  "a product and a sum behind a convolution": {
    nodes: [
      node("Conv", ["x", "k", "b"], "a", unit),
      node("Mul", ["a", "f"], "c"),
      node("Add", ["s", "c"], "d"),
      node("Relu", ["d"], "y"),
    ],
    inputs: image,
    outputs: { y: [1, 3, 4, 4] },
    weights: { k: weights([3, 4, 2, 2], 1), b: weights([3], 2), f: weights([3, 1, 1], 3), s: weights([1, 3, 1, 1], 4) },
    left: "Conv Relu",
  },
  "a normalization behind a convolution in groups, padded, without bias": {
    nodes: [
      node("Conv", ["x", "k"], "a", { group: 2, pads: [1, 0, 0, 1], strides: [2, 1] }),
      node("BatchNormalization", ["a", "g", "h", "m", "v"], "y", { epsilon: { float: 0.01 } }),
    ],
    inputs: image,
    outputs: { y: [1, 4, 3, 5] },
    weights: { k: weights([4, 2, 2, 2], 1), ...normal },
    left: "Conv",
  },
  "a normalization and a difference before a convolution in groups": {
    nodes: [
      node("Sub", ["s", "x"], "a"),
      node("BatchNormalization", ["a", "g", "h", "m", "v"], "c"),
      node("Conv", ["c", "k", "b"], "y", { group: 2 }),
    ],
    inputs: image,
    outputs: { y: [1, 6, 4, 4] },
    weights: { s: weights([1], 1), k: weights([6, 2, 2, 2], 2), b: weights([6], 3), ...normal },
    left: "Conv",
  },
  "a quotient before a padded convolution, and not the difference before that": {
    nodes: [
      node("Sub", ["x", "s"], "a"),
      node("Div", ["a", "d"], "c"),
      node("Conv", ["c", "k"], "y", { pads: [1, 1, 1, 1] }),
    ],
    inputs: image,
    outputs: { y: [1, 2, 5, 5] },
    weights: { s: weights([4, 1, 1], 1), d: positive([4, 1, 1], 2), k: weights([2, 4, 3, 3], 3) },
    left: "Sub Conv",
  },
  "alpha, beta and a normalization around a Gemm": {
    nodes: [
      node("Div", ["x", "d"], "a"),
      node("Gemm", ["a", "w", "b"], "c", { transB: 1, alpha: { float: 0.75 }, beta: { float: 1.5 } }),
      node("BatchNormalization", ["c", "g", "h", "m", "v"], "y"),
    ],
    inputs: { x: [3, 5] },
    outputs: { y: [3, 4] },
    weights: { d: positive([5], 1), w: weights([4, 5], 2), b: weights([1], 3), ...normal },
    left: "Gemm",
  },
  "a Gemm of a transposed input": {
    nodes: [node("Mul", ["x", "f"], "a"), node("Gemm", ["a", "w"], "y", { transA: 1 })],
    inputs: { x: [5, 3] },
    outputs: { y: [3, 4] },
    weights: { f: positive([5, 1], 1), w: weights([5, 4], 2) },
    left: "Gemm",
  },
  "what stands on both sides of a product of batches": {
    nodes: [
      node("Add", ["x", "s"], "a"),
      node("MatMul", ["a", "w"], "c"),
      node("Add", ["b", "c"], "d"),
      node("Div", ["d", "q"], "e"),
      node("Sub", ["t", "e"], "f"),
      node("Tanh", ["f"], "y"),
    ],
    inputs: { x: [2, 3, 5] },
    outputs: { y: [2, 3, 4] },
    weights: {
      s: weights([5], 1),
      w: weights([5, 4], 2),
      b: weights([4], 3),
      q: positive([4], 4),
      t: weights([1, 4], 5),
    },
    left: "MatMul Add Tanh",
  },
  "what two layers read": {
    nodes: [
      node("Mul", ["x", "f"], "a"),
      node("MatMul", ["a", "w"], "c"),
      node("MatMul", ["a", "w"], "d"),
      node("Mul", ["d", "h"], "e"),
      node("Add", ["c", "e"], "y"),
    ],
    inputs: { x: [2, 5] },
    outputs: { y: [2, 4] },
    weights: { f: positive([5], 1), w: weights([5, 4], 2), h: floats([], [0.75]) },
    left: "MatMul MatMul Add",
  },
};

/** What stays as it is. */
const KEPT: Readonly<Record<string, Model>> = {
  "the bias of a product": {
    nodes: [node("MatMul", ["x", "w"], "a"), node("Add", ["a", "b"], "y")],
    inputs: { x: [1, 5] },
    outputs: { y: [1, 4] },
    weights: { w: weights([5, 4], 1), b: weights([4], 2) },
  },
  "what something else reads too": {
    nodes: [node("MatMul", ["x", "w"], "a"), node("Mul", ["a", "f"], "c"), node("Sub", ["a", "c"], "y")],
    inputs: { x: [1, 5] },
    outputs: { y: [1, 4] },
    weights: { w: weights([5, 4], 1), f: weights([4], 2) },
  },
  "a result of the network": {
    nodes: [node("MatMul", ["x", "w"], "y"), node("Mul", ["y", "f"], "z")],
    inputs: { x: [1, 5] },
    outputs: { y: [1, 4], z: [1, 4] },
    weights: { w: weights([5, 4], 1), f: weights([4], 2) },
  },
  "a factor for every row": {
    nodes: [node("MatMul", ["x", "w"], "a"), node("Mul", ["a", "f"], "y")],
    inputs: { x: [3, 5] },
    outputs: { y: [3, 4] },
    weights: { w: weights([5, 4], 1), f: weights([3, 1], 2) },
  },
  "factors before a layer that differ much": {
    nodes: [node("Mul", ["x", "f"], "a"), node("MatMul", ["a", "w"], "y")],
    inputs: { x: [1, 2] },
    outputs: { y: [1, 4] },
    weights: { f: floats([2], [1, 100]), w: weights([2, 4], 1) },
  },
};

async function answers(file: Uint8Array, { inputs, outputs }: Model): Promise<number[][]> {
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const next = random(77), dims = inputs.x as number[];
  const x = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => 2 * next() - 1);
  const made = await session.run({ x: new ort.Tensor("float32", x, dims) });
  await session.release();
  return Object.keys(outputs).map((name) => Array.from(made[name].data as Float32Array));
}

for (const [name, model] of Object.entries(CASES)) {
  Deno.test(`foldedOnnx() takes in ${name}, and ONNX Runtime says the same`, async () => {
    const file = onnx(model), folded = foldedOnnx(file);
    const left = decodeModel(folded).graph!.node!.map(({ opType }) => opType).filter((type) => type !== "Identity");
    assert.equal(left.join(" "), model.left);
    const [own, before] = [await answers(folded, model), await answers(file, model)];
    own.forEach((values, output) =>
      values.forEach((value, at) => assert.ok(Math.abs(value - before[output][at]) < 1e-5, `${value}`))
    );
    assert.equal(foldedOnnx(folded), folded, "nothing is left to fold");
  });
}

Deno.test("foldedOnnx() leaves a file alone that has nothing to fold, or is damaged", () => {
  for (const [name, model] of Object.entries(KEPT)) {
    const file = onnx(model);
    assert.equal(foldedOnnx(file), file, name);
  }
  const cut = onnx(CASES["what two layers read"]).subarray(0, 300);
  assert.equal(foldedOnnx(cut), cut);
});

/** Two convolutions and a layer, with products and sums behind the convolutions or without. */
function twin(isFolded: boolean): Uint8Array {
  const model: Model = {
    nodes: [
      node("Conv", ["x", "k", "b"], "a", unit),
      ...isFolded ? [] : [node("Mul", ["a", "f"], "c"), node("Add", ["c", "s"], "d")],
      node("Relu", [isFolded ? "a" : "d"], "r"),
      node("Conv", ["r", "l"], "e", unit),
      ...isFolded ? [] : [node("BatchNormalization", ["e", "g", "h", "m", "v"], "n")],
      node("Relu", [isFolded ? "e" : "n"], "p"),
      node("Flatten", ["p"], "q"),
      node("Gemm", ["q", "w"], "y", { transB: 1 }),
    ],
    inputs: image,
    outputs: { y: [1, 3] },
    weights: {
      k: weights([3, 4, 2, 2], 1),
      b: weights([3], 2),
      l: weights([4, 3, 2, 2], 5),
      w: weights([3, 36], 6),
    },
  };
  const own = model.weights!, f = positive([3, 1, 1], 3), s = weights([3, 1, 1], 4);
  if (!isFolded) return onnx({ ...model, weights: { ...own, f, s, ...normal } });
  // By hand, as PyTorch's exporter folds a normalization.
  const [g, h, m, v] = [normal.g, normal.h, normal.m, normal.v].map(({ floatData }) => floatData!);
  const factors = g.map((value, at) => value / Math.sqrt(v[at] + Math.fround(1e-5)));
  const times = (values: readonly number[], by: readonly number[]) =>
    values.map((value, at) => Math.fround(value * by[Math.floor(at * by.length / values.length)]));
  const folded = {
    ...own,
    k: floats([3, 4, 2, 2], times(own.k.floatData!, f.floatData!)),
    b: floats([3], own.b.floatData!.map((value, at) => Math.fround(value * f.floatData![at] + s.floatData![at]))),
    l: floats([4, 3, 2, 2], times(own.l.floatData!, factors)),
    o: floats([4], h.map((value, at) => Math.fround(value - m[at] * factors[at]))),
  };
  const nodes = model.nodes.map((each) => each.output![0] === "e" ? { ...each, input: ["r", "l", "o"] } : each);
  return onnx({ ...model, nodes, weights: folded });
}

Deno.test("a normalization as a product and a sum costs what the folded network costs, and computes the same", async () => {
  const next = random(9), count = 60;
  const inputs = [Float32Array.from({ length: count * 100 }, () => Math.round(16 * (2 * next() - 1)) / 16)];
  const options = { examination: { inputs, count }, tableRows: [13], dropBits: [6], deadZones: [0], tolerance: 0.02 };
  const made = await Promise.all([false, true].map(async (isFolded) => {
    const report = await calibrateFidelity(twin(isFolded), { ...options, measure: "R2" });
    const circuit = decodeCircuit(compileCircuit(report.onnx, report.settings));
    return { report, circuit, price: priceCircuit(compileCircuit(report.onnx, report.settings)) };
  }));
  const [own, folded] = made;
  assert.equal(own.price.cells, folded.price.cells);
  assert.deepEqual(own.report.chosen.scheme, folded.report.chosen.scheme);
  assert.deepEqual(own.circuit.model, folded.circuit.model);
  // Whoever compiles the file as it was gets the same circuit but for the rounding of weights.
  const again = decodeCircuit(compileCircuit(twin(false), own.report.settings));
  assert.equal(again.model.nodes.size, own.circuit.model.nodes.size);

  const { model, settings } = own.circuit, { zkgrad } = own.report.settings;
  assert.deepEqual(buildFor(lowerOnnx(own.report.onnx), { runArgs: settings.runArgs, zkgrad }), model);
  const scale = model.nodes.get(model.inputs[0])!.outScale,
    unitOf = 2 ** -model.nodes.get(model.outputs[0][0])!.outScale;
  const { outputs } = new Simulator(model, { runArgs: settings.runArgs }).run([quantizeInput(inputs[0], scale)], count);
  const session = await ort.InferenceSession.create(twin(false), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  let off = 0, spread = 0;
  for (let sample = 0; sample < count; sample++) {
    const x = inputs[0].slice(sample * 100, (sample + 1) * 100);
    const { y } = await session.run({ x: new ort.Tensor("float32", x, [1, 4, 5, 5]) });
    (y.data as Float32Array).forEach((value, at) => {
      off += (outputs[0][sample * 3 + at] * unitOf - value) ** 2;
      spread += value ** 2;
    });
  }
  await session.release();
  assert.ok(off < 0.02 * spread, `${off} of ${spread}`);
});
