/**
 * Decompression of gzip data in steps, so that a reader can stop a file that
 * inflates to more than it should.
 * @module
 */
import { FormatError } from "../base/errors.ts";
import { inflate } from "./inflate.ts";

/** Deflate cannot make more than this many bytes of one (zlib's technical details, "Maximum Compression Factor"). */
export const MAX_DEFLATE_RATIO = 1032;

/** The polynomial of the checksum, its bits reversed (RFC 1952, section 8). */
const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let k = 0; k < 8; k++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/** Whether bytes begin as a gzip file does (RFC 1952, section 2.3.1). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The decompressed bytes of a gzip file, a chunk at a time; a chunk is a view of at most
 * 96 KiB or so, however well the file is compressed, that the next one overwrites. A
 * file may have several members, one after another, as `cat` of two files makes it.
 *
 * Throws a `FormatError` at the first defect, among them a wrong checksum and
 * bytes after the end.
 *
 * @param name The file's name, for errors.
 */
export function* gunzip(file: Uint8Array, name: string): Generator<Uint8Array, void, void> {
  let total = 0;
  const corrupt = (byte: number, what: string): FormatError =>
    new FormatError(
      `${name}: the gzip data is corrupt at byte ${byte} of ${file.length}, after ${total} decompressed bytes: ` +
        `${what}; fetch the file again`,
    );
  for (let at = 0; at === 0 || at < file.length;) {
    const chunks = inflate(file, afterHeader(file, at, corrupt), corrupt);
    let crc = 0xffffffff;
    let size = 0;
    let chunk = chunks.next();
    for (; !chunk.done; chunk = chunks.next()) {
      crc = checksum(crc, chunk.value);
      size += chunk.value.length;
      total += chunk.value.length;
      yield chunk.value;
    }
    at = chunk.value;
    if (at + 8 > file.length) throw corrupt(file.length, "it ends before its checksum");
    const view = new DataView(file.buffer, file.byteOffset + at, 8);
    if (view.getUint32(0, true) !== ~crc >>> 0) throw corrupt(at, "the checksum is that of other bytes");
    if (view.getUint32(4, true) !== size % 2 ** 32) throw corrupt(at + 4, "the length is that of other bytes");
    at += 8;
  }
}

// In a function of its own, out of the generator, it is several times as fast.
function checksum(start: number, bytes: Uint8Array): number {
  let crc = start;
  for (let i = 0; i < bytes.length; i++) crc = CRC[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return crc;
}

/** Where the compressed data of the member at byte `at` begin (RFC 1952, section 2.3). */
function afterHeader(file: Uint8Array, at: number, corrupt: (byte: number, what: string) => Error): number {
  if (!isGzip(file.subarray(at, at + 2))) throw corrupt(at, "neither the end of the file nor another member follows");
  if (at + 10 > file.length) throw corrupt(file.length, "it ends within a header");
  if (file[at + 2] !== 8) throw corrupt(at + 2, "an unknown way of compression");
  const flags = file[at + 3];
  if (flags & 0xe0) throw corrupt(at + 3, "flags that are reserved");
  let end = at + 10;
  if (flags & 4) end += 2 + (file[end] | file[end + 1] << 8);
  // The name and the comment end with a zero byte.
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue;
    const zero = file.indexOf(0, end);
    end = zero < 0 ? file.length : zero + 1;
  }
  if (flags & 2) end += 2;
  if (!(end < file.length)) throw corrupt(file.length, "it ends within a header");
  return end;
}
