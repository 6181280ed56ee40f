/**
 * LeNet in TensorFlow.js, eagerly with its own tape and Adam, images channels-last.
 * @module
 */
import * as tf from "npm:@tensorflow/tfjs@4.22.0";
import { BATCH, BATCHES, Batches, CLASSES, type Parameter, startWeights } from "../data.ts";
import type { Peer } from "./measure.ts";

/** Convolution without padding, stride 1: `[n, h, w, in]` by `[5, 5, in, out]`. */
export type Convolution = (x: tf.Tensor4D, kernel: tf.Tensor4D) => tf.Tensor4D;

/** tfjs's own convolution and its own gradient. */
export function builtInConvolution(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
  return tf.conv2d(x, kernel, 1, "valid");
}

/**
 * A convolution whose gradients are again convolutions, for WebAssembly: it has no
 * kernel for the weight's gradient, and its kernel for the input's takes a third of a step.
 * The weight's: images with batch and channel exchanged, by the output's gradient
 * as one large kernel. The input's: the output's gradient, padded, by the kernel
 * turned half round with its channels exchanged.
 */
export function composedConvolution(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
  const convolve = tf.customGrad((images, weights, save) => {
    const keep = save as tf.GradSaveFunc;
    keep([images as tf.Tensor, weights as tf.Tensor]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [savedImages, savedWeights] = saved as tf.Tensor4D[];
      const swapped = tf.transpose(savedImages, [3, 1, 2, 0]);
      const dyKernel = tf.transpose(dy as tf.Tensor4D, [1, 2, 0, 3]);
      const dWeights = tf.transpose(tf.conv2d(swapped, dyKernel, 1, "valid"), [1, 2, 0, 3]);
      // The data's own gradient is asked for by nobody.
      if (savedImages.shape[3] === 1) return [tf.zerosLike(savedImages), dWeights];
      const [rows, columns] = savedWeights.shape;
      const turned = tf.transpose(tf.reverse(savedWeights, [0, 1]), [0, 1, 3, 2]);
      const [above, beside] = [[rows - 1, rows - 1], [columns - 1, columns - 1]] as [number, number][];
      const padded = tf.pad(dy as tf.Tensor4D, [[0, 0], above, beside, [0, 0]]);
      return [tf.conv2d(padded, turned, 1, "valid"), dWeights];
    };
    return { value: tf.conv2d(images as tf.Tensor4D, weights as tf.Tensor4D, 1, "valid"), gradFunc };
  });
  return convolve(x, kernel);
}

/** A parameter as tfjs wants it: `[5, 5, in, out]`, `[in, out]`, with `fc1` reading channels last. */
function channelsLast({ name, shape, values }: Parameter): tf.Tensor {
  const tensor = tf.tensor(values, [...shape]);
  if (shape.length === 4) return tf.transpose(tensor, [2, 3, 1, 0]);
  if (name === "fc1.weight") {
    return tf.reshape(tf.transpose(tf.reshape(tensor, [120, 16, 4, 4]), [2, 3, 1, 0]), [256, 120]);
  }
  return shape.length === 2 ? tf.transpose(tensor) : tensor;
}

/** LeNet on tfjs's current backend; `convolve` is how it convolves. */
export async function tfjsLeNet(backend: string, adapter: string, convolve: Convolution): Promise<Peer> {
  const batches = await Batches.load();
  const variables = startWeights().map((parameter) => tf.variable(tf.tidy(() => channelsLast(parameter))));
  const [w1, b1, w2, b2, w3, b3, w4, b4, w5, b5] = variables;
  const adam = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);

  const forward = (x: tf.Tensor4D): tf.Tensor2D => {
    const block = (y: tf.Tensor4D, w: tf.Tensor, b: tf.Tensor): tf.Tensor4D =>
      tf.avgPool(tf.sigmoid(tf.add(convolve(y, w as tf.Tensor4D), b)) as tf.Tensor4D, 2, 2, "valid");
    const linear = (y: tf.Tensor2D, w: tf.Tensor, b: tf.Tensor): tf.Tensor2D =>
      tf.add(tf.matMul(y, w as tf.Tensor2D), b);
    const features = tf.reshape(block(block(x, w1, b1), w2, b2), [BATCH, 256]) as tf.Tensor2D;
    return linear(tf.sigmoid(linear(tf.sigmoid(linear(features, w3, b3)), w4, b4)), w5, b5);
  };

  // On the device from their first use on, so that the timed part uploads nothing.
  const tensors = new Map<number, [tf.Tensor4D, tf.Tensor2D]>();
  const batchAt = (index: number): [tf.Tensor4D, tf.Tensor2D] => {
    const made = tensors.get(index) ??
      [tf.tensor4d(batches.images(index), [BATCH, 28, 28, 1]), tf.tensor2d(batches.oneHot(index), [BATCH, CLASSES])];
    tensors.set(index, made);
    return made;
  };

  let last: tf.Scalar | null = null;
  return {
    ...{ name: "tfjs", backend, adapter, version: tf.version.tfjs },
    step(index) {
      const [x, y] = batchAt(index % BATCHES);
      last?.dispose();
      last = adam.minimize(() => tf.losses.softmaxCrossEntropy(y, forward(x)) as tf.Scalar, true, variables);
    },
    async loss() {
      return (await last!.data())[0];
    },
  };
}
