/**
 * Private files, encrypted: AES-256-GCM in pieces, so that a part can be read without the rest, and any
 * changed, missing, added or swapped byte is noticed.
 *
 * A sealed file is a header of 34 bytes (version 1, log2 of the piece size, 32 random bytes) and then the
 * pieces, each with a tag of 16 bytes. The key is HKDF-SHA-256 of the secret, the random bytes, and the name
 * that the file is stored under; a piece's nonce is its number and whether it is the last (the STREAM
 * construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). So a nonce is never used twice with a key.
 * @module
 */
import { DecryptError } from "../errors.ts";
import { type Bytes, type ByteSource, gather, inPieces } from "./byte_streams.ts";

/** Bytes of a secret. */
export const SECRET_BYTES = 32;

const VERSION = 1;
const PIECE_LOG2 = 16;
const PIECE = 1 << PIECE_LOG2;
const SALT = 32;
const HEADER = 2 + SALT;
const TAG = 16;

/** Bytes that a plain file of `size` bytes has when sealed. */
export function sealedSize(size: number): number {
  return HEADER + size + TAG * pieces(size);
}

/** Reads sealed bytes from `start` to before `end`. */
export type SealedReader = (start: number, end: number) => Promise<ByteSource>;

/** Seals and opens files under one secret. */
export class SecretBox {
  readonly #secret: Promise<CryptoKey>;

  /** Throws a RangeError unless the secret has 32 bytes. */
  constructor(secret: Bytes) {
    if (secret.length !== SECRET_BYTES) {
      throw new RangeError(`a secret has ${SECRET_BYTES} bytes, but this one has ${secret.length}`);
    }
    this.#secret = crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey", "deriveBits"]);
  }

  /** 16 hex digits that two hosts can compare to know whether they have the same secret; says nothing of it. */
  async fingerprint(): Promise<string> {
    const from = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: info("fingerprint", "") };
    return new Uint8Array(await crypto.subtle.deriveBits(from, await this.#secret, 64)).toHex();
  }

  /** Encrypts bytes; they open only under the same name. */
  async seal(plain: Uint8Array, name: string): Promise<Bytes> {
    return await gather(this.sealStream([plain], name), sealedSize(plain.length));
  }

  /** Decrypts what `seal` made; throws a DecryptError where it is not what was sealed under this name. */
  async open(sealed: Uint8Array, name: string): Promise<Bytes> {
    const size = plainSize(sealed.length);
    const read: SealedReader = (start, end) => Promise.resolve([sealed.subarray(start, end)]);
    return await gather(this.openStream(read, size, name), size);
  }

  /** Encrypts bytes as they come. */
  async *sealStream(plain: ByteSource, name: string): AsyncGenerator<Bytes> {
    const header = new Uint8Array(HEADER);
    header[0] = VERSION;
    header[1] = PIECE_LOG2;
    crypto.getRandomValues(header.subarray(2));
    const key = await this.#key(header, name);
    yield header;
    let index = 0;
    let held: Bytes = new Uint8Array();
    for await (const piece of inPieces(plain, PIECE)) {
      if (held.length > 0) yield await encrypt(key, header, index++, false, held);
      held = piece;
    }
    yield await encrypt(key, header, index, true, held);
  }

  /** Decrypts bytes `start` to before `end` of a file that has `size` plain bytes, reading only the pieces they are in. */
  async *openStream(read: SealedReader, size: number, name: string, start = 0, end = size): AsyncGenerator<Bytes> {
    const count = pieces(size);
    const first = Math.min(Math.floor(start / PIECE), count - 1);
    const after = Math.max(Math.ceil(end / PIECE), first + 1);
    const begin = HEADER + first * (PIECE + TAG);
    const stop = Math.min(HEADER + after * (PIECE + TAG), sealedSize(size));
    // One request where the header lies right before the first piece, two where it does not.
    const whole = first === 0 ? splitHeader(await read(0, stop)) : null;
    try {
      const header = whole ? (await whole.next()).value : await gather(await read(0, HEADER), HEADER);
      if (!header || header.length !== HEADER) throw new DecryptError("an encrypted file ends within its header");
      refuseOther(header);
      const key = await this.#key(header, name);
      let index = first;
      for await (const sealed of inPieces(whole ?? await read(begin, stop), PIECE + TAG)) {
        const piece = await decrypt(key, header, index, index === count - 1, sealed);
        const offset = PIECE * index++;
        const part = piece.subarray(Math.max(0, start - offset), Math.max(0, end - offset));
        if (part.length > 0) yield part;
      }
      if (index < after) throw new DecryptError("an encrypted file ends too early");
    } finally {
      await whole?.return(undefined);
    }
  }

  async #key(header: Bytes, name: string): Promise<CryptoKey> {
    const from = { name: "HKDF", hash: "SHA-256", salt: header.subarray(2), info: info("file", name) };
    return await crypto.subtle.deriveKey(from, await this.#secret, { name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]);
  }
}

/** How many pieces a file of `size` plain bytes has: an empty one has one, so that its end is sealed too. */
function pieces(size: number): number {
  return Math.max(1, Math.ceil(size / PIECE));
}

function plainSize(sealed: number): number {
  const body = sealed - HEADER;
  const size = body - TAG * Math.ceil(body / (PIECE + TAG));
  if (body < TAG || sealedSize(size) !== sealed) {
    throw new DecryptError(`an encrypted file cannot have ${sealed} bytes: it was cut or lengthened`);
  }
  return size;
}

function refuseOther(header: Bytes): void {
  if (header[0] === VERSION && header[1] === PIECE_LOG2) return;
  throw new DecryptError(
    `an encrypted file begins with ${header[0]} and ${header[1]} instead of ${VERSION} and ${PIECE_LOG2}: ` +
      "it was changed, or a newer hub made it",
  );
}

function info(use: string, name: string): Bytes {
  return new TextEncoder().encode(`zkgrad hub ${use}\0${name}`);
}

function params(header: Bytes, index: number, last: boolean): AesGcmParams {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setBigUint64(0, BigInt(index));
  iv[11] = last ? 1 : 0;
  return { name: "AES-GCM", iv, additionalData: header };
}

async function encrypt(key: CryptoKey, header: Bytes, index: number, last: boolean, piece: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.encrypt(params(header, index, last), key, piece));
}

async function decrypt(key: CryptoKey, header: Bytes, index: number, last: boolean, sealed: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(params(header, index, last), key, sealed));
  } catch {
    throw new DecryptError(
      `piece ${index} of an encrypted file does not open: it was changed, or sealed under another secret or name`,
    );
  }
}

/** First the header as one array, then the rest as it comes. */
async function* splitHeader(source: ByteSource): AsyncGenerator<Bytes> {
  const header = new Uint8Array(HEADER);
  let filled = 0;
  for await (const block of source) {
    const part = block.subarray(0, HEADER - filled);
    if (part.length > 0) {
      header.set(part, filled);
      filled += part.length;
      if (filled < HEADER) continue;
      yield header;
    }
    const rest = block.subarray(part.length);
    if (rest.length > 0) yield rest as Bytes;
  }
}
