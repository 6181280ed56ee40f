/**
 * Where a tensor's data lie if not in its own file.
 * @module
 */
import type { TensorProto } from "./proto.ts";
import { quote } from "./quote.ts";

/** Whether a tensor's data lie in another file. */
export function isExternal(tensor: TensorProto): boolean {
  return tensor.dataLocation === 1 || tensor.externalData !== undefined;
}

/** What to say of a tensor whose data lie in a file that nobody handed over, as the rest of a sentence about it. */
export function missingData(tensor: TensorProto): string {
  return `keeps its data in a second file, ${
    quote(locationOf(tensor))
  }; hand that over as externalData, or put it in ` +
    "with inlineExternalData(), or export the model as one file (torch.onnx.export with external_data=False)";
}

/** The name of the file that holds a tensor's data; empty where there is none. */
export function locationOf(tensor: TensorProto): string {
  return entryOf(tensor, "location")?.replace(/^(\.\/)+/, "") ?? "";
}

/** One of the pairs that say where a tensor's data lie: `location`, `offset`, `length`. */
export function entryOf(tensor: TensorProto, key: string): string | undefined {
  return tensor.externalData?.find((pair) => pair.key === key)?.value;
}

/** What is wrong with the name of a file, null for nothing; a model must not be able to name any file on a machine. */
export function problemOf(location: string): string | null {
  if (location === "") return "is no name";
  if (/^([/\\]|[a-z][a-z0-9+.-]*:)/i.test(location)) return "is an absolute path or an address";
  if (location.split(/[/\\]/).includes("..")) return 'leaves the folder of the model by ".."';
  return location.includes("\\") || location.includes("\0") ? "holds a character that is in no file name" : null;
}
