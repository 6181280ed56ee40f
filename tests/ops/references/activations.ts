/**
 * Activations as TensorFlow.js has them, or by their definition where it lacks them.
 * @module
 */
import type { CELUAttributes } from "../../../ops/celu.ts";
import type { ClampAttributes } from "../../../ops/clamp.ts";
import type { ELUAttributes } from "../../../ops/elu.ts";
import type { GELUAttributes } from "../../../ops/gelu.ts";
import type { HardsigmoidAttributes } from "../../../ops/hardsigmoid.ts";
import type { LeakyReLUAttributes } from "../../../ops/leaky_relu.ts";
import type { SELUAttributes } from "../../../ops/selu.ts";
import type { SoftplusAttributes } from "../../../ops/softplus.ts";
import type { ThresholdAttributes } from "../../../ops/threshold.ts";
import type { Reference } from "../references.ts";
import { tf } from "./tensorflow.ts";

/** `x` above 0, and `below(x)` else, which is 0 at 0. */
const aboveZero = (x: tf.Tensor, below: (x: tf.Tensor) => tf.Tensor): tf.Tensor =>
  tf.add(tf.relu(x), below(tf.neg(tf.relu(tf.neg(x)))));

/** By the name of the operation. */
export const activations: Readonly<Record<string, Reference>> = {
  LeakyRelu: ([x], { negativeSlope }: LeakyReLUAttributes) => aboveZero(x, (x) => tf.mul(x, negativeSlope)),
  PRelu: ([x, w]) => aboveZero(x, (x) => tf.mul(x, w)),
  Elu: ([x], { alpha }: ELUAttributes) => aboveZero(x, (x) => tf.mul(tf.expm1(x), alpha)),
  Selu: ([x], { alpha, scale }: SELUAttributes) => tf.mul(aboveZero(x, (x) => tf.mul(tf.expm1(x), alpha)), scale),
  Celu: ([x], { alpha }: CELUAttributes) => aboveZero(x, (x) => tf.mul(tf.expm1(tf.div(x, alpha)), alpha)),
  Gelu: ([x], { approximate }: GELUAttributes) => {
    const cube = tf.mul(tf.pow(x, 3), 0.044715);
    const curve = approximate === "tanh"
      ? tf.tanh(tf.mul(tf.add(x, cube), Math.sqrt(2 / Math.PI)))
      : tf.erf(tf.div(x, Math.SQRT2));
    return tf.mul(tf.mul(x, 0.5), tf.add(curve, 1));
  },
  SiLU: ([x]) => tf.mul(x, tf.sigmoid(x)),
  Mish: ([x]) => tf.mul(x, tf.tanh(tf.softplus(x))),
  HardSigmoid: ([x], { alpha, beta }: HardsigmoidAttributes) => tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1),
  HardSwish: ([x]) => tf.mul(x, tf.clipByValue(tf.add(tf.div(x, 6), 0.5), 0, 1)),
  Clip: ([x], { min, max }: ClampAttributes) => tf.clipByValue(x, min ?? -1e9, max ?? 1e9),
  Softplus: ([x], { beta }: SoftplusAttributes) => tf.div(tf.softplus(tf.mul(x, beta)), beta),
  Softsign: ([x]) => tf.div(x, tf.add(tf.abs(x), 1)),
  Threshold: ([x], { threshold, value }: ThresholdAttributes) => {
    const above = tf.step(tf.sub(x, threshold));
    return tf.add(tf.mul(x, above), tf.mul(tf.sub(1, above), value));
  },
  Erf: ([x]) => tf.erf(x),
};
