/** Every degenerate geometry: kernels of one tap, windows in the padding, strides beyond the plane, axes of one element. */
import assert from "node:assert/strict";
import type { Value } from "../../core/graph/graph.ts";
import type { Shape } from "../../core/base/shape.ts";
import { avgPool2d, AvgPool2dOp } from "../../ops/avg_pool2d.ts";
import { conv2d } from "../../ops/conv_layers.ts";
import { linear } from "../../ops/linear.ts";
import { maxPool2d, MaxPool2dOp } from "../../ops/max_pool2d.ts";
import { apart, assertClose, Devices, evaluate, PROFILES, type Tensor, uniform, weigh } from "./harness.ts";
import { kernelText } from "./kernel_text.ts";
import { differentiateByReference, references, type tf } from "./references.ts";

let devices: Devices;
Deno.test.beforeAll(async () => {
  devices = await Devices.request();
});
Deno.test.afterAll(() => devices[Symbol.dispose]());

/** One axis: elements, taps, padding, stride. */
type Axis = readonly [number, number, number, number];

const USUAL: Axis = [5, 3, 1, 1];

/** All small axes along which there is an output. */
function* axes(): Generator<Axis> {
  for (const size of [1, 2, 4]) {
    for (const kernel of [1, 2, 3]) {
      for (const padding of [0, 1, 3]) {
        for (const stride of [1, 2, 5]) if (size + 2 * padding >= kernel) yield [size, kernel, padding, stride];
      }
    }
  }
}

function convolution([h, w]: readonly [Axis, Axis], batch = 2, channels = 2, filters = 3) {
  return {
    x: [batch, channels, h[0], w[0]],
    weight: [filters, channels, h[1], w[1]],
    options: { padding: [h[2], w[2]], stride: [h[3], w[3]] },
  } as const;
}

Deno.test("every kernel of every small convolution is a text that compiles", async () => {
  const { gpu } = devices.cpu;
  const texts = new Map<string, string>();
  for (const axis of axes()) {
    for (const plane of [[axis, USUAL], [USUAL, axis]] as const) {
      const { x, weight, options } = convolution(plane);
      const { loss, gradients } = weigh(
        [x, weight, [weight[0]]].map((shape) => uniform(shape, 1)),
        ([x, w, b]) => conv2d(x, w, b, options),
      );
      assert.equal(gradients.size, 3);
      for (const node of loss.graph.nodes.filter(({ op }) => op.name.startsWith("Conv2d"))) {
        for (const profile of Object.keys(PROFILES) as (keyof typeof PROFILES)[]) {
          const wgsl = kernelText(node, devices[profile].profile, 1);
          texts.set(wgsl, `${node.op.name} of ${JSON.stringify({ x, weight, options })} (${profile})`);
        }
      }
    }
  }
  assert.ok(texts.size > 500, `${texts.size} texts`);
  for (const [code, what] of texts) {
    gpu.pushErrorScope("validation");
    gpu.createShaderModule({ code });
    const error = await gpu.popErrorScope();
    assert.equal(error, null, `${what}: ${error?.message}`);
  }
});

/** Geometries whose results are compared; the first three read nothing but padding along an axis. */
const PLANES: readonly (readonly [Axis, Axis])[] = [
  [[2, 1, 2, 4], USUAL],
  [USUAL, [1, 1, 1, 2]],
  [[1, 2, 2, 3], [3, 1, 3, 6]],
  [[1, 1, 0, 1], [1, 1, 0, 1]],
  [[1, 1, 0, 3], [7, 7, 0, 2]],
  [[1, 3, 1, 1], [1, 3, 1, 1]],
  [[2, 1, 1, 1], [3, 2, 3, 1]],
  [[4, 2, 0, 9], [5, 1, 2, 3]],
  [[9, 2, 1, 6], [9, 3, 1, 6]],
];

for (const [index, plane] of PLANES.entries()) {
  const problem = convolution(plane, 1 + index % 2, 1 + index % 3, 1 + (index + 1) % 3);
  const { x, weight, options } = problem;
  Deno.test(`conv2d() of ${x.join("x")} by ${weight.join("x")}, ${JSON.stringify(options)} agrees with TensorFlow.js`, () =>
    agree(
      [x, weight, [weight[0]]].map((shape, k) => uniform(shape, 10 * index + k)),
      ([x, w, b]) => conv2d(x, w, b, options),
      (inputs) => references.Conv2d(inputs, options),
    ));
}

/** Windows of one element, of one row, larger than the plane, apart and with many elements in common. */
const WINDOWS = [
  { shape: [1, 1, 1, 1], kernel: [1, 1], stride: [1, 1], padding: [0, 0] },
  { shape: [2, 1, 1, 7], kernel: [1, 7], stride: [3, 9], padding: [0, 3] },
  { shape: [1, 3, 2, 2], kernel: [4, 4], stride: [1, 2], padding: [2, 2] },
  { shape: [1, 2, 9, 1], kernel: [2, 1], stride: [5, 4], padding: [1, 0] },
  { shape: [1, 2, 6, 7], kernel: [5, 4], stride: [1, 1], padding: [2, 1] },
  { shape: [2, 1, 12, 11], kernel: [4, 3], stride: [4, 3], padding: [0, 0] },
] as const;

for (const [index, { shape, ...attributes }] of WINDOWS.entries()) {
  for (const [op, pool] of [[AvgPool2dOp, avgPool2d], [MaxPool2dOp, maxPool2d]] as const) {
    const { kernel, ...options } = attributes;
    Deno.test(`${op.name} of ${shape.join("x")}, ${JSON.stringify(attributes)} agrees with TensorFlow.js`, () =>
      agree(
        [apart(shape, index)],
        ([x]) => pool(x, kernel, options),
        (inputs) => references[op.name](inputs, attributes),
      ));
  }
}

for (const [batch, inputs, outputs] of [[1, 1, 1], [1, 1, 5], [3, 1, 4], [2, 5, 1], [5, 4, 1], [1, 2, 2]]) {
  Deno.test(`linear() of ${batch}x${inputs} to ${outputs} agrees with TensorFlow.js`, () => {
    const shapes: Shape[] = [[batch, inputs], [outputs, inputs], [outputs]];
    return agree(
      shapes.map((shape, k) => uniform(shape, k)),
      ([x, w, b]) => linear(x, w, b),
      (given) => references.Linear(given, {}),
    );
  });
}

/** Compares output and gradients, under both profiles. */
async function agree(
  tensors: readonly Tensor[],
  ours: (inputs: readonly Value[]) => Value,
  theirs: (inputs: readonly tf.Tensor[]) => tf.Tensor,
): Promise<void> {
  const weighed = weigh(tensors, ours);
  const expected = await differentiateByReference(tensors, weighed.coefficients, theirs);
  for (const profile of Object.keys(PROFILES) as (keyof typeof PROFILES)[]) {
    const { output, gradients } = await evaluate(devices[profile], weighed);
    assertClose(output, expected.output, 1e-5, `output, ${profile} profile`);
    for (const [k, gradient] of expected.gradients.entries()) {
      assertClose(gradients.get(`input${k}`)!, gradient, 1e-5, `gradient of input ${k}, ${profile} profile`);
    }
  }
}
