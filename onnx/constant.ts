/**
 * The tensor of a Constant node.
 * @module
 */
import { ArgumentError } from "../core/base/errors.ts";
import { AttributeType, DataType } from "./enums.ts";
import type { NodeProto, TensorProto } from "./proto.ts";
import { quote } from "./quote.ts";

/**
 * The tensor of a Constant node, under the name of its output: `value`, or FLOAT or
 * INT64 from `value_float`, `value_floats`, `value_int` or `value_ints`. Throws an
 * `ArgumentError` that names any other attribute.
 */
export function constantOf({ attribute = [], output }: NodeProto): TensorProto {
  const name = output?.[0] ?? "";
  const [first] = attribute;
  const type = attribute.length === 1 ? first.type : undefined;
  if (first?.name === "value" && type === AttributeType.TENSOR && first.t !== undefined) return { ...first.t, name };
  if (first?.name === "value_float" && type === AttributeType.FLOAT) {
    return { name, dataType: DataType.FLOAT, floatData: [first.f ?? 0] };
  }
  if (first?.name === "value_floats" && type === AttributeType.FLOATS) {
    const floatData = first.floats ?? [];
    return { name, dataType: DataType.FLOAT, dims: [floatData.length], floatData };
  }
  if (first?.name === "value_int" && type === AttributeType.INT) {
    return { name, dataType: DataType.INT64, int64Data: [first.i ?? 0] };
  }
  if (first?.name === "value_ints" && type === AttributeType.INTS) {
    const int64Data = first.ints ?? [];
    return { name, dataType: DataType.INT64, dims: [int64Data.length], int64Data };
  }
  const held = attribute.length === 0 ? "nothing" : attribute.slice(0, 5).map((item) => quote(item.name)).join(", ");
  throw new ArgumentError(
    `it holds ${held}, expected one of value, value_float, value_floats, value_int and value_ints; ` +
      `export the model again`,
  );
}
