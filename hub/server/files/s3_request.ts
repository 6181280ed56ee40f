/**
 * One signed request to S3-compatible storage, tried once.
 * @module
 */
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { text } from "node:stream/consumers";
import { AwsV4Signer } from "npm:aws4fetch@1.0.20";
import type { S3Config } from "../config.ts";
import type { ByteSource } from "./byte_streams.ts";
import { S3Error } from "./s3_errors.ts";
import { elementText } from "./s3_xml.ts";

const SHA256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** What to ask for. */
export interface S3Request {
  /** The HTTP method. */
  method: "GET" | "HEAD" | "DELETE" | "PUT";
  /** The object, where it is about one. */
  key?: string;
  /** The part of the address after `?`. */
  query?: Record<string, string | undefined>;
  /** Headers beside those that sign it. */
  headers?: Record<string, string>;
}

/** Signs requests for a bucket and sends them. */
export class S3Sender {
  readonly #config: S3Config;
  readonly #bucket: string;
  readonly #agents = { "http:": new HttpAgent({ keepAlive: true }), "https:": new HttpsAgent({ keepAlive: true }) };

  /** Nothing is sent yet. */
  constructor(config: S3Config) {
    this.#config = config;
    this.#bucket = `${config.endpoint.replace(/\/+$/, "")}/${encodeURIComponent(config.bucket)}`;
  }

  /**
   * Sends a request without a body.
   * @throws {S3Error} where the answer is no success
   */
  async send(request: S3Request, signal: AbortSignal): Promise<Response> {
    const { url, headers } = await this.#sign(request, SHA256_OF_NOTHING);
    const init = { method: request.method, headers, signal, redirect: "manual" } as const;
    const response = await fetch(url, init);
    if (response.ok) return response;
    throw answerError(response.status, await response.text());
  }

  /**
   * Sends a request with a body of `size` bytes, whose SHA-256 is covered by the signature. By node:http, for Deno's
   * fetch sends a stream without its length, which S3 refuses.
   * @throws {S3Error} where the answer is no success
   */
  async upload(
    asked: S3Request,
    source: ByteSource,
    size: number,
    sha256: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { url, headers } = await this.#sign(asked, sha256);
    headers.set("content-length", `${size}`);
    headers.set("content-type", "application/octet-stream");
    const secure = url.protocol === "https:";
    const options = {
      method: asked.method,
      headers: Object.fromEntries(headers),
      agent: this.#agents[secure ? "https:" : "http:"],
    };
    const body = Readable.from(source, { objectMode: false });
    const sent = secure ? httpsRequest(url, options) : httpRequest(url, options);
    const stop = (): void => void sent.destroy(signal.reason as Error);
    signal.addEventListener("abort", stop);
    try {
      signal.throwIfAborted();
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        sent.on("response", resolve).on("error", reject);
      });
      // A server that refuses answers before it has taken the whole body, which then breaks off.
      const answer = await Promise.race([answered, pipeline(body, sent).then(() => answered)]);
      const words = await text(answer);
      const status = answer.statusCode ?? 0;
      if (status < 200 || status > 299) throw answerError(status, words);
    } finally {
      signal.removeEventListener("abort", stop);
      body.destroy();
      sent.destroy();
    }
  }

  /** Lets go of its connections. */
  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #sign(
    { method, key, query = {}, headers }: S3Request,
    sha256: string,
  ): Promise<{ url: URL; headers: Headers }> {
    const { accessKeyId, secretAccessKey, region } = this.#config;
    const path = key === undefined ? "" : `/${key.split("/").map(encodeURIComponent).join("/")}`;
    const url = new URL(this.#bucket + path);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...headers, "x-amz-content-sha256": sha256 },
      accessKeyId,
      secretAccessKey,
      region,
      service: "s3",
    });
    const signed = await signer.sign();
    return { url: signed.url, headers: signed.headers };
  }
}

function answerError(status: number, xml: string): S3Error {
  return new S3Error(elementText(xml, "Code"), elementText(xml, "Message") ?? `HTTP ${status}`, status);
}
