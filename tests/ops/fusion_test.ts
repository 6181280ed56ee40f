/** Fusion changes how many kernels run and what is stored, never a result. */
import assert from "node:assert/strict";
import { elementwise } from "../../core/graph/elementwise.ts";
import { ShapeError } from "../../core/base/errors.ts";
import { fuse, type Group } from "../../core/graph/fuse.ts";
import { Graph, type Value } from "../../core/graph/graph.ts";
import type { OpDefinition, Stage } from "../../core/graph/op.ts";
import { type Shape, showShape } from "../../core/base/shape.ts";
import { avgPool2d } from "../../ops/avg_pool2d.ts";
import { conv2d } from "../../ops/conv_layers.ts";
import { flatten } from "../../ops/flatten.ts";
import { linear } from "../../ops/linear.ts";
import { maxPool2d } from "../../ops/max_pool2d.ts";
import { relu } from "../../ops/relu.ts";
import { sigmoid } from "../../ops/sigmoid.ts";
import { tanh } from "../../ops/tanh.ts";
import { assertClose, Devices, evaluate, Execution, PROFILES, uniform, weigh, type Weighed } from "./harness.ts";
import { differentiateByReference, references, tf } from "./references.ts";

let devices: Devices;
Deno.test.beforeAll(async () => {
  devices = await Devices.request();
});
Deno.test.afterAll(() => devices[Symbol.dispose]());

const ADD = { name: "plus", text: "fn plus(a: f32, b: f32) -> f32 { return a + b; }" };

/** The sum of two tensors of one shape, as a residual connection has it. */
const AddOp: OpDefinition<null> = {
  name: "Add",
  shapes([a, b]) {
    if (a.join() !== b.join()) throw new ShapeError(`cannot add ${showShape(a)} and ${showShape(b)}`);
    return [a];
  },
  stage: (node): Stage => ({ kind: "map", fn: ADD, operands: [node.inputs[1]] }),
  carries: ["map"],
  kernel: (call) => elementwise("Add", call, ADD),
  gradient: (_, [dy]) => [dy, dy],
};

function add(a: Value, b: Value): Value {
  return a.graph.apply(AddOp, [a, b], null)[0];
}

/** A chain of layers, and how many kernels its forward pass and a whole training step are. */
interface Chain {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly forward: number;
  readonly step: number;
  build(inputs: readonly Value[]): Value;
}

const IMAGES: readonly Shape[] = [[3, 2, 8, 6], [4, 2, 3, 3], [4]];
const ODD: readonly Shape[] = [[3, 2, 7, 6], [4, 2, 3, 3], [4]];
const ROWS: readonly Shape[] = [[5, 6], [3, 6], [3]];
const convolve = ([x, weight, bias]: readonly Value[]): Value => conv2d(x, weight, bias, { padding: 1 });
const connect = ([x, weight, bias]: readonly Value[]): Value => linear(x, weight, bias);

