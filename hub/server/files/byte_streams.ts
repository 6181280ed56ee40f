/**
 * Bytes on their way: from files, in pieces of one size, into one array.
 * @module
 */
import { createHash } from "node:crypto";

/** Bytes with memory of their own, as WebCrypto asks for. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes in pieces of any size. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

const BLOCK = 256 * 1024;

/** A file's bytes from `start` to before `end`, block by block; ends early where the file does. */
export async function* fileBlocks(path: string, start = 0, end = Infinity): AsyncGenerator<Bytes> {
  using file = await Deno.open(path);
  if (start > 0) await file.seek(start, Deno.SeekMode.Start);
  for (let left = end - start; left > 0;) {
    const block = new Uint8Array(Math.min(BLOCK, left));
    const count = await file.read(block);
    if (count === null) return;
    left -= count;
    yield block.subarray(0, count);
  }
}

/** Bytes already in memory, in blocks that leave the event loop room between them. */
export function* memoryBlocks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += BLOCK) yield bytes.subarray(at, at + BLOCK);
}

/** The same bytes in pieces of exactly `size`; the last may be shorter, and none comes for no bytes. */
export async function* inPieces(source: ByteSource, size: number): AsyncGenerator<Bytes> {
  let piece = new Uint8Array(size);
  let filled = 0;
  for await (const block of source) {
    for (let at = 0; at < block.length;) {
      const part = block.subarray(at, at + size - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === size) {
        yield piece;
        piece = new Uint8Array(size);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

/** All bytes in one array. More or fewer than `size` are told by the returned length, at most `size` + 1. */
export async function gather(source: ByteSource, size: number): Promise<Bytes> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  for await (const block of source) {
    if (filled + block.length > size) return new Uint8Array(size + 1);
    bytes.set(block, filled);
    filled += block.length;
  }
  return bytes.subarray(0, filled);
}

/** SHA-256 of bytes in memory, in hex; computed off the event loop. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Bytes)).toHex();
}

/** SHA-256 in hex, and the number of bytes, of what comes. */
export async function measure(source: ByteSource): Promise<{ sha256: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const block of source) {
    hash.update(block);
    size += block.length;
  }
  return { sha256: hash.digest("hex"), size };
}
