/** What the tests of the engine share: files of one small circuit, and the process as the system sees it. */
import { genSrs } from "../../../../hub/ezkl/srs/generate.ts";
import { madeBytes } from "../format/fixtures.ts";

/** A dense layer of 512 rows: its keys take half a second, its proof one. */
export const compiled: Uint8Array<ArrayBuffer> = madeBytes("gemm", "model.compiled");
/** Its settings. */
export const settings: Uint8Array<ArrayBuffer> = madeBytes("gemm", "settings.json");
/** An input for it. */
export const input: Uint8Array<ArrayBuffer> = madeBytes("gemm", "input.json");
/** What it computes from that. */
export const witness: Uint8Array<ArrayBuffer> = madeBytes("gemm", "witness.json");
/** Its verifying key under `srs`. */
export const vk: Uint8Array<ArrayBuffer> = madeBytes("gemm", "vk.key");
/** A proof of `witness` under `srs`. */
export const proof: Uint8Array<ArrayBuffer> = madeBytes("gemm", "proof.json");
/** The reference string of its size, from the secret that is published for tests. */
export const srs: Uint8Array<ArrayBuffer> = await testSrs(9);

/** A reference string from the published secret. */
export function testSrs(logrows: number): Promise<Uint8Array<ArrayBuffer>> {
  return genSrs(logrows, { secret: 0x1234567890abcdef1234567890abcdef1234567890abcdefn });
}

/** An object as the bytes of its JSON. */
export function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** A JSON file changed by `change`. */
// deno-lint-ignore no-explicit-any
export function changed(file: Uint8Array, change: (value: any) => void): Uint8Array<ArrayBuffer> {
  const value = JSON.parse(new TextDecoder().decode(file));
  change(value);
  return json(value);
}

/** Threads of this process that belong to Workers, for tests that need Linux. */
export function workerThreads(): number {
  return [...Deno.readDirSync("/proc/self/task")].filter(({ name }) => {
    try {
      return Deno.readTextFileSync(`/proc/self/task/${name}/comm`).startsWith("worker-");
    } catch {
      return false;
    }
  }).length;
}

/** Waits until `done`, five seconds at most, and says whether it came. */
export async function until(done: () => boolean): Promise<boolean> {
  const limit = Date.now() + 5000;
  while (!done()) {
    if (Date.now() > limit) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
