import assert from "node:assert/strict";
import { Examination } from "../../../../hub/ezkl/calibrate/evaluate.ts";
import { calibrateFidelity, type Candidate, type FidelityOptions } from "../../../../hub/ezkl/calibrate/fidelity.ts";
import { FloatNetwork } from "../../../../hub/ezkl/calibrate/float_network.ts";
import { allowed, lossOf } from "../../../../hub/ezkl/calibrate/measure.ts";
import { secondsOf } from "../../../../hub/ezkl/calibrate/frugal_settings.ts";
import type { LabelledSamples } from "../../../../hub/ezkl/calibrate/labelled_samples.ts";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { tableBounds } from "../../../../hub/ezkl/compile/binary_inputs.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { columnsOf } from "../../../../hub/halo2/circuit/columns.ts";
import { estimatePrice } from "../../../../hub/ezkl/layout/price.ts";
import { quantizeInput } from "../../../../hub/ezkl/simulate/quantize.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { DataType } from "../../../../onnx/enums.ts";
import { random } from "../../../onnx/lenet.ts";
import { floats, type Model, MODELS, node, onnx } from "../compile/models.ts";
import { witnessOf } from "../simulate/engine.ts";

/** Weights under which the values of a layer are a few units wide. */
function scaled(dims: number[], seed: number): ReturnType<typeof floats> {
  const next = random(seed), fan = dims.slice(1).reduce((a, b) => a * b, 1);
  // Biases are small, or they alone would decide the class.
  const size = dims.length === 1 ? 0.1 : 3 / Math.sqrt(fan);
  return floats(dims, Array.from({ length: fan * dims[0] }, () => Math.fround((next() * 2 - 1) * size)));
}

/** Two layers with `activation` between. */
const perceptron = (activation: string, hidden = 12): Model => ({
  nodes: [
    node("Gemm", ["x", "w", "b"], "a", { transB: 1 }),
    node(activation, ["a"], "h", activation === "LeakyRelu" ? { alpha: { float: 0.1 } } : {}),
    node("Gemm", ["h", "v", "c"], "y", { transB: 1 }),
  ],
  inputs: { x: [1, 16] },
  outputs: { y: [1, 5] },
  weights: { w: scaled([hidden, 16], 1), b: scaled([hidden], 2), v: scaled([5, hidden], 3), c: scaled([5], 4) },
});

const pooled: Model = {
  nodes: [
    node("Conv", ["x", "k"], "a", { strides: [1, 1] }),
    node("Relu", ["a"], "r"),
    node("MaxPool", ["r"], "p", { kernel_shape: [2, 2], strides: [2, 2] }),
    node("Flatten", ["p"], "f"),
    node("Gemm", ["f", "v", "c"], "y", { transB: 1 }),
  ],
  inputs: { x: [1, 1, 4, 4] },
  outputs: { y: [1, 5] },
  weights: { k: scaled([4, 1, 3, 3], 1), v: scaled([5, 4], 3), c: scaled([5], 4) },
};

/** Samples of 16 numbers that `make` makes of numbers in [0, 1). */
function samplesOf(make: (x: number) => number, count = 300, size = 16): LabelledSamples {
  const next = random(21);
  return { inputs: [Float32Array.from({ length: count * size }, () => make(next()))], count };
}
const bits = samplesOf((x) => +(x < 0.4));
const quick: Omit<FidelityOptions, "examination"> = {
  tolerance: 0.05,
  tableRows: [10, 13, 15],
  dropBits: [3, 5],
  deadZones: [0, 1 / 4],
};

/** Every other answer of the floats, and a wrong class for the rest. */
function labelled(model: Model, samples: LabelledSamples): LabelledSamples {
  const network = lowerOnnx(onnx(model));
  const outputs = new FloatNetwork(network).run(samples.inputs, samples.count)[network.outputs[0]];
  const labels = Array.from({ length: samples.count }, (_, sample) => {
    const part = [...outputs.slice(sample * 5, sample * 5 + 5)], answer = part.indexOf(Math.max(...part));
    return sample % 4 === 0 ? (answer + 1) % 5 : answer;
  });
  return { ...samples, labels };
}

const isWithin = ({ evaluation, price }: Candidate, tolerance: number) =>
  price !== null && evaluation !== null && evaluation.accuracy! >= evaluation.floatAccuracy! - tolerance;

