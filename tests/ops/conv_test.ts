/** Convolutions of every kind at sizes that the suite has not, as layers, and folded with what normalises behind them. */
import assert from "node:assert/strict";
import { conv1d, conv2d, convTranspose1d, convTranspose2d, nn, Predictor, trace } from "../../mod.ts";
import { ArgumentError, ShapeError } from "../../core/base/errors.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { Graph } from "../../core/graph/graph.ts";
import type { Shape } from "../../core/base/shape.ts";
import { exportOnnx } from "../../onnx/mod.ts";
import { decodeModel } from "../../onnx/proto.ts";
import { ConvOp, ConvTransposeOp } from "../../ops/mod.ts";
import { judge } from "../onnx/judge.ts";
import { evaluateOnCpu } from "./cpu_harness.ts";
import { assertClose, uniform, weigh } from "./harness.ts";
import { convolved, transposed } from "./references/conv.ts";
import { differentiateByReference } from "./references.ts";

const pairs = (stride: number[], padding: number[], dilation: number[], groups: number) => ({
  stride,
  padding,
  dilation,
  groups,
});

/** Name, x, weight, attributes: many taps with gaps, groups of more channels than are taken at a time, whole planes. */
const LARGE: readonly (readonly [string, Shape, Shape, ReturnType<typeof pairs>])[] = [
  ["many taps with gaps", [1, 1, 24, 26], [2, 1, 11, 9], pairs([1, 1], [6, 4, 5, 8], [2, 3], 1)],
  ["gaps and strides that divide each other", [2, 1, 25, 23], [1, 1, 10, 9], pairs([4, 2], [3, 0, 4, 2], [2, 2], 1)],
  ["gaps and strides without a divisor", [1, 2, 27, 26], [2, 1, 9, 9], pairs([2, 3], [0, 1, 0, 1], [3, 2], 2)],
  ["groups of many channels", [11, 30, 5, 6], [26, 15, 3, 2], pairs([1, 1], [1, 0, 1, 1], [1, 1], 2)],
  ["depthwise, many channels", [9, 13, 6, 5], [13, 1, 3, 3], pairs([1, 1], [1, 1, 1, 1], [1, 1], 13)],
  ["groups of one place", [9, 12, 1, 1], [8, 3, 1, 1], pairs([1, 1], [0, 0, 0, 0], [1, 1], 4)],
  ["channels taken some at a time, in groups", [1, 80, 16, 16], [2, 40, 2, 2], pairs([1, 1], [1, 0, 0, 1], [1, 1], 2)],
];

for (const [name, x, weight, attributes] of LARGE) {
  Deno.test(`on the CPU: convolutions and their transposes, ${name}`, async () => {
    using device = await CpuDevice.request({ threads: 1 });
    const tensors = [uniform(x, 1), uniform(weight, 2), uniform([weight[0]], 3)];
    const forward = weigh(tensors, (inputs) => inputs[0].graph.apply(ConvOp, inputs, attributes)[0]);
    const expected = await differentiateByReference(
      tensors,
      forward.coefficients,
      ([x, weight, bias]) => convolved(x, weight, bias, attributes),
    );
    assert.deepEqual(forward.output.shape, expected.shape);
    const { output, gradients } = await evaluateOnCpu(device, forward);
    assertClose(output, expected.output, 1e-5, "output");
    expected.gradients.forEach((gradient, k) =>
      assertClose(gradients.get(`input${k}`)!, gradient, 2e-5, `gradient ${k}`)
    );

    // Back, from an input of the size of that output.
    const [n, , ...places] = forward.output.shape;
    const back = [uniform([n, weight[0], ...places], 4), tensors[1], uniform([weight[1] * attributes.groups], 5)];
    const own = { ...attributes, outputPadding: [0, 0] };
    const turned = weigh(back, (inputs) => inputs[0].graph.apply(ConvTransposeOp, inputs, own)[0]);
    const wanted = await differentiateByReference(
      back,
      turned.coefficients,
      ([x, weight, bias]) => transposed(x, weight, bias, own),
    );
    assert.deepEqual(turned.output.shape, wanted.shape);
    const made = await evaluateOnCpu(device, turned);
    assertClose(made.output, wanted.output, 1e-5, "transposed output");
    wanted.gradients.forEach((gradient, k) =>
      assertClose(made.gradients.get(`input${k}`)!, gradient, 2e-5, `transposed gradient ${k}`)
    );
  });
}

