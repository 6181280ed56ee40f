import assert from "node:assert/strict";
import { bodyOf, field } from "./multipart_body.ts";
import { RawConnection } from "./raw.ts";
import { GENERATE, TestHub } from "./test_hub.ts";

const MB = 1e6;
const TYPE = "multipart/form-data; boundary=b";

/** Runs `body` and returns how many bytes more than before the process had at most. */
async function memoryOf(body: () => Promise<void>): Promise<number> {
  const before = Deno.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => most = Math.max(most, Deno.memoryUsage().rss), 10);
  try {
    await body();
  } finally {
    clearInterval(timer);
  }
  return Math.max(most, Deno.memoryUsage().rss) - before;
}

Deno.test("an upload of 1 GB to a limit of 50 MB is refused, and memory stays flat", async (t) => {
  await using hub = await TestHub.start({ maxUpload: 50 * MB });
  const start = (headers: string): string =>
    `POST /graphql HTTP/1.1\r\nHost: hub\r\nAPI-Key: ${hub.key}\r\nContent-Type: ${TYPE}\r\n${headers}\r\n\r\n`;
  const operations = JSON.stringify({ query: GENERATE, variables: { ...hub.deployment(), uncompiledModel: null } });
  const parts = [field("operations", operations), field("map", '{"0":["variables.uncompiledModel"]}')];
  const closing = "--b--\r\n".length;
  const head = bodyOf([...parts, field("0", "")], "b").slice(0, -closing - 2);
  const megabyte = new Uint8Array(MB).fill(65);
  // Warm, so that what stays for good is not counted.
  await hub.deploy();

  await t.step("where its size is said, before any byte of it", async () => {
    const extra = await memoryOf(async () => {
      using connection = await RawConnection.open(hub.url);
      await connection.write(start(`Content-Length: ${1000 * MB}`));
      assert.match(await connection.until("\r\n\r\n"), /^HTTP\/1.1 413 /);
    });
    assert.ok(extra < 50 * MB, `${extra / MB} MB`);
  });

  await t.step("where it comes in chunks, and the client sends all of it regardless", async () => {
    const extra = await memoryOf(async () => {
      using connection = await RawConnection.open(hub.url);
      await connection.write(start("Transfer-Encoding: chunked"));
      const chunk = async (bytes: Uint8Array) => {
        await connection.write(`${bytes.length.toString(16)}\r\n`);
        await connection.write(bytes);
        await connection.write("\r\n");
      };
      await chunk(head);
      for (let sent = 0; sent < 1000; sent++) await chunk(megabyte);
      assert.match(await connection.until("\r\n\r\n"), /^HTTP\/1.1 413 /);
    });
    assert.ok(extra < 150 * MB, `${extra / MB} MB`);
    assert.deepEqual(await hub.unfinished(), []);
  });
});