Deno.test("calibrateFidelity() chooses the cheapest circuit within the tolerance", async () => {
  const model = perceptron("Sigmoid", 80), examination = labelled(model, bits);
  const chosen: Candidate[] = [];
  for (const tolerance of [0.002, 0.02, 0.2]) {
    const report = await calibrateFidelity(onnx(model), {
      examination,
      tolerance,
      tableRows: [9, 11, 13],
      dropBits: [2, 4, 6],
      screening: 100,
    });
    assert.equal(report.chosen.evaluation!.samples, 300);
    assert.ok(Math.abs(report.chosen.evaluation!.floatAccuracy! - 0.75) < 1e-9);
    assert.ok(isWithin(report.chosen, tolerance === 0.002 ? 1 / 300 : tolerance));
    const place = report.candidates.indexOf(report.chosen), price = secondsOf(report.chosen.price!);
    assert.ok(place >= 0);
    for (const each of report.candidates) {
      if (each.price === null || secondsOf(each.price) >= price || lossOf(report.measure, each.evaluation!) === 0) {
        continue;
      }
      // Those that were left after the first samples were too far off there.
      const left = allowed(report.measure, each.evaluation!.samples, 300);
      assert.ok(lossOf(report.measure, each.evaluation!) > left);
    }
    const prices = report.candidates.flatMap(({ price }) => price === null ? [] : [secondsOf(price)]);
    assert.deepEqual(prices, prices.toSorted((a, b) => a - b));
    chosen.push(report.chosen);
  }
  const prices = chosen.map(({ price }) => secondsOf(price!));
  assert.ok(prices[0] > prices[2], `${prices}`);
});

const networks: Record<string, [Model, LabelledSamples]> = {
  "sigmoids on bits": [perceptron("Sigmoid"), bits],
  "tanhs on fractions": [perceptron("Tanh"), samplesOf((x) => x * 2 - 1)],
  "ReLUs on bits": [perceptron("Relu"), bits],
  "ReLUs on bytes": [perceptron("Relu"), samplesOf((x) => Math.floor(x * 256))],
  "LeakyRelus on fractions": [perceptron("LeakyRelu"), samplesOf((x) => x)],
  "ReLUs with a maximum pooling on bits": [pooled, bits],
};
for (const [name, [model, examination]] of Object.entries(networks)) {
  Deno.test(`the circuit that calibrateFidelity() chooses is the one that its files give: ${name}`, async () => {
    const report = await calibrateFidelity(onnx(model), { ...quick, examination });
    const { settings, chosen } = report, { runArgs } = settings;
    assert.deepEqual(settings.zkgrad, chosen.scheme);
    assert.deepEqual(chosen.price, estimatePrice(settings));
    const circuit = decodeCircuit(compileCircuit(report.onnx, settings));
    const float = new FloatNetwork(lowerOnnx(onnx(model)));
    const again = new Examination(float, examination).evaluate(circuit.model, runArgs, examination.count);
    assert.equal(again.accuracy, chosen.evaluation!.accuracy);
    assert.equal(again.largestError, chosen.evaluation!.largestError);
    assert.equal(again.floatAccuracy, 1);

    const [low, high] = tableBounds(runArgs);
    assert.ok(again.lookupRange[0] >= low && again.lookupRange[1] <= high, "tables hold what is looked up");
    assert.ok(again.maxDecomposed < runArgs.decompBase ** runArgs.decompLegs, "digits hold what is written in them");
    const { tableColumns, rangeColumns } = columnsOf(settings);
    assert.ok([tableColumns, ...rangeColumns].every((columns) => columns <= 1));

    const scale = chosen.scheme.inputScale, first = quantizeInput(examination.inputs[0].subarray(0, 16), scale);
    const witness = witnessOf(circuit, [first]);
    const simulated = new Simulator(circuit.model, settings).run([first], 1).outputs[0];
    assert.deepEqual(witness.outputs, [Array.from(simulated, BigInt)]);
  });
}

Deno.test("calibrateFidelity() keeps whole inputs whole, holds bits to bits, and gives fractions what tables have room for", async () => {
  const schemeFor = async (examination: LabelledSamples) => {
    const { chosen } = await calibrateFidelity(onnx(perceptron("Tanh")), {
      ...quick,
      examination,
      tolerance: 1,
      tableRows: [10],
      dropBits: [3],
    });
    return [chosen.scheme.inputScale, chosen.scheme.binaryInputs];
  };
  assert.deepEqual(await schemeFor(bits), [0, true]);
  assert.deepEqual(await schemeFor(samplesOf((x) => Math.floor(x * 4))), [0, false]);
  // Tables of 2^10 rows hold numbers of 8 bits and a margin of a half, of which 3 are lost before a layer.
  assert.deepEqual(await schemeFor(samplesOf((x) => x)), [5, false]);
  assert.deepEqual(await schemeFor(samplesOf((x) => 8 * x)), [2, false]);
});

