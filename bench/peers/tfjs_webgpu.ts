/**
 * TensorFlow.js on WebGPU.
 * @module
 */
import * as tf from "npm:@tensorflow/tfjs@4.22.0";
import "npm:@tensorflow/tfjs-backend-webgpu@4.22.0";
import { adapterName } from "../report.ts";
import { measure } from "./measure.ts";
import { builtInConvolution, tfjsLeNet } from "./tfjs.ts";

await tf.setBackend("webgpu");
await measure(await tfjsLeNet("webgpu", await adapterName(), builtInConvolution));
