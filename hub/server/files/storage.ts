/**
 * What the hub asks of a place for files, be it a folder or S3: whole objects under keys, never changed.
 * @module
 */
import type { ByteSource } from "./byte_streams.ts";

/** Bytes to be stored, which can be read again where the first try fails. */
export interface StorageSource {
  /** How many. */
  readonly size: number;
  /** SHA-256 of them as they are stored, in hex. */
  readonly sha256: string;
  /** Begins to read them. */
  read(): ByteSource;
}

/** An object as a listing tells of it. */
export interface StoredObject {
  /** Its key. */
  key: string;
  /** When it was stored, or kept last. */
  modified: Date;
}

/**
 * A place for objects. Every method throws a StorageError where the place does not answer, and a
 * StorageFullError where it has no room left.
 */
export interface Storage {
  /** Stores an object, replacing one there may be; it is there whole or not at all. */
  write(key: string, source: StorageSource): Promise<void>;
  /** Whether this very object is there and counts as stored just now; if not, it has to be written. */
  keep(key: string, source: StorageSource): Promise<boolean>;
  /** Bytes `start` to before `end` of an object of `size` bytes; a DamagedBlobError where it is gone or of another size. */
  read(key: string, size: number, start: number, end: number): Promise<ByteSource>;
  /** Removes an object; nothing happens where it is gone. */
  remove(key: string): Promise<void>;
  /** All objects whose keys begin with `prefix`, which ends in a slash. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Lets go of connections. */
  close(): Promise<void>;
}
