import assert from "node:assert/strict";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { buildCircuit } from "../../../../hub/ezkl/compile/native.ts";
import { quantize } from "../../../../hub/ezkl/numbers/fixed_point.ts";
import type { CircuitModel, SupportedOp } from "../../../../hub/ezkl/format/circuit.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { type RunArgs, runArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { settingsFromJson } from "../../../../hub/ezkl/format/settings_json.ts";
import type { GraphSettings } from "../../../../hub/ezkl/format/settings.ts";
import { genSettings } from "../../../../hub/ezkl/gen_settings.ts";
import { inFolder } from "../../../folder.ts";
import { sharedBytes } from "../format/fixtures.ts";
import { nativeDone, nativeRunArgs, nativeTest } from "../native.ts";
import { type Model, MODELS, node, onnx, weights } from "./models.ts";

function build(model: Model, args: Partial<RunArgs> = {}): CircuitModel {
  return buildCircuit(
    lowerOnnx(onnx(model)),
    runArgs({ inputScale: 4, paramScale: 5, scaleRebaseMultiplier: 10, ...args }),
  );
}

function ops(model: CircuitModel): SupportedOp[] {
  return [...model.nodes.values()].map(({ opkind }) => opkind);
}

/** EZKL's own files: the model, and the circuit that it compiled. */
const OTHERS = [
  ["native/v22.0.1-rwkv_simple/model.onnx", "native/v22.0.1-rwkv_simple/circuit.as-v21.compiled"],
  ["native/v21.0.0-assets/network.onnx", "native/v21.0.0-assets/model.compiled"],
];

for (const [network, compiled] of OTHERS) {
  const [bytes, expected] = [sharedBytes(network), sharedBytes(compiled)];
  const missing = bytes === null || expected === null;
  Deno.test({
    name: `compileCircuit() writes EZKL's own file of ${network}` +
      (missing ? " (ignored: other people's and no part of the repository)" : ""),
    ignore: missing,
    fn: () => {
      const circuit = decodeCircuit(expected!);
      const model = buildCircuit(lowerOnnx(bytes!, circuit.settings.runArgs.variables), circuit.settings.runArgs);
      assert.deepEqual(model, circuit.model);
      assert.deepEqual(compileCircuit(bytes!, circuit.settings), expected);
    },
  });
}

Deno.test("quantize() rounds halves away from zero, and exactly", () => {
  const cases: [number, number, number][] = [
    [0.5, 0, 1],
    [-0.5, 0, -1],
    [0.49999997, 0, 0],
    [-1.5, 0, -2],
    [0.09375, 4, 2],
    [-0.09375, 4, -2],
    [2 ** 51 + 0.5, 0, 2 ** 51 + 1],
    [-(2 ** 51) - 0.5, 0, -(2 ** 51) - 1],
    [NaN, 3, 0],
    [8, -4, 1],
    [0, 5, 0],
  ];
  for (const [x, scale, whole] of cases) assert.equal(quantize(x, scale), whole, `${x} at ${scale}`);
  assert.throws(() => quantize(3e38, 20), /beyond the 128 bits/);
});

Deno.test("buildCircuit() writes biases at the scale of their products", () => {
  const conv = [...build(MODELS["Conv"]).nodes.values()];
  assert.deepEqual(conv.map(({ outScale }) => outScale), [4, 5, 9, 9]);
  const sum = [...build(MODELS["Gemm"], { scaleRebaseMultiplier: 1 }).nodes.values()];
  assert.deepEqual(sum.map(({ outScale }) => outScale), [4, 5, 5, 5, 5]);
  assert.equal(sum[2].opkind.kind, "RebaseScale");
});

Deno.test("buildCircuit() rescales what it cannot write anew", () => {
  const [rescaled] = ops(build(MODELS["Add of values at different scales"])).slice(-1);
  assert.deepEqual(rescaled, {
    kind: "Rescaled",
    inner: { kind: "Linear", op: { name: "Add" } },
    scale: [[0, 32n], [1, 1n]],
  });
});

Deno.test("buildCircuit() counts how often a constant is read, and writes it once", () => {
  const nodes = [...build(MODELS["a weight and a bias that two layers share"]).nodes.values()];
  const constants = nodes.filter(({ opkind }) => opkind.kind === "Constant");
  assert.deepEqual(constants.map(({ numUses }) => numUses), [2, 2]);
});

