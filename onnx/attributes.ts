/**
 * The attributes of an ONNX node as operations read them.
 * @module
 */
import { ArgumentError } from "../core/base/errors.ts";
import type { OnnxAttribute } from "../core/graph/op.ts";
import { AttributeType, attributeTypeName } from "./enums.ts";
import type { Int64, NodeProto } from "./proto.ts";

/**
 * The integers, lists of integers and floats among a node's attributes. An
 * `auto_pad` of NOTSET, which is the default, is left out; throws an
 * `ArgumentError` that names any other attribute.
 */
export function readAttributes(node: NodeProto): Readonly<Record<string, OnnxAttribute>> {
  const entries: [string, OnnxAttribute][] = [];
  for (const { name = "", type, i = 0, f = 0, ints = [], s } of node.attribute ?? []) {
    if (type === AttributeType.INT) entries.push([name, integer(i, name)]);
    else if (type === AttributeType.INTS) entries.push([name, ints.map((item) => integer(item, name))]);
    else if (type === AttributeType.FLOAT) entries.push([name, { float: f }]);
    else if (name !== "auto_pad" || new TextDecoder().decode(s) !== "NOTSET") {
      const text = s === undefined ? "" : ` "${new TextDecoder().decode(s.subarray(0, 100))}"`;
      throw new ArgumentError(
        `the attribute ${name} of type ${attributeTypeName(type) ?? type}${text} is not supported, ` +
          `expected integers and floats alone; export the model with explicit attributes`,
      );
    }
  }
  return Object.fromEntries(entries);
}

function integer(value: Int64, name: string): number {
  if (typeof value === "number") return value;
  throw new ArgumentError(`the attribute ${name} is ${value}, which is beyond 2^53`);
}
