import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { S3Bucket } from "../../../../hub/server/files/s3_client.ts";
import { httpStatus, S3Error } from "../../../../hub/server/files/s3_errors.ts";
import { elements, elementText } from "../../../../hub/server/files/s3_xml.ts";
import type { S3Config } from "../../../../hub/server/config.ts";
import { signatures } from "./signature.ts";
import { TestS3 } from "../s3.ts";
import { noise } from "./noise.ts";

const signal = new AbortController().signal;
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Whether an error is this one of S3's. */
const refusal = (name: string, status: number) => (error: unknown): boolean => {
  assert.ok(error instanceof S3Error);
  assert.deepEqual([error.name, httpStatus(error)], [name, status]);
  return true;
};

async function inBucket(body: (bucket: S3Bucket) => Promise<void>): Promise<void> {
  await using s3 = await TestS3.create();
  const bucket = new S3Bucket(s3.config);
  try {
    await body(bucket);
  } finally {
    bucket.close();
  }
}

Deno.test("S3's XML is read: names, nothing, escapes and what is missing", () => {
  const xml = '<?xml version="1.0"?><R xmlns="urn:a"><Key>a&amp;b &lt;&#x41;&#66;&gt; &quot;&apos;</Key><Key/>' +
    "<KeyMarker>no</KeyMarker><Key></Key></R>";
  assert.deepEqual(elements(xml, "Key"), ["a&amp;b &lt;&#x41;&#66;&gt; &quot;&apos;", "", ""]);
  assert.equal(elementText(xml, "Key"), "a&b <AB> \"'");
  assert.equal(elementText(xml, "Size"), undefined);
  assert.equal(elementText("<Error><Message>&amp;lt; &nbsp;</Message></Error>", "Message"), "&lt; &nbsp;");
});

Deno.test("S3: an object under a key of any letters is stored, found, listed, read in parts and removed", () =>
  inBucket(async (bucket) => {
    const bytes = noise(300_000);
    for (const key of ["plain", "a folder/ü & <x> +~'()!*.bin"]) {
      await bucket.put(key, [bytes.subarray(0, 7), bytes.subarray(7)], bytes.length, sha256(bytes), signal);
      assert.equal((await bucket.head(key, signal))?.size, bytes.length);
      const [objects, next] = await bucket.list(key.slice(0, 3), undefined, signal);
      assert.deepEqual(objects.map((object) => object.key), [key]);
      assert.ok(Math.abs(objects[0].modified.getTime() - Date.now()) < 60_000);
      assert.equal(next, undefined);
      const body = await bucket.get(key, 1000, 250_000, signal);
      assert.equal(body.total, bytes.length);
      const read: number[] = [];
      for (let part = await body.next(); part !== null; part = await body.next()) read.push(...part);
      assert.deepEqual(new Uint8Array(read), bytes.slice(1000, 250_000));
      await bucket.remove(key, signal);
      assert.equal(await bucket.head(key, signal), null);
    }
  }));

/** A server that refuses what is not signed right, and lists three objects in two answers. */
async function inSignedBucket(body: (bucket: S3Bucket, config: S3Config, asked: Request[]) => Promise<void>) {
  const asked: Request[] = [];
  const config = { bucket: "hub", region: "eu-central-1", accessKeyId: "me", secretAccessKey: "my/secret+key=" };
  const object = (key: string): string =>
    `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><Size>1</Size></Contents>`;
  const pages: Record<string, string> = {
    "": `${object("a&amp;b")}${object("c")}<NextContinuationToken>1/2+3=&amp;</NextContinuationToken>`,
    "1/2+3=&": object("d"),
  };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const url = new URL(request.url);
    const sent = await request.bytes();
    asked.push(request);
    const hash = request.headers.get("x-amz-content-sha256");
    const { expected, given } = signatures({ method: request.method, url, headers: request.headers }, "my/secret+key=");
    if (expected !== given || hash !== sha256(sent)) {
      return new Response("<Error><Code>SignatureDoesNotMatch</Code></Error>", { status: 403 });
    }
    if (!url.searchParams.has("list-type")) return new Response(request.method === "HEAD" ? null : "x");
    const page = pages[url.searchParams.get("continuation-token") ?? ""];
    return new Response(`<ListBucketResult><Prefix>p</Prefix>${page}</ListBucketResult>`);
  });
  const complete = { ...config, endpoint: `http://127.0.0.1:${server.addr.port}` };
  const bucket = new S3Bucket(complete);
  try {
    await body(bucket, complete, asked);
  } finally {
    bucket.close();
  }
}

