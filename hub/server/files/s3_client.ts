/**
 * The S3 calls that the hub makes. This is the only file that knows the AWS SDK, and it is loaded when the
 * storage is used first: a hub on files does without it.
 * @module
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from "npm:@aws-sdk/client-s3@3.1169.0";
import { FetchHttpHandler } from "npm:@smithy/fetch-http-handler@5.8.1";
import { Readable } from "node:stream";
import type { S3Config } from "../config.ts";
import type { ByteSource } from "./byte_streams.ts";
import { httpStatus } from "./s3_errors.ts";
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

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** A bucket. Each call is one request, tried once. */
export class S3Bucket {
  readonly #client: S3Client;
  readonly #reader: S3Client;
  readonly #bucket: string;

  /** Nothing is asked of the storage yet. */
  constructor(config: S3Config) {
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = config;
    this.#bucket = bucket;
    const settings: S3ClientConfig = {
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: true,
      maxAttempts: 1,
      // With its own checksums the SDK sends chunk framing, which some servers store as if it were content.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      logger: silent,
    };
    this.#client = new S3Client(settings);
    // Under Deno a download through node:http takes twice the memory of one through fetch, and an upload through
    // fetch loses its length.
    this.#reader = new S3Client({ ...settings, requestHandler: new FetchHttpHandler() });
  }

  /** Stores an object of `size` bytes; a server that follows S3 refuses it unless its SHA-256 is `sha256`. */
  async put(key: string, source: ByteSource, size: number, sha256: string, signal: AbortSignal): Promise<void> {
    const body = Readable.from(source, { objectMode: false });
    const command = new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: body, ContentLength: size });
    // The signature covers this header; without it the SDK would read the stream twice.
    command.middlewareStack.add((next) => async (args) => {
      (args.request as { headers: Record<string, string> }).headers["x-amz-content-sha256"] = sha256;
      return await next(args);
    }, { step: "build" });
    try {
      await this.#client.send(command, { abortSignal: signal });
    } finally {
      body.destroy();
    }
  }

  /** Whether there is such an object, and what it is. */
  async head(key: string, signal: AbortSignal): Promise<S3Head | null> {
    try {
      const command = new HeadObjectCommand({ Bucket: this.#bucket, Key: key });
      const { ContentLength, LastModified } = await this.#client.send(command, { abortSignal: signal });
      return { size: ContentLength ?? 0, modified: LastModified ?? new Date(0) };
    } catch (error) {
      if (httpStatus(error) === 404) return null;
      throw error;
    }
  }

  /** Bytes `start` to before `end`, of which there must be at least one. */
  async get(key: string, start: number, end: number, signal: AbortSignal): Promise<S3Body> {
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range: `bytes=${start}-${end - 1}` });
    const { Body, ContentRange, ContentLength } = await this.#reader.send(command, { abortSignal: signal });
    const bytes = (Body as unknown as ReadableStream<Uint8Array>).getReader();
    return {
      total: Number(ContentRange?.split("/")[1] ?? ContentLength),
      next: async () => (await bytes.read()).value ?? null,
      close: () => void bytes.cancel().catch(() => {}),
    };
  }

  /** Removes an object. */
  async remove(key: string, signal: AbortSignal): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }), { abortSignal: signal });
  }

  /** A part of the objects under a prefix, and where the next begins. */
  async list(prefix: string, next: string | undefined, signal: AbortSignal): Promise<[StoredObject[], string?]> {
    const command = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: next });
    const { Contents = [], NextContinuationToken } = await this.#client.send(command, { abortSignal: signal });
    const objects = Contents.map(({ Key, LastModified }) => ({ key: Key ?? "", modified: LastModified ?? new Date() }));
    return NextContinuationToken ? [objects, NextContinuationToken] : [objects];
  }

  /** Lets go of its connections. */
  close(): void {
    this.#client.destroy();
    this.#reader.destroy();
  }
}
