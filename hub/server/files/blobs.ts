/**
 * Where the hub's files are: a folder or S3-compatible storage, behind one interface.
 * @module
 */
import type { FileRef } from "../store/records.ts";

/** Files by key. A public blob's key is `blobs/ab/<sha256>`; a private one's is `private/<uuid>`, encrypted. */
export interface Blobs {
  /** Stores bytes under their hash; equal bytes are stored once. */
  put(bytes: Uint8Array): Promise<FileRef>;
  /** Stores a file of this machine under its hash, without taking it into memory. */
  putFile(path: string): Promise<FileRef>;
  /** Stores bytes encrypted, under a key of their own. */
  putPrivate(bytes: Uint8Array): Promise<FileRef>;
  /** Stores a stream encrypted, without taking it into memory; nothing of it is kept where it ends in an error. */
  putPrivateStream(stream: ReadableStream<Uint8Array>): Promise<FileRef>;
  /** All bytes, decrypted, checked against their hash. */
  read(ref: FileRef): Promise<Uint8Array<ArrayBuffer>>;
  /** Bytes from `start` to before `end`, as a stream; private ones are decrypted. */
  stream(ref: FileRef, start?: number, end?: number): Promise<ReadableStream<Uint8Array>>;
  /** Removes it; nothing happens where it is gone. */
  remove(ref: FileRef): Promise<void>;
  /** Whether the storage answers: writes, reads and removes a small file. */
  ping(): Promise<boolean>;
}

/** Whether it is encrypted, and one record's alone. */
export function isPrivate({ key }: FileRef): boolean {
  return key.startsWith("private/");
}
