/** By what the target fidelity judges, and on which samples. */
import assert from "node:assert/strict";
import * as ort from "npm:onnxruntime-node@1.30.0";
import { calibrateFidelity, type FidelityOptions } from "../../../../hub/ezkl/calibrate/fidelity.ts";
import type { LabelledSamples } from "../../../../hub/ezkl/calibrate/labelled_samples.ts";
import {
  calibrateSettings,
  compileCircuit,
  decodeCircuit,
  type FidelityReport,
  genSettings,
  parseCalibrationJson,
} from "../../../../hub/mod.ts";
import { quantizeInput } from "../../../../hub/ezkl/simulate/quantize.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { random } from "../../../onnx/lenet.ts";
import { floats, type Model, MODELS, node, onnx, weights } from "../compile/models.ts";

const place = new URL("../faults/", import.meta.url);
const oneOutput = await Deno.readFile(new URL("one_output.onnx", place));
const oneData = await Deno.readTextFile(new URL("one_output.cal.json", place));

function samplesOf(size: number, count: number, make: (x: number) => number = (x) => x * 2 - 1): LabelledSamples {
  const next = random(8);
  return { inputs: [Float32Array.from({ length: size * count }, () => make(next()))], count };
}

Deno.test("a network of one output is judged by R2, or by a bound of its error where one is given", async () => {
  const settings = genSettings(oneOutput);
  const found = await calibrateSettings(oneOutput, settings, oneData, { target: "fidelity" });
  const report = found.report as FidelityReport,
    [{ r2, floatR2, rootMeanSquare, spread }] = report.chosen.evaluation!.errors;
  assert.deepEqual(report.measure, { name: "R2", tolerance: 0.002 });
  assert.ok(r2! >= 0.99 && floatR2 === 1 && Math.abs(1 - (rootMeanSquare / spread) ** 2 - r2!) < 1e-9);
  assert.match(report.remarks.join("; "), /judged by R2, .*there are no targets, so the float network's own outputs/);
  const session = await ort.InferenceSession.create(oneOutput);
  const [name] = session.inputNames, size = 2;
  const samples = parseCalibrationJson(oneData, size);
  const cells: number[] = [];
  for (const maxError of [0.3, 0.95]) {
    const options = { target: "fidelity", maxError, tableRows: [10, 12, 14] } as const;
    const { settings: own, onnx: file, report } = await calibrateSettings(oneOutput, settings, oneData, options);
    const { measure, chosen } = report as FidelityReport;
    assert.deepEqual(measure, { name: "largest error", maxError });
    assert.deepEqual([chosen.evaluation!.accuracy, chosen.evaluation!.floatAccuracy], [null, null]);
    const { model } = decodeCircuit(compileCircuit(file, own));
    const simulator = new Simulator(model, own), unit = 2 ** own.modelOutputScales[0];
    let worst = 0;
    for (const sample of samples) {
      const result = await session.run({ [name]: new ort.Tensor("float32", sample, [1, size]) });
      const [found] = simulator.run([quantizeInput(sample, own.modelInputScales[0])], 1).outputs[0];
      worst = Math.max(worst, Math.abs(found / unit - Number(result[session.outputNames[0]].data[0])));
    }
    assert.ok(worst <= maxError + 1e-5, `the largest error by ONNX Runtime is ${worst}`);
    assert.ok(Math.abs(worst - chosen.evaluation!.largestError) < 1e-5, "and the one that the report has");
    cells.push(chosen.price!.cells);
  }
  assert.ok(cells[0] >= cells[1], `a wider bound is no dearer: ${cells}`);
  await assert.rejects(
    calibrateSettings(oneOutput, settings, oneData, { target: "fidelity", maxError: 0 }),
    /none of \d+ circuits stays within maxError 0 of the float network's outputs: the best, .*, is .* off; allow a larger/,
  );
});

const map: Model = {
  nodes: [node("Conv", ["x", "k"], "y", { pads: [1, 1, 1, 1] })],
  inputs: { x: [1, 1, 4, 4] },
  outputs: { y: [1, 2, 4, 4] },
  weights: { k: weights([2, 1, 3, 3], 4) },
};
const measured: [string, Model, number, RegExp][] = [
  ["several outputs", MODELS["two layers of which the first is an output"], 8, /the network has 2 outputs/],
  ["a map", map, 16, /output is a map of the shape \[1,2,4,4\]/],
];
for (const [name, model, size, message] of measured) {
  Deno.test(`${name}: no share of right answers, but R2 or a largest error`, async () => {
    const examination = samplesOf(size, 60);
    const byR2 = await calibrateFidelity(onnx(model), { examination });
    assert.equal(byR2.measure.name, "R2");
    assert.equal(byR2.chosen.evaluation!.accuracy, null);
    assert.ok(byR2.chosen.evaluation!.errors.every(({ r2 }) => r2! >= 0.99));
    const { measure, chosen } = await calibrateFidelity(onnx(model), { examination, maxError: 0.5 });
    assert.equal(measure.name, "largest error");
    assert.ok(chosen.evaluation!.largestError <= 0.5);
    await assert.rejects(calibrateFidelity(onnx(model), { examination, measure: "accuracy" }), { message });
    await assert.rejects(
      calibrateFidelity(onnx(model), { examination: { ...examination, labels: new Uint8Array(60) }, maxError: 1 }),
      /labels were given, and the network('s output)? (has|is)/,
    );
  });
}

const classes = MODELS["two layers"];
const wrong: [string, Partial<FidelityOptions>, RegExp][] = [
  ["both measures", { tolerance: 0.1, maxError: 1 }, /tolerance and maxError are both given/],
  ["a negative error", { maxError: -1 }, /maxError is -1, expected a number from 0$/],
  ["a tolerance in percent", { tolerance: 5 }, /tolerance is 5, expected a number from 0 to 1$/],
  [
    "targets for labels",
    { examination: { ...samplesOf(8, 2), labels: [1, 0.5] } },
    /label of sample 1 is 0.5, expected a class from 0 to 2; .*give targets/,
  ],
  [
    "labels from 1",
    { examination: { ...samplesOf(8, 2), labels: [1, 3] } },
    /label of sample 1 is 3, expected a class/,
  ],
  [
    "NaN",
    { examination: { inputs: [new Float32Array(16).fill(NaN)], count: 2 } },
    /element 0 of sample 0 of input 0 is NaN/,
  ],
  [
    "too many inputs",
    { examination: { inputs: [new Float32Array(16), new Float32Array(16)], count: 2 } },
    /have 2 inputs, and the network has 1/,
  ],
];
for (const [name, options, message] of wrong) {
  Deno.test(`calibrateFidelity() refuses ${name}`, async () => {
    await assert.rejects(calibrateFidelity(onnx(classes), { examination: samplesOf(8, 20), ...options }), {
      name: "ArgumentError",
      message,
    });
  });
}

Deno.test("the tolerance is never finer than one sample, and the report says which one it was", async () => {
  const grid = { tableRows: [15], dropBits: [5, 7], deadZones: [0] };
  const toleranceOf = async (count: number, tolerance?: number) => {
    const options = { ...grid, examination: samplesOf(8, count), ...(tolerance === undefined ? {} : { tolerance }) };
    const { measure, chosen } = await calibrateFidelity(onnx(classes), options);
    assert.ok(measure.name === "accuracy");
    const { accuracy, floatAccuracy } = chosen.evaluation!;
    assert.ok(Math.round((floatAccuracy! - accuracy!) * count) <= Math.max(1, measure.tolerance * count));
    return measure.tolerance;
  };
  assert.equal(await toleranceOf(100), 1 / 100);
  assert.equal(await toleranceOf(100, 0.001), 1 / 100);
  assert.equal(await toleranceOf(800), 0.002);
  assert.equal(await toleranceOf(100, 0.05), 0.05);
});

Deno.test("what the sentence about a failed calibration advises helps", async () => {
  const examination = samplesOf(8, 300), coarse = { tableRows: [7], dropBits: [2], deadZones: [0] };
  const file = onnx(MODELS["two layers"]);
  const failed = await calibrateFidelity(file, { examination, ...coarse, tolerance: 0.001 }).then(
    () => assert.fail("a circuit of a few bits is right on all samples"),
    (error: Error) => error.message,
  );
  const [, tolerance] = /allow a tolerance of (0\.\d+) or more, or weigh finer circuits, with a larger maxLogrows/.exec(
    failed,
  )!;
  const { chosen } = await calibrateFidelity(file, { examination, ...coarse, tolerance: Number(tolerance) });
  assert.equal(chosen.scheme.dropBits, 2);
  const finer = { ...coarse, tableRows: [7, 15], dropBits: [2, 7], tolerance: 0.005 };
  assert.equal((await calibrateFidelity(file, { examination, ...finer })).chosen.scheme.dropBits, 7);
});

Deno.test("samples that show little are told of: one, few, without labels, of one answer, tied", async () => {
  const file = onnx(classes), grid = { tableRows: [15], dropBits: [7], deadZones: [0] };
  const said = async (examination: LabelledSamples) => {
    const { measure, remarks } = await calibrateFidelity(file, { examination, ...grid });
    assert.equal(measure.name, "accuracy");
    return remarks.join("; ");
  };
  assert.match(await said(samplesOf(8, 1)), /there is one sample, which shows little/);
  const few = await said(samplesOf(8, 25));
  assert.match(few, /the largest output is the answer; there are no labels, .*; 25 samples are few for 3 classes/);
  assert.match(few, /25 samples are too few to show so small a loss, so the outputs are held to the float network's/);
  // A network whose outputs are pairs of equals.
  const twins: Model = {
    nodes: [node("Gemm", ["x", "w"], "y", { transB: 1 })],
    inputs: { x: [1, 4] },
    outputs: { y: [1, 2] },
    weights: { w: floats([2, 4], [1, 2, 3, 4, 1, 2, 3, 4]) },
  };
  const tied = await calibrateFidelity(onnx(twins), { examination: samplesOf(4, 30), ...grid });
  assert.match(tied.remarks.join("; "), /30 answers of the circuit are ties of two classes/);
  await assert.rejects(
    calibrateFidelity(oneOutput, { examination: samplesOf(2, 1) }),
    /there is one sample, and R2 is a share of what samples differ by; give two or more, or maxError/,
  );
});

Deno.test("held-out samples judge the chosen circuit, and choose nothing", async () => {
  const file = onnx(MODELS["two layers"]), examination = samplesOf(8, 200);
  const grid = { tableRows: [9, 12, 14], dropBits: [4, 6], tolerance: 0.05 };
  const without = await calibrateFidelity(file, { examination, ...grid });
  assert.equal(without.test, null);
  const next = random(77);
  const test = { inputs: [Float32Array.from({ length: 8 * 500 }, () => next() * 2 - 1)], count: 500 };
  const found = await calibrateFidelity(file, { examination, test, ...grid });
  assert.deepEqual(found.chosen, without.chosen);
  assert.deepEqual(found.candidates, without.candidates);
  assert.deepEqual([found.settings, found.onnx], [without.settings, without.onnx]);
  assert.equal(found.test!.samples, 500);
  assert.equal(found.test!.floatAccuracy, 1);

  const session = await ort.InferenceSession.create(file), [name] = session.inputNames;
  const { model } = decodeCircuit(compileCircuit(found.onnx, found.settings));
  const simulator = new Simulator(model, found.settings);
  const answer = (values: ArrayLike<number>) => Array.from(values).indexOf(Math.max(...Array.from(values)));
  let right = 0;
  for (let at = 0; at < 500; at++) {
    const sample = test.inputs[0].slice(at * 8, at * 8 + 8);
    const result = await session.run({ [name]: new ort.Tensor("float32", sample, [1, 8]) });
    const [integers] = simulator.run([quantizeInput(sample, found.settings.modelInputScales[0])], 1).outputs;
    if (answer(integers) === answer(result[session.outputNames[0]].data as Float32Array)) right++;
  }
  assert.equal(found.test!.accuracy, right / 500);
  await assert.rejects(
    calibrateFidelity(file, { examination, test: { inputs: [new Float32Array(9)], count: 2 }, ...grid }),
    /input 0 has 9 elements, expected 2 samples of 8$/,
  );
});

Deno.test("an output that a last factor brings into a large unit takes no larger tables", async () => {
  const rows: number[] = [];
  for (const factor of [2, 6.5, 77.3, -300, 1e6]) {
    const file = onnx({
      nodes: [
        node("Gemm", ["x", "w", "b"], "h"),
        node("Tanh", ["h"], "t"),
        node("Gemm", ["t", "v", "c"], "s"),
        node("Mul", ["s", "factor"], "m"),
        node("Add", ["m", "mean"], "y"),
      ],
      inputs: { x: [1, 3] },
      outputs: { y: [1, 1] },
      weights: {
        w: weights([3, 6], 1),
        b: weights([6], 2),
        v: weights([6, 1], 3),
        c: weights([1], 4),
        factor: floats([1], [factor]),
        mean: floats([1], [2 * factor]),
      },
    });
    const { chosen, measure } = await calibrateFidelity(file, { examination: samplesOf(3, 100) });
    const [{ r2, level, spread }] = chosen.evaluation!.errors;
    assert.deepEqual(measure, { name: "R2", tolerance: 0.002 });
    assert.ok(r2! >= 0.998 && spread > 0.1 * Math.abs(factor) && level > spread, `${r2} by ${factor}`);
    rows.push(chosen.price!.logrows);
  }
  assert.ok(Math.max(...rows) <= rows[0] + 1, `2^${rows} rows`);
});
