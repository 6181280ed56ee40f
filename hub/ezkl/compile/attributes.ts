/**
 * The attributes of one ONNX node, read by name; what nobody asked for is refused.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { OnnxAttribute } from "../../../core/graph/op.ts";
import { readAttributes } from "../../../onnx/attributes.ts";
import { AttributeType } from "../../../onnx/enums.ts";
import type { NodeProto } from "../../../onnx/proto.ts";
import { quote } from "../../../onnx/quote.ts";

/** The attributes of one node. */
export class Attributes {
  readonly #values: Readonly<Record<string, OnnxAttribute | string>>;

  /** Reads those in `known`; throws an `ArgumentError` that names any other. */
  constructor(node: NodeProto, known: readonly string[]) {
    const all = node.attribute ?? [];
    const unknown = all.find(({ name = "" }) => !known.includes(name));
    if (unknown !== undefined) {
      const takes = known.length === 0 ? "none" : known.join(", ");
      throw new ArgumentError(
        `its attribute ${quote(unknown.name)} has no meaning in a circuit, expected ${takes}; export it without`,
      );
    }
    const texts = all.filter(({ type }) => type === AttributeType.STRING);
    this.#values = {
      ...readAttributes({ ...node, attribute: all.filter((attribute) => !texts.includes(attribute)) }),
      ...Object.fromEntries(texts.map(({ name = "", s }) => [name, new TextDecoder().decode(s?.subarray(0, 100))])),
    };
  }

  /** The integer of that name, or `other` where it is absent. */
  integer(name: string, other: number): number {
    const value = this.#values[name] ?? other;
    if (typeof value === "number") return value;
    throw this.#wrong(name, "an integer");
  }

  /** The integers of that name; null where they are absent. */
  integers(name: string): readonly number[] | null {
    const value = this.#values[name] ?? null;
    if (value === null || Array.isArray(value)) return value as readonly number[] | null;
    throw this.#wrong(name, "a list of integers");
  }

  /** The float of that name, or `other` as a 32-bit float where it is absent. */
  float(name: string, other: number): number {
    const value = this.#values[name] ?? { float: Math.fround(other) };
    if (typeof value === "object" && "float" in value && Number.isFinite(value.float)) return value.float;
    throw this.#wrong(name, "a finite float");
  }

  /** The text of that name, or `other` where it is absent. */
  text(name: string, other: string): string {
    const value = this.#values[name] ?? other;
    if (typeof value === "string") return value;
    throw this.#wrong(name, "a text");
  }

  #wrong(name: string, expected: string): ArgumentError {
    return new ArgumentError(
      `its attribute ${name} is ${JSON.stringify(this.#values[name])}, expected ${expected}; export the model again`,
    );
  }
}
