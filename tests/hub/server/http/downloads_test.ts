import assert from "node:assert/strict";
import { made, TestHub } from "./test_hub.ts";
import { RawConnection } from "./raw.ts";

Deno.test("files of artifacts and proofs are plain downloads", async (t) => {
  await using hub = await TestHub.start({ rate: 100_000 });
  const artifact = await hub.artifact();
  const proof = await hub.proof(artifact);
  const settings = `/artifacts/${artifact.id}/settings.json`;
  const tag = `"${artifact.files["settings.json"].sha256}"`;

  await t.step("whole, with a name, a type and an ETag that is their hash", async () => {
    const response = await hub.fetch(settings);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("etag"), tag);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.equal(response.headers.get("content-disposition"), 'attachment; filename="settings.json"');
    assert.equal(response.headers.get("accept-ranges"), "bytes");
    assert.equal(response.headers.get("cache-control"), "private, max-age=31536000, immutable");
    assert.match(response.headers.get("vary")!, /API-Key/);
    const bytes = await response.bytes();
    assert.equal(response.headers.get("content-length"), `${bytes.length}`);
    assert.deepEqual(bytes, await made("settings.json"));
    const key = await hub.fetch(`/artifacts/${artifact.id}/key.vk`);
    assert.equal(key.headers.get("content-type"), "application/octet-stream");
    assert.deepEqual(await key.bytes(), await made("vk.key"));
    assert.deepEqual(await (await hub.fetch(`/proofs/${proof.id}/test.pf`)).bytes(), await made("proof.json"));
  });

  await t.step("HEAD answers the same without the bytes", async () => {
    const response = await hub.fetch(settings, { method: "HEAD" });
    assert.deepEqual([response.status, await response.text()], [200, ""]);
    assert.equal(response.headers.get("etag"), tag);
    assert.equal(response.headers.get("content-length"), `${artifact.files["settings.json"].size}`);
  });

  await t.step("not again to somebody who has them", async () => {
    for (const header of [tag, `W/${tag}`, `"x", ${tag}`, "*"]) {
      const response = await hub.fetch(settings, { headers: { "if-none-match": header } });
      assert.deepEqual([response.status, await response.text()], [304, ""], header);
      assert.equal(response.headers.get("etag"), tag);
    }
    const other = await hub.fetch(settings, { headers: { "if-none-match": '"x"' } });
    assert.equal(other.status, 200);
    await other.body?.cancel();
  });

  await t.step("in parts", async () => {
    const whole = await made("settings.json");
    const size = whole.length;
    const cases: [string, number, number][] = [
      ["bytes=0-9", 0, 10],
      ["bytes=10-", 10, size],
      ["bytes=-7", size - 7, size],
      [`bytes=-${size * 2}`, 0, size],
      [`bytes=5-${size * 2}`, 5, size],
      [`bytes=${size - 1}-${size - 1}`, size - 1, size],
    ];
    for (const [range, start, end] of cases) {
      const response = await hub.fetch(settings, { headers: { range } });
      assert.equal(response.status, 206, range);
      assert.equal(response.headers.get("content-range"), `bytes ${start}-${end - 1}/${size}`);
      assert.equal(response.headers.get("content-length"), `${end - start}`);
      assert.deepEqual(await response.bytes(), whole.slice(start, end), range);
    }
  });

  await t.step("a part that there is not is refused with the size", async () => {
    const size = artifact.files["settings.json"].size;
    for (const range of [`bytes=${size}-`, "bytes=999999999-", "bytes=-0"]) {
      const response = await hub.fetch(settings, { headers: { range } });
      assert.deepEqual([response.status, await response.text()], [416, ""], range);
      assert.equal(response.headers.get("content-range"), `bytes */${size}`);
    }
  });

  await t.step("what is no single range of bytes is the whole file, and so is a part of another version", async () => {
    for (const range of ["bytes=0-1,5-6", "bytes=9-1", "lines=1-2", "bytes=", "bytes=-", "bytes=a-b", "bytes=1e3-"]) {
      const response = await hub.fetch(settings, { headers: { range } });
      assert.equal(response.status, 200, range);
      await response.body?.cancel();
    }
    for (const [condition, status] of [[tag, 206], ['"x"', 200], [`W/${tag}`, 200]] as const) {
      const response = await hub.fetch(settings, { headers: { "range": "bytes=0-1", "if-range": condition } });
      assert.equal(response.status, status);
      await response.body?.cancel();
    }
  });

  await t.step("private files too are decrypted in parts, and never kept", async () => {
    const path = `/proofs/${proof.id}/witness.json`;
    const whole = await made("witness.json");
    const response = await hub.fetch(path);
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.deepEqual(await response.bytes(), whole);
    const part = await hub.fetch(path, { headers: { range: "bytes=100-199" } });
    assert.deepEqual(await part.bytes(), whole.slice(100, 200));
  });

  await t.step("a proving key is the operator's, unless he gives it out", async () => {
    const path = `/artifacts/${artifact.id}/key.pk`;
    const refused = await hub.fetch(path);
    assert.equal(refused.status, 403);
    assert.match((await refused.json()).errors[0].message, /--serve-proving-keys/);
    hub.services.config.serveProvingKeys = true;
    assert.deepEqual(await (await hub.fetch(path)).bytes(), new Uint8Array(5000).fill(7));
    hub.services.config.serveProvingKeys = false;
  });

  await t.step("uploaded inputs never come out", async () => {
    const { data } = await hub.deploy();
    const { id } = data.generateArtifact;
    assert.ok((await hub.services.store.artifact(id, hub.organization.id))!.files["cal_data.json"]);
    for (const name of ["input.json", "cal_data.json"]) {
      const response = await hub.fetch(`/artifacts/${id}/${name}`);
      assert.equal(response.status, 404);
      await response.body?.cancel();
    }
    const early = await hub.fetch(`/artifacts/${id}/network.onnx`);
    assert.equal(early.headers.get("cache-control"), "private, no-cache");
    assert.deepEqual(await early.bytes(), await made("network.onnx"));
  });

  await t.step("without a key, with a wrong one and with another organisation's nobody gets anything", async () => {
    const absent = await (await hub.fetch(`/artifacts/${crypto.randomUUID()}/settings.json`)).json();
    const files = [
      ...Object.keys(artifact.files).map((name) => `/artifacts/${artifact.id}/${name}`),
      ...Object.keys(proof.files).map((name) => `/proofs/${proof.id}/${name}`),
    ];
    for (const path of files) {
      for (const method of ["GET", "HEAD"]) {
        for (const [key, status] of [[null, 401], ["zkg_wrong", 401], [hub.other.key, 404]] as const) {
          const response = await hub.fetch(
            path,
            { method, headers: { range: "bytes=0-1", "if-none-match": "*" } },
            key,
          );
          assert.equal(response.status, status, path);
          assert.equal(response.headers.get("etag"), null);
          const text = await response.text();
          if (status !== 404 || method === "HEAD") continue;
          // Word for word as if there were no such artifact.
          assert.equal(JSON.parse(text).errors[0].message, absent.errors[0].message);
        }
      }
    }
  });

  await t.step("no path leads out of a record", async () => {
    const names = [
      "..",
      ".",
      "",
      "%2e%2e",
      "..%2f..%2fsecret.key",
      "..%5csecret.key",
      "%00",
      "settings.json%00",
      "settings.json%20",
      "settings.json/",
      "SETTINGS.JSON",
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "%252e%252e",
      "settings.json/../key.pk",
      "a".repeat(5000),
      "é",
    ];
    for (const name of names) {
      for (
        const path of [
          `/artifacts/${artifact.id}/${name}`,
          `/proofs/${proof.id}/${name}`,
          `/artifacts/${name}/settings.json`,
        ]
      ) {
        using connection = await RawConnection.open(hub.url);
        const line = `GET ${encodeURI(path).replaceAll("%25", "%")} HTTP/1.1`;
        await connection.write(`${line}\r\nHost: hub\r\nAPI-Key: ${hub.key}\r\nConnection: close\r\n\r\n`);
        const answer = await connection.until("}]}");
        // One slash too many at the end is forgiven.
        const forgiven = path === `${settings}/`;
        if (!forgiven) assert.match(answer, /^HTTP\/1.1 (404|403|400) /, path);
        assert.ok(!answer.includes("hub.lock"));
      }
    }
  });

  await t.step("a file that the storage lost is an error with a code, and the log has it", async () => {
    const broken = await hub.artifact();
    await hub.services.blobs.remove(artifact.files["key.vk"]);
    const response = await hub.fetch(`/artifacts/${broken.id}/key.vk`);
    assert.ok(response.status >= 500);
    const { errors } = await response.json();
    assert.ok(["DAMAGED_BLOB", "STORAGE_UNAVAILABLE"].includes(errors[0].extensions.code));
    assert.ok(
      hub.lines.some(({ level, requestId }) => level === "error" && requestId === errors[0].extensions.requestId),
    );
  });
});
