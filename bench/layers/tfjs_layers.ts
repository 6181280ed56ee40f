/**
 * The time of a training step of one layer's network in TensorFlow.js on WebAssembly, where it has the kernels: it has
 * none for the gradients of convolutions and pooling.
 * @module
 */
import * as tf from "npm:@tensorflow/tfjs@4.22.0";
import "npm:@tensorflow/tfjs-backend-wasm@4.22.0";

const [name, shape, seconds] = Deno.args;
const BATCH = 64;
const inputShape: number[] = JSON.parse(shape);

/** The layers by their names in `layers.ts`; those that TensorFlow.js has no layer for are absent. */
const LAYERS: Readonly<Record<string, () => tf.layers.Layer>> = {
  "Conv2d 3x3": () => tf.layers.conv2d({ filters: 32, kernelSize: 3, padding: "same", inputShape }),
  "Conv2d 1x1": () => tf.layers.conv2d({ filters: 32, kernelSize: 1, inputShape }),
  "Conv2d depthwise": () => tf.layers.depthwiseConv2d({ kernelSize: 3, padding: "same", inputShape }),
  "ConvTranspose2d": () => tf.layers.conv2dTranspose({ filters: 16, kernelSize: 2, strides: 2, inputShape }),
  "MaxPool2d 3, 2": () => tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same", inputShape }),
  "Linear on rows": () => tf.layers.dense({ units: 64, inputShape }),
  "LayerNorm": () => tf.layers.layerNormalization({ inputShape }),
  "Softmax": () => tf.layers.softmax({ inputShape }),
  "LSTM": () => tf.layers.lstm({ units: 96, inputShape }),
  "GRU": () => tf.layers.gru({ units: 96, inputShape }),
};

await tf.setBackend("wasm");
const layer = LAYERS[name];
if (layer === undefined) throw new Error(`TensorFlow.js has no ${name}`);
const model = tf.sequential({ layers: [layer(), tf.layers.flatten(), tf.layers.dense({ units: 10 })] });
const x = tf.randomUniform([BATCH, ...inputShape], -0.5, 0.5);
const y = tf.tensor1d(Array.from({ length: BATCH }, (_, i) => i % 10), "int32");
const optimizer = tf.train.sgd(0.01);
const step = (): void => {
  const cost = optimizer.minimize(() => {
    const logits = model.apply(x, { training: true }) as tf.Tensor2D;
    return tf.losses.softmaxCrossEntropy(tf.oneHot(y, 10), logits) as tf.Scalar;
  }, true);
  cost!.dataSync();
  cost!.dispose();
};
for (let k = 0; k < 3; k++) step();
let best = Infinity;
for (const end = performance.now() + 1000 * Number(seconds); performance.now() < end;) {
  const began = performance.now();
  step();
  best = Math.min(best, performance.now() - began);
}
console.log(JSON.stringify({ ms: best }));
