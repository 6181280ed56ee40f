/**
 * The attributes of an ONNX node as readers take them.
 * @module
 */
import { ArgumentError } from "../core/base/errors.ts";
import type { OnnxAttribute, OnnxAttributes } from "../core/graph/op.ts";
import { AttributeType, attributeTypeName } from "./enums.ts";
import type { AttributeProto, NodeProto } from "./proto.ts";
import { quote } from "./quote.ts";
import type { ReadAttribute } from "./read/graph.ts";

/** Every attribute of a node by name. Texts are cut after 100 characters. */
export function decodeAttributes({ attribute = [] }: NodeProto): Readonly<Record<string, ReadAttribute>> {
  return Object.fromEntries(attribute.map((given) => [given.name ?? "", decode(given)]));
}

function decode({ type, i = 0, f = 0, ints = [], floats = [], s, strings = [], t }: AttributeProto): ReadAttribute {
  switch (type) {
    case AttributeType.INT:
      return Number(i);
    case AttributeType.INTS:
      return ints.map(Number);
    case AttributeType.FLOAT:
      return { float: f };
    case AttributeType.FLOATS:
      return { floats };
    case AttributeType.STRING:
      return { text: new TextDecoder().decode(s?.subarray(0, 100)) };
    case AttributeType.STRINGS:
      return { texts: strings.slice(0, 100).map((text) => new TextDecoder().decode(text.subarray(0, 100))) };
    case AttributeType.TENSOR:
      return t === undefined ? { other: "TENSOR" } : { tensor: t };
    default:
      return { other: attributeTypeName(type) ?? String(type) };
  }
}

/**
 * The integers, lists of integers and floats among a node's attributes, which is all
 * that operations read. An `auto_pad` of NOTSET, which is the default, is left out;
 * throws an `ArgumentError` that names any other attribute.
 */
export function plainAttributes(
  attributes: Readonly<Record<string, ReadAttribute>>,
): Readonly<Record<string, OnnxAttribute>> {
  const entries = Object.entries(attributes).flatMap(([name, value]): [string, OnnxAttribute][] => {
    if (typeof value === "number") return [[name, safe(value, name)]];
    if (isList(value)) return [[name, value.map((item) => safe(item, name))]];
    if ("float" in value) return [[name, value]];
    if (name === "auto_pad" && "text" in value && value.text === "NOTSET") return [];
    throw new ArgumentError(
      `the attribute ${name} of type ${typeOf(value)} is not supported, ` +
        `expected integers and floats alone; export the model with explicit attributes`,
    );
  });
  return Object.fromEntries(entries);
}

/** All attributes that operations can read, for those that read texts and lists of floats too; throws for any other. */
export function allAttributes(attributes: Readonly<Record<string, ReadAttribute>>): OnnxAttributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]): [string, OnnxAttribute] => {
      if (typeof value === "number") return [name, safe(value, name)];
      if (isList(value)) return [name, value.map((item) => safe(item, name))];
      if ("float" in value || "floats" in value || "text" in value || "texts" in value) return [name, value];
      throw new ArgumentError(
        `the attribute ${name} of type ${typeOf(value)} is not supported, expected numbers and texts; ` +
          "export the model without it",
      );
    }),
  );
}

/** An attribute as errors show it. */
export function showAttribute(value: ReadAttribute): string {
  if (typeof value === "number") return String(value);
  if (isList(value)) return `[${value.slice(0, 20).join(", ")}${value.length > 20 ? ", ..." : ""}]`;
  if ("float" in value) return `the float ${value.float}`;
  if ("floats" in value) return showAttribute(value.floats);
  if ("text" in value) return quote(value.text);
  if ("texts" in value) return `[${value.texts.slice(0, 20).map(quote).join(", ")}]`;
  return "tensor" in value ? "a tensor" : `of the type ${value.other}`;
}

function isList(value: ReadAttribute): value is readonly number[] {
  return Array.isArray(value);
}

function typeOf(value: Exclude<ReadAttribute, number | readonly number[] | { readonly float: number }>): string {
  if ("text" in value) return `STRING "${value.text}"`;
  if ("floats" in value) return "FLOATS";
  if ("texts" in value) return "STRINGS";
  return "tensor" in value ? "TENSOR" : value.other;
}

function safe(value: number, name: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw new ArgumentError(`the attribute ${name} is ${value}, which is beyond 2^53`);
}
