/**
 * A file of a request while the request lasts. It lies on the disk, not in memory, encrypted
 * under a key that only this process's memory holds, in a file without a name: when the process
 * ends in whatever way, nothing is left, and what was on the disk cannot be read.
 * @module
 */
import { join } from "node:path";
import { StorageFullError } from "./errors.ts";
import { type Bytes, type ByteSource, gather } from "./files/byte_streams.ts";
import { SECRET_BYTES, SecretBox } from "./files/secret_box.ts";

const LABEL = "upload";

/** A file that came with a request. */
export class Upload implements Disposable {
  /** Its bytes. */
  readonly size: number;
  readonly #file: Deno.FsFile;
  readonly #box: SecretBox;
  #closed = false;
  /** Reads follow each other: they share the file's position. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(file: Deno.FsFile, box: SecretBox, size: number) {
    this.#file = file;
    this.#box = box;
    this.size = size;
  }

  /** Takes a file in; `folder` is for temporary files. Throws a StorageFullError where the disk is full. */
  static async receive(folder: string, source: AsyncIterable<Uint8Array>): Promise<Upload> {
    const file = await openNameless(folder);
    try {
      const box = new SecretBox(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
      let size = 0;
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        for await (const piece of source) {
          size += piece.length;
          yield piece;
        }
      };
      for await (const sealed of box.sealStream(counted(), LABEL)) await writeAll(file, sealed);
      return new Upload(file, box, size);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** All of it. */
  async bytes(): Promise<Bytes> {
    const read = (start: number, end: number): Promise<ByteSource> => Promise.resolve(this.#sealed(start, end));
    const mine = this.#turn.then(() => gather(this.#box.openStream(read, this.size, LABEL), this.size));
    this.#turn = mine.catch(() => {});
    return await mine;
  }

  /** What errors may say of it. */
  toJSON(): string {
    return "a file";
  }

  /** Lets go of it. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
  }

  async *#sealed(start: number, end: number): AsyncGenerator<Bytes> {
    let at = await this.#file.seek(start, Deno.SeekMode.Start);
    while (at < end) {
      const block = new Uint8Array(Math.min(256 * 1024, end - at));
      const count = await this.#file.read(block);
      if (count === null) return;
      at += count;
      yield block.subarray(0, count);
    }
  }
}

async function openNameless(folder: string): Promise<Deno.FsFile> {
  const path = join(folder, `upload-${crypto.randomUUID()}`);
  const file = await Deno.open(path, { read: true, write: true, createNew: true, mode: 0o600 });
  try {
    await Deno.remove(path);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  } catch (cause) {
    if ((cause as { code?: string }).code !== "ENOSPC") throw cause;
    throw new StorageFullError(
      "no room is left for the upload; try again later, or ask the operator for a larger disk",
      {
        cause,
      },
    );
  }
}
