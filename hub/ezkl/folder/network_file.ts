/**
 * A network's file, whole: with the weights that it keeps in other files beside it, as PyTorch writes them.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { readFile } from "../../../core/base/files.ts";
import { externalFiles, inlineExternalData } from "../../../onnx/external_data.ts";
import { FILE_LIMIT } from "./files.ts";

/** Where the files lie that the network at `path` keeps weights in; `bytes` are those of its own file. */
export function besideNetwork(path: string, bytes: Uint8Array): string[] {
  return externalFiles(bytes, path).map((name) => beside(path, name));
}

/**
 * The network at `path` as the bytes of one file; `read` gives the bytes of each file that it takes.
 * @throws {ArgumentError} where a file is not there
 * @throws {FormatError} where one is damaged or too short
 */
export async function readNetwork(
  path: string,
  read: (path: string) => Promise<Uint8Array<ArrayBuffer>> = (path) => readFile(path, FILE_LIMIT),
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await read(path), names = externalFiles(bytes, path);
  if (names.length === 0) return bytes;
  const files: Record<string, Uint8Array> = {};
  for (const name of names) {
    const weights = beside(path, name);
    try {
      files[name] = await read(weights);
    } catch (cause) {
      throw new ArgumentError(
        `${path} keeps its weights in ${weights}: ${(cause as Error).message}; copy that file too, or export the ` +
          "model as one (torch.onnx.export with external_data=False)",
        { cause },
      );
    }
  }
  return inlineExternalData(bytes, files, path);
}

function beside(path: string, name: string): string {
  return `${path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1)}${name}`;
}
