/**
 * Operations with files, as the GraphQL multipart request specification sends them: a part
 * `operations`, a part `map`, then the files, each streamed to the disk as it comes.
 * @module
 */
import { Buffer } from "node:buffer";
import { Busboy, type BusboyInstance } from "npm:@fastify/busboy@3.2.6";
import { BadRequestError, HubError } from "../errors.ts";
import { requireFree } from "../files/disk_space.ts";
import { type BodyLimits, bodyPieces, checkDeclaredSize } from "./body.ts";
import type { RequestLimits } from "./limits.ts";
import type { Operation } from "../graphql/operation.ts";
import { parseOperation } from "./operation.ts";
import { Upload } from "../upload.ts";
import { UploadMap } from "./upload_map.ts";

/** How a multipart body is taken in. */
export interface MultipartOptions {
  /** Folder for temporary files. */
  tmp: string;
  /** Bytes of disk that must stay free. */
  reserveBytes: number;
  /** Limits of the body. */
  body: BodyLimits;
  /** Limits of what is in it. */
  limits: RequestLimits;
}

/** An operation with its files, which are gone once it is disposed of. */
export interface MultipartOperation extends Disposable {
  /** The operation, with an {@linkcode Upload} for each file. */
  readonly operation: Operation;
}

/** Between two looks at how much room the disk has. */
const LOOK_BYTES = 8 * 2 ** 20;

/**
 * Reads a multipart request. Whatever goes wrong, no file is left.
 * @throws {BadRequestError} for a body that is not what the specification says
 * @throws {TooLargeError} for more bytes than the limit
 * @throws {StorageFullError} where the disk has no room to spare
 */
export async function readMultipart(request: Request, options: MultipartOptions): Promise<MultipartOperation> {
  const { tmp, reserveBytes, body } = options;
  const parts = new Parts(request.headers, options);
  try {
    checkDeclaredSize(request.headers, body.bytes);
    await requireFree(tmp, Number(request.headers.get("content-length") ?? 0), reserveBytes);
    let unseen = 0;
    for await (const piece of bodyPieces(request, body)) {
      if ((unseen += piece.length) > LOOK_BYTES) {
        unseen = 0;
        await requireFree(tmp, LOOK_BYTES, reserveBytes);
      }
      await parts.write(piece);
    }
    const operation = await parts.end();
    return { operation, [Symbol.dispose]: () => parts.dispose() };
  } catch (error) {
    await parts.abandon();
    throw error;
  }
}

/** The parts of a body, as the parser finds them. */
class Parts {
  readonly #parser: BusboyInstance;
  readonly #options: MultipartOptions;
  readonly #uploads = new Map<string, Upload>();
  readonly #names = new Set<string>();
  readonly #receiving: Promise<void>[] = [];
  readonly #finished = Promise.withResolvers<void>();
  /** Rejected by the first thing that is wrong; what comes later of it does not matter. */
  readonly #failed = Promise.withResolvers<never>();
  #failure: unknown = null;
  #operation: Operation | null = null;
  #map: UploadMap | null = null;

