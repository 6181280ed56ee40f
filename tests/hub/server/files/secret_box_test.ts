import assert from "node:assert/strict";
import { DecryptError } from "../../../../hub/server/errors.ts";
import { type Bytes, gather } from "../../../../hub/server/files/byte_streams.ts";
import { sealedSize, SecretBox } from "../../../../hub/server/files/secret_box.ts";
import { noise } from "./noise.ts";

const PIECE = 65536;
const box = new SecretBox(noise(32));

async function refused(sealed: Uint8Array, name = "a", by = box): Promise<void> {
  await assert.rejects(by.open(sealed, name), DecryptError);
}

async function part(sealed: Bytes, size: number, start: number, end: number): Promise<Bytes> {
  const read = (from: number, to: number) => Promise.resolve([sealed.subarray(from, to)]);
  return await gather(box.openStream(read, size, "a", start, end), end - start);
}

Deno.test("what is sealed opens again, whatever its length", async () => {
  for (const size of [0, 1, 15, 16, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5]) {
    const plain = noise(size);
    const sealed = await box.seal(plain, "a");
    assert.equal(sealed.length, sealedSize(size));
    assert.deepEqual(await box.open(sealed, "a"), plain);
  }
});

Deno.test("a box with any byte changed does not open", async () => {
  const sealed = await box.seal(noise(60), "a");
  for (let at = 0; at < sealed.length; at++) {
    for (const bit of [1, 128]) {
      const changed = sealed.slice();
      changed[at]! ^= bit;
      await refused(changed);
    }
  }
});

Deno.test("a box cut anywhere, or lengthened, does not open", async () => {
  const sealed = await box.seal(noise(40), "a");
  for (let length = 0; length < sealed.length; length++) await refused(sealed.subarray(0, length));
  await refused(new Uint8Array([...sealed, 0]));
});

Deno.test("pieces that are missing, swapped or from another box are noticed", async () => {
  const sealed = await box.seal(noise(3 * PIECE), "a");
  const other = await box.seal(noise(3 * PIECE), "a");
  const step = PIECE + 16;
  const pieces = [0, 1, 2].map((index) => sealed.slice(34 + index * step, 34 + (index + 1) * step));
  const join = async (...parts: Uint8Array[]) => new Uint8Array(await new Blob(parts as Bytes[]).arrayBuffer());
  const header = sealed.slice(0, 34);
  assert.equal((await box.open(await join(header, ...pieces), "a")).length, 3 * PIECE);
  await refused(await join(header, pieces[0]!, pieces[1]!));
  await refused(await join(header, pieces[1]!, pieces[0]!, pieces[2]!));
  await refused(await join(header, pieces[0]!, pieces[2]!));
  await refused(await join(header, pieces[0]!, other.slice(34 + step, 34 + 2 * step), pieces[2]!));
  await refused(await join(header, ...pieces, pieces[2]!));
});

Deno.test("a box opens under its secret and its name alone", async () => {
  const sealed = await box.seal(noise(100), "a");
  await refused(sealed, "b");
  await refused(sealed, "a", new SecretBox(noise(32)));
});

Deno.test("the same bytes are sealed differently each time, and the plain ones are nowhere in it", async () => {
  const plain = new TextEncoder().encode("a picture that nobody else may see");
  const [first, second] = [await box.seal(plain, "a"), await box.seal(plain, "a")];
  assert.notDeepEqual(first.subarray(34), second.subarray(34));
  assert.ok(!first.toHex().includes(plain.subarray(0, 8).toHex()));
});

Deno.test("any part opens without the pieces around it", async () => {
  const size = 3 * PIECE + 100;
  const plain = noise(size);
  const sealed = await box.seal(plain, "a");
  const edges = [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE, size - 1, size];
  for (const start of edges) {
    for (const end of edges.filter((edge) => edge >= start)) {
      assert.deepEqual(await part(sealed, size, start, end), plain.subarray(start, end), `${start}-${end}`);
    }
  }
  const torn = sealed.slice();
  torn.fill(0, 34, 34 + PIECE);
  assert.deepEqual(await part(torn, size, PIECE, size), plain.subarray(PIECE));
  await assert.rejects(part(torn, size, PIECE - 1, size), DecryptError);
});

Deno.test("a fingerprint tells secrets apart and is not part of them", async () => {
  const secret = noise(32);
  const print = await new SecretBox(secret).fingerprint();
  assert.match(print, /^[0-9a-f]{16}$/);
  assert.equal(await new SecretBox(secret.slice()).fingerprint(), print);
  assert.notEqual(await box.fingerprint(), print);
  assert.ok(!secret.toHex().includes(print));
});

Deno.test("a secret of another length is refused", () => {
  for (const length of [0, 16, 31, 33]) assert.throws(() => new SecretBox(new Uint8Array(length)), RangeError);
});
