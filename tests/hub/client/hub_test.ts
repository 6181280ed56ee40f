/** The client against a hub: one that is started here, with its own database, files, queue and worker. */
import assert from "node:assert/strict";
import { manualSeed, nn } from "../../../mod.ts";
import {
  calibrationJson,
  cancelHubArtifact,
  createHubArtifact,
  deleteHubArtifact,
  deleteHubProof,
  downloadArtifactFile,
  downloadProof,
  Engine,
  getHubArtifact,
  getHubCredentials,
  getHubProof,
  type HubArtifact,
  HubFailedError,
  HubRefusedError,
  inputJson,
  listHubArtifacts,
  listHubProofs,
  pinArtifact,
  proveHub,
  readProof,
  settingsFromJson,
  verifyHubProof,
  waitForArtifact,
  waitForProof,
} from "../../../hub/mod.ts";
import { startHub } from "../../../hub/server/mod.ts";
import { exportOnnx } from "../../../onnx/mod.ts";
import { inFolder } from "../../folder.ts";
import { errorOf } from "./scripted.ts";

const SILENT = { info() {}, warn() {}, error() {} };

/** A circuit of few rows: digits of the standard base take 2^14. */
const RUN_ARGS = { inputScale: 4, paramScale: 4, scaleRebaseMultiplier: 1, decompBase: 64, decompLegs: 3 };

Deno.test("the tutorial's calls, cell by cell, against a hub on loopback", async (t) => {
  manualSeed(1);
  const onnx = exportOnnx(new nn.Linear(3, 2), [3]);
  const samples = Array.from({ length: 20 }, (_, n) => Float32Array.of(n % 2, n % 3 - 1, n % 5 / 4));
  const [sample] = samples;
  await inFolder(async (data) => {
    await using hub = await startHub({ data, port: 0, reserveBytes: 0, drainSeconds: 5 }, SILENT);
    await using engine = new Engine();
    const { url, organization } = hub;
    const credentials = await getHubCredentials({ url, apiKey: hub.apiKey!, organization });
    assert.equal(credentials.organization, organization);
    const draft = {
      credentials,
      name: "linear",
      description: "a layer",
      model: onnx,
      data: inputJson(sample),
      calibrationData: calibrationJson(samples),
      runArgs: RUN_ARGS,
    };
    let artifact: HubArtifact;

    await t.step("deploys a model and follows it to its keys", async () => {
      const { id, name, status, errors } = await createHubArtifact(draft);
      assert.deepEqual({ name, status, errors }, { name: "linear", status: "PENDING", errors: [] });
      const stages = new Set<string>();
      artifact = await waitForArtifact(id, {
        credentials,
        timeout: 60_000,
        onProgress: ({ stage }) => void stages.add(stage!),
      });
      assert.equal(artifact.status, "SUCCESS");
      assert.ok(stages.has("done") && stages.size > 1, `${[...stages]}`);
      assert.deepEqual(await getHubArtifact(id, { credentials }), artifact);
      assert.equal(artifact.target, "resources");
      assert.equal(artifact.description, "a layer");
      assert.ok(artifact.price!.cells > 0 && artifact.price!.secondsProof > 0);
      assert.equal(JSON.parse(artifact.report!).used, "resources");
      assert.equal(artifact.srs!.unsafe, true);
      const settings = settingsFromJson(artifact.settings!);
      assert.equal(settings.runArgs.paramVisibility, "Fixed");
      assert.equal(settings.runArgs.inputScale, 4);
    });

    await t.step("proves, downloads and verifies with what was pinned", async () => {
      const pin = await pinArtifact(artifact.id, { credentials });
      const { id } = await proveHub({ credentials, id: artifact.id, data: inputJson(sample) });
      const done = await waitForProof(id, { credentials, timeout: 60_000 });
      assert.equal(done.artifact.id, artifact.id);
      assert.ok(done.timings!.proof > 0);
      const proof = await downloadProof(id, { credentials });
      assert.equal(await verifyHubProof(proof, pin, { engine }), true);
      assert.equal(await verifyHubProof(await getHubProof(id, { credentials }), pin, { engine }), true);
      const [outputs] = readProof(proof, pin.settings).outputs!;
      assert.deepEqual(done.outputs, [[...outputs]]);
      const compiled = await downloadArtifactFile(artifact.id, "network.compiled", { credentials });
      assert.ok(compiled.length > 100);
    });

    await t.step("lists in pages, newest first", async () => {
      const more = [];
      for (const name of ["second", "third"]) more.push((await createHubArtifact({ ...draft, name })).id);
      const found = await Array.fromAsync(listHubArtifacts({ credentials, pageSize: 2 }));
      assert.deepEqual(found.map(({ name }) => name), ["third", "second", "linear"]);
      const proofs = await Array.fromAsync(listHubProofs({ credentials, artifactId: artifact.id }));
      assert.deepEqual(proofs.map(({ status, artifact: { name } }) => [status, name]), [["SUCCESS", "linear"]]);
      // Equal uploads share their results, so these take no time.
      for (const id of more) await waitForArtifact(id, { credentials, timeout: 60_000 });
    });

    await t.step("ends with the compiler's sentence where a model has no circuit", async () => {
      const softmax = exportOnnx(new nn.Linear(4, 2), [4]);
      const { id } = await createHubArtifact({ ...draft, model: softmax, name: "wrong" }).catch((error) => {
        // A hub may look at the samples before it takes them.
        assert.ok(error instanceof HubRefusedError, `${error}`);
        return { id: null };
      });
      if (id === null) return;
      const error = await errorOf(waitForArtifact(id, { credentials, timeout: 60_000 }));
      assert.ok(error instanceof HubFailedError, `${error}`);
      assert.equal(error.stage, "calibration");
      assert.equal(error.errors.length, 1);
      assert.match(
        error.message,
        /^waitForArtifact\(\): artifact "wrong" \([0-9a-f-]{36}\) on http.* failed at the stage calibration: \S/,
      );
    });

    await t.step("cancels and deletes", async () => {
      const error = await errorOf(cancelHubArtifact(artifact.id, { credentials }));
      assert.ok(error instanceof HubRefusedError);
      assert.equal(error.code, "CONFLICT");
      const [{ id }] = await Array.fromAsync(listHubProofs({ credentials }));
      await deleteHubProof(id, { credentials });
      await deleteHubArtifact(artifact.id, { credentials });
      for (const promise of [getHubArtifact(artifact.id, { credentials }), getHubProof(id, { credentials })]) {
        const gone = await errorOf(promise);
        assert.ok(gone instanceof HubRefusedError);
        assert.equal(gone.code, "NOT_FOUND");
        assert.match(gone.requestId!, /./);
      }
    });

    await t.step("says what is wrong with a key, an organisation and an upload", async () => {
      const apiKey = hub.apiKey!.replace(/.{4}$/, "AAAA");
      const wrongKey = await errorOf(getHubCredentials({ url, apiKey, organization }));
      assert.ok(wrongKey instanceof HubRefusedError);
      assert.deepEqual([wrongKey.status, wrongKey.code], [401, "UNAUTHORIZED"]);
      assert.doesNotMatch(wrongKey.message, new RegExp(apiKey));
      const wrongName = await errorOf(getHubCredentials({ url, apiKey: hub.apiKey!, organization: "others" }));
      assert.match(wrongName.message, /has no organisation "others" for this key/);
      const noModel = await errorOf(createHubArtifact({ ...draft, model: Uint8Array.of(1, 2, 3) }));
      assert.ok(noModel instanceof HubRefusedError, `${noModel}`);
      assert.equal(noModel.code, "BAD_REQUEST");
    });
  });
});