  constructor(headers: Headers, options: MultipartOptions) {
    this.#options = options;
    this.#failed.promise.catch(() => {});
    this.#parser = parserOf(headers, options.limits);
    this.#parser.on("file", (name, stream) => {
      // The parser may still tell a stream of an error when nobody reads it any more.
      stream.on("error", () => {});
      this.#receiving.push(this.#receive(name, stream));
    });
    this.#parser.on("field", (name, value, _nameCut, cut) => this.#try(() => this.#field(name, value, cut)));
    const tooMany = (): void => this.#fail(new BadRequestError("the multipart body has too many parts"));
    this.#parser.on("partsLimit", tooMany);
    this.#parser.on("filesLimit", tooMany);
    this.#parser.on("fieldsLimit", tooMany);
    this.#parser.on("error", (cause) => this.#fail(malformed(cause)));
    this.#parser.on("finish", () => this.#finished.resolve());
  }

  /** Takes more of the body, once the disk has taken what came before. */
  async write(piece: Uint8Array<ArrayBuffer>): Promise<void> {
    const taken = Promise.withResolvers<void>();
    // A parser that is done, because the closing boundary came, says so through the callback too.
    this.#parser.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength), () => taken.resolve());
    await Promise.race([taken.promise, this.#failed.promise]);
  }

  /** The whole operation. */
  async end(): Promise<Operation> {
    this.#parser.end();
    await Promise.race([this.#finished.promise, this.#failed.promise]);
    await Promise.race([Promise.all(this.#receiving), this.#failed.promise]);
    if (this.#failure !== null) throw this.#failure;
    if (this.#operation === null) throw new BadRequestError('the multipart body has no part "operations"');
    if (this.#map === null) throw new BadRequestError('the multipart body has no part "map"');
    this.#map.place(this.#operation, this.#uploads);
    return this.#operation;
  }

  /** Ends in the middle. */
  async abandon(): Promise<void> {
    this.#fail(new BadRequestError("the body was not read to its end"));
    this.#parser.destroy();
    await Promise.allSettled(this.#receiving);
    this.dispose();
  }

  /** Lets go of the files. */
  dispose(): void {
    for (const upload of this.#uploads.values()) upload[Symbol.dispose]();
    this.#uploads.clear();
  }

  #field(name: string, value: string, cut: boolean): void {
    const { limits } = this.#options;
    if (cut) throw new BadRequestError(`"${name}" in the multipart body has more than ${limits.jsonBytes} bytes`);
    if (name === "operations") {
      if (this.#operation !== null) throw new BadRequestError('the multipart body has two parts "operations"');
      this.#operation = parseOperation(value, '"operations"', limits);
    } else {
      if (this.#operation === null) throw new BadRequestError('"map" comes before "operations" in the multipart body');
      if (this.#map !== null) throw new BadRequestError('the multipart body has two parts "map"');
      this.#map = UploadMap.parse(value, limits);
    }
  }

  async #receive(name: string | undefined, stream: AsyncIterable<Uint8Array> & { destroy(): void }): Promise<void> {
    // Whoever leaves this loop stops the stream, also where the body ends early.
    const stopped = this.#failed.promise.catch(() => stream.destroy());
    try {
      if (this.#map === null) throw new BadRequestError('a file comes before "map" in the multipart body');
      if (name === undefined || !this.#map.has(name)) {
        throw new BadRequestError('the multipart body has a file that "map" does not name');
      }
      if (this.#names.has(name)) throw new BadRequestError("the multipart body has two files of one name");
      this.#names.add(name);
      this.#uploads.set(name, await Upload.receive(this.#options.tmp, stream));
    } catch (error) {
      this.#fail(error instanceof HubError ? error : malformed(error));
      await stopped;
    }
  }

  #try(run: () => void): void {
    if (this.#failure !== null) return;
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#failed.reject(this.#failure);
  }
}

function parserOf(headers: Headers, limits: RequestLimits): BusboyInstance {
  try {
    return new Busboy({
      headers: { "content-type": headers.get("content-type") ?? "" },
      // Some clients give files neither a name nor a type.
      isPartAFile: (name) => name !== "operations" && name !== "map",
      limits: {
        fieldNameSize: limits.nameLength,
        fieldSize: limits.jsonBytes,
        fields: 2,
        files: limits.files,
        parts: limits.files + 2,
        headerPairs: 16,
        headerSize: limits.headerBytes,
      },
    });
  } catch (cause) {
    throw malformed(cause);
  }
}

function malformed(cause: unknown): BadRequestError {
  return new BadRequestError(
    "the body is not multipart/form-data as its Content-Type says, or it ends too early; " +
      'send "operations", "map" and then the files',
    { cause },
  );
}
