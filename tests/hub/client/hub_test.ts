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
  settingsToJson,
  verifyHubProof,
  waitForArtifact,
  waitForProof,
} from "../../../hub/mod.ts";
import { genSettings, HASHED } from "../../../hub/ezkl/mod.ts";
import { startHub } from "../../../hub/server/mod.ts";
import { exportOnnx } from "../../../onnx/mod.ts";
import { tinyOnnx } from "../ezkl/tiny.ts";
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
      let requests = 0;
      artifact = await waitForArtifact(id, {
        credentials,
        timeout: 60_000,
        fetch: (input, init) => {
          requests++;
          return fetch(input, init);
        },
        onProgress: ({ stage }) => void stages.add(stage!),
      });
      assert.equal(artifact.status, "SUCCESS");
      assert.ok(stages.has("done") && stages.size > 1, `${[...stages]}`);
      // The stream, one question or two before it speaks, and one for all fields.
      assert.ok(requests <= 5, `${requests} requests`);
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
      assert.equal(await verifyHubProof(proof, pin), true);
      assert.equal(await verifyHubProof(await getHubProof(id, { credentials }), pin), true);
      const [outputs] = readProof(proof, pin.settings).outputs!;
      assert.deepEqual(done.outputs, [[...outputs]]);
      const compiled = await downloadArtifactFile(artifact.id, "network.compiled", { credentials });
      assert.ok(compiled.length > 100);
    });

    await t.step(
      "compiles with settings that were calibrated before, to the same circuit and the same key",
      async () => {
        const settings = await downloadArtifactFile(artifact.id, "settings.json", { credentials });
        const { runArgs: _, ...rest } = draft;
        const { id } = await createHubArtifact({ ...rest, name: "again", settings });
        const again = await waitForArtifact(id, { credentials, timeout: 60_000 });
        const hash = ({ files }: HubArtifact, name: string) => files!.find((file) => file.name === name)?.sha256;
        for (const name of ["settings.json", "network.compiled", "key.vk"]) {
          assert.equal(hash(again, name), hash(artifact, name), name);
        }
        assert.equal(again.report ?? "", "", "nothing was weighed");
        // Settings that count less than the circuit takes would have the hub take a job that it cannot hold.
        const less = { ...settingsFromJson(artifact.settings!), totalAssignments: 1 };
        const wrong = await createHubArtifact({ ...rest, name: "less", settings: settingsToJson(less) });
        const error = await errorOf(waitForArtifact(wrong.id, { credentials, timeout: 60_000 }));
        assert.match(error.message, /the settings count 1 totalAssignments, and the circuit fills \d+ cells/);
        assert.match(
          (await errorOf(createHubArtifact({ ...draft, settings }))).message,
          /there are runArgs beside settings, which have their own; leave either out/,
        );
        assert.match(
          (await errorOf(createHubArtifact({ ...rest, settings: "{}" }))).message,
          /settings is no settings/,
        );
        // A hash is no word but a record in settings; the hub refuses another word than theirs.
        const runArgs = { ...RUN_ARGS, inputVisibility: HASHED, paramVisibility: "Fixed" } as const;
        const asked = await createHubArtifact({
          ...rest,
          name: "hashed",
          settings: settingsToJson(genSettings(onnx, { ...runArgs, logrows: 10 })),
        });
        assert.equal(asked.status, "PENDING");
        for (const each of [id, wrong.id, asked.id]) await deleteHubArtifact(each, { credentials });
      },
    );

    await t.step("has a proof kept only so long, where the hub takes that", async () => {
      const asked = { credentials, id: artifact.id, data: inputJson(sample) };
      assert.match(
        (await errorOf(proveHub({ ...asked, keepSeconds: 0.5 }))).message,
        /keepSeconds is 0.5, expected a w/,
      );
      const { id } = await proveHub({ ...asked, keepSeconds: 600 });
      const { status } = await waitForProof(id, { credentials, timeout: 60_000 });
      assert.equal(status, "SUCCESS", "ten minutes have not gone by");
      await deleteHubProof(id, { credentials });
    });

    await t.step("finds models by the hash of their files", async () => {
      const named = ({ files }: HubArtifact, name: string) => files!.find((file) => file.name === name)!.sha256;
      const find = async (sha256: string) =>
        (await Array.fromAsync(listHubArtifacts({ credentials, sha256 }))).map(({ id }) => id);
      assert.deepEqual(await find(named(artifact, "network.compiled")), [artifact.id]);
      assert.deepEqual(await find(named(artifact, "network.onnx").toUpperCase()), [artifact.id]);
      assert.deepEqual(await find("0".repeat(64)), []);
      const none = await errorOf(Array.fromAsync(listHubArtifacts({ credentials, sha256: "" })));
      assert.match(none.message, /sha256 is empty/);
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

    await t.step("ends with the toolchain's sentence where the samples are not the model's", async () => {
      const model = exportOnnx(new nn.Linear(7, 2), [7]);
      const { id } = await createHubArtifact({ ...draft, model, name: "wrong" });
      const error = await errorOf(waitForArtifact(id, { credentials, timeout: 60_000 }));
      assert.ok(error instanceof HubFailedError, `${error}`);
      assert.deepEqual([error.id, error.outcome, error.stage], [id, "FAILED", "calibration"]);
      assert.equal(error.errors.length, 1);
      assert.match(
        error.message,
        /artifact "wrong" \([0-9a-f-]{36}\) on http.* failed at the stage calibration: .*60 .* 7\b/,
      );
    });

    await t.step("cancels and deletes", async () => {
      const error = await errorOf(cancelHubArtifact(artifact.id, { credentials }));
      assert.ok(error instanceof HubRefusedError);
      assert.equal(error.code, "CONFLICT");
      const [{ id }] = await Array.fromAsync(listHubProofs({ credentials }));
      await deleteHubProof(id, { credentials });
      await deleteHubArtifact(artifact.id, { credentials });
      // Once more is as good as once.
      await deleteHubArtifact(artifact.id, { credentials });
      await deleteHubProof(id, { credentials });
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

Deno.test("a wait outlasts a hub that is started anew, and ends at once when somebody cancels", async () => {
  await inFolder(async (data) => {
    const settings = { data, reserveBytes: 0, drainSeconds: 5 };
    const draft = { model: tinyOnnx(), data: inputJson(Float32Array.of(1, 0, 1)), runArgs: RUN_ARGS };
    const idle = await startHub({ ...settings, port: 0, work: false }, SILENT);
    const { url } = idle;
    const credentials = await getHubCredentials({ url, apiKey: idle.apiKey!, organization: "local" });
    const [kept, dropped] = await Promise.all(
      ["kept", "dropped"].map((name) => createHubArtifact({ credentials, name, ...draft })),
    );
    const stages: string[] = [];
    const waiting = waitForArtifact(kept.id, { credentials, onProgress: ({ stage }) => stages.push(stage!) });

    const cancelled = errorOf(waitForArtifact(dropped.id, { credentials }));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const begun = performance.now();
    assert.equal((await cancelHubArtifact(dropped.id, { credentials })).status, "CANCELLED");
    const error = await cancelled;
    assert.ok(error instanceof HubFailedError, `${error}`);
    assert.deepEqual([error.outcome, error.stage], ["CANCELLED", "queued"]);
    assert.match(error.message, /was cancelled at the stage queued/);
    assert.ok(performance.now() - begun < 5000);

    assert.deepEqual(stages, ["queued"]);
    await idle.stop();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await using _hub = await startHub({ ...settings, port: Number(new URL(url).port) }, SILENT);
    assert.equal((await waiting).status, "SUCCESS");
    assert.equal(stages.at(-1), "done");
  });
});