Deno.test("signatures() gives the signature of the example that AWS publishes for S3", () => {
  const headers = new Headers({
    host: "examplebucket.s3.amazonaws.com",
    range: "bytes=0-9",
    "x-amz-content-sha256": sha256(new Uint8Array()),
    "x-amz-date": "20130524T000000Z",
    authorization: "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, " +
      "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, " +
      "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  });
  const url = new URL("http://examplebucket.s3.amazonaws.com/test.txt");
  const { expected, given } = signatures(
    { method: "GET", url, headers },
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  );
  assert.equal(expected, given);
});

Deno.test("S3: every call is signed right, and a list goes on where its first answer ended", () =>
  inSignedBucket(async (bucket, config, asked) => {
    const bytes = noise(70_000);
    const key = "a folder/ü & <x> +~'()!*.bin";
    await bucket.put(key, [bytes], bytes.length, sha256(bytes), signal);
    await bucket.head(key, signal);
    (await bucket.get(key, 3, 4, signal)).close();
    await bucket.remove(key, signal);
    const [first, next] = await bucket.list("p/ +&", undefined, signal);
    assert.deepEqual(first.map(({ key }) => key), ["a&b", "c"]);
    assert.equal(first[0].modified.toISOString(), "2026-01-02T03:04:05.000Z");
    assert.deepEqual((await bucket.list("p/ +&", next, signal)).map((part) => part?.length), [1]);
    assert.deepEqual(asked.map(({ method }) => method), ["PUT", "HEAD", "GET", "DELETE", "GET", "GET"]);
    for (const { headers } of asked) assert.match(headers.get("authorization")!, /SignedHeaders=.*host.*x-amz-date/);
    assert.equal(asked[0].headers.get("content-length"), "70000");
    const stranger = new S3Bucket({ ...config, secretAccessKey: "wrong" });
    for (
      const call of [
        () => stranger.list("", undefined, signal),
        () => stranger.put(key, [bytes], bytes.length, sha256(bytes), signal),
        () => bucket.put(key, [bytes], bytes.length, sha256(noise(3)), signal),
      ]
    ) await assert.rejects(call, refusal("SignatureDoesNotMatch", 403));
    stranger.close();
  }));

Deno.test("S3: a refusal has S3's name and status", () =>
  inBucket(async (bucket) => {
    const bytes = noise(3_000_000);
    await bucket.put("there", [bytes], bytes.length, sha256(bytes), signal);
    await assert.rejects(() => bucket.get("nowhere", 0, 1, signal), refusal("NoSuchKey", 404));
    await assert.rejects(() => bucket.get("there", 3_000_000, 3_000_001, signal), refusal("InvalidRange", 416));
  }));

Deno.test("S3: what breaks in the middle of an upload is told of, and nothing of it is kept", () =>
  inBucket(async (bucket) => {
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield noise(100_000);
      throw new Error("the file is gone");
    };
    await assert.rejects(() => bucket.put("half", source(), 200_000, "0".repeat(64), signal), /the file is gone/);
    const stop = new AbortController();
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      yield noise(100_000);
      stop.abort(new Error("enough"));
      await new Promise(() => {});
    };
    await assert.rejects(() => bucket.put("half", endless(), 200_000, "0".repeat(64), stop.signal), /enough/);
    assert.equal(await bucket.head("half", signal), null);
  }));