/** A step has the loss, and the gradients of weight and input, on top of what is noted. */
const CHAINS: readonly Chain[] = [
  {
    name: "Conv2d, Sigmoid, AvgPool2d",
    shapes: IMAGES,
    build: (inputs) => avgPool2d(sigmoid(convolve(inputs)), 2),
    forward: 1,
    step: 5, // the pool's backward carries the activation's
  },
  {
    name: "Conv2d, ReLU, MaxPool2d",
    shapes: IMAGES,
    build: (inputs) => maxPool2d(relu(convolve(inputs)), 2),
    forward: 1,
    step: 5,
  },
  {
    name: "Conv2d, MaxPool2d, Tanh",
    shapes: IMAGES,
    build: (inputs) => tanh(maxPool2d(convolve(inputs), 2)),
    forward: 1,
    step: 6, // the activation's backward is element by element and takes no spreading
  },
  {
    name: "Conv2d, Tanh, AvgPool2d, ReLU",
    shapes: IMAGES,
    build: (inputs) => relu(avgPool2d(tanh(convolve(inputs)), 2)),
    forward: 1,
    step: 6,
  },
  {
    name: "Conv2d, Sigmoid, AvgPool2d of odd planes",
    shapes: ODD,
    build: (inputs) => avgPool2d(sigmoid(convolve(inputs)), 2),
    forward: 2,
    step: 6,
  },
  {
    name: "Conv2d, ReLU, MaxPool2d of overlapping windows",
    shapes: IMAGES,
    build: (inputs) => maxPool2d(relu(convolve(inputs)), 3, { stride: 2, padding: 1 }),
    forward: 2,
    step: 7, // which element of each window is the greatest is found once
  },
  {
    name: "Conv2d, AvgPool2d, AvgPool2d",
    shapes: [[2, 1, 8, 8], [3, 1, 3, 3], [3]],
    build: (inputs) => avgPool2d(avgPool2d(convolve(inputs), 2), 2),
    forward: 2,
    step: 7,
  },
  {
    name: "Conv2d, Flatten, Sigmoid",
    shapes: IMAGES,
    build: (inputs) => sigmoid(flatten(convolve(inputs))),
    forward: 1,
    step: 5,
  },
  {
    name: "Linear, Tanh, Sigmoid",
    shapes: ROWS,
    build: (inputs) => sigmoid(tanh(connect(inputs))),
    forward: 1,
    step: 5,
  },
  {
    name: "Conv2d, Sigmoid, AvgPool2d, Flatten, Linear, ReLU",
    shapes: [...IMAGES, [5, 48], [5]],
    build: ([x, weight, bias, ...rest]) =>
      relu(connect([flatten(avgPool2d(sigmoid(convolve([x, weight, bias])), 2)), ...rest])),
    forward: 2,
    step: 8, // the Linear's gradient of its input carries pool and activation
  },
  {
    name: "Conv2d, ReLU, MaxPool2d, Conv2d, Tanh, MaxPool2d",
    shapes: [...IMAGES, [2, 4, 3, 2], [2]],
    build: ([x, weight, bias, ...rest]) =>
      maxPool2d(tanh(conv2d(maxPool2d(relu(convolve([x, weight, bias])), 2), rest[0], rest[1])), [2, 2]),
    forward: 2,
    step: 8,
  },
];

for (const chain of CHAINS) {
  Deno.test(`fuse() makes ${chain.forward} of the forward kernels of ${chain.name} and changes no result`, async () => {
    const weighed = weigh(chain.shapes.map((shape, k) => uniform(shape, k)), (inputs) => chain.build(inputs));
    assert.equal(fuse([weighed.output]).length, chain.forward);
    assert.equal(groupsOfStep(weighed).length, chain.step, `\n${groupsOfStep(weighed).map(show).join("\n")}`);
    for (const profile of Object.keys(PROFILES) as (keyof typeof PROFILES)[]) {
      await checkAgainstUnfused(weighed, profile);
    }
  });
}

Deno.test("fuse() stores the pooled value alone, unless the backward pass needs the activation", () => {
  const weighed = weigh(
    IMAGES.map((shape, k) => uniform(shape, k)),
    (inputs) => avgPool2d(sigmoid(convolve(inputs)), 2),
  );
  const stored = ([group]: readonly Group[]) => group.steps.map((step) => step.stored);
  assert.deepEqual(stored(fuse([weighed.output])), [false, false, true]);
  assert.deepEqual(stored(groupsOfStep(weighed)), [false, true, true]);
});

Deno.test("fuse() makes a kernel of every node where it is switched off", () => {
  const weighed = weigh(
    IMAGES.map((shape, k) => uniform(shape, k)),
    (inputs) => avgPool2d(sigmoid(convolve(inputs)), 2),
  );
  const groups = fuse([weighed.output, ...weighed.gradients.values()], false);
  assert.deepEqual(groups.map(({ anchor, steps }) => [anchor.op.name, steps.length]), [
    ["Conv2d", 1],
    ["Sigmoid", 1],
    ["AvgPool2d", 1],
    ["WeightedSum", 1],
    ["AvgPool2dBackward", 1],
    ["SigmoidBackward", 1],
    ["Conv2dBackwardInput", 1],
    ["Conv2dBackwardWeight", 1],
  ]);
});

