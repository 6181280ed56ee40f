import assert from "node:assert/strict";
import { calibrationJson, decodeCircuit, settingsFromJson } from "../../../../hub/mod.ts";
import { chooseCircuit, toleranceOf } from "../../../../hub/server/jobs/choose_circuit.ts";
import type { CalibrateResult } from "../../../../hub/server/jobs/compiler_messages.ts";
import { parseRunArguments } from "../../../../hub/server/jobs/run_arguments.ts";
import { manualSeed, nn } from "../../../../mod.ts";
import { exportOnnx } from "../../../../onnx/mod.ts";
import { random } from "../../../onnx/lenet.ts";

manualSeed(1);
const onnx = exportOnnx(new nn.Sequential(new nn.Linear(3, 4), new nn.Sigmoid(), new nn.Linear(4, 2)), [3]);
const next = random(3);
const samples = Array.from({ length: 40 }, () => Float32Array.of(next() * 2 - 1, next() * 2 - 1, next() * 2 - 1));
samples[0].fill(1);

/** Its sums get so large that they pass EZKL's digits at EZKL's scales. */
const steep = ((): Uint8Array => {
  const first = new nn.Linear(3, 4);
  first.weight.data.set([12, 12, 12]);
  first.bias!.data[0] = 34;
  return exportOnnx(new nn.Sequential(first, new nn.Sigmoid(), new nn.Linear(4, 2)), [3]);
})();
const FIXED = { paramVisibility: "fixed" };

async function chosen(
  target: string,
  runArgs: object,
  { count = 40, tolerance = 0.02, model = onnx as Uint8Array } = {},
): Promise<CalibrateResult & { shares: number[] }> {
  const shares: number[] = [];
  const data = new TextEncoder().encode(calibrationJson(samples.slice(0, count)));
  const request = { onnx: model, data, target, tolerance, runArgs: JSON.stringify(runArgs) };
  return { ...await chooseCircuit(request, (share) => shares.push(share)), shares };
}

Deno.test("resources follows EZKL's rules at the scales that the user names", async () => {
  const { settings, onnx: file, report, price } = await chosen("resources", {
    inputScale: 5,
    paramScale: 6,
    scaleRebaseMultiplier: 10,
  });
  const { runArgs } = settingsFromJson(new TextDecoder().decode(settings));
  assert.deepEqual([runArgs.inputScale, runArgs.paramScale, runArgs.scaleRebaseMultiplier], [5, 6, 10]);
  assert.equal(file, null);
  assert.deepEqual([report.used, report.why, report.samples], ["resources", "", 40]);
  assert.deepEqual(report.points!.map(({ inputScale, paramScale, chosen }) => [inputScale, paramScale, chosen]), [
    [5, 6, true],
  ]);
  assert.equal(report.points![0].cells, price.cells);
});

Deno.test("without named scales EZKL's own grid is weighed, and told", async () => {
  const { report, shares } = await chosen("resources", { paramVisibility: "fixed" }, { count: 1 });
  assert.equal(report.points!.length, 12);
  assert.ok(report.points!.some(({ dropped }) => dropped !== null));
  assert.equal(report.points!.filter(({ chosen }) => chosen).length, 1);
  assert.equal(shares.length, 12);
});

Deno.test("where resources finds nothing that fits, it goes on to fidelity and says so", async () => {
  const { onnx: file, compiled, report, price } = await chosen("resources", FIXED, { model: steep });
  assert.equal(report.target, "resources");
  assert.equal(report.used, "fidelity");
  assert.match(report.why, /the proving key of \d+ cells .* the engine holds a key of 950 MB/);
  assert.equal(report.tolerance, 1 / 40);
  assert.equal(report.samples, 40);
  const [row] = report.candidates!.filter((candidate) => candidate.chosen);
  assert.deepEqual([row.samples, row.floatAccuracy, row.cells, row.pkBytes], [40, 1, price.cells, price.pkBytes]);
  assert.ok(
    row.accuracy! >= 0.97 && row.largestError! < 0.5 && row.bits > 0 && row.dropBits >= 2 && row.deadZone >= 0,
  );
  assert.ok(file !== null && file.length > 0);
  assert.ok(decodeCircuit(compiled).settings.zkgrad !== undefined || price.cells < 100);
});

Deno.test("fidelity is taken at once where it is asked for", async () => {
  const { report, onnx: file } = await chosen("fidelity", {}, { tolerance: 0 });
  assert.deepEqual([report.target, report.used, report.why, report.tolerance], ["fidelity", "fidelity", "", 1 / 40]);
  assert.ok(file !== null);
});

