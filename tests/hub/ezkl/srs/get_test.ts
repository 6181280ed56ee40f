import assert from "node:assert/strict";
import { ArgumentError, FormatError, ZkgradError } from "../../../../core/base/errors.ts";
import { CEREMONY_SHA256 } from "../../../../hub/ezkl/srs/ceremony.ts";
import { genSrs, type SrsProgress } from "../../../../hub/ezkl/srs/generate.ts";
import { getSrs } from "../../../../hub/ezkl/srs/get.ts";
import { sha256 as hash } from "../../../../hub/ezkl/srs/sha256.ts";
import { inFolder } from "../../../folder.ts";
import { fixture } from "./fixtures.ts";

const K = 6;
const string = await genSrs(K, { secret: 31n });
const sha256 = await hash(string);
const ceremony1 = fixture("native/v21.0.0-assets/kzg1.srs");

/** Runs `body` with the address of a server that answers so. */
async function serving(answer: (request: Request) => Response, body: (address: string) => Promise<void>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  try {
    await body(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

async function refused(work: Promise<unknown>, kind: typeof ZkgradError, pattern: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof kind, String(error));
    assert.match(error.message, pattern);
    return true;
  });
}

Deno.test("getSrs() fetches nothing on its own", async () => {
  const fetch = () => assert.fail("it fetched");
  await refused(
    getSrs(K, { fetch }),
    ArgumentError,
    /give path, a file perpetual-powers-of-tau-raw-6 \(8452 bytes\).*or url/,
  );
  await inFolder(async (folder) => {
    await refused(getSrs(K, { cacheFolder: folder, fetch }), ArgumentError, /not in .*kzg6\.srs either/);
    assert.deepEqual(names(folder), []);
  });
  await refused(getSrs(27, { url: "http://127.0.0.1:1/", fetch }), ArgumentError, /logrows is 27/);
  await refused(getSrs(K, { url: "ftp://a/{k}", fetch }), ArgumentError, /"ftp:\/\/a\/6" is no address/);
  await refused(getSrs(K, { url: "http://a/", path: "a", fetch }), ArgumentError, /both given/);
  await refused(getSrs(K, { url: "http://a/", sha256: "abc", fetch }), ArgumentError, /64 hexadecimal digits/);
});

