/**
 * An unsafe reference string for trying things out on one machine.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { checkOptions, namesOf } from "../../../core/base/known.ts";
import { pauses } from "../../../core/base/pauses.ts";
import { G2, multiplyG2 } from "../../halo2/curve/bn254.ts";
import { G1Table } from "./fixed_base.ts";
import { G1_BYTES, G2_BYTES, writeG1, writeG2 } from "../../halo2/curve/encoding.ts";
import { checkLogrows, FIRST_POINT, lagrangeStart, srsBytes } from "./layout.ts";
import { isSecret, lagrangeValues, markedSecret, powers } from "./secret.ts";
import { markUnsafe } from "./unsafe.ts";

/** The largest string that is made here: half a gibibyte, more than any key that the engine can hold. */
const MAX_MADE = 22;
/** Points whose scalars are computed together. */
const PART = 4096;

/** How many points of a reference string are there. */
export interface SrsProgress {
  /** Points so far; bytes for a download. */
  done: number;
  /** Of so many. */
  total: number;
}

/** How {@linkcode genSrs} makes a string. */
export interface GenSrsOptions {
  /** The secret, from 2 to R - 2, for tests that need the same string every time; random and forgotten when absent. */
  secret?: bigint;
  /** Called every few milliseconds of work. */
  onProgress?: (progress: SrsProgress) => void;
  /** Stops the work; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Makes an UNSAFE reference string for 2^logrows rows, in EZKL's raw format.
 *
 * Its secret is drawn from the system's randomness and dropped, but nobody else can know
 * that: whoever ran this could have kept it, and with it any false statement can be proven.
 * Use the string for tests, and keep it under the name `kzg.unsafe.srs`. `isUnsafe` knows
 * it again. For proofs that others shall believe take the ceremony's file by `getSrs`.
 *
 * Others have their turn every few milliseconds, so it may run beside an event loop.
 *
 * @param logrows k, from 1 to 22; the string has 260 + 128 · 2^k bytes
 * @throws {ArgumentError} for another k, and for a secret that gives no string
 */
export async function genSrs(logrows: number, options: GenSrsOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions("genSrs()", options, namesOf<GenSrsOptions>({ secret: true, onProgress: true, signal: true }));
  checkLogrows("genSrs()", logrows, MAX_MADE);
  if (options.secret !== undefined && !isSecret(options.secret)) {
    throw new ArgumentError(
      "genSrs(): the secret is 0, 1, -1, beyond the field or a root of unity; take another one, or none for a random one",
    );
  }
  const { onProgress, signal } = options;
  signal?.throwIfAborted();
  const n = 2 ** logrows;
  const pause = pauses(signal);
  const table = await G1Table.make(2 * n, pause);
  const secret = options.secret ?? await markedSecret(table, pause);
  const bytes = new Uint8Array(srsBytes(logrows));
  markUnsafe(bytes);
  new DataView(bytes.buffer).setUint32(0, logrows, true);
  for (const half of [0, 1]) {
    const scalars = (from: number, count: number) =>
      half === 0 ? powers(secret, from, count) : lagrangeValues(secret, logrows, from, count);
    for (let from = 0; from < n; from += PART) {
      const count = Math.min(PART, n - from);
      const points = await table.multiply(scalars(from, count), pause);
      const at = FIRST_POINT + G1_BYTES * (half * n + from);
      for (let i = 0; i < count; i++) writeG1(bytes, at + G1_BYTES * i, { x: points.x[i], y: points.y[i] });
      onProgress?.({ done: half * n + from + count, total: 2 * n });
      await pause();
    }
  }
  const end = lagrangeStart(logrows) + G1_BYTES * n;
  writeG2(bytes, end, G2);
  writeG2(bytes, end + G2_BYTES, multiplyG2(G2, secret));
  return bytes;
}
