/**
 * The attributes of one ONNX node, read by name; what nobody asked for is refused.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { showAttribute } from "../../../onnx/attributes.ts";
import { quote } from "../../../onnx/quote.ts";
import type { ReadAttribute, ReadNode } from "../../../onnx/read/graph.ts";

/** An attribute as a case of an operator has it: a whole number or several, a text, a float or several. */
export type Attribute = number | readonly number[] | string | { readonly float: number } | {
  readonly floats: readonly number[];
};

/** The attributes of one node. */
export class Attributes {
  readonly #values: Readonly<Record<string, ReadAttribute>>;

  /** Takes those in `known`; throws an `ArgumentError` that names any other. */
  constructor({ attributes }: ReadNode, known: readonly string[]) {
    const unknown = Object.keys(attributes).find((name) => !known.includes(name));
    if (unknown !== undefined) {
      const takes = known.length === 0 ? "none" : known.join(", ");
      throw new ArgumentError(
        `its attribute ${quote(unknown)} has no meaning in a circuit, expected ${takes}; export it without`,
      );
    }
    this.#values = attributes;
  }

  /** The integer of that name, or `other` where it is absent. */
  integer(name: string, other: number): number {
    const value = this.#values[name] ?? other;
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    throw this.#wrong(name, "an integer");
  }

  /** The integers of that name; null where they are absent. */
  integers(name: string): readonly number[] | null {
    const value = this.#values[name] ?? null;
    if (value === null || Array.isArray(value) && value.every(Number.isSafeInteger)) {
      return value as readonly number[] | null;
    }
    throw this.#wrong(name, "a list of integers");
  }

  /** The float of that name, or `other` as a 32-bit float where it is absent. */
  float(name: string, other: number): number {
    const value = this.#values[name] ?? { float: Math.fround(other) };
    if (typeof value === "object" && "float" in value && Number.isFinite(value.float)) return value.float;
    throw this.#wrong(name, "a finite float");
  }

  /** The floats of that name; null where they are absent. */
  floats(name: string): readonly number[] | null {
    const value = this.#values[name] ?? null;
    if (value === null) return null;
    if (typeof value === "object" && "floats" in value) return value.floats;
    throw this.#wrong(name, "a list of floats");
  }

  /** Whether it is there. */
  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  /** The text of that name, or `other` where it is absent. */
  text(name: string, other: string): string {
    const value = this.#values[name] ?? { text: other };
    if (typeof value === "object" && "text" in value) return value.text;
    throw this.#wrong(name, "a text");
  }

  #wrong(name: string, expected: string): ArgumentError {
    return new ArgumentError(
      `its attribute ${name} is ${showAttribute(this.#values[name])}, expected ${expected}; export the model again`,
    );
  }
}
