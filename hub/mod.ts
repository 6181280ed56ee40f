/**
 * Proving: from a trained network's ONNX file to a zero-knowledge proof of what it
 * computes, with EZKL's steps and EZKL's files.
 *
 * @example A proof of one sample, and its verification
 * ```ts
 * import { manualSeed, nn } from "@zkgrad/zkgrad";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 * import {
 *   compileCircuit, Engine, genSettings, genSrs, genWitness, inputJson, prove, readProof, setup, verify,
 * } from "@zkgrad/zkgrad/hub";
 *
 * manualSeed(1);
 * const onnx = exportOnnx(new nn.Linear(3, 2), [3]);
 * const args = { inputScale: 4, paramScale: 4, logrows: 8, decompBase: 128, decompLegs: 3 };
 * const settings = genSettings(onnx, args);
 * const compiled = compileCircuit(onnx, settings);
 * const srs = await genSrs(8); // for tests: take the ceremony's with getSrs
 *
 * await using engine = new Engine();
 * const { vk, pk } = await setup(compiled, srs, { engine });
 * const witness = await genWitness(compiled, inputJson(Float32Array.of(1, 0, -1)), { engine });
 * const proof = await prove(witness, pk, compiled, srs, { engine });
 *
 * if (!await verify(proof, vk, settings, srs, { engine })) throw new Error("the proof does not hold");
 * const [logits] = readProof(proof, settings).outputs!;
 * if (logits.length !== 2) throw new Error(`${logits}`);
 * ```
 * @module
 */
export * from "./ezkl/mod.ts";
export * from "./client/mod.ts";
