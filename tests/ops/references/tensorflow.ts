/** TensorFlow.js, at the one version that the references are of. */
export * as tf from "npm:@tensorflow/tfjs@4.22.0";
