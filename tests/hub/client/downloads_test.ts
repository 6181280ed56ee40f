import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  downloadArtifactFile,
  downloadProof,
  getHubProof,
  HubMismatchError,
  hubPin,
  hubProofFile,
  HubRefusedError,
  HubUnreachableError,
  pinArtifact,
  proofFromJson,
  settingsToJson,
  verifyHubProof,
} from "../../../hub/mod.ts";
import { chainOf, tinyOnnx } from "../ezkl/tiny.ts";
import { data, errorOf, type Got, KEY, scripted } from "./scripted.ts";

const BYTES = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);

function fileOf(name: string, bytes: Uint8Array, url: string | null = `/artifacts/a/${name}`) {
  return { name, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex"), url };
}

function artifact(files: unknown[], status = "SUCCESS") {
  return data({ artifact: { id: "a", name: "n", status, errors: [], files } });
}

Deno.test("a file is what its record says, to the last bit, or an error", async () => {
  const damaged = BYTES.with(70_000, 255) as Uint8Array<ArrayBuffer>;
  const bodies: [BodyInit, RegExp | null][] = [
    [BYTES, null],
    [
      damaged,
      /sent the SHA-256 [0-9a-f]{64}, and its record says 100000 bytes with the SHA-256 [0-9a-f]{64}; do not use/,
    ],
    [new Blob([BYTES, "x"]), /sent more than 100000 bytes/],
  ];
  for (const [body, message] of bodies) {
    await using hub = scripted(({ method }) =>
      method === "GET" ? new Response(body) : artifact([fileOf("key.vk", BYTES), fileOf("settings.json", BYTES)])
    );
    const progress: number[] = [];
    const options = {
      url: `${hub.url}/prefix/graphql`,
      apiKey: KEY,
      onProgress: ({ done }: { done: number }) => progress.push(done),
    };
    const download = downloadArtifactFile("a", "key.vk", options);
    if (message === null) {
      assert.deepEqual(await download, BYTES);
      assert.equal(progress.at(-1), BYTES.length);
      assert.equal(hub.got.at(-1)!.path, "/prefix/artifacts/a/key.vk");
      assert.equal(hub.got.at(-1)!.headers.get("api-key"), KEY);
    } else {
      const error = await errorOf(download);
      assert.ok(error instanceof HubMismatchError);
      assert.match(error.message, message);
    }
  }
});

Deno.test("a download that breaks off is begun again", async () => {
  let downloads = 0;
  await using hub = scripted(({ method }) => {
    if (method !== "GET") return artifact([fileOf("key.vk", BYTES)]);
    if (downloads++ > 1) return new Response(BYTES);
    // Shorter than the record says: in good order the first time, broken off the second.
    if (downloads === 1) return new Response(BYTES.subarray(0, 1000));
    return new Response(BYTES.subarray(0, 1000), { headers: { "content-length": String(BYTES.length) } });
  });
  assert.deepEqual(await downloadArtifactFile("a", "key.vk", { url: hub.url, apiKey: KEY }), BYTES);
  assert.equal(downloads, 3);

  downloads = -1000;
  const error = await errorOf(downloadArtifactFile("a", "key.vk", { url: hub.url, apiKey: KEY, patience: 0 }));
  assert.ok(error instanceof HubUnreachableError);
});

Deno.test("a file on another host is not fetched", async () => {
  await using other = scripted(() => new Response(BYTES));
  for (const url of [`${other.url}/key.vk`, `${other.url.replace("http:", "HTTP:")}/key.vk`]) {
    await using hub = scripted(() => artifact([fileOf("key.vk", BYTES, url)]));
    const error = await errorOf(downloadArtifactFile("a", "key.vk", { url: hub.url, apiKey: KEY }));
    assert.ok(error instanceof HubMismatchError);
    assert.match(error.message, /names http:.* for key\.vk, which is another host's$/);
  }
  assert.equal(other.got.length, 0);
});

Deno.test("a file that there is not is an error with the names of those that there are", async () => {
  const answers: [(got: Got) => Response, RegExp][] = [
    [
      () => artifact([fileOf("a.json", BYTES), fileOf("b.json", BYTES)]),
      /artifact a on http.* has no file "key.vk", it has a.json, b.json; wait/,
    ],
    [() => artifact([]), /has no file "key.vk", it has none; wait until it is done/],
    [() => artifact([fileOf("key.vk", BYTES, null)]), /has key.vk, and its operator does not give it out/],
    [
      ({ method }) =>
        method === "GET"
          ? Response.json({ data: null, errors: [{ message: "there is no such file" }] }, { status: 404 })
          : artifact([fileOf("key.vk", BYTES)]),
      /artifacts\/a\/key\.vk refuses: there is no such file$/,
    ],
    [
      ({ method }) => method === "GET" ? new Response("x", { status: 403 }) : artifact([fileOf("key.vk", BYTES)]),
      /artifacts\/a\/key\.vk answers 403; look at the record's files again$/,
    ],
    [
      () => Response.json({ errors: [{ message: `Cannot query field "files" on type "Artifact".` }] }),
      /keeps no files to download, as hubs of the old contract do not/,
    ],
  ];
  for (const [answer, message] of answers) {
    await using hub = scripted(answer);
    const error = await errorOf(downloadArtifactFile("a", "key.vk", { url: hub.url, apiKey: KEY }));
    assert.ok(error instanceof HubRefusedError, `${error}`);
    assert.match(error.message, message);
  }
});

Deno.test("a proof is verified against the pin alone", async (t) => {
  const chain = await chainOf(tinyOnnx());
  const other = await chainOf(tinyOnnx(2));
  const settings = new TextEncoder().encode(settingsToJson(chain.settings));
  const files = { "settings.json": settings, "key.vk": chain.vk, "verifier.srs": chain.srs };
  const record = Object.entries(files).map(([name, bytes]) => fileOf(name, bytes));
  const { proof, instances, transcriptType } = proofFromJson(new TextDecoder().decode(chain.proof));
  const { instances: [column] } = JSON.parse(new TextDecoder().decode(chain.proof));
  const hex = `0x${[...proof].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

  await using hub = scripted(({ method, path, query }) => {
    if (method === "GET") {
      return new Response(path.endsWith("test.pf") ? chain.proof : files[path.split("/")[3] as keyof typeof files]);
    }
    if (query.includes("artifact(")) return artifact(record);
    const artifactOfProof = { id: "a", name: "n" };
    const known = {
      id: "p",
      artifact: artifactOfProof,
      status: "SUCCESS",
      proof: hex,
      instances: column,
      transcriptType,
    };
    return data({ getProof: { ...known, files: [fileOf("test.pf", chain.proof, "/proofs/p/test.pf")] } });
  });
  const access = { url: hub.url, apiKey: KEY };
  const pin = await pinArtifact("a", access);

  await t.step("which has the files, the small reference string and their hashes", async () => {
    assert.deepEqual(pin.settings, chain.settings);
    assert.deepEqual(pin.settingsFile, settings);
    assert.deepEqual(pin.vk, chain.vk);
    assert.equal(pin.srs.length, 516);
    assert.equal(pin.hashes.vk, fileOf("", chain.vk).sha256);
    assert.deepEqual(await hubPin("a", { settings, vk: chain.vk, srs: pin.srs }), pin);
  });

  await t.step("as a file and as GraphQL tells it", async () => {
    assert.equal(await verifyHubProof(await downloadProof("p", access), pin), true);
    const told = await getHubProof("p", access);
    assert.deepEqual(told.instances, [column]);
    assert.equal(await verifyHubProof(told, pin), true);
    const rebuilt = proofFromJson(new TextDecoder().decode(hubProofFile(told)));
    assert.deepEqual([rebuilt.proof, rebuilt.instances, rebuilt.transcriptType], [proof, instances, transcriptType]);
  });

  await t.step("and does not hold for another network, or for changed instances", async () => {
    assert.equal(await verifyHubProof(other.proof, pin), false);
    const told = await getHubProof("p", access);
    const swapped = { ...told, instances: [[column[1], column[0]]] };
    assert.equal(await verifyHubProof(swapped, pin), false);
  });

  await t.step(
    "and pins that were changed, files that do not fit and proofs that are not done are refused",
    async () => {
      const changed = { ...pin, vk: other.vk };
      assert.match(
        (await errorOf(verifyHubProof(chain.proof, changed))).message,
        /key\.vk of the pin has the SHA-256 .* it was changed since/,
      );
      const cut = { settings, vk: chain.vk.subarray(1), srs: chain.srs };
      assert.equal((await errorOf(hubPin("a", cut))).name, "FormatError");
      const noString = { settings, vk: chain.vk, srs: new Uint8Array(100) };
      assert.equal((await errorOf(hubPin("a", noString))).name, "FormatError");
      const pending = { ...await getHubProof("p", access), status: "PENDING", proof: null };
      assert.match(
        (await errorOf(verifyHubProof(pending, pin))).message,
        /proof p is PENDING and has no bytes; waitForProof\(\)/,
      );
    },
  );
});

Deno.test("an artifact that is not done cannot be pinned", async () => {
  await using hub = scripted(() => artifact([], "PENDING"));
  const error = await errorOf(pinArtifact("a", { url: hub.url, apiKey: KEY }));
  assert.ok(error instanceof HubRefusedError);
  assert.match(error.message, /artifact a on http.* is PENDING, expected SUCCESS; waitForArtifact\(\)/);
});
