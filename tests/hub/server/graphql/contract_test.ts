import assert from "node:assert/strict";
import { answerOf, made, TestHub } from "../http/test_hub.ts";

// What the hosted hub's own client sends, letter by letter: these texts are not to be changed with the schema.

const ORGANIZATIONS = `
    query getOrganizationId($username: String!) {
        organizations(name: $username) {
            id
            name
        }
    }
`;

const GENERATE = `
    mutation GenerateArtifact($uncompiledModel: Upload!, $input: Upload!, $calibrationInput: Upload!, $organizationId: String!, $name: String!, $calibrationTarget: String!, $tolerance: Float!, $inputVisibility: String!, $outputVisibility: String!, $paramVisibility: String!) {
        generateArtifact(
            name: $name
            description: "An artifact created by a client."
            uncompiledModel: $uncompiledModel
            calibrationInput: $calibrationInput
            input: $input
            organizationId: $organizationId
            calibrationTarget: $calibrationTarget
            tolerance: $tolerance
            inputVisibility: $inputVisibility
            outputVisibility: $outputVisibility
            paramVisibility: $paramVisibility
        ) {
            id
            name
            status
            errors
        }
    }
`;

const ARTIFACT = "query getArtifact($id: String!) { artifact(id: $id) { id name status errors } }";

const INITIATE =
  "mutation InitiateProof($input: Upload!, $id: String!) { initiateProof(input: $input, id: $id) { id } }";

function getProof(id: string): string {
  return `
    query {
        getProof(id: "${id}") {
            id
            artifact { id name }
            status
            proof
            instances
            transcriptType
        }
    }
`;
}

