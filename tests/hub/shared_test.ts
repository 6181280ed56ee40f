/** The tutorial against a hub on a real Postgres, its files in S3, with two workers: each a process of its own. */
import assert from "node:assert/strict";
import {
  downloadArtifactFile,
  downloadProof,
  getHubArtifact,
  getHubCredentials,
  pinArtifact,
  readProof,
  verifyHubProof,
  waitForProof,
} from "../../hub/mod.ts";
import { System } from "./faults/system.ts";
import { POSTGRES_INSTALLED } from "./server/postgres.ts";

Deno.test({
  name: "the tutorial on Postgres and S3 with two workers, each proving its share (needs Postgres)",
  ignore: !POSTGRES_INSTALLED,
  fn: async () => {
    await using system = await System.open({ shared: true });
    const hub = system.hub("--no-worker");
    const workers = [system.worker("one"), system.worker("two")];
    const { url } = system.credentials;
    assert.equal(await hub.url(), url);
    const credentials = await getHubCredentials({ ...system.credentials, organization: "local" });

    const id = await system.deployed();
    const artifact = await getHubArtifact(id, { credentials });
    assert.equal(artifact.status, "SUCCESS");
    assert.equal(artifact.srs?.unsafe, true);
    const pin = await pinArtifact(id, { credentials });
    assert.deepEqual(await downloadArtifactFile(id, "key.vk", { credentials }), pin.vk);

    const asked = await Promise.all(Array.from({ length: 4 }, () => system.ask(id)));
    const outputs = new Set<string>();
    for (const proofId of asked) {
      const proof = await waitForProof(proofId, { credentials, timeout: 240_000 });
      const bytes = await downloadProof(proofId, { credentials });
      assert.equal(await verifyHubProof(bytes, pin), true);
      assert.equal(await verifyHubProof(proof, pin), true);
      outputs.add(String(readProof(bytes, pin.settings).outputs));
    }
    assert.equal(outputs.size, asked.length, "each proof is of an input of its own");
    for (const worker of workers) {
      const proved = worker.lines.filter(({ event, kind, stage }) =>
        event === "stage" && kind === "proof" && stage === "verification"
      );
      assert.ok(proved.length > 0, `worker ${worker.name} proved nothing\n${worker.tail()}`);
    }

    await system.stop();
    for (const member of [hub, ...workers]) assert.equal((await member.ended).code, 0, member.tail());
  },
});
