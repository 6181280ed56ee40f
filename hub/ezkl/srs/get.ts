/**
 * Getting the ceremony's reference string: from a file, or from an address that the user names.
 * @module
 */
import { expect } from "../../../core/base/arguments.ts";
import { ArgumentError, FormatError } from "../../../core/base/errors.ts";
import { checkOptions } from "../../../core/base/known.ts";
import { readFile, readFileIfThere, writeFileAtomic } from "../../../core/base/files.ts";
import { checkNumberOptions } from "../format/numbers.ts";
import { CEREMONY_SHA256 } from "./ceremony.ts";
import { checkSrs } from "./check.ts";
import { download } from "./download.ts";
import type { SrsProgress } from "./generate.ts";
import { checkLogrows, srsBytes } from "./layout.ts";
import { sha256 } from "./sha256.ts";
import { isUnsafe } from "./unsafe.ts";

/** Seconds of silence that a server is granted. */
const PATIENCE = 60;

/** Where {@linkcode getSrs} looks. */
export interface GetSrsOptions {
  /** A file on this machine, with `{k}` for the k if one likes. */
  path?: string;
  /** An address to download from, `{k}` standing for the k; nothing is ever fetched without one. */
  url?: string;
  /** A folder in which downloads are kept, as `kzg<k>.srs`, and looked for before any download. */
  cacheFolder?: string;
  /** The SHA-256 of another file than the ceremony's that is to be accepted instead. */
  sha256?: string;
  /** Seconds without a byte after which a download gives up; 60 when absent. */
  patience?: number;
  /** In place of the runtime's own, for a proxy or credentials. */
  fetch?: typeof globalThis.fetch;
  /** Stops a download; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called with the bytes of a download. */
  onProgress?: (progress: SrsProgress) => void;
}

/**
 * The ceremony's reference string for 2^logrows rows, checked: its size, its SHA-256 against
 * the one that EZKL asks for, and its points.
 *
 * @example
 * ```ts ignore
 * // Not run: it downloads a ceremony's string.
 * const srs = await getSrs(15, { url: "https://example.org/perpetual-powers-of-tau-raw-{k}", cacheFolder: "srs" });
 * ```
 *
 * @throws {ArgumentError} where neither path nor url is given and the cache has no file
 * @throws {FormatError} for a file that is not the one asked for; nothing of it is kept
 * @throws {ZkgradError} for a download that fails
 */
export async function getSrs(logrows: number, options: GetSrsOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  checkGetSrsOptions(options);
  checkLogrows("getSrs()", logrows);
  const { path, url, cacheFolder } = options;
  const expected = expectedSha256(logrows, options.sha256);
  const size = srsBytes(logrows);
  options.signal?.throwIfAborted();
  if (path !== undefined) {
    if (url !== undefined) throw new ArgumentError("getSrs(): path and url are both given; give one of them");
    const name = fill(path, logrows);
    return await checked(await readFile(name, srsBytes(26)), name, logrows, expected, "give the right file");
  }
  const cached = cacheFolder === undefined ? undefined : `${cacheFolder}/kzg${logrows}.srs`;
  if (cached !== undefined) {
    const bytes = await readFileIfThere(cached, srsBytes(26));
    if (bytes) return await checked(bytes, cached, logrows, expected, "remove it, so that it is fetched again");
  }
  if (url === undefined) {
    throw new ArgumentError(
      `getSrs(): there is no reference string for k = ${logrows}${
        cached === undefined ? "" : `, not in ${cached} either`
      }` +
        `; give path, a file perpetual-powers-of-tau-raw-${logrows} (${size} bytes) that is on this machine, or url, the ` +
        "address to download it from; for tests alone genSrs() makes an unsafe one",
    );
  }
  const address = fill(url, logrows);
  const { patience = PATIENCE, fetch, signal, onProgress } = options;
  const bytes = await download(address, {
    size,
    patience,
    ...(fetch && { fetch }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  await checked(bytes, address, logrows, expected, "check the address");
  if (cached !== undefined) await writeFileAtomic(cached, bytes);
  return bytes;
}

/**
 * Refuses options that are not known, or are no texts where texts are wanted.
 * @throws {ArgumentError} naming the option
 */
export function checkGetSrsOptions(options: GetSrsOptions): void {
  const where = "getSrs()", texts = ["path", "url", "cacheFolder", "sha256"] as const;
  checkOptions(where, options, [...texts, "patience", "fetch", "signal", "onProgress"]);
  for (const name of texts) {
    const value: unknown = options[name];
    expect(value === undefined || (typeof value === "string" && value !== ""), `${where}: ${name}`, value, "a text");
  }
  checkNumberOptions(where, { patience: options.patience }, { least: 0 });
}

async function checked(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  logrows: number,
  expected: string,
  advice: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes.length !== srsBytes(logrows)) {
    throw new FormatError(
      `getSrs(): ${name} has ${bytes.length} bytes, expected ${srsBytes(logrows)} for k = ${logrows}; ${advice}`,
    );
  }
  const found = await sha256(bytes);
  if (found !== expected) {
    const kind = isUnsafe(bytes) ? "; it is an UNSAFE string that was made on one machine for tests" : "";
    throw new FormatError(
      `getSrs(): the SHA-256 of ${name} is ${found}, expected ${expected} for k = ${logrows}${kind}; ${advice}, or give ` +
        "the first as sha256 if it is this file that is meant",
    );
  }
  checkSrs("getSrs()", bytes, logrows);
  return bytes;
}

function expectedSha256(logrows: number, given: string | undefined): string {
  if (given === undefined) return CEREMONY_SHA256[logrows];
  if (/^[0-9a-f]{64}$/i.test(given)) return given.toLowerCase();
  throw new ArgumentError(`getSrs(): sha256 is ${JSON.stringify(given)}, expected 64 hexadecimal digits`);
}

function fill(template: string, logrows: number): string {
  return template.replaceAll("{k}", String(logrows));
}