Deno.test("Plan stores every value of a chain that is asked for", async () => {
  const values: Value[] = [];
  const weighed = weigh(IMAGES.map((shape, k) => uniform(shape, k)), (inputs) => {
    values.push(convolve(inputs));
    values.push(sigmoid(values[0]));
    values.push(avgPool2d(values[1], 2));
    return values[2];
  });
  assert.deepEqual(fuse(values)[0].steps.map((step) => step.stored), [true, true, true]);
  const read = async (fusion: boolean) => {
    using execution = await Execution.create(devices.cpu, { given: weighed.given, wanted: values, fusion });
    execution.run();
    return Promise.all(values.map((value) => execution.read(value)));
  };
  const [fused, unfused] = [await read(true), await read(false)];
  for (const [k, value] of fused.entries()) assertClose(value, unfused[k], 1e-6, values[k].name);
});

Deno.test("differentiate() adds up the gradients of a value that is read twice", async () => {
  const tensors = ROWS.map((shape, k) => uniform(shape, k));
  const weighed = weigh(tensors, (inputs) => {
    const y = tanh(connect(inputs));
    return add(add(y, sigmoid(y)), y);
  });
  await checkAgainstReference(weighed, tensors, (inputs) => {
    const y = tf.tanh(references.Linear(inputs, {}));
    return tf.add(tf.add(y, tf.sigmoid(y)), y);
  });
});

Deno.test("differentiate() adds up the gradients of a layer that is used twice", async () => {
  const tensors = [[5, 4], [4, 4], [4]].map((shape, k) => uniform(shape, k));
  const weighed = weigh(tensors, ([x, ...layer]) => connect([sigmoid(connect([x, ...layer])), ...layer]));
  await checkAgainstReference(
    weighed,
    tensors,
    ([x, ...layer]) => references.Linear([tf.sigmoid(references.Linear([x, ...layer], {})), ...layer], {}),
  );
});

Deno.test("differentiate() gives two parameters one gradient where they are added, and twice that to one added to itself", async () => {
  const tensors = [[3, 5], [3, 5]].map((shape, k) => uniform(shape, k));
  const sum = weigh(tensors, ([a, b]) => add(a, b));
  await checkAgainstReference(sum, tensors, ([a, b]) => tf.add(a, b));
  const twice = weigh(tensors.slice(1), ([a]) => add(a, a));
  await checkAgainstReference(twice, tensors.slice(1), ([a]) => tf.add(a, a));
});

Deno.test("a residual connection over a convolution is differentiated and fused rightly", async () => {
  const tensors = [[2, 3, 4, 6], [3, 3, 3, 3], [3]].map((shape, k) => uniform(shape, k));
  const weighed = weigh(tensors, ([x, weight, bias]) => {
    const y = relu(x);
    return maxPool2d(add(relu(convolve([y, weight, bias])), y), 2);
  });
  await checkAgainstReference(weighed, tensors, ([x, weight, bias]) => {
    const y = tf.relu(x);
    const z = references.Conv2d([y, weight, bias], { stride: [1, 1], padding: [1, 1] });
    const pool = { kernel: [2, 2], stride: [2, 2], padding: [0, 0] };
    return references.MaxPool2d([tf.add(tf.relu(z), y)], pool);
  });
});

for (const profile of Object.keys(PROFILES) as (keyof typeof PROFILES)[]) {
  Deno.test(`a gradient that is spread for one reader is spread by that reader (${profile})`, async () => {
    const shapes = [[5, 1, 12, 12], [3, 1, 5, 5], [3], [2, 3, 3, 3], [2]];
    const weighed = weigh(
      shapes.map((shape, k) => uniform(shape, k)),
      ([x, ...rest]) => conv2d(avgPool2d(sigmoid(tanh(conv2d(x, rest[0], rest[1]))), 2), rest[2], rest[3]),
    );
    // Nobody asks for the image's gradient, so that of the first weight reads the spread alone.
    const wanted = [...weighed.gradients.values()].filter((value) => value.shape.join() !== shapes[0].join());
    assert.equal(wanted.length, 4);
    const groups = fuse(wanted);
    const takers = groups.filter(({ prologue }) => prologue !== null);
    assert.deepEqual(takers.map(({ anchor, prologue }) => prologue!.prefix + anchor.op.name), [
      "avg_pool2d_backward+sigmoid_backward+tanh_backward+Conv2dBackwardWeight",
    ]);
    assert.ok(groups.every(({ steps }) => steps.every(({ stage }) => stage?.kind !== "spread")));
    const read = async (fusion: boolean) => {
      using execution = await Execution.create(devices[profile], { given: weighed.given, wanted, fusion });
      execution.run();
      return await Promise.all(wanted.map((value) => execution.read(value)));
    };
    const [fused, unfused] = [await read(true), await read(false)];
    for (const [k, value] of fused.entries()) assertClose(value, unfused[k], 1e-6, wanted[k].name);
  });
}

