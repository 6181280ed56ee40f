/**
 * Decompression of gzip data in steps, so that a reader can stop a file that
 * inflates to more than it should.
 * @module
 */
import { FormatError } from "../base/errors.ts";

/** Deflate cannot make more than this many bytes of one (zlib's technical details, "Maximum Compression Factor"). */
export const MAX_DEFLATE_RATIO = 1032;

/** Whether bytes begin as a gzip file does (RFC 1952, section 2.3.1). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The decompressed bytes of a gzip file, a chunk at a time; a chunk is at most
 * 16 MiB or so, however well the file is compressed.
 *
 * Throws a `FormatError` at the first defect, among them a wrong checksum and
 * bytes after the end.
 *
 * @param name The file's name, for errors.
 */
export async function* gunzip(file: Uint8Array, name: string): AsyncGenerator<Uint8Array, void, void> {
  const slice = 16 * 1024;
  let read = 0;
  let written = 0;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (read >= file.length) return controller.close();
      controller.enqueue(file.slice(read, read + slice));
      read = Math.min(read + slice, file.length);
    },
  }, { highWaterMark: 0 });
  const reader = source.pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    while (true) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new FormatError(
          `${name}: the gzip data is corrupt somewhere before byte ${read} of ${file.length}, ` +
            `after ${written} decompressed bytes (${cause instanceof Error ? cause.message : cause}), ` +
            "expected one intact gzip member and nothing after it: fetch the file again",
          { cause },
        );
      });
      if (done) return;
      written += value.length;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {}); // after an error there is nothing left to cancel
  }
}