Deno.test("what leads to no circuit is refused with advice", async () => {
  await assert.rejects(
    chosen("accuracy", FIXED, { model: steep }),
    /accuracy finds no circuit that fits: .*2\^20.*target resources or fidelity/s,
  );
  await assert.rejects(
    chosen("fidelity", {}, { count: 15 }),
    /on 16 samples or more, but the calibration input has 15; send more samples/,
  );
  await assert.rejects(
    chosen("resources", FIXED, { count: 1, model: steep }),
    /target resources does not fit .* but the calibration input has 1;/s,
  );
  await assert.rejects(
    chosen("resources", { ...FIXED, inputScale: 20, paramScale: 20 }),
    /target resources does not fit .*ask for inputScale 20, and the target fidelity chooses it/s,
  );
  await assert.rejects(chosen("speed", {}), /target is "speed", expected one of resources, /);
});

Deno.test("fidelity keeps private weights private, and scales that EZKL's grid does not pair", async () => {
  for (const paramVisibility of ["private", "fixed"]) {
    const { settings } = await chosen("fidelity", { paramVisibility });
    const { runArgs } = settingsFromJson(new TextDecoder().decode(settings));
    assert.equal(runArgs.paramVisibility.toString().toLowerCase(), paramVisibility);
  }
  const { settings } = await chosen("resources", { inputScale: 6, paramScale: 5 });
  const { runArgs } = settingsFromJson(new TextDecoder().decode(settings));
  assert.deepEqual([runArgs.inputScale, runArgs.paramScale], [6, 5]);
});

Deno.test("a network whose outputs are numbers is judged by R2, and the tolerance is told as it was", async () => {
  const model = exportOnnx(new nn.Linear(3, 1), [3]);
  const { report, onnx: file, price } = await chosen("fidelity", {}, { model, tolerance: 0 });
  assert.deepEqual([report.measure, report.tolerance, report.samples], ["R2", 0.002, 40]);
  assert.ok(report.remarks!.some((remark) => /no targets, so the float network's own outputs/.test(remark)));
  const [row] = report.candidates!.filter((candidate) => candidate.chosen);
  assert.ok(row.accuracy === null && row.floatR2 === 1 && row.r2! >= 0.998 && row.r2! < 1);
  assert.ok(row.rootMeanSquare! > 0 && row.rootMeanSquare! <= row.largestError! && row.cells === price.cells);
  assert.ok(file !== null);
  const { report: classes } = await chosen("fidelity", {}, { tolerance: 0.001 });
  assert.deepEqual([classes.measure, classes.tolerance], ["accuracy", 1 / 40]);
});

Deno.test("the contract's tolerance becomes a share of the samples", () => {
  assert.deepEqual([0, -1, NaN, 0.00001, 0.02, 2].map(toleranceOf), [0.01, 0.01, 0.01, 0.001, 0.02, 0.1]);
});

Deno.test("run arguments come as JSON with ezkl's names, checked one by one", () => {
  assert.deepEqual(parseRunArguments(""), {});
  assert.deepEqual(
    parseRunArguments(
      '{"inputScale":7,"lookupRange":[-8,"9007199254740993"],"inputVisibility":"private","paramVisibility":"Fixed",' +
        '"variables":[["batch_size",1]],"commitment":"kzg","logrows":null}',
    ),
    {
      inputScale: 7,
      lookupRange: [-8n, 9007199254740993n],
      inputVisibility: "Private",
      paramVisibility: "Fixed",
      variables: [["batch_size", 1]],
      commitment: "KZG",
    },
  );
  const wrong: [string, RegExp][] = [
    ["[1]", /no JSON object/],
    ["{", /are not JSON/],
    ['{"scale":1}', /name "scale", expected some of inputScale/],
    ['{"inputScale":"7"}', /inputScale is "7", expected a whole number/],
    ['{"inputVisibility":"secret"}', /expected one of private, public, fixed, hashed/],
    ['{"lookupRange":[1]}', /two whole numbers/],
    ['{"variables":[["n"]]}', /pairs of a name and a number/],
    ['{"rebaseFracZeroConstants":1}', /true or false/],
    ['{"logrows":0}', /logrows is 0/],
    ['{"inputVisibility":"private","outputVisibility":"private","paramVisibility":"private"}', /must show something/],
  ];
  for (const [text, message] of wrong) assert.throws(() => parseRunArguments(text), message);
});
