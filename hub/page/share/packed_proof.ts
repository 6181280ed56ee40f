/**
 * A proof as the text of a link: what is proven and shown, nothing else. No witness and no input is in a proof, so none
 * is in the link.
 *
 * The bytes: 1, the first eight of the key's SHA-256, the number of instances as 16 bits, 32 bytes for each, the proof.
 * @module
 */
import { type Proof, proofFromJson, proofToJson } from "../../ezkl/format/proof.ts";
import { signedOf, unsignedOf } from "../../ezkl/format/field.ts";

const VERSION = 1, MARK = 8, HEAD = 1 + MARK + 2, ELEMENT = 32;

/** What a link brought. */
export interface PackedProof {
  /** `test.pf`. */
  readonly proof: Uint8Array<ArrayBuffer>;
  /** The beginning of the SHA-256 of the key that it is of. */
  readonly mark: Uint8Array;
}

/** The text for a link. */
export async function packProof(proof: Uint8Array, vk: Uint8Array<ArrayBuffer>): Promise<string> {
  const file = proofFromJson(new TextDecoder().decode(proof)), instances = file.instances.flat();
  const bytes = new Uint8Array(HEAD + ELEMENT * instances.length + file.proof.length);
  bytes[0] = VERSION;
  bytes.set(await markOf(vk), 1);
  new DataView(bytes.buffer).setUint16(1 + MARK, instances.length, true);
  instances.forEach((value, index) => {
    let rest = unsignedOf(value);
    for (let at = 0; at < ELEMENT; at++, rest >>= 8n) bytes[HEAD + ELEMENT * index + at] = Number(rest & 255n);
  });
  bytes.set(file.proof, HEAD + ELEMENT * instances.length);
  return textOf(bytes);
}

/** The proof of a link's text; throws a sentence for one that was cut or changed. */
export function unpackProof(text: string): PackedProof {
  const damaged = new Error("The proof in this link is damaged; ask for the link again, and copy all of it");
  const bytes = bytesOf(text);
  if (bytes === null || bytes.length < HEAD || bytes[0] !== VERSION) throw damaged;
  const count = new DataView(bytes.buffer).getUint16(1 + MARK, true), end = HEAD + ELEMENT * count;
  if (bytes.length <= end) throw damaged;
  const instances = Array.from({ length: count }, (_, index) => {
    const element = bytes.subarray(HEAD + ELEMENT * index, HEAD + ELEMENT * (index + 1));
    return signedOf(element.reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n));
  });
  const proof: Proof = {
    protocol: null,
    instances: [instances],
    proof: bytes.slice(end),
    transcriptType: "EVM",
    split: null,
    prettyPublicInputs: null,
    timestamp: null,
    commitment: "KZG",
    version: null,
  };
  return { proof: new TextEncoder().encode(proofToJson(proof)), mark: bytes.subarray(1, 1 + MARK) };
}

/** Whether it is of this key. */
export async function isOf({ mark }: PackedProof, vk: Uint8Array<ArrayBuffer>): Promise<boolean> {
  return `${await markOf(vk)}` === `${mark}`;
}

async function markOf(vk: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", vk)).subarray(0, MARK);
}

/** In base64 for addresses. */
function textOf(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}
