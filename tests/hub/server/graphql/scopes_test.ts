import assert from "node:assert/strict";
import { GENERATE, INITIATE, made, TestHub, uploads } from "../http/test_hub.ts";

Deno.test("keys are managed while the hub runs, and none does more than its scopes say", async (t) => {
  await using hub = await TestHub.start({ rate: 100_000 });
  const CREATE = `mutation($label: String!, $scopes: [String!]!) {
    createApiKey(label: $label, scopes: $scopes) { secret apiKey { id label scopes revokedAt artifacts proofs bytes } } }`;
  const REVOKE = "mutation($id: String!) { revokeApiKey(id: $id) { id revokedAt } }";
  const artifact = await hub.artifact();
  const proof = await hub.proof(artifact);

  const create = async (...scopes: string[]): Promise<string> => {
    const { data, errors } = await hub.graphql(CREATE, { label: scopes.join(" and "), scopes });
    assert.deepEqual(errors, []);
    assert.deepEqual(data.createApiKey.apiKey.scopes, scopes);
    return data.createApiKey.secret;
  };
  const [deploy, prove, read] = [await create("deploy"), await create("prove"), await create("read")];

  await t.step("each does what it may and is told which scope it lacks", async () => {
    const input = { input: await made("input.json") };
    const asks: [needed: string, (key: string) => Promise<{ data: unknown; errors: { message: string }[] }>][] = [
      ["deploy", async (key) => await hub.upload(GENERATE, hub.deployment(), await uploads(), key)],
      ["deploy", (key) => hub.graphql("mutation($id: String!) { deleteArtifact(id: $id) }", { id: "x" }, key)],
      ["prove", (key) => hub.upload(INITIATE, { id: artifact.id }, input, key)],
      ["prove", (key) => hub.graphql("mutation($id: String!) { deleteProof(id: $id) }", { id: "x" }, key)],
      [
        "read",
        (key) => hub.graphql("query($id: String!) { artifact(id: $id) { settings } }", { id: artifact.id }, key),
      ],
      ["read", (key) => hub.graphql("query($id: String!) { getProof(id: $id) { proof } }", { id: proof.id }, key)],
      ["read", (key) => hub.graphql("{ artifacts { nodes { id } } proofs { nodes { id } } }", {}, key)],
      ["read", (key) => hub.graphql("{ apiKeys { id } workers { id } }", {}, key)],
    ];
    for (const [needed, ask] of asks) {
      for (const [scope, key] of Object.entries({ deploy, prove, read })) {
        const { errors } = await ask(key);
        if (scope === needed) {
          assert.deepEqual(errors, [], `${ask}`);
        } else {
          const upload = errors[0].message.startsWith("an upload");
          assert.match(
            errors[0].message,
            upload ? /needs the scopes deploy, prove, and .* has the scope read;/ : new RegExp(
              `^\\w+ needs the scope ${needed}, and this API key has the scope ${scope}; ask with a key that has it`,
            ),
          );
        }
      }
    }
    for (const [key, status] of [[read, 200], [prove, 403], [deploy, 403]] as const) {
      const answer = await hub.fetch(`/artifacts/${artifact.id}/settings.json`, {}, key);
      const text = await answer.text();
      assert.equal(answer.status, status);
      if (status === 403) assert.match(text, /a download needs the scope read/);
    }
  });

  await t.step("what a mutation answers with shows a key no more than that", async () => {
    const query = `mutation($input: Upload!, $id: String!) { initiateProof(input: $input, id: $id) {
      id line { ahead } artifact { settings } } }`;
    const { data, errors } = await hub.upload(query, { id: artifact.id }, { input: await made("input.json") }, prove);
    assert.equal(data, null);
    assert.match(errors[0].message, /artifact needs the scope read/);
    const headers = { "content-type": "application/json", accept: "text/event-stream" };
    const body = JSON.stringify({ query: `subscription { proofChanged(id: "${proof.id}") { proof } }` });
    const events = await (await hub.fetch("/graphql", { method: "POST", headers, body }, prove)).text();
    assert.match(events, /proofChanged needs the scope read/);
  });

  await t.step("only a key of all scopes makes and revokes keys", async () => {
    for (const key of [deploy, prove, read, await create("prove", "read")]) {
      const made = await hub.graphql(CREATE, { label: "", scopes: ["read"] }, key);
      assert.match(made.errors[0].message, /^createApiKey needs the scope/);
      const revoked = await hub.graphql(REVOKE, { id: read.split("_")[1] }, key);
      assert.match(revoked.errors[0].message, /^revokeApiKey needs the scope/);
    }
    for (const scopes of [[], ["admin"], ["read", "DEPLOY"]]) {
      const { errors } = await hub.graphql(CREATE, { label: "", scopes });
      assert.match(errors[0].message, /^scopes (is empty|has "\w+"), expected one or more of deploy, prove, read$/);
    }
    const foreign = await hub.graphql(REVOKE, { id: hub.other.key.split("_")[1] });
    assert.equal(foreign.errors[0].extensions.code, "NOT_FOUND");
    assert.equal((await hub.graphql("{ organizations { id } }", {}, hub.other.key)).errors.length, 0);
  });

  await t.step("a list shows what was done with each and never a secret", async () => {
    const { data } = await hub.graphql(
      "{ apiKeys { id label scopes createdAt revokedAt artifacts proofs bytes seconds } }",
    );
    assert.equal(data.apiKeys.length, 5);
    const [, deployed, proved] = data.apiKeys;
    assert.deepEqual([deployed.label, deployed.artifacts, proved.label, proved.artifacts], ["deploy", 1, "prove", 0]);
    const size = (await made("input.json")).length;
    assert.equal(deployed.bytes, (await made("network.onnx")).length + size);
    assert.equal(proved.bytes % size, 0);
    for (const key of [deploy, prove, read, hub.key]) {
      assert.ok(!JSON.stringify(data).includes(key.split("_")[2]));
      assert.ok(!JSON.stringify(hub.lines).includes(key.split("_")[2]));
    }
  });

  await t.step("a revoked one opens nothing from then on, and stays in the list", async () => {
    const id = read.split("_")[1];
    for (let times = 0; times < 2; times++) {
      const { data, errors } = await hub.graphql(REVOKE, { id });
      assert.deepEqual(errors, []);
      assert.ok(Date.parse(data.revokeApiKey.revokedAt) > 0);
    }
    assert.equal((await hub.graphql("{ organizations { id } }", {}, read)).status, 401);
    const own = await hub.graphql("{ apiKey { id label scopes } }", {}, prove);
    assert.deepEqual(own.data.apiKey, { id: prove.split("_")[1], label: "prove", scopes: ["prove"] });
  });

  await t.step("a model tells what it takes, a job where it stands, and the line who works", async () => {
    const { data, errors } = await hub.graphql(
      `query($id: String!) { artifact(id: $id) { inputs { name shape } line { ahead } } workers { id memoryGiB seen } }`,
      { id: artifact.id },
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(data.artifact, { inputs: data.artifact.inputs, line: null });
    assert.equal(data.artifact.inputs.length, 1);
    assert.ok(data.artifact.inputs[0].shape.every((size: unknown) => Number.isInteger(size)));
    assert.deepEqual(data.workers, []);
    const asked = await hub.upload(INITIATE, { id: artifact.id }, { input: await made("input.json") });
    const line = async () =>
      (await hub.graphql("query($id: String!) { getProof(id: $id) { line { ahead expectedSeconds } } }", {
        id: asked.data.initiateProof.id,
      })).data.getProof.line;
    // The deployment and the two proofs that were asked for above. Nobody works, so nobody knows when.
    assert.deepEqual(await line(), { ahead: 3, expectedSeconds: null });
    await hub.services.store.noteWorker("w", 4);
    const { expectedSeconds } = await line();
    assert.ok(expectedSeconds >= 0 && expectedSeconds < 600, `${expectedSeconds}`);
  });
});
