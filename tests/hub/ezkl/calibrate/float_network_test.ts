/** The float network beside ONNX Runtime. */
import assert from "node:assert/strict";
import * as ort from "npm:onnxruntime-node@1.30.0";
import { checkLayers, FloatNetwork } from "../../../../hub/ezkl/calibrate/float_network.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { DataType } from "../../../../onnx/enums.ts";
import { random } from "../../../onnx/lenet.ts";
import { floats, MODELS, node, onnx, wholes } from "../compile/models.ts";

const BATCH = 3;
const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

for (const [name, model] of Object.entries(MODELS)) {
  if (model.type === DataType.INT64) continue;
  Deno.test(`FloatNetwork gives what ONNX Runtime gives, for several samples at once: ${name}`, async () => {
    const file = onnx(model), network = lowerOnnx(file), next = random(11);
    const shapes = Object.values(model.inputs).map((shape) => shape.map((size) => typeof size === "number" ? size : 1));
    const samples = shapes.map((shape) => Float32Array.from({ length: BATCH * sizeOf(shape) }, () => next() * 4 - 2));
    const values = new FloatNetwork(network).run(samples, BATCH);
    const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
    for (let sample = 0; sample < BATCH; sample++) {
      const feeds = Object.keys(model.inputs).map((input, index) => {
        const size = sizeOf(shapes[index]);
        const part = samples[index].slice(sample * size, (sample + 1) * size);
        return [input, new ort.Tensor("float32", part, shapes[index])];
      });
      const results = await session.run(Object.fromEntries(feeds));
      Object.keys(model.outputs).forEach((output, index) => {
        const expected = results[output].data as Float32Array, size = expected.length;
        const found = values[network.outputs[index]].subarray(sample * size, (sample + 1) * size);
        assert.equal(found.length, size);
        expected.forEach((value, at) =>
          assert.ok(Math.abs(found[at] - value) < 1e-5, `${output}[${at}] is ${found[at]}, expected ${value}`)
        );
      });
    }
    await session.release();
  });
}

Deno.test("checkLayers() refuses layers without fixed weights", () => {
  const network = lowerOnnx(onnx({
    nodes: [node("Conv", ["x", "k"], "y")],
    inputs: { x: [1, 1, 4, 4], k: [1, 1, 2, 2] },
    outputs: { y: [1, 1, 3, 3] },
  }));
  assert.throws(() => checkLayers(network, new FloatNetwork(network).layers), {
    name: "ArgumentError",
    message: /^calibrateSettings\(\): .* has no fixed weights, and fidelity weighs/,
  });
});

Deno.test("FloatNetwork computes a layer with other weights where it is told to", () => {
  const network = lowerOnnx(onnx(MODELS["Gemm"])), float = new FloatNetwork(network);
  const [[place, layer]] = float.layers;
  const input = Float32Array.from({ length: 8 }, (_, k) => k), values = float.run([input], 1);
  const changed = { weights: layer.weights.map((_, at) => +(at % 8 === 3)), bias: [10, 20, 30, 40] };
  assert.deepEqual([...float.evaluate(place, values, [input], 1, changed)], [13, 23, 33, 43]);
});

Deno.test("FloatNetwork computes a constant that is used in two shapes", () => {
  const model = {
    nodes: [node("Add", ["x", "b"], "a"), node("Reshape", ["b", "t"], "c"), node("Sub", ["a", "c"], "y")],
    inputs: { x: [1, 2] },
    outputs: { y: [2, 2] },
    weights: { b: floats([2], [1, 3]), t: wholes(2, 1) },
  };
  const network = lowerOnnx(onnx(model)), values = new FloatNetwork(network).run([Float32Array.of(10, 20)], 1);
  assert.deepEqual([...values[network.outputs[0]]], [10, 22, 8, 20]);
});

Deno.test("FloatNetwork gives the same of a sample however many are computed together", () => {
  for (const [name, model] of Object.entries(MODELS)) {
    if (model.type === DataType.INT64) continue;
    const network = lowerOnnx(onnx(model)), float = new FloatNetwork(network), next = random(12), batch = 19;
    const sizes = network.inputs.map((place) => sizeOf(network.nodes[place].shape));
    const samples = sizes.map((size) => Float32Array.from({ length: batch * size }, () => next() * 4 - 2));
    const together = float.run(samples, batch);
    for (const sample of [0, 15, 16, 18]) {
      const alone = float.run(samples.map((all, k) => all.slice(sample * sizes[k], (sample + 1) * sizes[k])), 1);
      for (const place of network.outputs) {
        const size = alone[place].length;
        assert.deepEqual(together[place].slice(sample * size, (sample + 1) * size), alone[place], name);
      }
    }
  }
});
