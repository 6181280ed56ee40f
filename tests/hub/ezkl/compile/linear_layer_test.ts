import assert from "node:assert/strict";
import { type LinearLayer, linearLayers } from "../../../../hub/ezkl/network/linear_layer.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import type { Network } from "../../../../hub/ezkl/network/network.ts";
import { random } from "../../../onnx/lenet.ts";
import { floats, type Model, MODELS, node, onnx, weights } from "./models.ts";

const networkOf = (model: Model): Network => lowerOnnx(onnx(model));
const only = (model: Model): LinearLayer | undefined => linearLayers(networkOf(model)).values().next().value;

/** What the layer says it computes, `[outputs, rows]`. */
function dots(
  { outputs, rows, depth, groups, picks, weights, bias }: LinearLayer,
  padded: ArrayLike<number>,
): number[] {
  return Array.from({ length: outputs * rows }, (_, index) => {
    const output = Math.floor(index / rows), row = index % rows;
    let sum = bias?.[output] ?? 0;
    for (let k = 0; k < depth; k++) {
      sum += weights[output * depth + k] * padded[picks[Math.floor(output * groups / outputs)][row * depth + k]];
    }
    return sum;
  });
}

Deno.test("linearLayers() has convolutions of any stride, padding and groups as their definition has them", () => {
  const next = random(3), pick = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  for (let turn = 0; turn < 30; turn++) {
    const group = pick(1, 3), channels = group * pick(1, 2), outputs = group * pick(1, 2), bias = turn % 2 === 0;
    const kernel = [pick(1, 3), pick(1, 3)], strides = [pick(1, 2), pick(1, 3)];
    const pads = [pick(0, 2), pick(0, 1), pick(0, 1), pick(0, 2)];
    const [high, wide] = [pick(3, 5), pick(3, 6)];
    const sizes = [high + pads[0] + pads[2], wide + pads[1] + pads[3]];
    const out = sizes.map((size, axis) => Math.floor((size - kernel[axis]) / strides[axis]) + 1);
    const tensors = { k: weights([outputs, channels / group, ...kernel], turn), c: weights([outputs], turn + 100) };
    const layer = only({
      nodes: [node("Conv", bias ? ["x", "k", "c"] : ["x", "k"], "y", { kernel_shape: kernel, strides, pads, group })],
      inputs: { x: [1, channels, high, wide] },
      outputs: { y: [1, outputs, ...out] },
      weights: tensors,
    })!;
    assert.deepEqual(layer.paddedDims, [1, channels, ...sizes]);
    assert.equal(layer.padding === null, pads.every((pad) => pad === 0));
    assert.equal(layer.bias !== null, bias);
    const image = Array.from({ length: channels * sizes[0] * sizes[1] }, () => next());
    const expected: number[] = [];
    for (let o = 0; o < outputs; o++) {
      for (let row = 0; row < out[0]; row++) {
        for (let column = 0; column < out[1]; column++) {
          let sum = bias ? tensors.c.floatData![o] : 0;
          for (let c = 0; c < channels / group; c++) {
            for (let i = 0; i < kernel[0]; i++) {
              for (let j = 0; j < kernel[1]; j++) {
                const channel = Math.floor(o / (outputs / group)) * channels / group + c;
                const at = (channel * sizes[0] + row * strides[0] + i) * sizes[1] + column * strides[1] + j;
                sum += image[at] * tensors.k.floatData![((o * channels / group + c) * kernel[0] + i) * kernel[1] + j];
              }
            }
          }
          expected.push(sum);
        }
      }
    }
    dots(layer, image).forEach((value, index) => assert.ok(Math.abs(value - expected[index]) < 1e-9));
  }
});

Deno.test("linearLayers() has products with their weights either way round, by matrix or vector", () => {
  const x = Array.from({ length: 8 }, (_, k) => k - 3);
  for (const name of ["Gemm", "Gemm without transB or bias", "MatMul", "MatMul by a vector"]) {
    const model = MODELS[name], w = model.weights!.w.floatData!, transposed = name !== "Gemm";
    const layer = only(model)!;
    const expected = Array.from({ length: w.length / 8 }, (_, o) => {
      return x.reduce((sum, value, k) => sum + value * w[transposed ? k * w.length / 8 + o : o * 8 + k], 0) +
        (name === "Gemm" ? model.weights!.b.floatData![o] : 0);
    });
    dots(layer, x).forEach((value, o) => assert.ok(Math.abs(value - expected[o]) < 1e-5, name));
  }
  assert.deepEqual([only(MODELS["Gemm"])!.transposed, only(MODELS["MatMul"])!.transposed], [false, true]);
});

Deno.test("linearLayers() takes a sum behind a product as its bias only where that sum is one", () => {
  const sum = (b: Model["weights"], extra: Model["nodes"] = [], outputs: Model["outputs"] = {}): Model => ({
    nodes: [node("MatMul", ["x", "w"], "a"), node("Add", ["b", "a"], "y"), ...extra],
    inputs: { x: [1, 8] },
    outputs: { y: [1, 4], ...outputs },
    weights: { w: weights([8, 4], 1), ...b },
  });
  const bias = only(sum({ b: weights([4], 2) }))!;
  assert.equal(bias.sum, networkOf(sum({ b: weights([4], 2) })).nodes.findIndex(({ op }) => op.type === "Add"));
  assert.deepEqual(bias.bias, Float32Array.from(weights([4], 2).floatData!));

  const read = sum({ b: weights([4], 2) }, [node("Relu", ["a"], "z")], { z: [1, 4] });
  const shown = sum({ b: weights([4], 2) }, [], { a: [1, 4] });
  const wide = { ...sum({ b: weights([4, 1], 2) }), outputs: { y: [4, 4] } };
  const number = sum({ b: floats([], [1]) });
  for (const model of [read, shown, wide, number]) assert.equal(only(model)!.sum, null);
});

Deno.test("linearLayers() takes several samples as rows, and leaves out what has no fixed weights", () => {
  const rows = { "Gemm of three samples": 3, "Conv of two samples": 2, "MatMul of images": 6 };
  for (const [name, least] of Object.entries(rows)) {
    const [layer] = linearLayers(networkOf(MODELS[name])).values();
    assert.ok(layer.rows % least === 0 && layer.outputAxis > 0, `${name}: ${layer.rows} rows`);
  }
  assert.equal(linearLayers(networkOf(MODELS["MatMul of inputs"])).size, 0);
});

Deno.test("linearLayers() says of layers that share their weights that they do", () => {
  const [first, second] = linearLayers(networkOf(MODELS["a weight and a bias that two layers share"])).values();
  assert.equal(first.weightPlace, second.weightPlace);
  assert.equal(first.biasPlace, second.biasPlace);
});