Deno.test("maxPool2d() gives the gradient of a tie to the first element, fused or not", async () => {
  const x = { shape: [1, 1, 4, 4], data: Float32Array.of(7, 7, 1, 3, 7, 7, 3, 3, 0, 5, 2, 2, 5, 5, 2, 2) };
  const one = { shape: [1, 1, 1, 1], data: Float32Array.of(1) };
  // Fused, the pool rides on one convolution, and its gradient on that of the other.
  const weighed = weigh([x, one], ([x, one]) => conv2d(maxPool2d(conv2d(x, one, null), 2), one, null));
  const [a, b, c, d] = weighed.coefficients;
  for (const fusion of [true, false]) {
    const groups = fuse([weighed.output, ...weighed.gradients.values()], fusion).map(show);
    assert.equal(groups.some((group) => /^Conv2dBackwardInput.*max_pool2d_backward/.test(group)), fusion);
    const { output, gradients } = await evaluate(devices.cpu, weighed, fusion);
    assert.deepEqual([...output], [7, 3, 5, 2]);
    assert.deepEqual([...gradients.get("input0")!], [a, 0, 0, b, 0, 0, 0, 0, 0, c, d, 0, 0, 0, 0, 0]);
  }
});

Deno.test("a chain of ten activations fits into the bindings of the device's kernels", async () => {
  const weighed = weigh(ROWS.map((shape, k) => uniform(shape, k, 2)), (inputs) => {
    let y = connect(inputs);
    for (let k = 0; k < 5; k++) y = tanh(sigmoid(y));
    return y;
  });
  await checkAgainstUnfused(weighed, "cpu");
});

const LEAKS = { forward: "leaky", backward: "leaky_backward" };

/** An activation with a number of its own in a text whose name does not tell it, as anybody may write one. */
function leaky(x: Value, slope: number): Value {
  const text = (name: string, args: string, [on, off]: [string, string]) => ({
    name,
    text: `fn ${name}(${args}, y: f32) -> f32 { return select(${off}, ${on}, y > 0.0); }`.replace("(, y", "(y"),
  });
  const forward = text(LEAKS.forward, "", ["y", `y * ${slope}`]);
  const backward = text(LEAKS.backward, "dy: f32", ["dy", `dy * ${slope}`]);
  const gradient: OpDefinition<null> = {
    name: "LeakyBackward",
    shapes: ([dy]) => [dy],
    stage: (node): Stage => ({ kind: "map", fn: backward, operands: [node.inputs[1]] }),
    carries: ["map"],
    kernel: (call) => elementwise("LeakyBackward", call, backward),
  };
  const op: OpDefinition<null> = {
    name: "Leaky",
    shapes: ([x]) => [x],
    stage: (): Stage => ({ kind: "map", fn: forward, operands: [] }),
    carries: ["map"],
    kernel: (call) => elementwise("Leaky", call, forward),
    gradient: (node, [dy]) => node.outputs[0].graph.apply(gradient, [dy!, node.outputs[0]], null),
  };
  return x.graph.apply(op, [x], null)[0];
}

