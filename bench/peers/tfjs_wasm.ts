/**
 * TensorFlow.js on WebAssembly with SIMD, one thread: its threads want the workers of a browser.
 * @module
 */
import * as tf from "npm:@tensorflow/tfjs@4.22.0";
import "npm:@tensorflow/tfjs-backend-wasm@4.22.0";
import { measure } from "./measure.ts";
import { composedConvolution, tfjsLeNet } from "./tfjs.ts";

await tf.setBackend("wasm");
await measure(await tfjsLeNet("wasm", "-", composedConvolution));
