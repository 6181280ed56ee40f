/** A model with two inputs, from its upload to a proof that is verified here, over GraphQL. */
import assert from "node:assert/strict";
import { readProof } from "../../../hub/ezkl/mod.ts";
import {
  createHubArtifact,
  downloadProof,
  getHubCredentials,
  pinArtifact,
  proveHub,
  verifyHubProof,
  waitForArtifact,
  waitForProof,
} from "../../../hub/mod.ts";
import { startHub } from "../../../hub/server/mod.ts";
import { inFolder } from "../../folder.ts";
import { OnnxWriter } from "../ezkl/proving/onnx_writer.ts";

/** (a - b) * a + b, for a and b of three elements. */
function twoInputs(): Uint8Array<ArrayBuffer> {
  const writer = new OnnxWriter(1);
  const [a, b] = [writer.input(1, 3), writer.input(1, 3)];
  return writer.finish([writer.node("Add", [writer.node("Mul", [writer.node("Sub", [a, b]), a]), b]), 2]);
}

Deno.test("a model with two inputs is deployed, calibrated on samples of both, and proven", async () => {
  await inFolder(async (data) => {
    const silent = { info() {}, warn() {}, error() {} };
    await using hub = await startHub({ data, port: 0, reserveBytes: 0, drainSeconds: 5 }, silent);
    const { url, organization } = hub;
    const credentials = await getHubCredentials({ url, apiKey: hub.apiKey!, organization });
    const [a, b] = [[1, 0.5, -1], [0.25, -0.5, 0.75]];
    const patient = { credentials, timeout: 300_000 };
    const { id } = await createHubArtifact({
      credentials,
      name: "two",
      model: twoInputs(),
      data: { input_data: [a, b] },
      // Two samples: three numbers of each in each list.
      calibrationData: { input_data: [[...a, 1, -1, 0.5], [...b, -0.75, 1, 0]] },
      runArgs: { inputScale: 4, paramScale: 4, decompBase: 64, decompLegs: 3 },
    });
    const artifact = await waitForArtifact(id, patient);
    assert.equal(JSON.parse(artifact.report!).samples, 2);
    const pin = await pinArtifact(id, { credentials });
    const asked = await proveHub({ credentials, id, data: { input_data: [a, b] } });
    await waitForProof(asked.id, patient);
    const proof = await downloadProof(asked.id, { credentials });
    assert.equal(await verifyHubProof(proof, pin), true);
    const [found] = readProof(proof, pin.settings).outputs!;
    a.forEach((value, index) => {
      const exact = (value - b[index]) * value + b[index];
      assert.ok(Math.abs(found[index] - exact) < 1 / 16, `element ${index} is ${found[index]}, expected ${exact}`);
    });

    const one = await proveHub({ credentials, id, data: { input_data: [a] } });
    await assert.rejects(waitForProof(one.id, patient), /has 1 lists under "input_data", expected 2/);
  });
});