/** A form as Python's requests writes it: fields first, files without a type. */
function pythonForm(fields: [string, string][], files: [string, string, Uint8Array][]): { type: string; body: Blob } {
  const boundary = "964c32d8b74d88467c4b228b7f279477";
  const pieces: BlobPart[] = [];
  for (const [name, value] of fields) {
    pieces.push(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  }
  for (const [name, filename, bytes] of files) {
    pieces.push(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\n\r\n`);
    pieces.push(bytes as Uint8Array<ArrayBuffer>, "\r\n");
  }
  pieces.push(`--${boundary}--\r\n`);
  return { type: `multipart/form-data; boundary=${boundary}`, body: new Blob(pieces) };
}

Deno.test("a client written for the hosted hub goes through all of its calls", async (t) => {
  await using hub = await TestHub.start();

  /** Headers of Python's requests. */
  const headers = (type: string) => ({
    "api-key": hub.key,
    "content-type": type,
    "accept": "*/*",
    "accept-encoding": "gzip, deflate",
    "user-agent": "python-requests/2.34.2",
  });
  const ask = async (query: string, variables?: unknown) => {
    const body = JSON.stringify(variables === undefined ? { query } : { query, variables });
    return await answerOf(await fetch(hub.url, { method: "POST", headers: headers("application/json"), body }));
  };
  const send = async (fields: [string, string][], files: [string, string, Uint8Array][]) => {
    const { type, body } = pythonForm(fields, files);
    return await answerOf(await fetch(`${hub.url}/graphql`, { method: "POST", headers: headers(type), body }));
  };
  let artifactId = "", proofId = "";

  await t.step("get_hub_credentials", async () => {
    const { status, data, headers } = await ask(ORGANIZATIONS, { username: "mine" });
    assert.equal(status, 200);
    assert.match(headers.get("content-type")!, /^application\/json/);
    assert.deepEqual(data, { organizations: [{ id: hub.organization.id, name: "mine" }] });
    assert.deepEqual((await ask(ORGANIZATIONS, { username: "theirs" })).data, { organizations: [] });
  });

  await t.step("create_hub_artifact", async () => {
    const operations = `{"query": ${JSON.stringify(GENERATE)}, "variables": {"uncompiledModel": null, "input": null, ` +
      `"calibrationInput": null, "organizationId": "${hub.organization.id}", "name": "mnist", ` +
      `"calibrationTarget": "resources", "tolerance": 2, "inputVisibility": "Private", "outputVisibility": "Public", ` +
      `"paramVisibility": "Private"}}`;
    const map = `{"0": ["variables.uncompiledModel"], "1": ["variables.input"], "2": ["variables.calibrationInput"]}`;
    const [model, input] = [await made("network.onnx"), await made("input.json")];
    const { status, data, errors } = await send([["operations", operations], ["map", map]], [
      ["0", "network.onnx", model],
      ["1", "input.json", input],
      ["2", "cal_data.json", input],
    ]);
    assert.deepEqual([status, errors], [200, []]);
    artifactId = data.generateArtifact.id;
    assert.deepEqual(data, { generateArtifact: { id: artifactId, name: "mnist", status: "PENDING", errors: [] } });
    const record = (await hub.services.store.artifact(artifactId, hub.organization.id))!;
    assert.equal(record.description, "An artifact created by a client.");
    assert.deepEqual(Object.keys(record.files).toSorted(), ["cal_data.json", "network.onnx"]);
    assert.deepEqual(await hub.services.blobs.read(record.files["cal_data.json"]), input);
    assert.deepEqual(JSON.parse(record.runArgs), {
      inputVisibility: "Private",
      outputVisibility: "Public",
      paramVisibility: "Private",
    });
    assert.deepEqual(await hub.services.queue.counts(), { queued: 1, active: 0 });
  });

  await t.step("get_hub_artifact, while it is made and when it failed", async () => {
    const pending = await ask(ARTIFACT, { id: artifactId });
    assert.deepEqual(pending.data, { artifact: { id: artifactId, name: "mnist", status: "PENDING", errors: [] } });
    const { store } = hub.services;
    const { attempt } = (await store.beginArtifact(artifactId))!;
    await store.patchArtifact(artifactId, attempt, { status: "FAILED", errors: ["the model has an Atan"] });
    const failed = await ask(ARTIFACT, { id: artifactId });
    assert.deepEqual(failed.data.artifact, {
      id: artifactId,
      name: "mnist",
      status: "FAILED",
      errors: ["the model has an Atan"],
    });
  });

  await t.step("prove_hub", async () => {
    artifactId = (await hub.artifact()).id;
    const operations = `{"query": ${JSON.stringify(INITIATE)}, "variables": {"input": null, "id": "${artifactId}"}}`;
    const { status, data, errors } = await send([["operations", operations], ["map", `{"0": ["variables.input"]}`]], [
      ["0", "input.json", await made("input.json")],
    ]);
    assert.deepEqual([status, errors], [200, []]);
    proofId = data.initiateProof.id;
    assert.deepEqual(data, { initiateProof: { id: proofId } });
    assert.deepEqual(await hub.services.queue.counts(), { queued: 2, active: 0 });
  });

  await t.step("get_hub_proof, while it is made and when it is", async () => {
    const artifact = { id: artifactId, name: "gemm" };
    const pending = await ask(getProof(proofId));
    assert.deepEqual(pending.data, {
      getProof: { id: proofId, artifact, status: "PENDING", proof: null, instances: null, transcriptType: null },
    });
    const { id } = await hub.proof((await hub.services.store.artifact(artifactId, hub.organization.id))!);
    const { instances, hex_proof: proof } = JSON.parse(new TextDecoder().decode(await made("proof.json")));
    const { data } = await ask(getProof(id));
    assert.deepEqual(data, {
      getProof: { id, artifact, status: "SUCCESS", proof, instances: instances[0], transcriptType: "EVM" },
    });
  });

  await t.step("what is not there is an error with data null", async () => {
    for (
      const [query, variables] of [[ARTIFACT, { id: crypto.randomUUID() }], [
        getProof(crypto.randomUUID()),
        undefined,
      ]] as const
    ) {
      const { status, data, errors } = await ask(query, variables);
      assert.deepEqual([status, data], [200, null]);
      assert.match(errors[0].message, /^there is no (artifact|proof) [0-9a-f-]{36}$/);
      assert.equal(errors[0].extensions.code, "NOT_FOUND");
    }
  });
});
