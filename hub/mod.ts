/**
 * A hub from outside: models go in, circuits and keys are made there, proofs come back, and whoever pinned an
 * artifact believes nothing that the hub says about them.
 *
 * @example A hub in this process, a model on it, and a proof that is verified here
 * ```ts
 * import { manualSeed, nn } from "@zkgrad/zkgrad";
 * import { inputJson, readProof } from "@zkgrad/zkgrad/ezkl";
 * import {
 *   createHubArtifact, downloadProof, getHubCredentials, pinArtifact, proveHub, verifyHubProof, waitForArtifact,
 *   waitForProof,
 * } from "@zkgrad/zkgrad/hub";
 * import { jsonLog, startHub } from "@zkgrad/zkgrad/hub/server";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 *
 * manualSeed(1);
 * const model = exportOnnx(new nn.Linear(3, 2), [3]);
 * const folder = await Deno.makeTempDir();
 * {
 *   await using hub = await startHub({ data: `${folder}/hub`, port: 0 }, jsonLog(() => {}));
 *   const { url, organization, apiKey } = hub;
 *   const credentials = await getHubCredentials({ url, organization, apiKey: apiKey! });
 *   const data = inputJson(Float32Array.of(1, 0, -1));
 *   // A circuit of few rows, for a quick example.
 *   const runArgs = { inputScale: 4, paramScale: 4, decompBase: 64, decompLegs: 3 };
 *   const { id } = await createHubArtifact({ credentials, name: "linear", model, data, runArgs });
 *   await waitForArtifact(id, { credentials });
 *   const pin = await pinArtifact(id, { credentials });
 *
 *   const asked = await proveHub({ credentials, id, data });
 *   await waitForProof(asked.id, { credentials });
 *   const proof = await downloadProof(asked.id, { credentials });
 *   if (!await verifyHubProof(proof, pin)) throw new Error("the proof does not hold");
 *   const [logits] = readProof(proof, pin.settings).outputs!;
 *   if (logits.length !== 2) throw new Error(`${logits}`);
 * }
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * The toolchain's names (`genSettings`, `prove`, `ProvingFolder` and the others of `@zkgrad/zkgrad/ezkl`) are exported
 * here too. That is deprecated and ends with the next version: import them from `@zkgrad/zkgrad/ezkl`.
 * @module
 */
export * from "./client/mod.ts";
// Deprecated here: they are those of @zkgrad/zkgrad/ezkl, and leave with the next version.
export * from "./ezkl/mod.ts";
