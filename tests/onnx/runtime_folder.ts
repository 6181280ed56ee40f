/**
 * Prints where ONNX Runtime's files are, for the bench that carries them to machines without a network.
 * @module
 */
const RUNTIME = "npm:onnxruntime-web@1.30.0";

await import(RUNTIME); // until then it may not be in the cache
console.log(import.meta.resolve(RUNTIME));
