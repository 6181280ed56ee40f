/**
 * Operations element by element as TensorFlow.js has them.
 * @module
 */
import type { Reference } from "../references.ts";
import { tf } from "./tensorflow.ts";

/** By the name of the operation. */
export const elements: Readonly<Record<string, Reference>> = {
  Add: ([a, b]) => tf.add(a, b),
  Sub: ([a, b]) => tf.sub(a, b),
  Mul: ([a, b]) => tf.mul(a, b),
  Div: ([a, b]) => tf.div(a, b),
  Pow: ([a, b]) => tf.pow(a, b),
  Neg: ([x]) => tf.neg(x),
  Exp: ([x]) => tf.exp(x),
  Log: ([x]) => tf.log(x),
  Sqrt: ([x]) => tf.sqrt(x),
  Abs: ([x]) => tf.abs(x),
  Reciprocal: ([x]) => tf.reciprocal(x),
};
