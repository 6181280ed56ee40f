/**
 * How much memory a job takes, in whole GiB: the class that it waits in line with.
 * @module
 */
import type { Price } from "../../ezkl/mod.ts";
import type { Store } from "../store/store.ts";

const GIB = 2 ** 30;

/** What calibration, compilation and test strings take. */
export const COMPILE_GIB = 1;

/** Runtime, circuit and reference string beside the prover's memory. */
const BESIDE = 0.25 * GIB;

/** Seconds after which a worker that said nothing is gone. */
export const WORKER_SECONDS = 20;

/** What the memory is told from; records of former versions name no prover, and EZKL's engine made what they have. */
export type MemoryPrice = Pick<Price, "heapBytes" | "pkBytes"> & Partial<Pick<Price, "prover">>;

/**
 * GiB for the keys or a proof of a circuit. EZKL's engine has the proving key once more outside its memory; zkgrad's
 * prover has none. Price is as in a record.
 */
export function provingGiB(price: string | MemoryPrice | null): number {
  const known = typeof price === "string" ? parsed(price) : price;
  if (known === null) return COMPILE_GIB;
  const key = known.prover === "zkgrad" ? 0 : known.pkBytes;
  return Math.max(COMPILE_GIB, Math.ceil((known.heapBytes + key + BESIDE) / GIB));
}

/**
 * Attempts that a job has. Coming to a worker that turns out to be too small is not the job's fault, and happens once:
 * from then on it waits for one that is large enough.
 */
export function attemptsFor(attempts: number, price: string | null): number {
  return provingGiB(price) > COMPILE_GIB ? attempts + 1 : attempts;
}

function parsed(text: string): MemoryPrice | null {
  const price = JSON.parse(text) as Partial<Price>;
  const { heapBytes, pkBytes } = price;
  if (typeof heapBytes !== "number" || typeof pkBytes !== "number") return null;
  return { heapBytes, pkBytes, ...price.prover === undefined ? {} : { prover: price.prover } };
}

/** Why a job of so many GiB waits, or an empty text where a worker is large enough. */
export async function waitingFor(store: Pick<Store, "workers">, gib: number): Promise<string> {
  const workers = await store.workers(WORKER_SECONDS);
  if (workers.some(({ memoryGiB }) => memoryGiB >= gib)) return "";
  if (workers.length === 0) return "no worker is running; start one";
  return `no worker has ${gib} GiB; start one with --memory ${gib}`;
}
