/**
 * What a stage's results depend on, as one text: equal fingerprints, equal results.
 * @module
 */
import { EZKL_VERSION } from "../../ezkl/compile/settings.ts";
import { sha256 } from "../files/byte_streams.ts";

/** Goes up whenever calibration or compilation gives other files, or other words, for the same inputs. */
const TOOLCHAIN = 2;

/** SHA-256 over the stage, the toolchain and all that goes in. */
export async function stageFingerprint(stage: string, inputs: readonly string[]): Promise<string> {
  const text = JSON.stringify([stage, EZKL_VERSION, TOOLCHAIN, ...inputs]);
  return await sha256(new TextEncoder().encode(text));
}

/** JSON with its keys in order, so that the same arguments give the same text. */
export function canonicalJson(text: string): string {
  if (text === "") return "{}";
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1)));
}
