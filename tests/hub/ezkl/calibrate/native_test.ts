import assert from "node:assert/strict";
import { calibrateNative, type CalibrationPoint, choose } from "../../../../hub/ezkl/calibrate/native.ts";
import { leastLogrows, logrowsFor, safeLookupRange } from "../../../../hub/ezkl/calibrate/logrows.ts";
import type { GraphCircuit } from "../../../../hub/ezkl/format/circuit.ts";
import type { RunArgs } from "../../../../hub/ezkl/format/run_args.ts";
import type { GraphSettings } from "../../../../hub/ezkl/format/settings.ts";
import { settingsFromJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { genSettings } from "../../../../hub/ezkl/gen_settings.ts";
import { calibrationJson } from "../../../../hub/ezkl/samples.ts";
import { inFolder } from "../../../folder.ts";
import { random } from "../../../onnx/lenet.ts";
import { MODELS, onnx } from "../compile/models.ts";
import { native, nativeDone, nativeRunArgs, nativeTest } from "../native.ts";

const small = genSettings(onnx(MODELS["Sigmoid"]));

function samplesOf(size: number, count: number): Float32Array[][] {
  const next = random(9);
  return Array.from({ length: count }, () => [Float32Array.from({ length: size }, () => next() * 4 - 2)]);
}

Deno.test("safeLookupRange() rounds away from the values it has to cover", () => {
  const extremes = { minLookup: -11, maxLookup: 7, maxRange: 0 };
  assert.deepEqual(safeLookupRange(extremes, 2), [-22n, 14n]);
  assert.deepEqual(safeLookupRange(extremes, 1.3), [-15n, 10n]);
});

Deno.test("logrowsFor() takes the rows of the largest of cells, tables and constants", () => {
  const at = (changes: Partial<GraphSettings>, width: bigint, maxRange: number, max?: number) =>
    logrowsFor({ ...small, numRows: 1, totalConstSize: 1, ...changes }, [0n, width], maxRange, 2, max);
  assert.equal(at({}, 0n, 0), 6);
  assert.equal(at({ numRows: 120 }, 0n, 0), 7);
  assert.equal(at({ numRows: 121 }, 0n, 0), 8);
  assert.equal(at({}, 119n, 0), 7);
  assert.equal(at({}, 120n, 0), 8);
  assert.equal(at({}, 0n, 16383), 15);
  assert.equal(at({ totalConstSize: 512 }, 0n, 0), 8);
  assert.equal(at({ numRows: 5000 }, 0n, 0, 9), 9);
  assert.equal(at({ modelInstanceShapes: [[1, 300]] }, 0n, 0, 7), 9);
});

Deno.test("logrowsFor() refuses tables of more than twelve columns", () => {
  assert.equal(logrowsFor(small, [0n, 12n * 1016n - 1n], 0, 2, 10), 10);
  assert.throws(() => logrowsFor(small, [0n, 12n * 1016n], 0, 2, 10), /take more than 12 columns of 2\^10 rows/);
  assert.throws(() => logrowsFor(small, [0n, 2n ** 40n], 0, 2), /beyond what EZKL makes; take smaller scales/);
});

Deno.test("leastLogrows() leaves the cells out", () => {
  const settings: GraphSettings = { ...small, numRows: 10 ** 6, requiredRangeChecks: [[-1n, 1n], [0n, 127n]] };
  const at = (lookupRange: [bigint, bigint]) =>
    leastLogrows({ ...settings, runArgs: { ...small.runArgs, lookupRange } });
  assert.equal(at([0n, 0n]), 7);
  assert.equal(at([-100n, 148n]), 8);
  assert.equal(at([-100n, 149n]), 9);
});

function point(
  inputScale: number,
  paramScale: number,
  scaleRebaseMultiplier: number,
  logrows: number,
): CalibrationPoint {
  const runArgs = { ...small.runArgs, inputScale, paramScale, scaleRebaseMultiplier, logrows };
  const settings = logrows === 0 ? null : { ...small, runArgs };
  return { inputScale, paramScale, scaleRebaseMultiplier, extremes: null, settings, dropped: settings && "too large" };
}

Deno.test("choose() takes the finest of the smallest, or the finest of all", () => {
  const points = [point(2, 2, 10, 12), point(2, 4, 1, 12), point(2, 4, 10, 13), point(3, 3, 1, 14), point(9, 9, 1, 0)];
  const scales = (
    { runArgs }: GraphSettings,
  ) => [runArgs.inputScale, runArgs.paramScale, runArgs.scaleRebaseMultiplier];
  assert.deepEqual(scales(choose(points, "resources")), [2, 4, 1]);
  assert.deepEqual(scales(choose(points, "accuracy")), [3, 3, 1]);
  assert.throws(() => choose([point(9, 9, 1, 0)], "accuracy"), /none of 1 combinations of scales works/);
});

Deno.test("calibrateNative() tries every pair of scales in order and keeps why it dropped one", async () => {
  const tried: GraphCircuit[] = [];
  const { points, settings } = await calibrateNative(onnx(MODELS["Sigmoid"]), small, samplesOf(8, 2), {
    scales: [2, 3],
    scaleRebaseMultiplier: [1, 5],
    lookupSafetyMargin: 3,
    forward: (circuit, samples) => {
      tried.push(circuit);
      assert.equal(samples.length, 2);
      if (circuit.settings.runArgs.paramScale === 3) throw new Error("out of memory");
      return { minLookup: -5, maxLookup: 6, maxRange: 16383 };
    },
  });
  assert.deepEqual(
    points.map(({ inputScale, paramScale, scaleRebaseMultiplier }) => [inputScale, paramScale, scaleRebaseMultiplier]),
    [[2, 2, 1], [2, 2, 5], [2, 3, 1], [2, 3, 5], [3, 3, 1], [3, 3, 5]],
  );
  assert.deepEqual(points.map(({ dropped }) => dropped), [null, null, ...Array(4).fill("out of memory")]);
  assert.ok(tried.every(({ settings }) => settings.runArgs.lookupRange[1] >= 2n ** 60n));
  assert.deepEqual(settings.runArgs.lookupRange, [-15n, 18n]);
  assert.equal(settings.runArgs.scaleRebaseMultiplier, 5);
});

Deno.test("calibrateNative() refuses samples that do not fit the model", async () => {
  const run = (samples: Float32Array[][]) => calibrateNative(onnx(MODELS["Sigmoid"]), small, samples);
  await assert.rejects(run([]), /there is no sample, expected one or more/);
  await assert.rejects(run([[new Float32Array(7)]]), /sample 0 has inputs of 7 elements, expected 8/);
  await assert.rejects(run([[new Float32Array(8), new Float32Array(8)]]), /inputs of 8, 8 elements, expected 8/);
});

/** Model, EZKL's arguments of the calibration, ours, and run arguments. */
const CASES: readonly [string, number, Record<string, unknown>, Partial<RunArgs>][] = [
  ["two layers", 8, { target: "resources" }, {}],
  ["two layers", 8, { target: "resources/col-overflow" }, {}],
  ["two layers", 8, { target: "resources", max_logrows: 10 }, {}],
  ["two layers", 8, { target: "resources", max_logrows: 14 }, {}],
  ["two layers", 8, { target: "resources", scales: [3, 2] }, { decompBase: 128, decompLegs: 4 }],
  ["Sigmoid", 8, { target: "accuracy", scales: [4, 5, 12] }, {}],
  ["Sigmoid", 8, { target: "resources/col-overflow", scales: [9], scale_rebase_multiplier: [1, 2] }, {}],
  ["a small LeNet", 72, { target: "resources", scales: [2, 4, 7] }, {}],
  ["a small LeNet", 72, { target: "accuracy", scales: [2, 4], lookup_safety_margin: 3 }, {}],
  ["a small LeNet", 72, { target: "resources/col-overflow", scales: [2, 4] }, { decompBase: 64, decompLegs: 4 }],
  ["MaxPool", 72, { target: "resources", scales: [4] }, { decompBase: 8, decompLegs: 5 }],
];

nativeTest("calibrateNative() chooses what EZKL chooses, and counts it alike", async () => {
  await inFolder(async (folder) => {
    for (const [name, size, options, args] of CASES) {
      const what = `${name} ${JSON.stringify(options)}`;
      const bytes = onnx(MODELS[name]);
      const samples = samplesOf(size, 4);
      const files = {
        model: `${folder}/network.onnx`,
        settings: `${folder}/settings.json`,
        data: `${folder}/cal_data.json`,
      };
      await Deno.writeFile(files.model, bytes);
      await Deno.writeTextFile(files.data, calibrationJson(samples.map(([sample]) => sample)));
      await nativeDone("gen_settings", { model: files.model, output: files.settings, run_args: nativeRunArgs(args) });
      const report = await native("calibrate_settings", { ...files, ...options });
      const own = () =>
        calibrateNative(bytes, genSettings(bytes, args), samples, {
          target: options.target as "resources",
          ...options.scales === undefined ? {} : { scales: options.scales as number[] },
          ...options.max_logrows === undefined ? {} : { maxLogrows: options.max_logrows as number },
          ...options.lookup_safety_margin === undefined
            ? {}
            : { lookupSafetyMargin: options.lookup_safety_margin as number },
          ...options.scale_rebase_multiplier === undefined
            ? {}
            : { scaleRebaseMultiplier: options.scale_rebase_multiplier as number[] },
        });
      // EZKL's Python sometimes dies after it has written the file, so the file is what counts.
      const written = settingsFromJson(await Deno.readTextFile(files.settings));
      if (!report.ok && /could not find any suitable/.test(report.error ?? "")) {
        await assert.rejects(own(), /combinations of scales works/, what);
        continue;
      }
      const { settings } = await own();
      for (const key of ["numRows", "totalAssignments", "totalConstSize", "modelOutputScales"] as const) {
        assert.deepEqual(settings[key], written[key], `${what}: ${key}`);
      }
      assert.deepEqual(settings.runArgs, written.runArgs, what);
    }
  });
});
