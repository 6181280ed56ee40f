/**
 * Options as a text that is equal for equal options.
 * @module
 */
import { sha256 } from "../srs/sha256.ts";

/**
 * The text of `value`: JSON with sorted keys, arrays of numbers by their SHA-256, bigints
 * as text; functions and signals, which change nothing that is made, are left out.
 */
export async function fingerprint(value: unknown): Promise<string> {
  return JSON.stringify(await plain(value)) ?? "";
}

async function plain(value: unknown): Promise<unknown> {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function" || value instanceof AbortSignal) return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name} ${await sha256(bytes)}`;
  }
  if (Array.isArray(value)) {
    // Long lists are labels; their numbers have no place in a file for people.
    if (value.length > 64 && value.every(Number.isFinite)) return await plain(Float64Array.from(value));
    return await Promise.all(value.map(plain));
  }
  const entries = Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(await Promise.all(entries.map(async ([key, item]) => [key, await plain(item)])));
}