Deno.test("buildCircuit() does not let two convolutions write one bias at two scales", () => {
  const unit = { strides: [1, 1] };
  const nodes = [
    ...build({
      nodes: [node("Conv", ["x", "k", "c"], "a", unit), node("Conv", ["a", "l", "c"], "y", unit)],
      inputs: { x: [1, 2, 6, 6] },
      outputs: { y: [1, 3, 3, 3] },
      weights: { k: weights([3, 2, 3, 3], 1), l: weights([3, 3, 2, 2], 2), c: weights([3], 3) },
    }).nodes.values(),
  ];
  for (const { opkind, inputs, outScale } of nodes) {
    if (opkind.kind !== "Linear" || opkind.op.name !== "Conv") continue;
    const bias = nodes.find(({ idx }) => idx === inputs[2][0])!;
    assert.ok(bias.opkind.kind === "Constant");
    assert.equal(bias.outScale, outScale);
    assert.deepEqual(bias.opkind.quantizedValues.values, [0n]);
  }
  const shared = nodes.find(({ outDims, opkind }) => opkind.kind === "Constant" && outDims.join() === "1,3,1,1");
  const read = shared ?? nodes.find(({ outDims, opkind }) => opkind.kind === "Constant" && outDims.join() === "3");
  assert.ok(read!.opkind.kind === "Constant" && read!.opkind.quantizedValues.values.some((value) => value !== 0n));
});

Deno.test("buildCircuit() writes who sees the weights into every constant, and the two meanings of decomp", () => {
  for (const ignoreRangeCheckInputsOutputs of [false, true]) {
    const model = build(MODELS["Gemm"], { paramVisibility: "Fixed", ignoreRangeCheckInputsOutputs });
    for (const op of ops(model)) {
      if (op.kind === "Input") assert.equal(op.decomp, !ignoreRangeCheckInputsOutputs);
      if (op.kind !== "Constant") continue;
      assert.equal(op.decomp, ignoreRangeCheckInputsOutputs);
      assert.equal(op.quantizedValues.visibility, "Fixed");
    }
    assert.deepEqual(model.visibility, { input: "Private", params: "Fixed", output: "Public" });
  }
});

Deno.test("buildCircuit() refuses hashed and committed tensors", () => {
  assert.throws(
    () => build(MODELS["Gemm"], { inputVisibility: "KZGCommit" }),
    /inputVisibility is "KZGCommit", expected/,
  );
});

Deno.test("compileCircuit() refuses settings of another model", () => {
  const settings = genSettings(onnx(MODELS["Gemm"]));
  assert.throws(
    () => compileCircuit(onnx(MODELS["Gemm of one output"]), settings, "one.onnx"),
    /the settings say modelInstanceShapes \[\[1,4\]\], but one.onnx has \[\[1,1\]\] at their run arguments/,
  );
});

/** Settings without the time, and with the sets in one order. */
function comparable(settings: GraphSettings): GraphSettings {
  const sorted = <T>(items: T[]) => items.toSorted((a, b) => key(a) < key(b) ? -1 : 1);
  return {
    ...settings,
    timestamp: null,
    requiredLookups: sorted(settings.requiredLookups),
    requiredRangeChecks: sorted(settings.requiredRangeChecks),
  };
}

function key(item: unknown): string {
  return JSON.stringify(item, (_, value) => typeof value === "bigint" ? String(value) : value);
}

const SETS: readonly Partial<RunArgs>[] = [
  { inputScale: 4, paramScale: 5, scaleRebaseMultiplier: 10 },
  { inputScale: 7, paramScale: 7, scaleRebaseMultiplier: 1, paramVisibility: "Fixed" },
  {
    inputScale: 5,
    paramScale: 3,
    scaleRebaseMultiplier: 2,
    inputVisibility: "Public",
    ignoreRangeCheckInputsOutputs: true,
    rebaseFracZeroConstants: true,
    decompBase: 128,
    decompLegs: 3,
    numInnerCols: 4,
    logrows: 12,
  },
];

nativeTest("genSettings() and compileCircuit() give EZKL's settings and its file, byte for byte", async () => {
  await inFolder(async (folder) => {
    for (const [index, [name, model]] of Object.entries(MODELS).entries()) {
      // One set each, because every command is a process of its own.
      const args = SETS[index % SETS.length];
      const bytes = onnx(model);
      await Deno.writeFile(`${folder}/network.onnx`, bytes);
      const files = { model: `${folder}/network.onnx`, settings: `${folder}/settings.json` };
      await nativeDone("gen_settings", { model: files.model, output: files.settings, run_args: nativeRunArgs(args) });
      await nativeDone("compile_circuit", {
        model: files.model,
        compiled_circuit: `${folder}/network.compiled`,
        settings_path: files.settings,
      });
      const settings = settingsFromJson(await Deno.readTextFile(files.settings));
      const compiled = await Deno.readFile(`${folder}/network.compiled`);
      const what = `${name} at ${key(args)}`;
      assert.deepEqual(comparable(genSettings(bytes, settings.runArgs)), comparable(settings), what);
      const own = compileCircuit(bytes, settings);
      assert.deepEqual(decodeCircuit(own), decodeCircuit(compiled), what);
      assert.deepEqual(own, compiled, what);
    }
  });
});
