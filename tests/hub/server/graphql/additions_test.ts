import assert from "node:assert/strict";
import { Upkeep } from "../../../../hub/server/upkeep.ts";
import { INITIATE, made, TestHub, until } from "../http/test_hub.ts";

const BRIEF_INITIATE = `mutation($input: Upload!, $id: String!, $keepSeconds: Int) {
  initiateProof(input: $input, id: $id, keepSeconds: $keepSeconds) { id } }`;

Deno.test("what the old contract lacked", async (t) => {
  await using hub = await TestHub.start({ rate: 100_000 });
  const { store, blobs } = hub.services;

  await t.step("an artifact tells its stage, its settings, its price and its files", async () => {
    const record = await hub.artifact();
    const { data, errors } = await hub.graphql(
      `query($id: String!) { artifact(id: $id) { stage progress waiting description target tolerance createdAt updatedAt
        settings report runArgs srs { origin logrows unsafe } files { name size sha256 url }
        price { cells rows logrows adviceColumns fixedColumns pkBytes heapBytes secondsKeys secondsProof } } }`,
      { id: record.id },
    );
    assert.deepEqual(errors, []);
    const { files, price, ...rest } = data.artifact;
    assert.deepEqual(rest, {
      stage: "done",
      progress: 1,
      waiting: null,
      description: "",
      target: "resources",
      tolerance: 0,
      createdAt: record.createdAt.toISOString(),
      updatedAt: record.updatedAt.toISOString(),
      settings: new TextDecoder().decode(await made("settings.json")),
      report: "{}",
      runArgs: "{}",
      srs: { origin: "unsafe", logrows: 9, unsafe: true },
    });
    // Numbers beyond 32 bits too.
    assert.deepEqual([price.cells, price.pkBytes, price.secondsKeys, price.secondsProof], [5e9, 4e9, 1, 2]);
    assert.deepEqual(files.map(({ name }: { name: string }) => name), [
      "key.pk",
      "key.vk",
      "network.compiled",
      "network.onnx",
      "settings.json",
    ]);
    for (const { name, size, sha256, url } of files) {
      assert.deepEqual([size, sha256], [record.files[name].size, record.files[name].sha256]);
      assert.equal(url, name === "key.pk" ? null : `/artifacts/${record.id}/${name}`);
      if (url) assert.equal((await (await hub.fetch(url)).bytes()).length, size);
    }
  });

  await t.step("a proof tells its seconds, its files and its outputs as numbers", async () => {
    const record = await hub.proof(await hub.artifact());
    const { data, errors } = await hub.graphql(
      `query($id: String!) { getProof(id: $id) { stage progress waiting errors timings { stage seconds } outputs
        files { name url } } }`,
      { id: record.id },
    );
    assert.deepEqual(errors, []);
    const { outputs, ...rest } = data.getProof;
    assert.deepEqual(rest, {
      stage: "done",
      progress: 1,
      waiting: null,
      errors: [],
      timings: [{ stage: "witness", seconds: 0.1 }, { stage: "proof", seconds: 2 }],
      files: ["test.pf", "witness.json"].map((name) => ({ name, url: `/proofs/${record.id}/${name}` })),
    });
    // 0x3a, 0x26, -0x40 and 0x39 at scale 7.
    assert.deepEqual(outputs, [[58 / 128, 38 / 128, outputs[0][2], 57 / 128]]);
    assert.ok(outputs[0][2] < 0 && outputs[0][2] > -1);
  });

  await t.step("artifacts and proofs are listed in pages, newest first", async () => {
    const artifact = await hub.artifact();
    const made = [];
    for (let index = 0; index < 5; index++) made.unshift((await hub.proof(artifact)).id);
    const seen: string[] = [];
    for (let after: string | null = null, pages = 0;; pages++) {
      const { data, errors } = await hub.graphql(
        `query($a: String!, $after: String) { proofs(artifactId: $a, first: 2, after: $after) {
          nodes { id artifact { id } } pageInfo { hasNextPage endCursor } } }`,
        { a: artifact.id, after },
      );
      assert.deepEqual(errors, []);
      const { nodes, pageInfo } = data.proofs;
      for (const node of nodes) {
        seen.push(node.id);
        assert.equal(node.artifact.id, artifact.id);
      }
      after = pageInfo.endCursor;
      assert.equal(pageInfo.hasNextPage, after !== null);
      if (after === null) {
        assert.equal(pages, 2);
        break;
      }
    }
    assert.deepEqual(seen, made);
    const { data } = await hub.graphql(
      `query($o: String!) { artifacts(organizationId: $o, first: 1) { nodes { id } pageInfo { hasNextPage } }
        all: proofs { nodes { id } } none: proofs(artifactId: "nothing") { nodes { id } } }`,
      { o: hub.organization.id },
    );
    assert.deepEqual(data.artifacts, { nodes: [{ id: artifact.id }], pageInfo: { hasNextPage: true } });
    assert.equal(data.all.nodes.length, 6);
    assert.deepEqual(data.none.nodes, []);
  });

  await t.step("a page has 1 to 100 records and a cursor that came from a page", async () => {
    for (const args of ["first: 0", "first: 101", "first: -1", 'after: "nonsense"', 'after: ""']) {
      const { data, errors } = await hub.graphql(`{ artifacts(${args}) { nodes { id } } }`);
      assert.equal(data, null, args);
      assert.equal(errors[0].extensions.code, "BAD_REQUEST", args);
    }
  });

  await t.step("what is PENDING can be cancelled, its uploads go, and its job leaves the line", async () => {
    const before = (await hub.services.queue.counts()).queued;
    const { data: { generateArtifact: { id } } } = await hub.deploy();
    const upload = (await store.artifact(id, hub.organization.id))!.files["cal_data.json"];
    assert.equal((await hub.services.queue.counts()).queued, before + 1);
    const cancelled = await hub.graphql("mutation($id: String!) { cancelArtifact(id: $id) { id status } }", { id });
    assert.deepEqual(cancelled.data, { cancelArtifact: { id, status: "CANCELLED" } });
    assert.equal((await hub.services.queue.counts()).queued, before);
    await assert.rejects(blobs.read(upload));
    const again = await hub.graphql("mutation($id: String!) { cancelArtifact(id: $id) { id } }", { id });
    assert.equal(again.errors[0].extensions.code, "CONFLICT");
    assert.match(again.errors[0].message, /is CANCELLED/);

    const artifact = await hub.artifact();
    const asked = await hub.upload(INITIATE, { id: artifact.id }, { input: await made("input.json") });
    const proof = asked.data.initiateProof.id;
    const stopped = await hub.graphql("mutation($id: String!) { cancelProof(id: $id) { status } }", { id: proof });
    assert.deepEqual(stopped.data, { cancelProof: { status: "CANCELLED" } });
  });

  await t.step("what is deleted is gone with its proofs and its files, but not with files of others", async () => {
    const [first, second] = [await hub.artifact(), await hub.artifact()];
    const proof = await hub.proof(first);
    const other = await hub.proof(second);
    const remove = "mutation($id: String!) { deleteArtifact(id: $id) }";
    assert.deepEqual((await hub.graphql(remove, { id: first.id })).data, { deleteArtifact: true });
    assert.deepEqual((await hub.graphql(remove, { id: first.id })).data, { deleteArtifact: false });
    assert.equal(await store.proof(proof.id, hub.organization.id), null);
    await assert.rejects(blobs.read(proof.files["witness.json"]));
    assert.deepEqual(await blobs.read(second.files["settings.json"]), await made("settings.json"));
    const { data } = await hub.graphql("mutation($id: String!) { deleteProof(id: $id) }", { id: other.id });
    assert.deepEqual(data, { deleteProof: true });
    const again = await hub.graphql("mutation($id: String!) { deleteProof(id: $id) }", { id: other.id });
    assert.deepEqual(again.data, { deleteProof: false });
    await assert.rejects(blobs.read(other.files["witness.json"]));
    assert.ok(await store.artifact(second.id, hub.organization.id));
  });

  await t.step("a proof may be kept only so long, and is gone then with its witness", async () => {
    const artifact = await hub.artifact(), asking = BRIEF_INITIATE;
    const ask = async (keepSeconds: number) =>
      await hub.upload(asking, { id: artifact.id, keepSeconds }, { input: await made("input.json") });
    for (const wrong of [-1, 40_000_000]) {
      const { errors } = await ask(wrong);
      assert.equal(errors[0].extensions.code, "BAD_REQUEST");
      assert.match(errors[0].message, /keepSeconds is -?\d+, expected 0 to 31622400/);
    }
    const [brief, long] = [(await ask(0)).data.initiateProof.id, (await ask(600)).data.initiateProof.id];
    const witness = await blobs.putPrivate(await made("witness.json"));
    for (const id of [brief, long]) {
      const { proof } = (await store.beginProof(id))!;
      await store.patchProof(id, proof.attempt, { status: "SUCCESS", files: { "witness.json": witness } });
    }
    const ref = await blobs.putPrivate(await made("witness.json"));
    const kept = (await store.beginProof((await ask(0)).data.initiateProof.id))!.proof;
    await using upkeep = new Upkeep(hub.services, hub);
    upkeep.start();
    await until(async () => await store.proof(brief, hub.organization.id) === null);
    await upkeep[Symbol.asyncDispose]();
    assert.ok(await store.proof(long, hub.organization.id));
    assert.equal((await store.proof(kept.id, hub.organization.id))?.status, "PENDING", "one under way stays");
    assert.deepEqual(await blobs.read(witness), await made("witness.json"), "another refers to it");
    await store.patchProof(kept.id, kept.attempt, { status: "FAILED", files: { "witness.json": ref } });
    await using again = new Upkeep(hub.services, hub);
    again.start();
    await until(async () => await store.proof(kept.id, hub.organization.id) === null);
    await again[Symbol.asyncDispose]();
    await assert.rejects(blobs.read(ref));
    await store.deleteProof(long, hub.organization.id);
  });

  await t.step("artifacts are listed by the hash of a file", async () => {
    const artifact = await hub.artifact();
    const query = "query($sha256: String) { artifacts(sha256: $sha256, first: 1) { nodes { id } } }";
    const { data } = await hub.graphql(query, { sha256: artifact.files["key.vk"].sha256 });
    assert.deepEqual(data.artifacts.nodes, [{ id: artifact.id }]);
    assert.deepEqual((await hub.graphql(query, { sha256: "00" })).data.artifacts.nodes, []);
  });

  await t.step("a proof can be asked for only of an artifact that is made", async () => {
    const { data: { generateArtifact: { id } } } = await hub.deploy();
    const { data, errors } = await hub.upload(INITIATE, { id }, { input: await made("input.json") });
    assert.equal(data, null);
    assert.equal(errors[0].extensions.code, "CONFLICT");
    assert.match(errors[0].message, /is PENDING.* wait until it is SUCCESS/);
  });

  await t.step("the calibration input defaults to the input, and run arguments are kept", async () => {
    const query = `mutation($model: Upload!, $input: Upload!, $o: String!, $r: String) { generateArtifact(name: "x",
      uncompiledModel: $model, input: $input, organizationId: $o, calibrationTarget: "resources/col-overflow",
      tolerance: 0, inputVisibility: "public", outputVisibility: "public", paramVisibility: "fixed", runArgs: $r) {
      id target runArgs } }`;
    const files = { model: await made("network.onnx"), input: await made("input.json") };
    const r = JSON.stringify({ inputScale: 4, decompLegs: 3, decompBase: 128, variables: [["batch_size", 1]] });
    const { data, errors } = await hub.upload(query, { o: hub.organization.id, r }, files);
    assert.deepEqual(errors, []);
    assert.equal(data.generateArtifact.target, "resources/col-overflow");
    assert.deepEqual(JSON.parse(data.generateArtifact.runArgs), {
      ...JSON.parse(r),
      inputVisibility: "public",
      outputVisibility: "public",
      paramVisibility: "fixed",
    });
    const record = (await store.artifact(data.generateArtifact.id, hub.organization.id))!;
    assert.deepEqual(await blobs.read(record.files["input.json"]), await made("input.json"));
  });

  await t.step(
    "run arguments that no circuit of the target can have are refused before anything is stored",
    async () => {
      const query = `mutation($model: Upload!, $input: Upload!, $o: String!, $r: String, $t: String!, $i: String!,
      $p: String!) { generateArtifact(name: "x", uncompiledModel: $model, input: $input, organizationId: $o,
      calibrationTarget: $t, tolerance: 0, inputVisibility: $i, outputVisibility: "public", paramVisibility: $p,
      runArgs: $r) { id } }`;
      const files = { model: await made("network.onnx"), input: await made("input.json") };
      const before = await store.counts();
      const ask = async (variables: object) => {
        const asked = { o: hub.organization.id, r: "{}", t: "resources", i: "private", p: "private", ...variables };
        const { errors } = await hub.upload(query, asked, files);
        return [errors[0]?.extensions.code, errors[0]?.message];
      };
      const wrong: [variables: object, message: RegExp][] = [
        [{ i: "fixed" }, /inputVisibility is Fixed, which puts the values of one run into the keys/],
        [{ p: "public" }, /paramVisibility is Public, which EZKL does not have for weights/],
        [{ i: "secret" }, /inputVisibility is "secret", expected one of private, public, fixed, hashed/],
        [{ r: '{"lookupRange": [-5, 5]}' }, /ask for lookupRange .*, and a calibration chooses it/],
        [{ r: '{"inputScale": 7}', t: "fidelity" }, /ask for inputScale 7, and the target fidelity chooses it/],
        [{ r: '{"commitment": "IPA"}' }, /commitment is "IPA", expected one of kzg/],
      ];
      for (const [variables, message] of wrong) {
        const [code, said] = await ask(variables);
        assert.equal(code, "BAD_REQUEST", said);
        assert.match(said, message);
      }
      assert.deepEqual(await store.counts(), before);
    },
  );

  await t.step("equal models are stored once", async () => {
    const ids = [await hub.deploy(), await hub.deploy()].map(({ data }) => data.generateArtifact.id);
    const [a, b] = await Promise.all(ids.map((id) => store.artifact(id, hub.organization.id)));
    assert.equal(a!.files["network.onnx"].key, b!.files["network.onnx"].key);
    assert.notEqual(a!.files["cal_data.json"].key, b!.files["cal_data.json"].key);
  });

  await until(async () => (await hub.unfinished()).length === 0);
});
