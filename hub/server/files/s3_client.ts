/**
 * The S3 calls that the hub makes. It is loaded when the storage is used first: a hub on files does without it.
 * @module
 */
import type { S3Config } from "../config.ts";
import type { ByteSource } from "./byte_streams.ts";
import { httpStatus } from "./s3_errors.ts";
import { S3Sender } from "./s3_request.ts";
import { elements, elementText } from "./s3_xml.ts";
import type { StoredObject } from "./storage.ts";

/** What S3 says of an object. */
export interface S3Head {
  /** Its bytes. */
  size: number;
  /** When it was stored. */
  modified: Date;
}

/** Bytes of an object, and how many the whole has. */
export interface S3Body {
  /** Bytes of the whole object. */
  total: number;
  /** The next of the bytes asked for, or null after the last. */
  next(): Promise<Uint8Array | null>;
  /** Lets go of the connection. */
  close(): void;
}

/** A bucket. Each call is one request, tried once. */
export class S3Bucket {
  readonly #sender: S3Sender;

  /** Nothing is asked of the storage yet. */
  constructor(config: S3Config) {
    this.#sender = new S3Sender(config);
  }

  /** Stores an object of `size` bytes; a server that follows S3 refuses it unless its SHA-256 is `sha256`. */
  async put(key: string, source: ByteSource, size: number, sha256: string, signal: AbortSignal): Promise<void> {
    await this.#sender.upload({ method: "PUT", key }, source, size, sha256, signal);
  }

  /** Whether there is such an object, and what it is. */
  async head(key: string, signal: AbortSignal): Promise<S3Head | null> {
    try {
      const { headers } = await this.#sender.send({ method: "HEAD", key }, signal);
      const modified = headers.get("last-modified");
      return { size: Number(headers.get("content-length") ?? 0), modified: new Date(modified ?? 0) };
    } catch (error) {
      if (httpStatus(error) === 404) return null;
      throw error;
    }
  }

  /** Bytes `start` to before `end`, of which there must be at least one. */
  async get(key: string, start: number, end: number, signal: AbortSignal): Promise<S3Body> {
    // Compressed on the way, the bytes would not be those asked for.
    const headers = { range: `bytes=${start}-${end - 1}`, "accept-encoding": "identity" };
    const response = await this.#sender.send({ method: "GET", key, headers }, signal);
    const bytes = response.body!.getReader();
    const range = response.headers.get("content-range");
    return {
      total: Number(range?.split("/")[1] ?? response.headers.get("content-length")),
      next: async () => (await bytes.read()).value ?? null,
      close: () => void bytes.cancel().catch(() => {}),
    };
  }

  /** Removes an object. */
  async remove(key: string, signal: AbortSignal): Promise<void> {
    const response = await this.#sender.send({ method: "DELETE", key }, signal);
    await response.body?.cancel();
  }

  /** A part of the objects under a prefix, and where the next begins. */
  async list(prefix: string, next: string | undefined, signal: AbortSignal): Promise<[StoredObject[], string?]> {
    const query = { "list-type": "2", prefix, "continuation-token": next };
    const xml = await (await this.#sender.send({ method: "GET", query }, signal)).text();
    const objects = elements(xml, "Contents").map((object) => ({
      key: elementText(object, "Key") ?? "",
      modified: new Date(elementText(object, "LastModified") ?? Date.now()),
    }));
    const after = elementText(xml, "NextContinuationToken");
    return after ? [objects, after] : [objects];
  }

  /** Lets go of its connections. */
  close(): void {
    this.#sender.close();
  }
}