Deno.test("calibrateFidelity() says how far the best came where none is within the tolerance", async () => {
  const examination = samplesOf((x) => x * 2 - 1), grid = { tableRows: [7], dropBits: [1] };
  await assert.rejects(calibrateFidelity(onnx(perceptron("Tanh", 80)), { ...grid, examination, tolerance: 0 }), {
    name: "ArgumentError",
    message: new RegExp(
      "^calibrateSettings\\(\\): none of 1 circuits stays within 0 of the float network's accuracy: the best, of 2\\^\\d+ " +
        "rows and dropBits 1, has \\d+.\\d\\d % where the float network has 100.00 % on 300 samples; allow a tolerance of " +
        "0.\\d+ or more, or weigh finer circuits, with a larger maxLogrows and other tableRows and dropBits$",
    ),
  });
  await assert.rejects(
    calibrateFidelity(onnx(perceptron("Sigmoid")), { ...quick, examination, tableRows: [20] }),
    /none of 2 circuits can be proven: its tables, which got -\d+ to \d+, do not fit .*; take smaller tableRows/,
  );
});

Deno.test("calibrateFidelity() tells of its progress and stops where it is told to", async () => {
  const seen: [number, number][] = [], stop = new AbortController();
  const options = { ...quick, examination: bits };
  await calibrateFidelity(onnx(pooled), { ...options, onProgress: (done, total) => seen.push([done, total]) });
  assert.ok(seen.length > 2);
  assert.deepEqual(seen.map(([done]) => done), seen.map(([done]) => done).toSorted((a, b) => a - b));
  assert.ok(seen.every(([done, total]) => done <= total) && seen.at(-1)![0] === seen.at(-1)![1]);
  let last = 0;
  const onProgress = (done: number) => {
    if ((last = done) === 2) stop.abort(new Error("enough"));
  };
  await assert.rejects(
    calibrateFidelity(onnx(pooled), { ...options, onProgress, signal: stop.signal }),
    /^Error: enough$/,
  );
  assert.equal(last, 2);
});

Deno.test("calibrateFidelity() shows of a circuit what the run arguments say", async () => {
  const shown = async (inputVisibility: "Public" | "Private", outputVisibility: "Public" | "Private") => {
    const runArgs = { inputVisibility, outputVisibility };
    const { settings } = await calibrateFidelity(onnx(pooled), { ...quick, examination: bits, runArgs });
    return settings.modelInstanceShapes;
  };
  assert.deepEqual(await shown("Public", "Private"), [[1, 1, 4, 4]]);
  assert.deepEqual(await shown("Private", "Private"), []);
});

Deno.test("calibrateFidelity() rounds layers that share their weights to the nearest", async () => {
  const file = onnx(MODELS["a weight and a bias that two layers share"]);
  const examination = samplesOf((x) => +(x < 0.5), 200, 8);
  const report = await calibrateFidelity(file, { examination, tolerance: 1, dropBits: [4], deadZones: [0] });
  assert.ok(compileCircuit(file, report.settings).length > 0);
});

Deno.test("calibrateFidelity() refuses samples for the rounding that do not fit the network", async () => {
  const calibration = { inputs: [new Float32Array(33)], count: 2 };
  await assert.rejects(
    calibrateFidelity(onnx(pooled), { ...quick, examination: bits, calibration }),
    /input 0 has 33 elements, expected 2 samples of 16$/,
  );
});

const refusals: Record<string, [Model, RegExp]> = {
  "a convolution with a computed kernel": [
    {
      nodes: [node("Conv", ["x", "k"], "y", { strides: [1, 1] })],
      inputs: { x: [1, 1, 4, 4], k: [1, 1, 2, 2] },
      outputs: { y: [1, 1, 3, 3] },
    },
    /has no fixed weights, and fidelity weighs/,
  ],
  "64-bit floats": [{ ...MODELS["Sigmoid"], type: DataType.DOUBLE }, /is of the type F64, .* 32-bit floats/],
};
for (const [name, [model, message]] of Object.entries(refusals)) {
  Deno.test(`calibrateFidelity() refuses ${name}`, async () => {
    await assert.rejects(calibrateFidelity(onnx(model), { examination: bits }), { name: "ArgumentError", message });
  });
}
