/** Circuits that were made for the tests, and other people's where they lie beside the repository. */
import { random } from "../../../onnx/lenet.ts";

export { random };

/** The models under `made/`, each with all its files. */
export const MADE: readonly string[] = ["gemm", "gemm_sigmoid", "conv_relu", "conv_sigmoid_avgpool"];

/** The bytes of a file of a model under `made/`. */
export function madeBytes(model: string, file: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(`../made/${model}/${file}`, import.meta.url));
}

/** The text of a file of a model under `made/`. */
export function madeText(model: string, file: string): string {
  return new TextDecoder().decode(madeBytes(model, file));
}

/** A file of the test vectors beside the repository; null where it is absent or may not be read. */
export function sharedBytes(path: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Deno.readFileSync(new URL(`../../../../../shared/fixtures/ezkl/${path}`, import.meta.url));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) return null;
    throw error;
  }
}

/** A test against such a file, ignored where the file is absent. */
export function sharedTest(name: string, path: string, run: (bytes: Uint8Array<ArrayBuffer>) => void): void {
  const bytes = sharedBytes(path);
  Deno.test({
    name: bytes ? name : `${name} (ignored: ${path} is other people's and no part of the repository)`,
    ignore: bytes === null,
    fn: () => run(bytes!),
  });
}
