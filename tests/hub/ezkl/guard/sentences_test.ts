/** What the engine cannot run is refused with a sentence that names the node, not with the engine's own words. */
import assert from "node:assert/strict";
import {
  ArgumentError,
  compileCircuit,
  decodeCircuit,
  EngineError,
  genSettings,
  genWitness,
  type RunArgs,
  settingsToJson,
} from "../../../../hub/mod.ts";
import { testWithEngine } from "../asking.ts";
import { floats, type Model, MODELS, node, onnx, weights } from "../compile/models.ts";
import { TINY_ARGS } from "../tiny.ts";

const row = (opType: string, attributes = {}): Model => ({
  nodes: [node("Mul", ["x", "w"], "a"), node(opType, ["a"], "y", attributes)],
  inputs: { x: [1, 8] },
  outputs: { y: [1, 8] },
  weights: { w: weights([8], 1) },
});

/** A product whose results are seven times its inputs. */
const GEMM: Model = {
  ...MODELS["Gemm"],
  weights: { w: floats([4, 8], Array(32).fill(0.9)), b: floats([4], Array(4).fill(0)) },
};

/** Circuits that write too large a number in digits, whether their inputs differ in sign, and the node that does. */
const CASES: [name: string, model: Model, args: Partial<RunArgs>, signs: boolean, node: RegExp][] = [
  [
    "an output",
    GEMM,
    { scaleRebaseMultiplier: 10 },
    false,
    /node \d+ \(Einsum\) needs larger numbers than the 262143 that/,
  ],
  [
    "a division",
    GEMM,
    {},
    false,
    /node \d+ \(RebaseScale Einsum\) needs larger numbers than .* decompLegs 3 of decompBase 64/,
  ],
  [
    "a Relu",
    row("Relu"),
    { scaleRebaseMultiplier: 10, outputVisibility: "Private" },
    true,
    /node \d+ \(LeakyReLU\) needs/,
  ],
  [
    "a MaxPool",
    {
      nodes: [node("MaxPool", ["x"], "y", { kernel_shape: [2, 2], strides: [2, 2] })],
      inputs: { x: [1, 1, 2, 2] },
      outputs: { y: [1, 1, 1, 1] },
    },
    {},
    true,
    /node \d+ \(MaxPool\) needs larger numbers/,
  ],
];

testWithEngine("genWitness() names the node that needs too many digits", async (engine) => {
  for (const [name, model, args, signs, message] of CASES) {
    const file = onnx(model), settings = genSettings(file, { ...TINY_ARGS, ...args });
    const compiled = compileCircuit(file, settings);
    const count = decodeCircuit(compiled).model.nodes.get(0)!.outDims.reduce((a, b) => a * b, 1);
    const input = { input_data: [Array.from({ length: count }, (_, at) => signs && at % 2 === 0 ? -16000 : 16000)] };
    for (const [by, kind] of [[{ engine }, EngineError], [{}, ArgumentError]] as const) {
      await assert.rejects(genWitness(compiled, JSON.stringify(input), by), (error) => {
        assert.ok(error instanceof kind, `${name}: ${error}`);
        assert.match(error.message, message, name);
        assert.doesNotMatch(error.message, /synthesis/, name);
        return true;
      }, `${name} at ${settingsToJson(settings)}`);
    }
  }
});
