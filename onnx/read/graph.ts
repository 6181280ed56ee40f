/**
 * A network as a file says it, in one clean form for all who take one: values with
 * shapes and types, constants worked out, and only the nodes that the outputs need.
 * @module
 */
import type { ZkgradError } from "../../core/base/errors.ts";
import type { Shape } from "../../core/base/shape.ts";
import type { OnnxAttribute } from "../../core/graph/op.ts";
import type { DataTypeName } from "../enums.ts";
import type { TensorProto, ValueInfoProto } from "../proto.ts";
import type { Tensor } from "../tensor.ts";

/** An attribute: what operations read, a text, several floats, a tensor, or the name of the type of anything else. */
export type ReadAttribute =
  | OnnxAttribute
  | { readonly text: string }
  | { readonly floats: readonly number[] }
  | { readonly tensor: TensorProto }
  | { readonly other: string };

/** The elements of a value that no input has a part in. */
export interface Constant {
  /** The elements, read when first asked for; throws a `FormatError` for those that are damaged or lie elsewhere. */
  readonly read: () => Tensor;
  /** The name of the file's own tensor that holds these very elements, perhaps in another shape; null where none does. */
  readonly tensor: string | null;
}

/** A tensor that a graph computes, is given or holds. */
export interface ReadValue {
  /** Its name in the file. */
  readonly name: string;
  /** Sizes of its dimensions; null behind an operator that nobody here knows. */
  readonly shape: Shape | null;
  /** Its element type; null where it is not known. */
  readonly type: DataTypeName | null;
  /** Its elements, where it is a constant. */
  readonly constant: Constant | null;
  /** The node that makes it; null for inputs, constants and what a node that disappeared made besides. */
  readonly maker: ReadNode | null;
  /** What errors call it: `the input "x"`, `the tensor "w"`, `output 1 of node 3 (MaxPool, output "y")`. */
  readonly origin: string;
}

/**
 * One operator. Inputs that only say how to compute (the axes of a Squeeze, the target
 * of a Reshape, the bounds of a Clip) are attributes of the same name where they are
 * constants, whichever form the file's opset has for them; axes count from the front.
 */
export interface ReadNode {
  /** The operator. */
  readonly opType: string;
  /** Its domain; empty for ONNX's own. */
  readonly domain: string;
  /** The name in the file, often a path of modules; empty where it has none. */
  readonly name: string;
  /** What errors call it. */
  readonly label: string;
  /** What it reads; null where an optional input is left out, and none of these at the end. */
  readonly inputs: readonly (ReadValue | null)[];
  /** How it computes. */
  readonly attributes: Readonly<Record<string, ReadAttribute>>;
  /** What it makes; a value for every output that the file names. */
  readonly outputs: readonly ReadValue[];
  /** What is wrong with it according to ONNX, for whoever comes to it; null for nothing that is known. */
  readonly problem: ZkgradError | null;
}

/** A network. */
export interface ReadGraph {
  /** What it is given, in the file's order. */
  readonly inputs: readonly ReadValue[];
  /** What it returns, in the file's order, under the names of the file. */
  readonly outputs: readonly { readonly name: string; readonly value: ReadValue }[];
  /** The nodes that the outputs need, each behind those that it reads. */
  readonly nodes: readonly ReadNode[];
  /** Every value of the file's own graph by name, for comparison with what the file declares of it. */
  readonly named: ReadonlyMap<string, ReadValue>;
  /** The shapes that the file declares of its values. */
  readonly declared: readonly ValueInfoProto[];
  /** Why the inputs cannot be taken as they are; null for nothing. Their shapes are unknown then. */
  readonly problem: ZkgradError | null;
}
