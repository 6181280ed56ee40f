import assert from "node:assert/strict";
import { file, newArtifact, onEach } from "./each.ts";

onEach(
  "a job tells how many are before it, and how long such jobs took",
  async ({ store, other, database, organization }) => {
    // Other tests leave jobs behind in the same database.
    await database.query("DELETE FROM zkgrad_hub.proofs");
    await database.query("DELETE FROM zkgrad_hub.artifacts");
    const make = async () => (await store.createArtifact(newArtifact(organization))).id;
    const ask = async (artifactId: string) => {
      const proof = { id: crypto.randomUUID(), artifactId, organizationId: organization.id };
      return (await store.createProof({ ...proof, files: { "input.json": file() } }))!.id;
    };
    const [first, second] = [await make(), await make()];
    assert.deepEqual(await store.line("artifact", first), { ahead: 0, running: null, own: null, before: 0 });
    assert.deepEqual(await store.line("artifact", second), { ahead: 1, running: null, own: null, before: null });
    assert.equal(await store.line("proof", first), null);
    assert.equal(await store.line("artifact", "nothing"), null);

    const { attempt } = (await store.beginArtifact(first))!;
    await store.patchArtifact(first, attempt, { stage: "calibration" });
    const running = (await other.line("artifact", first))!.running!;
    assert.ok(running >= 0 && running < 60, `${running}`);
    await store.patchArtifact(first, attempt, { status: "SUCCESS" });
    await database.query("UPDATE zkgrad_hub.artifacts SET begun_at = updated_at - interval '8 seconds' WHERE id = $1", [
      first,
    ]);
    assert.deepEqual(await other.line("artifact", second), { ahead: 0, running: null, own: 8, before: 0 });
    assert.equal(await store.line("artifact", first), null);

    const [one, two] = [await ask(first), await ask(first)];
    assert.deepEqual(await other.line("proof", one), { ahead: 1, running: null, own: null, before: 8 });
    assert.deepEqual(await other.line("proof", two), { ahead: 2, running: null, own: null, before: null });
    const { proof } = (await store.beginProof(one))!;
    await store.patchProof(one, proof.attempt, { status: "SUCCESS", timings: "{}" });
    await database.query("UPDATE zkgrad_hub.proofs SET begun_at = updated_at - interval '3 seconds' WHERE id = $1", [
      one,
    ]);
    assert.deepEqual(await other.line("proof", two), { ahead: 1, running: null, own: 3, before: 8 });
  },
);
