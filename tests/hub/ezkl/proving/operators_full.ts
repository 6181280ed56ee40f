/** Random models of every operator, and the sizes at which circuits change their form, all the way to a proof: minutes. */
import assert from "node:assert/strict";
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import type { Scheme } from "../../../../hub/ezkl/network/scheme.ts";
import type { RunArgs } from "../../../../hub/ezkl/format/run_args.ts";
import type { OnnxWriter } from "./onnx_writer.ts";
import { constant, conv, gemm, pool, subject } from "./operators.ts";
import { compile, proveModel, srsOf, type Subject } from "./prove_model.ts";

/** A step on an image of some channels; gives its value and the channels. */
type ImageStep = (w: OnnxWriter, x: string, channels: number) => [name: string, channels: number];

const steps: Record<string, ImageStep> = {
  Conv: (w, x, channels) => {
    const group = w.next() < 0.4 ? channels : 1, outputs = group * w.pick(1, 3);
    const bias = w.next() < 0.5;
    return [conv(w, x, channels, outputs, { group, bias, kernel: [w.pick(1, 3), w.pick(1, 3)] }), outputs];
  },
  AveragePool: (w, x, channels) => {
    const pad = w.pick(0, 1);
    return [pool(w, "AveragePool", x, [2, w.pick(2, 3)], [w.pick(1, 2), w.pick(1, 2)], [pad, 0, 0, pad]), channels];
  },
  MaxPool: (w, x, channels) => {
    const pad = w.pick(0, 1);
    const y = pad ? w.node("Relu", [x]) : x;
    return [pool(w, "MaxPool", y, [2, 2], [w.pick(1, 2), w.pick(1, 2)], [pad, 0, pad, 0]), channels];
  },
  Pad: (w, x, channels) => {
    const sides = Array.from({ length: 4 }, () => w.pick(0, 1));
    return [w.node("Pad", [x, w.whole([0, 0, sides[0], sides[1], 0, 0, sides[2], sides[3]])]), channels];
  },
  Sigmoid: (w, x, channels) => [w.node("Sigmoid", [x]), channels],
  Tanh: (w, x, channels) => [w.node("Tanh", [x]), channels],
  Relu: (w, x, channels) => [w.node("Relu", [x]), channels],
  LeakyRelu: (w, x, channels) => [w.node("LeakyRelu", [x], { alpha: { float: w.next() } }), channels],
  Add: (w, x, channels) => [w.node("Add", [x, w.weight([channels, 1, 1])]), channels],
  Sub: (
    w,
    x,
    channels,
  ) => [w.node("Sub", w.next() < 0.5 ? [x, w.weight([1])] : [constant(w, 1, channels, 1, 1), x]), channels],
  Mul: (
    w,
    x,
    channels,
  ) => [w.node("Mul", w.next() < 0.5 ? [x, w.weight([1], [0.5])] : [w.weight([channels, 1, 1]), x]), channels],
  Reshape: (w, x, channels) => [w.node("Reshape", [x, w.whole([1, channels, -1, 1])]), channels],
  Identity: (w, x, channels) => [w.node("Identity", [w.node("Dropout", [x])]), channels],
};

/** `first`, and half of the time another step behind it. */
function chain(first: string, seed: number, rest: Omit<Subject, "onnx" | "inputs" | "shapes">): Subject {
  return subject(seed, (w) => {
    const others = Object.keys(steps).filter((name) => name !== "Reshape");
    const names = [first, ...Array.from({ length: w.pick(0, 1) }, () => others[w.pick(0, others.length - 1)])];
    let channels = w.pick(1, 2);
    let x = w.input(1, channels, 4, 4);
    for (const name of names) [x, channels] = steps[name](w, x, channels);
    return [[x, 4]];
  }, rest);
}

const scheme: Scheme = { inputScale: 3, tableScale: 6, dropBits: 3, outputScale: 6, binaryInputs: false };
const variants: Partial<RunArgs>[] = [
  {},
  { scaleRebaseMultiplier: 1 },
  { paramVisibility: "Private" },
  { inputVisibility: "Public", ignoreRangeCheckInputsOutputs: true },
  { numInnerCols: 3 },
  { inputScale: 2, paramScale: 6, scaleRebaseMultiplier: 2 },
];

const edges: Record<string, Subject> = {
  "a table of several columns": subject(61, (w) => [[w.node("Tanh", [gemm(w, w.input(1, 4), 4, 3)]), 2]], {
    args: { inputScale: 4, paramScale: 4, logrows: 8, lookupRange: [-500n, 400n] },
  }),
  "a MaxPool whose sorted windows take two columns": subject(
    62,
    (w) => [[pool(w, "MaxPool", w.input(1, 1, 1, 131), [1, 2], [1, 1]), 4]],
    { args: { logrows: 8, ignoreRangeCheckInputsOutputs: true } },
  ),
  "dot products across the ends of blocks": subject(63, (w) => [[gemm(w, w.input(1, 40), 40, 30), 2]], {
    args: { ignoreRangeCheckInputsOutputs: true, logrows: 8 },
  }),
  "a frugal layer of one output": subject(64, (w) => {
    const x = conv(w, w.input(1, 1, 4, 4), 1, 1, { kernel: [2, 2], strides: [1, 1], pads: [0, 0, 0, 0], bias: true });
    return [[w.node("Sigmoid", [x]), 4]];
  }, { scheme }),
  "a frugal network whose weights are all 0": subject(65, (w) => {
    return [[w.node("Sigmoid", [w.node("Gemm", [w.input(1, 4), w.weight([4, 3], 0.001)])]), 2]];
  }, { scheme }),
  "a frugal network that drops no bits and holds its inputs": {
    ...subject(66, (w) => [[w.node("Sigmoid", [w.node("Gemm", [w.input(1, 6), w.weight([6, 3])])]), 2]], {
      scheme: { ...scheme, inputScale: 0, dropBits: 0, binaryInputs: true },
      args: { lookupRange: [-123n, 124n], logrows: 8 },
    }),
    inputs: [Float32Array.of(0, 1, 1, 0, 1, 0)],
  },
};

Deno.test("random models of every operator are proven", async (t) => {
  await using engine = await Engine.create();
  const prove = (name: string, subject: Subject) =>
    t.step(name, async () => {
      await proveModel(engine, subject);
    });
  for (const [name, subject] of Object.entries(edges)) await prove(name, subject);
  await t.step("more windows of a MaxPool than a column has rows leave room for their constants", async () => {
    const { bytes } = compile(subject(
      67,
      (w) => [[pool(w, "AveragePool", pool(w, "MaxPool", w.input(1, 1, 17, 17), [2, 2], [1, 1]), [4, 4], [4, 4]), 4]],
      { args: { logrows: 8 } },
    ));
    assert.ok((await engine.genVk(bytes, await srsOf(8))).length > 0);
  });
  for (const [index, name] of Object.keys(steps).entries()) {
    for (let turn = 0; turn < 3; turn++) {
      const seed = 1000 + 10 * index + turn;
      await prove(`${name}, seed ${seed}`, chain(name, seed, { args: variants[(index + turn) % variants.length] }));
    }
    const seed = 1000 + 10 * index + 9;
    await prove(`frugal ${name}, seed ${seed}`, chain(name, seed, { scheme }));
  }
});
