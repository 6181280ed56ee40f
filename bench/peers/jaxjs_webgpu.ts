/**
 * LeNet in jax-js on WebGPU: forward, backward and Adam in one jitted function,
 * images channels-first as its convolution wants them.
 * @module
 */
import {
  type Array as JaxArray,
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from "npm:@jax-js/jax@0.1.25";
import { BATCH, BATCHES, Batches, CLASSES, startWeights } from "../data.ts";
import { adapterName } from "../report.ts";
import { measure } from "./measure.ts";

const [BETA1, BETA2, EPSILON, RATE] = [0.9, 0.999, 1e-8, 1e-3];

await init("webgpu");
defaultDevice("webgpu");
const batches = await Batches.load();

function block(x: JaxArray, weight: JaxArray, bias: JaxArray): JaxArray {
  const channels = bias.shape[0];
  const y = nn.sigmoid(lax.conv(x, weight, [1, 1], "VALID").add(bias.reshape([channels, 1, 1])));
  const half = y.shape[2] / 2;
  return y.reshape([BATCH, channels, half, 2, half, 2]).mean([3, 5]);
}

function lossOf(parameters: JaxArray[], images: JaxArray, oneHot: JaxArray): JaxArray {
  const [w1, b1, w2, b2, w3, b3, w4, b4, w5, b5] = parameters;
  const linear = (x: JaxArray, weight: JaxArray, bias: JaxArray): JaxArray =>
    np.matmul(x, weight.transpose()).add(bias);
  const features = block(block(images, w1, b1), w2, b2).reshape([BATCH, 256]);
  const logits = linear(nn.sigmoid(linear(nn.sigmoid(linear(features, w3, b3)), w4, b4)), w5, b5);
  return nn.logSoftmax(logits).mul(oneHot).sum().mul(-1 / BATCH);
}

/** All that a step changes, and what it returns. */
type State = { parameters: JaxArray[]; first: JaxArray[]; second: JaxArray[] };

// Every use of an array consumes one reference, hence the many `.ref`.
const trainStep = jit(
  (state: State, images: JaxArray, oneHot: JaxArray, correction1: JaxArray, correction2: JaxArray) => {
    const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(state.parameters), images, oneHot);
    const next: State = { parameters: [], first: [], second: [] };
    state.parameters.forEach((parameter, i) => {
      const gradient = gradients[i];
      const first = state.first[i].mul(BETA1).add(gradient.ref.mul(1 - BETA1));
      const second = state.second[i].mul(BETA2).add(np.square(gradient).mul(1 - BETA2));
      const denominator = np.sqrt(second.ref.mul(correction2.ref)).add(EPSILON);
      next.parameters.push(parameter.sub(first.ref.mul(correction1.ref).mul(RATE).div(denominator)));
      next.first.push(first);
      next.second.push(second);
    });
    correction1.dispose();
    correction2.dispose();
    return [next, loss] as [State, JaxArray];
  },
);

let state: State = {
  parameters: startWeights().map(({ values, shape }) => np.array(values).reshape([...shape])),
  first: startWeights().map(({ shape }) => np.zeros([...shape])),
  second: startWeights().map(({ shape }) => np.zeros([...shape])),
};
let loss: JaxArray | null = null;
let steps = 0;

const arrays = new Map<number, [JaxArray, JaxArray]>();
function batchAt(index: number): [JaxArray, JaxArray] {
  const made = arrays.get(index) ?? [
    np.array(batches.images(index)).reshape([BATCH, 1, 28, 28]),
    np.array(batches.oneHot(index)).reshape([BATCH, CLASSES]),
  ];
  arrays.set(index, made);
  return made;
}

await measure({
  ...{ name: "jax-js", backend: "webgpu", adapter: await adapterName(), version: "0.1.25" },
  step(index) {
    const [images, oneHot] = batchAt(index % BATCHES);
    steps++;
    const corrections = [BETA1, BETA2].map((beta) => np.array(Float32Array.of(1 / (1 - beta ** steps))).reshape([]));
    loss?.dispose();
    [state, loss] = trainStep(state, images.ref, oneHot.ref, corrections[0], corrections[1]);
  },
  async loss() {
    return (await loss!.ref.data())[0];
  },
});
