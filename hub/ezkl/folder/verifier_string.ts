/**
 * The reference string as a verifier needs it, of a file that may have more bytes than an array holds.
 * @module
 */
import { readFile } from "../../../core/base/files.ts";
import { HEAD_BYTES, TAIL_BYTES, verifierPart } from "../srs/verifier.ts";
import { fileSystem } from "./files.ts";

/** Bytes from which on a string is read in parts: that of k = 23 has more. */
const LARGE = 2 ** 30;

/** The file's bytes, or where they are many the verifier's part of them. */
export async function readVerifierString(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const size = await fileSystem().stat(path).then((found) => found.isFile() ? found.size : 0, () => 0);
  if (size <= LARGE) return await readFile(path, LARGE);
  const handle = await fileSystem().open(path, "r");
  try {
    const head = new Uint8Array(HEAD_BYTES), tail = new Uint8Array(TAIL_BYTES);
    await handle.read(head, 0, head.length, 0);
    await handle.read(tail, 0, tail.length, size - tail.length);
    return verifierPart(head, tail, size);
  } finally {
    await handle.close();
  }
}