Deno.test("padding 'same' keeps the size, and plain convolutions keep their own kernels", () => {
  const shapes: readonly (readonly [nn.Module, Shape, Shape, string])[] = [
    [new nn.Conv2d(2, 3, 3, { padding: "same" }), [2, 2, 7, 6], [2, 3, 7, 6], "Conv2d"],
    [new nn.Conv2d(2, 3, [4, 3], { padding: "same", bias: false }), [2, 2, 7, 6], [2, 3, 7, 6], "Conv"],
    [new nn.Conv2d(2, 3, 3, { padding: "same", dilation: [2, 1] }), [2, 2, 7, 6], [2, 3, 7, 6], "Conv"],
    [new nn.Conv2d(2, 3, 3, { padding: "valid", stride: 2 }), [2, 2, 7, 6], [2, 3, 3, 2], "Conv2d"],
    [new nn.Conv2d(4, 8, 3, { groups: 4, padding: 1 }), [2, 4, 7, 6], [2, 8, 7, 6], "Conv"],
    [new nn.Conv1d(2, 3, 4, { padding: "same" }), [2, 2, 7], [2, 3, 7], "Conv"],
    [new nn.Conv1d(4, 4, 3, { groups: 2, stride: 2, padding: 1, dilation: 2 }), [2, 4, 9], [2, 4, 4], "Conv"],
    [
      new nn.ConvTranspose2d(4, 6, [3, 2], { stride: 2, padding: [1, 0], outputPadding: [1, 0], groups: 2 }),
      [2, 4, 5, 6],
      [2, 6, 10, 12],
      "ConvTranspose",
    ],
    [new nn.ConvTranspose1d(2, 3, 3, { stride: 2, dilation: 2, bias: false }), [2, 2, 5], [2, 3, 13], "ConvTranspose"],
  ];
  for (const [layer, given, made, op] of shapes) {
    const { graph, output } = trace(layer, given);
    assert.deepEqual(output.shape, made);
    assert.deepEqual(graph.nodes.map((node) => node.op.name), [op]);
  }
  assert.deepEqual(new nn.Conv2d(4, 8, 3, { groups: 2 }).weight.shape, [8, 2, 3, 3]);
  assert.deepEqual(new nn.ConvTranspose2d(4, 8, 3, { groups: 2 }).weight.shape, [4, 4, 3, 3]);
  const bound = 1 / Math.sqrt(4 * 9);
  const { data } = new nn.ConvTranspose2d(40, 8, 3, { groups: 2 }).weight;
  const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(largest <= bound && largest > 0.95 * bound);
});

Deno.test("normalisation folds into convolutions in groups, of signals, and transposed", async () => {
  class Net extends nn.Module {
    layers = [
      new nn.Conv2d(2, 4, 3, { groups: 2, padding: 1, bias: false }),
      new nn.BatchNorm2d(4),
      new nn.ConvTranspose2d(4, 6, 2, { stride: 2, groups: 2 }),
      new nn.BatchNorm2d(6),
      new nn.Flatten(),
    ];
    override forward(x: nn.Tensor): nn.Tensor {
      return this.layers.reduce((y, layer) => layer.forward(y), x);
    }
  }
  const model = new Net();
  for (const [k, [, buffer]] of model.namedBuffers().entries()) {
    buffer.data.set(uniform(buffer.shape, k).data.map((value) => value + 1.5));
  }
  const bytes = exportOnnx(model, [2, 4, 3]);
  const types = decodeModel(bytes).graph!.node!.map(({ opType }) => opType);
  assert.deepEqual(types, ["Conv", "ConvTranspose", "Flatten"]);
  const input = uniform([1, 2, 4, 3], 9);
  using predictor = await Predictor.create({ model, shape: [2, 4, 3], device: "cpu" });
  const output = Float32Array.from(await predictor.predict(input.data));
  assert.deepEqual(await judge([{ name: "folded", bytes, input, output }]), []);
});

Deno.test("convolutions that cannot be are refused with a sentence", () => {
  const graph = new Graph();
  const source = (shape: Shape) => graph.source(`s${graph.values.length}`, shape, "parameter");
  const [image, signal] = [source([2, 4, 5, 5]), source([2, 4, 5])];
  const refusals: readonly (readonly [() => unknown, RegExp])[] = [
    [() => new nn.Conv2d(3, 4, 3, { groups: 2 }), /^Conv2d: inChannels is 3, expected a multiple of the 2 groups/],
    [() => new nn.Conv2d(4, 3, 3, { groups: 2 }), /^Conv2d: outChannels is 3, expected a multiple/],
    [
      () => new nn.Conv2d(4, 4, 3, { padding: "same", stride: 2 }),
      /^Conv2d: stride is 2, expected 1, as padding "same"/,
    ],
    [
      () => new nn.Conv2d(4, 4, 3, { padding: "full" as "same" }),
      /^Conv2d: padding is "full", expected "same", "valid"/,
    ],
    [() => new nn.Conv1d(4, 4, 3, { dilation: 0 }), /^Conv1d: dilation is 0, expected a positive integer/],
    [() => conv2d(image, source([4, 4, 3, 3]), null, { groups: 2 }), /4 channels, but weight .* in 2 groups takes 8/],
    [() => conv2d(image, source([4, 4, 3, 3]), null, { dilation: 4 }), /with dilation \[4, 4\] that is larger than x/],
    [() => conv1d(signal, source([3, 4, 7])), /conv1d\(\) got a kernel of 7 that is larger/],
    [() => conv1d(image, source([3, 4, 7])), /weight of shape|stride/],
    [() => convTranspose2d(image, source([3, 4, 2, 2])), /4 channels, but weight \[3, 4, 2, 2\] takes 3/],
    [
      () => convTranspose2d(image, source([4, 4, 2, 2]), null, { outputPadding: 1 }),
      /outputPadding is \[1, 1\], expected/,
    ],
    [() => convTranspose1d(signal, source([4, 4, 2]), source([3])), /expects bias of shape \[4\], but it is \[3\]/],
    [() => convTranspose1d(signal, source([4, 4, 2]), null, { padding: 5 }), /would make nothing of x \[2, 4, 5\]/],
  ];
  for (const [call, message] of refusals) {
    assert.throws(call, (error) => {
      assert.ok(error instanceof ArgumentError || error instanceof ShapeError, String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\.$/);
      return true;
    });
  }
});
