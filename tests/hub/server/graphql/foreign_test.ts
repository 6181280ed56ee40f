import assert from "node:assert/strict";
import { type Answer, GENERATE, INITIATE, made, TestHub, uploads } from "../http/test_hub.ts";

Deno.test("another organisation's things look exactly like things that there are not", async (t) => {
  await using hub = await TestHub.start({ rate: 100_000 });
  const { key } = hub.other;
  const artifact = await hub.artifact();
  const proof = await hub.proof(artifact);
  const pending = (await hub.deploy()).data.generateArtifact.id;
  const before = await hub.services.store.counts();

  /** An answer without what is different in every one. */
  const shape = ({ status, data, errors }: Answer, id: string) => ({
    status,
    data,
    errors: errors.map(({ message, extensions: { code } }) => ({ message: message.replaceAll(id, "ID"), code })),
  });

  await t.step("in every query and every mutation by id", async () => {
    const operations: [string, string][] = [
      ["query($id: String!) { artifact(id: $id) { id name status settings files { name url } } }", artifact.id],
      ["query($id: String!) { getProof(id: $id) { id proof instances outputs artifact { name } } }", proof.id],
      ["mutation($id: String!) { cancelArtifact(id: $id) { id } }", pending],
      ["mutation($id: String!) { cancelArtifact(id: $id) { id } }", artifact.id],
      ["mutation($id: String!) { cancelProof(id: $id) { id } }", proof.id],
      ["mutation($id: String!) { deleteArtifact(id: $id) }", artifact.id],
      ["mutation($id: String!) { deleteProof(id: $id) }", proof.id],
      ["query($id: String!) { artifacts(organizationId: $id) { nodes { id } } }", hub.organization.id],
      ["query($id: String!) { proofs(organizationId: $id) { nodes { id } } }", hub.organization.id],
      ["query($id: String!) { proofs(artifactId: $id) { nodes { id } } }", artifact.id],
      ["query($id: String!) { organizations(name: $id) { id } }", "mine"],
    ];
    for (const [query, id] of operations) {
      const absent = id === "mine" ? "nobody" : crypto.randomUUID();
      const foreign = shape(await hub.graphql(query, { id }, key), id);
      assert.deepEqual(foreign, shape(await hub.graphql(query, { id: absent }, key), absent), query);
      assert.doesNotMatch(JSON.stringify(foreign.data), /gemm|"[0-9a-f]{8}-/);
    }
  });

  await t.step("in mutations with files", async () => {
    const input = { input: await made("input.json") };
    const absent = crypto.randomUUID();
    const foreign = await hub.upload(INITIATE, { id: artifact.id }, input, key);
    assert.deepEqual(
      shape(foreign, artifact.id),
      shape(await hub.upload(INITIATE, { id: absent }, input, key), absent),
    );
    assert.equal(foreign.errors[0].extensions.code, "NOT_FOUND");
    const mine = hub.organization.id;
    const deployed = await hub.upload(GENERATE, hub.deployment(), await uploads(), key);
    const nowhere = await hub.upload(GENERATE, { ...hub.deployment(), organizationId: absent }, await uploads(), key);
    assert.deepEqual(shape(deployed, mine), shape(nowhere, absent));
    assert.equal(deployed.errors[0].extensions.code, "NOT_FOUND");
  });

  await t.step("in subscriptions", async () => {
    for (const [field, id] of [["artifactChanged", artifact.id], ["proofChanged", proof.id]]) {
      const query = `subscription { ${field}(id: "${id}") { id status } }`;
      const headers = { "content-type": "application/json", "accept": "text/event-stream" };
      const response = await hub.fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query }) }, key);
      const text = await response.text();
      assert.match(text, /there is no (artifact|proof)/);
      assert.doesNotMatch(text, /SUCCESS/);
    }
  });

  await t.step("and lists have the key's own alone", async () => {
    const theirs = await hub.artifact(hub.other.organization);
    const query = "{ artifacts { nodes { id } } proofs { nodes { id } } organizations { name } }";
    assert.deepEqual((await hub.graphql(query, {}, key)).data, {
      artifacts: { nodes: [{ id: theirs.id }] },
      proofs: { nodes: [] },
      organizations: [{ name: "theirs" }],
    });
    assert.ok(!(await hub.graphql(query)).data.artifacts.nodes.some(({ id }: { id: string }) => id === theirs.id));
  });

  await t.step("ids that are none are not looked up, and not repeated", async () => {
    for (
      const id of [
        "",
        "x",
        "../../etc",
        "' OR 1=1 --",
        `${artifact.id}'`,
        "\0",
        "x".repeat(10_000),
        artifact.id.slice(1),
      ]
    ) {
      const { errors } = await hub.graphql("query($id: String!) { artifact(id: $id) { id } }", { id });
      assert.deepEqual(errors.map(({ message }) => message), ["there is no artifact of that id"]);
    }
    const loud = await hub.graphql("query($id: String!) { artifact(id: $id) { id } }", {
      id: artifact.id.toUpperCase(),
    });
    assert.equal(loud.data.artifact.id, artifact.id);
  });

  await t.step("and nothing of all that changed anything", async () => {
    const after = await hub.services.store.counts();
    assert.deepEqual({ ...after, artifacts: { ...after.artifacts, SUCCESS: 1 } }, before);
    assert.equal((await hub.services.store.artifact(pending, hub.organization.id))!.status, "PENDING");
    assert.ok(await hub.services.store.proof(proof.id, hub.organization.id));
  });
});