Deno.test({
  name: "getSrs() takes the ceremony's file by path, and no other under its k",
  ignore: ceremony1 === null,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/tau-1`, ceremony1!);
      assert.deepEqual(await getSrs(1, { path: `${folder}/tau-{k}` }), ceremony1);
      await refused(getSrs(2, { path: `${folder}/tau-1` }), FormatError, /516 bytes, expected 772 for k = 2/);
    }),
});

Deno.test("getSrs() shows both hashes of a file that is another, and takes it when it is asked for", () =>
  inFolder(async (folder) => {
    const path = `${folder}/mine.srs`;
    await Deno.writeFile(path, string);
    await refused(getSrs(K, { path }), FormatError, new RegExp(`is ${sha256}, expected ${CEREMONY_SHA256[K]}`));
    assert.deepEqual(await getSrs(K, { path, sha256: sha256.toUpperCase() }), string);
    await Deno.writeFile(path, await genSrs(K));
    await refused(getSrs(K, { path }), FormatError, /it is an UNSAFE string that was made on one machine/);
    const zeros = new Uint8Array(string.length);
    await Deno.writeFile(path, zeros);
    await refused(getSrs(K, { path, sha256: await hash(zeros) }), FormatError, /begins with k = 0/);
    await refused(getSrs(K, { path: `${folder}/none` }), ArgumentError, /no such file/);
  }));

Deno.test("getSrs() downloads, tells its progress, and keeps the file for the next time", () =>
  inFolder(async (folder) => {
    const asked: string[] = [];
    await serving((request) => {
      asked.push(new URL(request.url).pathname);
      return new Response(string);
    }, async (address) => {
      const seen: SrsProgress[] = [];
      const options = { url: `${address}/tau-{k}`, sha256, cacheFolder: `${folder}/srs` };
      assert.deepEqual(await getSrs(K, { ...options, onProgress: (each) => seen.push(each) }), string);
      assert.deepEqual(seen.at(-1), { done: 8452, total: 8452 });
      assert.deepEqual(names(`${folder}/srs`), ["kzg6.srs"]);
      assert.deepEqual(await getSrs(K, options), string);
      assert.deepEqual(asked, ["/tau-6"]);
      // From the cache alone, without an address.
      assert.deepEqual(await getSrs(K, { sha256, cacheFolder: `${folder}/srs` }), string);
    });
  }));

Deno.test("getSrs() refuses a damaged file in the cache instead of fetching over it", () =>
  inFolder(async (folder) => {
    const damaged = string.slice();
    damaged[5000] ^= 1;
    await Deno.writeFile(`${folder}/kzg6.srs`, damaged);
    const fetch = () => assert.fail("it fetched");
    const work = getSrs(K, { url: "http://127.0.0.1:1/", sha256, cacheFolder: folder, fetch });
    await refused(work, FormatError, /kzg6\.srs is [0-9a-f]{64}, expected [0-9a-f]{64}.*remove it/);
    assert.deepEqual(await Deno.readFile(`${folder}/kzg6.srs`), damaged);
  }));

Deno.test("getSrs() keeps nothing of a download that is wrong, too short or too long", () =>
  inFolder(async (folder) => {
    const cases: [answer: () => Response, kind: typeof ZkgradError, pattern: RegExp][] = [
      [() => new Response(string), FormatError, new RegExp(`is ${sha256}, expected ${CEREMONY_SHA256[K]}`)],
      [() => new Response(string.subarray(0, 8000)), FormatError, /sent 8000 bytes, expected 8452/],
      [() => new Response(new Uint8Array(9000)), FormatError, /more than the expected 8452 bytes/],
      [() => new Response("gone", { status: 404 }), ZkgradError, /answered 404 Not Found/],
      [() => new Response(null, { status: 204 }), ZkgradError, /answered 204/],
    ];
    for (const [answer, kind, pattern] of cases) {
      await serving(answer, async (address) => {
        await refused(getSrs(K, { url: `${address}/{k}`, cacheFolder: folder }), kind, pattern);
      });
      assert.deepEqual(names(folder), []);
    }
    await refused(
      getSrs(K, { url: hangingUp(), cacheFolder: folder }),
      ZkgradError,
      /broke off after \d+ of 8452 bytes/,
    );
    assert.deepEqual(names(folder), []);
    await refused(
      getSrs(K, { url: "http://127.0.0.1:1/{k}" }),
      ZkgradError,
      /http:\/\/127\.0\.0\.1:1\/6 broke off after 0/,
    );
  }));

Deno.test("getSrs() gives up on a server that falls silent, before and after its first byte", () =>
  inFolder(async (folder) => {
    for (const first of [0, 100]) {
      await serving(() => new Response(silentAfter(first)), async (address) => {
        const work = getSrs(K, { url: address, cacheFolder: folder, patience: 0.2 });
        await refused(work, ZkgradError, /sent nothing for 0\.2 s/);
      });
    }
    assert.deepEqual(names(folder), []);
  }));

Deno.test("getSrs() waits for a slow server as long as bytes come", async () => {
  const slow = () =>
    new ReadableStream<Uint8Array>({
      async start(controller) {
        for (let at = 0; at < string.length; at += 1000) {
          await new Promise((resolve) => setTimeout(resolve, 40));
          controller.enqueue(string.subarray(at, at + 1000));
        }
        controller.close();
      },
    });
  await serving(() => new Response(slow()), async (address) => {
    // The whole takes longer than its patience.
    assert.deepEqual(await getSrs(K, { url: address, sha256, patience: 0.3 }), string);
  });
});

Deno.test("getSrs() stops a download at the caller's signal, with its reason", () =>
  inFolder(async (folder) => {
    await serving(() => new Response(silentAfter(100)), async (address) => {
      const stop = new AbortController();
      const reason = new Error("enough");
      const onProgress = () => stop.abort(reason);
      const work = getSrs(K, { url: address, cacheFolder: folder, signal: stop.signal, onProgress });
      await assert.rejects(work, (error) => error === reason);
      await assert.rejects(getSrs(K, { url: address, signal: stop.signal }), (error) => error === reason);
    });
    assert.deepEqual(names(folder), []);
  }));

/** The address of a server that promises the whole string, sends some bytes and hangs up; once. */
function hangingUp(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  void (async () => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${string.length}\r\n\r\n`;
    await connection.write(new Uint8Array([...new TextEncoder().encode(head), ...string.subarray(0, 100)]));
    connection.close();
    listener.close();
  })();
  return `http://127.0.0.1:${listener.addr.port}/{k}`;
}

/** A body that sends some bytes and then nothing, until it is left. */
function silentAfter(count: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      if (count > 0) controller.enqueue(string.subarray(0, count));
    },
  });
}
