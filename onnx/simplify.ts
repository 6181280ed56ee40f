/**
 * The nodes of an ONNX file that compute nothing at inference, or that say a
 * flattening in other words.
 *
 * PyTorch writes `AvgPool2d` with a Pad of zeros in front, `view` as a Reshape
 * with a constant target, and constants as nodes; other exporters leave Identity
 * and Dropout nodes behind. This file alone knows such operators by name.
 * @module
 */
import { ArgumentError } from "../core/base/errors.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import { constantOf } from "./constant.ts";
import { AttributeType } from "./enums.ts";
import type { AttributeProto, NodeProto, TensorProto } from "./proto.ts";
import { quote } from "./quote.ts";
import { readTensor, tensorShape } from "./tensor.ts";

/** What becomes of a node. */
export type Simplified =
  /** Its output is this input. */
  | { readonly kind: "alias"; readonly input: string }
  /** Its output is a constant. */
  | { readonly kind: "constant"; readonly tensor: TensorProto }
  /** It stays, perhaps under another operator. */
  | { readonly kind: "node"; readonly node: NodeProto };

/** What the file says around a node. */
export interface Surroundings {
  /** The constant of that name; undefined where it is none. */
  readonly constant: (name: string) => TensorProto | undefined;
  /** The shape of the activation of that name; undefined where it is none. */
  readonly shape: (name: string) => Shape | undefined;
  /** The batch that the file itself is fixed to; null where it is open. */
  readonly declaredBatch: number | null;
  /** The version of ONNX's own operators. */
  readonly opset: number;
}

/** The operators that {@linkcode simplify} takes care of. */
export const SIMPLIFIED: ReadonlySet<string> = new Set(["Identity", "Dropout", "Constant", "Pad", "Reshape"]);

/** Simplifies one node; throws an `ArgumentError` for a form of these operators that is not supported. */
export function simplify(node: NodeProto, around: Surroundings): Simplified {
  const [input = "", second = "", third = ""] = node.input ?? [];
  switch (node.opType) {
    case "Identity":
      return { kind: "alias", input };
    case "Dropout":
      checkInference(node, third, around);
      return { kind: "alias", input };
    case "Constant":
      return { kind: "constant", tensor: constantOf(node) };
    case "Pad":
      if (!isZero(node, second, around)) {
        throw new ArgumentError("it pads by more than nothing; give the layer after it the padding instead");
      }
      return { kind: "alias", input };
    case "Reshape": {
      const shape = around.shape(input);
      if (shape === undefined || !isFlattening(shape, second, around)) {
        const from = shape === undefined ? "" : ` of ${showShape(shape)}`;
        throw new ArgumentError(
          `it is a reshape${from} other than [batch, ...] to [batch, features] with a constant target; ` +
            `use a Flatten layer, and export with a fixed batch`,
        );
      }
      const attribute: AttributeProto[] = [{ name: "axis", i: 1, type: AttributeType.INT }];
      return { kind: "node", node: { ...node, opType: "Flatten", input: [input], attribute } };
    }
    default:
      return { kind: "node", node };
  }
}

/** From opset 12 on an input says whether a Dropout trains, which is false where it is absent; before 7, an attribute. */
function checkInference(node: NodeProto, mode: string, around: Surroundings): void {
  if (around.opset < 7) {
    if (Number(node.attribute?.find(({ name }) => name === "is_test")?.i ?? 0) !== 0) return;
    throw new ArgumentError("its attribute is_test is not set, as in training; export the model in evaluation mode");
  }
  if (mode === "") return;
  const given = shortList(around.constant(mode));
  if (given?.length === 1 && given[0] === 0) return;
  throw new ArgumentError(
    given === undefined
      ? `its training_mode ${quote(mode)} is computed, expected the constant false; export the model in evaluation mode`
      : "its training_mode is true, expected false; export the model in evaluation mode",
  );
}

function isZero(node: NodeProto, second: string, around: Surroundings): boolean {
  // From opset 11 on the amounts are an input; before, an attribute.
  const attribute = node.attribute?.find(({ name }) => name === "pads")?.ints;
  const amounts = second === "" ? attribute?.map(Number) : shortList(around.constant(second));
  return amounts !== undefined && amounts.every((amount) => amount === 0);
}

function isFlattening(shape: Shape, second: string, around: Surroundings): boolean {
  const target = shortList(around.constant(second));
  if (target?.length !== 2) return false;
  const [batch, features] = target;
  const wanted = sizeOf(shape.slice(1));
  const keepsBatch = batch === 0 || batch === around.declaredBatch;
  return keepsBatch && (features === -1 || features === wanted) || batch === -1 && features === wanted;
}

/** A constant of a few numbers; undefined for a longer one, which many nodes could make us read again and again. */
function shortList(tensor: TensorProto | undefined): readonly number[] | undefined {
  if (tensor === undefined || sizeOf(tensorShape(tensor)) > 64) return undefined;
  return Array.from(readTensor(tensor).data as ArrayLike<number | bigint>, Number);
}
