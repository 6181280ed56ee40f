/**
 * The shapes that a file declares, beside those that came out.
 * @module
 */
import { FormatError } from "../../core/base/errors.ts";
import { type Shape, showShape } from "../../core/base/shape.ts";
import type { DimensionProto } from "../proto.ts";
import { quote } from "../quote.ts";
import type { ReadGraph, ReadValue } from "./graph.ts";

/**
 * Throws a `FormatError` where a file declares another shape for a value than `shapeOf`
 * has for it; `sizeOf` is the size that a dimension declares, null for none in particular.
 */
export function checkDeclared(
  { declared, named }: ReadGraph,
  shapeOf: (value: ReadValue) => Shape | null,
  sizeOf: (dimension: DimensionProto, axis: number) => number | null,
): void {
  for (const info of declared) {
    const value = named.get(info.name ?? "");
    const shape = value === undefined ? null : shapeOf(value);
    const dims = info.type?.tensorType?.shape?.dim;
    if (shape === null || dims === undefined) continue;
    const sizes = dims.map(sizeOf);
    if (sizes.length === shape.length && sizes.every((size, axis) => !size || size === shape[axis])) continue;
    const shown = sizes.slice(0, 20).map((size, axis) => size ?? dims[axis].dimValue ?? "?");
    throw new FormatError(
      `the value ${quote(info.name)} is declared as [${shown.join(", ")}], but its node makes ${showShape(shape)}; ` +
        "export the model again",
    );
  }
}
