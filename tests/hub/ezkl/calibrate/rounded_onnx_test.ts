import assert from "node:assert/strict";
import * as ort from "npm:onnxruntime-node@1.30.0";
import { RoundingCalibration } from "../../../../hub/ezkl/calibrate/compensated.ts";
import { FloatNetwork } from "../../../../hub/ezkl/calibrate/float_network.ts";
import { recorded, withTensors } from "../../../../hub/ezkl/calibrate/rounded_onnx.ts";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { buildFrugal } from "../../../../hub/ezkl/compile/frugal.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { nearest } from "../../../../hub/ezkl/network/rounded_layer.ts";
import type { Scheme } from "../../../../hub/ezkl/network/scheme.ts";
import { settingsOf } from "../../../../hub/ezkl/compile/settings.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { runArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { quantizeInput } from "../../../../hub/ezkl/simulate/quantize.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { AttributeType } from "../../../../onnx/enums.ts";
import { decodeModel, encodeModel } from "../../../../onnx/proto.ts";
import { random } from "../../../onnx/lenet.ts";
import { type Model, MODELS, onnx } from "../compile/models.ts";

const scheme: Scheme = { inputScale: 4, tableScale: 8, dropBits: 3, outputScale: 3, binaryInputs: false };
const args = runArgs({ paramVisibility: "Fixed", ignoreRangeCheckInputsOutputs: true });

/** The circuit of a calibration, the file that it makes, and samples. */
function calibrated(file: Uint8Array, rounds = scheme) {
  const network = lowerOnnx(file), next = random(8), count = 40;
  const samples = network.inputs.map((place) => {
    const size = network.nodes[place].shape.reduce((a, b) => a * b, 1);
    return Float32Array.from({ length: count * size }, () => Math.round(16 * (next() * 2 - 1)) / 16);
  });
  const calibration = new RoundingCalibration(new FloatNetwork(network), samples, count);
  const { rounding, tensors } = recorded(network, calibration.rounding(() => 0.5));
  const model = buildFrugal(network, args, rounds, rounding);
  return { network, model, samples, count, tensors, rounded: withTensors(file, tensors) };
}

/** The file with its weights in nodes of their own in place of initializers. */
function withConstantNodes(file: Uint8Array): Uint8Array {
  const model = decodeModel(file), graph = model.graph!;
  const constants = graph.initializer!.map((t) => ({
    opType: "Constant",
    output: [t.name!],
    attribute: [{ name: "value", type: AttributeType.TENSOR, t: { ...t, name: "" } }],
  }));
  return encodeModel({ ...model, graph: { ...graph, initializer: [], node: [...constants, ...graph.node!] } });
}

const layered = ["Gemm", "Gemm without transB or bias", "MatMul", "two layers", "Conv", "Conv without bias"];
const more = ["Conv in groups", "Conv with strides and pads", "a small LeNet", "Gemm of one output"];
for (const name of [...layered, ...more]) {
  Deno.test(`the rounded file compiles to the integers of the calibration: ${name}`, () => {
    for (const file of [onnx(MODELS[name]), withConstantNodes(onnx(MODELS[name]))]) {
      const { model, rounded, tensors, network } = calibrated(file);
      assert.equal(tensors.size, network.nodes.filter(({ op }) => op.type === "Constant").length);
      const settings = { ...settingsOf(model, args, "keygen"), zkgrad: scheme };
      assert.deepEqual(decodeCircuit(compileCircuit(rounded, settings)).model, model);
    }
  });
}

Deno.test("the rounded file compiles to the integers of the calibration where 32-bit floats cannot hold them", () => {
  const wide = { ...scheme, tableScale: 26, outputScale: 26 };
  const { model, rounded } = calibrated(onnx(MODELS["two layers"]), wide);
  assert.deepEqual(buildFrugal(lowerOnnx(rounded), args, wide), model);
});

Deno.test("layers that share their weights are rounded to the nearest, and their tensors stay as they are", () => {
  const file = onnx(MODELS["a weight and a bias that two layers share"]), { model, tensors } = calibrated(file);
  assert.equal(tensors.size, 0);
  assert.deepEqual(buildFrugal(lowerOnnx(file), args, scheme, nearest), model);
});

Deno.test("whole numbers stay as they are", () => {
  const network = lowerOnnx(onnx(MODELS["Gemm"]));
  for (const { op } of network.nodes) if (op.type === "Constant") op.whole = true;
  const { rounding, tensors } = recorded(network, () => assert.fail("they are not to be rounded"));
  assert.deepEqual(buildFrugal(network, args, scheme, rounding), buildFrugal(network, args, scheme));
  assert.equal(tensors.size, 0);
});

Deno.test("ONNX Runtime on the rounded file comes close to the circuit, and keeps the names and shapes", async () => {
  const fine = { ...scheme, tableScale: 14, dropBits: 7, inputScale: 4 };
  const { model, rounded, samples, count } = calibrated(onnx(MODELS["a small LeNet"]), fine);
  const integers = new Simulator(model, { runArgs: args }).run([quantizeInput(samples[0], 4)], count).outputs[0];
  const unit = 2 ** -model.nodes.get(model.outputs[0][0])!.outScale;
  const session = await ort.InferenceSession.create(rounded, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  for (let sample = 0; sample < count; sample++) {
    const image = samples[0].slice(sample * 72, (sample + 1) * 72);
    const { y } = await session.run({ x: new ort.Tensor("float32", image, [1, 2, 6, 6]) });
    (y.data as Float32Array).forEach((value, at) => {
      assert.ok(Math.abs(integers[sample * 3 + at] * unit - value) < 0.02);
    });
  }
  await session.release();
});

Deno.test("withTensors() leaves everything else as it was, and refuses a tensor that is not there", () => {
  const model: Model = MODELS["two layers"], file = onnx(model);
  const changed = decodeModel(withTensors(file, new Map([["b", Float32Array.of(1, 2, 3, 4)]]))),
    own = decodeModel(file);
  const others = (of: typeof own) => of.graph!.initializer!.filter(({ name }) => name !== "b");
  assert.deepEqual(others(changed), others(own));
  assert.deepEqual(changed.graph!.node, own.graph!.node);
  assert.deepEqual(changed.graph!.output, own.graph!.output);
  assert.throws(() => withTensors(file, new Map([["nothing", new Float32Array(1)]])), /has no tensor "nothing"; take/);
});
