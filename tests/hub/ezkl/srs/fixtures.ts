/** Reference strings to compare with: our own of a published secret, and others' where they have been fetched. */
import { FIXTURES } from "../../../onnx/lenet.ts";

/** The secret that is published for tests. */
export const PUBLISHED_SECRET = 0x1234567890abcdef1234567890abcdef1234567890abcdefn;

/** SHA-256 of the strings of that secret, made by another program. */
export const PUBLISHED_SHA256: Readonly<Record<number, string>> = {
  1: "60324b5ccf473f79935edd0258d7e19fc7268b1a5bf9a54f11a732ac132d2231",
  2: "37fbf7d6efba500dd3ade4423ef6c3824e89fdb8e0beec2167eadeadabfdb703",
  6: "86e8631615797a803d77478f95c818f78540ec9a23bf5288920d526cbefcdd67",
  9: "25bf3a3562b99b13eefdf6b7b696fc668fba9b77ef1626d4b9d11fb61e7c1cc6",
  11: "b09d17bd28f3247f0a2289572799594e4ae82581e0aed4e4857a83ae21d3a44e",
  12: "108d0238b4d05ddfb626a040537c2746701e208eaa51b3bdb88fed0ff377c848",
};

/** The stored string of the published secret for k = 1, 2 or 6, made by another program than the one tested. */
export function unsafeSrs(k: 1 | 2 | 6): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(`unsafe/unsafe${k}.srs`, import.meta.url));
}

/** Others' file under `ezkl/`, which is no part of the repository; null where it is missing or may not be read. */
export function fixture(name: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Deno.readFileSync(new URL(`ezkl/${name}`, FIXTURES));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) return null;
    throw error;
  }
}
