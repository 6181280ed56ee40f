/**
 * The way into an ONNX file, the same for all who read one: decoded, checked as far
 * as a reader must, tensors from other files put in, and the nodes that matter in an
 * order of execution.
 * @module
 */
import { ArgumentError, prefixed } from "../core/base/errors.ts";
import { checkReadable } from "./check.ts";
import { type ExternalData, withExternalData } from "./external_data.ts";
import { isOwnDomain, type LabelledNode, listNodes } from "./label.ts";
import { liveNodes } from "./live.ts";
import { decodeModel, type FunctionProto, type GraphProto, type ModelProto, type OperatorSetIdProto } from "./proto.ts";
import { quote } from "./quote.ts";

/**
 * The operator sets of ONNX's own domain that are read. Before 6 operators have other
 * attributes, and what broadcasts at 6 is refused by its attribute; 28 is the newest tried.
 */
export const OPSETS: readonly [first: number, last: number] = [6, 28];

/** What is known of a file beside its bytes. */
export interface OpenOptions {
  /** The file's name, for errors. */
  readonly name: string;
  /** The files in which it keeps tensors, if there are any. */
  readonly externalData?: ExternalData | undefined;
}

/** A file that is ready to be read. */
export interface OpenedModel {
  /** Its graph. */
  readonly graph: GraphProto;
  /** The nodes that the graph's outputs need, in an order of execution. */
  readonly nodes: readonly LabelledNode[];
  /** The version of ONNX's own operators, within {@linkcode OPSETS}. */
  readonly opset: number;
  /** The operators that the file defines itself. */
  readonly functions: readonly FunctionProto[];
}

/**
 * Opens a file. Graphs without a name, nodes in any order, the domain "ai.onnx" and
 * outputs without a declared shape are taken, though onnx.checker refuses them.
 * Throws a `FormatError` where the file is damaged or another one is missing, and an
 * `ArgumentError` for operator sets that are not read.
 */
export function openModel(source: Uint8Array | ModelProto, { name, externalData }: OpenOptions): OpenedModel {
  const decoded = source instanceof Uint8Array ? decodeModel(source, name) : source;
  checkReadable(decoded, name);
  const opset = fileOpset(decoded, name);
  const model = externalData === undefined ? decoded : withExternalData(decoded, externalData, name);
  const nodes = prefixed(name, () => liveNodes(model.graph!));
  if (opset < 7) refuseOldBroadcasting(nodes, name);
  return { graph: model.graph!, nodes, opset, functions: model.functions ?? [] };
}

function fileOpset({ opsetImport = [] }: ModelProto, name: string): number {
  const opset = opsetOf(opsetImport, name);
  if (opset !== null) return opset;
  const [first, last] = OPSETS;
  const domains = opsetImport.slice(0, 10).map(({ domain }) => quote(domain)).join(", ");
  throw new ArgumentError(
    `${name} imports the operators of ${domains} alone, expected ONNX's own, of the domain "" at opset ${first} to ` +
      `${last}; export the network for inference`,
  );
}

/**
 * The version of ONNX's own operators among those imported; null where there is none.
 * `name` is what imports them; throws an `ArgumentError` for one that is not read.
 */
export function opsetOf(imported: readonly OperatorSetIdProto[], name: string): number | null {
  const [first, last] = OPSETS;
  const own = imported.find(({ domain }) => isOwnDomain(domain));
  if (own === undefined) return null;
  const opset = Number(own.version);
  if (opset >= first && opset <= last) return opset;
  throw new ArgumentError(`${name} is of opset ${opset}, expected ${first} to ${last}; export it at opset 18`);
}

/** Before opset 7 an attribute says how operands are spread; Gemm's has meant the same ever since. */
function refuseOldBroadcasting(nodes: readonly LabelledNode[], name: string): void {
  const old = nodes.filter(({ node: { opType, attribute = [] } }) =>
    opType !== "Gemm" && attribute.some((given) => given.name === "broadcast" && Number(given.i ?? 0) !== 0)
  );
  if (old.length === 0) return;
  throw new ArgumentError(
    `${name} spreads operands by the attribute broadcast of opset 6, in ${
      listNodes(old.map(({ node, label }) => ({ ...node, label })))
    }; ` +
      "export it at opset 7 or above",
  );
}
