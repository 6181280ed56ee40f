import assert from "node:assert/strict";
import { malformedBodies } from "./malformed.ts";
import { bodyOf, field, file, type RawPart } from "./multipart_body.ts";
import { RawConnection } from "./raw.ts";
import { type Answer, answerOf, GENERATE, made, TestHub, until, uploads } from "./test_hub.ts";

const BOUNDARY = "some-boundary";
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const MAP = '{"0":["variables.uncompiledModel"],"1":["variables.input"],"2":["variables.calibrationInput"]}';

async function goodParts(hub: TestHub): Promise<RawPart[]> {
  const { uncompiledModel, input } = await uploads();
  const variables = { ...hub.deployment(), uncompiledModel: null, input: null, calibrationInput: null };
  return [
    field("operations", JSON.stringify({ query: GENERATE, variables })),
    field("map", MAP),
    file("0", uncompiledModel),
    file("1", input),
    file("2", input),
  ];
}

async function send(hub: TestHub, body: Uint8Array<ArrayBuffer>, contentType = TYPE): Promise<Answer> {
  const init = { method: "POST", headers: { "content-type": contentType }, body };
  return await answerOf(await hub.fetch("/graphql", init));
}

Deno.test("files come by the multipart request specification", async (t) => {
  await using hub = await TestHub.start({ rate: 100_000 });
  const parts = await goodParts(hub);

  await t.step("in order, with bytes arriving in any pieces", async () => {
    const body = bodyOf(parts, BOUNDARY);
    for (const size of [1, 7, 64, 1000, body.length]) {
      let at = 0;
      const pieces = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          if (at >= body.length) return controller.close();
          controller.enqueue(body.slice(at, at += size === 1 ? 1 + at % 3 : size));
        },
      });
      const response = await hub.fetch("/graphql", { method: "POST", headers: { "content-type": TYPE }, body: pieces });
      const { data, errors } = await answerOf(response);
      assert.deepEqual(errors, []);
      const record = await hub.services.store.artifact(data.generateArtifact.id, hub.organization.id);
      const stored = await hub.services.blobs.read(record!.files["network.onnx"]);
      assert.deepEqual(stored, await made("network.onnx"));
    }
  });

  await t.step("files without a name or a type are files all the same", async () => {
    const bare = parts.map((part, index) => index < 2 ? part : field(`${index - 2}`, part.body as string));
    bare[2].body = parts[2].body;
    const { errors } = await send(hub, bodyOf(bare, BOUNDARY));
    assert.deepEqual(errors, []);
  });

  await t.step("what is before and after the parts is skipped", async () => {
    const encoder = new TextEncoder();
    const body = new Uint8Array([
      ...encoder.encode("a preamble\r\n"),
      ...bodyOf(parts, BOUNDARY),
      ...encoder.encode("an epilogue"),
    ]);
    assert.deepEqual((await send(hub, body)).errors, []);
  });

  await t.step("a file may stand for two variables", async () => {
    const map = '{"0":["variables.uncompiledModel"],"1":["variables.input","variables.calibrationInput"]}';
    const { errors } = await send(hub, bodyOf([parts[0], field("map", map), parts[2], parts[3]], BOUNDARY));
    assert.deepEqual(errors, []);
  });

  await t.step("what is wrong is told", async () => {
    const cases: [RawPart[], RegExp][] = [
      [parts.slice(1), /"map" comes before "operations"/],
      [[parts[0], parts[2], parts[1]], /a file comes before "map"/],
      [parts.slice(0, 4), /names a file that is not in the body/],
      [[...parts, file("3", "x")], /a file that "map" does not name/],
      [[...parts, file("2", "x")], /two files of one name/],
      [[...parts, field("map", MAP)], /too many parts|two parts "map"/],
      [[parts[0]], /no part "map"/],
      [[], /not multipart|no part "operations"/],
      [[parts[0], field("map", '{"0":["variables.__proto__.x"]}'), parts[2]], /not a path to a variable/],
      [[parts[0], field("map", '{"0":["variables.name.x"]}'), parts[2]], /not in the variables/],
      [[field("operations", "[]"), ...parts.slice(1)], /one operation at a time/],
    ];
    for (const [wrong, message] of cases) {
      const { status, data, errors } = await send(hub, bodyOf(wrong, BOUNDARY));
      assert.deepEqual([status, data], [400, null], `${message}`);
      assert.match(errors[0].message, message);
      assert.equal(errors[0].extensions.code, "BAD_REQUEST");
    }
    assert.equal(({} as Record<string, unknown>).x, undefined);
  });

  await t.step("600 malformed bodies are refused with a type and a sentence, and leave nothing behind", async () => {
    const bodies = malformedBodies(await goodParts(hub), 600, 4);
    const statuses: Record<number, number> = {};
    let accepted = 0;
    for (const { what, contentType, body } of bodies) {
      const { status, data, errors } = await send(hub, body, contentType);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (errors.length === 0) {
        // A byte that changed within a weight, a name or a number leaves a good request.
        assert.match(what, /^(flipped|newlines|headers|part|type|without)/);
        assert.ok(data.generateArtifact.id);
        accepted++;
        continue;
      }
      assert.ok(status === 200 || (status >= 400 && status < 500), `${what}: ${status}`);
      for (const { message, extensions } of errors) {
        assert.notEqual(extensions.code, "INTERNAL", what);
        assert.match(extensions.code, /^[A-Z_]+$/);
        assert.ok(message.length > 10, what);
      }
    }
    assert.ok(statuses[400] >= 450, JSON.stringify(statuses));
    assert.ok(accepted < 60, `${accepted}`);
    assert.deepEqual(hub.lines.filter(({ level }) => level === "error"), []);
    assert.deepEqual(await hub.unfinished(), []);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    // It is as well as before.
    assert.deepEqual((await hub.deploy()).errors, []);
  });

  await t.step("an upload that stops in the middle leaves no file and no record", async () => {
    const body = bodyOf(await goodParts(hub), BOUNDARY);
    const told = hub.lines.filter(({ route }) => route === "/graphql").length;
    const before = (await hub.services.store.counts()).artifacts;
    for (let round = 0; round < 20; round++) {
      using connection = await RawConnection.open(hub.url);
      await connection.write(
        `POST /graphql HTTP/1.1\r\nHost: hub\r\nAPI-Key: ${hub.key}\r\nContent-Type: ${TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      await connection.write(body.subarray(0, Math.floor(body.length * round / 20)));
    }
    await until(() => hub.lines.filter(({ route }) => route === "/graphql").length === told + 20);
    assert.deepEqual(await hub.unfinished(), []);
    assert.deepEqual((await hub.services.store.counts()).artifacts, before);
    assert.deepEqual(hub.lines.filter(({ level }) => level === "error"), []);
  });

  await t.step({
    name: "nothing readable lies on the disk while an upload is under way",
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      assert.deepEqual(await openUploads(), [], "files of earlier requests are still open");
      const secret = "a-number-that-nobody-may-read ".repeat(20_000);
      const parts = await goodParts(hub);
      parts[3] = file("1", secret);
      const body = bodyOf(parts, BOUNDARY);
      using connection = await RawConnection.open(hub.url);
      await connection.write(
        `POST /graphql HTTP/1.1\r\nHost: hub\r\nAPI-Key: ${hub.key}\r\nContent-Type: ${TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      await connection.write(body.subarray(0, body.length - 2000));
      let found: Uint8Array[] = [];
      await until(async () => {
        found = await openUploads();
        return found.some(({ length }) => length > 400_000);
      });
      assert.deepEqual(await hub.unfinished(), []);
      for (const bytes of found) {
        assert.ok(!new TextDecoder().decode(bytes).includes("nobody-may-read"));
      }
    },
  });
});

Deno.test("an upload is refused where the disk has no room to spare", async () => {
  await using hub = await TestHub.start({ reserveBytes: 2 ** 60 });
  const { status, errors } = await hub.deploy();
  assert.equal(status, 507);
  assert.equal(errors[0].extensions.code, "STORAGE_FULL");
  assert.deepEqual((await hub.services.store.counts()).artifacts, {});
  assert.equal((await hub.graphql("{ organizations { id } }")).status, 200);
});

/** What this process holds open in files that have no name any more. */
async function openUploads(): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for await (const { name } of Deno.readDir("/proc/self/fd")) {
    const target = await Deno.readLink(`/proc/self/fd/${name}`).catch(() => "");
    if (/upload-.* \(deleted\)$/.test(target)) found.push(await Deno.readFile(`/proc/self/fd/${name}`));
  }
  return found;
}
