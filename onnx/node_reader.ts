/**
 * A node of a file as an operation sees it that makes something of its own of it.
 * @module
 */
import { ArgumentError } from "../core/base/errors.ts";
import type { Graph, Value } from "../core/graph/graph.ts";
import type { OnnxAttributes, OnnxNode } from "../core/graph/op.ts";
import type { Shape } from "../core/base/shape.ts";
import { allAttributes } from "./attributes.ts";
import { quote } from "./quote.ts";
import type { ReadNode, ReadValue } from "./read/graph.ts";

/** What a constant of the file becomes; unless said, what it seems to be. */
export type StoredAs = "parameter" | "buffer" | "constant";

/** The view of one node. */
export class NodeReader implements OnnxNode {
  /** See {@linkcode OnnxNode}. */
  readonly graph: Graph;
  readonly #node: ReadNode;
  readonly #value: (read: ReadValue, as?: StoredAs) => Value;
  readonly #made: OnnxNode["parameter"];
  #attributes: OnnxAttributes | null = null;

  /** A view of `node`, whose inputs `value` makes values of `graph`. */
  constructor(
    node: ReadNode,
    graph: Graph,
    value: (read: ReadValue, as?: StoredAs) => Value,
    made: OnnxNode["parameter"],
  ) {
    this.#made = made;
    this.#node = node;
    this.graph = graph;
    this.#value = value;
  }

  /** See {@linkcode OnnxNode}. */
  get opType(): string {
    return this.#node.opType;
  }

  /** See {@linkcode OnnxNode}. */
  get attributes(): OnnxAttributes {
    return this.#attributes ??= allAttributes(this.#node.attributes);
  }

  /** See {@linkcode OnnxNode}. */
  get inputCount(): number {
    return this.#node.inputs.length;
  }

  /** See {@linkcode OnnxNode}. */
  get outputCount(): number {
    return this.#node.outputs.length;
  }

  /** See {@linkcode OnnxNode}. */
  has(input: number): boolean {
    return this.#read(input) !== null;
  }

  /** See {@linkcode OnnxNode}. */
  input(input: number, as?: StoredAs): Value {
    return this.#value(this.#there(input), as);
  }

  /** See {@linkcode OnnxNode}. */
  shape(input: number): Shape {
    const read = this.#there(input);
    return read.shape ?? this.#value(read).shape;
  }

  /** See {@linkcode OnnxNode}. */
  type(input: number): string | null {
    return (input < 0 ? this.#node.outputs[-1 - input] : this.#read(input))?.type ?? null;
  }

  /** See {@linkcode OnnxNode}. */
  constant(input: number): { readonly shape: Shape; readonly data: readonly number[] } | null {
    const constant = this.#read(input)?.constant ?? null;
    if (constant === null) return null;
    const { shape, data } = constant.read();
    return { shape, data: Array.from<number | bigint, number>(data, Number) };
  }

  /** See {@linkcode OnnxNode}. */
  numbers(input: number, what: string): readonly number[] {
    const known = this.constant(input);
    if (known !== null) return known.data;
    const read = this.#read(input);
    throw new ArgumentError(
      `its ${what} is ${
        read === null ? "left out" : read.origin
      }, expected a constant; export the model with ${what} fixed`,
    );
  }

  /** See {@linkcode OnnxNode}. */
  parameter(...[name, tensor]: Parameters<OnnxNode["parameter"]>): Value {
    return this.#made(name, tensor);
  }

  /** See {@linkcode OnnxNode}. */
  number(name: string, otherwise: number): number {
    const value = this.attributes[name] ?? otherwise;
    if (typeof value === "number") return value;
    if (typeof value === "object" && "float" in value) return value.float;
    throw new ArgumentError(`its attribute ${name} is no single number; export the model again`);
  }

  /** See {@linkcode OnnxNode}. */
  list(name: string): readonly number[] | null {
    const value = this.attributes[name];
    if (value === undefined) return null;
    if (Array.isArray(value)) return value;
    if (typeof value === "object" && "floats" in value) return value.floats;
    throw new ArgumentError(`its attribute ${name} is no list of numbers; export the model again`);
  }

  /** See {@linkcode OnnxNode}. */
  text(name: string, otherwise: string): string {
    const value = this.attributes[name];
    if (value === undefined) return otherwise;
    if (typeof value === "object" && "text" in value) return value.text;
    throw new ArgumentError(`its attribute ${name} is no text; export the model again`);
  }

  #read(input: number): ReadValue | null {
    return this.#node.inputs[input] ?? null;
  }

  #there(input: number): ReadValue {
    const read = this.#read(input);
    if (read !== null) return read;
    throw new ArgumentError(
      `its input ${input} is left out, which is not supported; ${quote(this.opType)} needs it here`,
    );
  }
}