Deno.test("two functions of one name and different texts in one kernel keep their texts", async () => {
  const slopes = [0.5, 0.1, 0.5, 0.3];
  const ours = (x: Value) => slopes.reduce(leaky, x);
  const theirs = (x: tf.Tensor) => slopes.reduce((y, slope) => tf.leakyRelu(y, slope), x);
  const alone = [uniform([7, 9], 3)];
  await checkAgainstReference(weigh(alone, ([x]) => ours(x)), alone, ([x]) => theirs(x));

  const rows = ROWS.map((shape, k) => uniform(shape, k, 2));
  const carried = weigh(rows, (inputs) => ours(connect(inputs)));
  assert.ok(fuse([carried.output]).length === 1, "the activations ride on the layer");
  await checkAgainstReference(carried, rows, (inputs) => theirs(references.Linear(inputs, {})));

  // Pooled in front of a layer that takes the spread gradient in: the slopes' gradients are a prologue.
  const images = [[5, 1, 12, 12], [3, 1, 5, 5], [3], [2, 3, 3, 3], [2]].map((shape, k) => uniform(shape, k));
  const absorbed = weigh(images, ([x, ...w]) => conv2d(avgPool2d(ours(conv2d(x, w[0], w[1])), 2), w[2], w[3]));
  const wanted = [...absorbed.gradients.values()].filter((value) => value.shape.join() !== "5,1,12,12");
  const prefixes = fuse(wanted).flatMap(({ prologue }) => prologue === null ? [] : [prologue.prefix]);
  assert.deepEqual(prefixes, [`avg_pool2d_backward+${"leaky_backward+".repeat(4)}`]);
  const pool = { kernel: [2, 2], stride: [2, 2], padding: [0, 0] };
  const conv = (inputs: tf.Tensor[]) => references.Conv2d(inputs, { stride: [1, 1], padding: [0, 0] });
  const expected = await differentiateByReference(
    images,
    absorbed.coefficients,
    ([x, a, b, c, d]) => conv([references.AvgPool2d([theirs(conv([x, a, b]))], pool), c, d]),
  );
  using execution = await Execution.create(devices.cpu, { given: absorbed.given, wanted });
  execution.run();
  for (const value of wanted) {
    const k = [...absorbed.gradients].find(([, gradient]) => gradient === value)![0].at(-1);
    assertClose(await execution.read(value), expected.gradients.get(Number(k))!, 1e-5, `gradient of input ${k}`);
  }
});

Deno.test("a stage whose text does not define its name is refused", async () => {
  const fn = { name: "twice", text: "fn double(v: f32) -> f32 { return v * 2.0; }" };
  const op: OpDefinition<null> = {
    name: "Twice",
    shapes: ([x]) => [x],
    kernel: (call) => elementwise("Twice", call, fn),
  };
  const graph = new Graph();
  const x = graph.source("x", [2, 3], "input");
  const [y] = graph.apply(op, [x], null);
  const given = new Map([[x, new Float32Array(6)]]);
  await assert.rejects(
    Execution.create(devices.cpu, { given, wanted: [y] }),
    /function twice is not defined by its text/,
  );
});

function groupsOfStep({ loss, output, gradients }: Weighed): readonly Group[] {
  return fuse([output, loss, ...gradients.values()]);
}

function show({ anchor, steps }: Group): string {
  return [anchor.op.name, ...steps.slice(1).map(({ stage }) => stage!.fn.name)].join("+");
}

async function checkAgainstUnfused(weighed: Weighed, profile: keyof typeof PROFILES): Promise<void> {
  const device = devices[profile];
  const [fused, unfused] = [await evaluate(device, weighed), await evaluate(device, weighed, false)];
  assertClose(fused.output, unfused.output, 1e-6, `output, ${profile} profile`);
  assert.equal(fused.gradients.size, weighed.inputs.length);
  for (const [name, gradient] of unfused.gradients) {
    assert.ok(gradient.some((slope) => slope !== 0));
    assertClose(fused.gradients.get(name)!, gradient, 1e-6, `gradient of ${name}, ${profile} profile`);
  }
}

async function checkAgainstReference(
  weighed: Weighed,
  tensors: Parameters<typeof differentiateByReference>[0],
  build: (inputs: readonly tf.Tensor[]) => tf.Tensor,
): Promise<void> {
  const expected = await differentiateByReference(tensors, weighed.coefficients, build);
  for (const fusion of [true, false]) {
    const { output, gradients } = await evaluate(devices.cpu, weighed, fusion);
    assertClose(output, expected.output, 1e-5, `output, fusion ${fusion}`);
    for (const [k, gradient] of expected.gradients.entries()) {
      assertClose(gradients.get(`input${k}`)!, gradient, 1e-5, `gradient of input ${k}, fusion ${fusion}`);
    }
  }
}
