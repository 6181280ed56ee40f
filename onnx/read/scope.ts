/**
 * What names mean in one graph of a file: names of a branch hide nothing outside it,
 * and those of a function nobody else sees.
 * @module
 */
import { FormatError } from "../../core/base/errors.ts";
import { dataTypeName } from "../enums.ts";
import type { GraphProto, SparseTensorProto, TensorProto } from "../proto.ts";
import { quote } from "../quote.ts";
import { readTensor, type Tensor, tensorShape } from "../tensor.ts";
import type { ReadValue } from "./graph.ts";
import { denseTensor, sparseShape } from "./sparse.ts";

/** The values of one graph, and of those around it. */
export class Scope {
  readonly #outer: Scope | null;
  readonly #values = new Map<string, ReadValue>();
  readonly #leftOut = new Set<string>();

  /** `outer` is the scope whose names are known here too; null for a graph of its own. */
  constructor(outer: Scope | null) {
    this.#outer = outer;
  }

  /** The values of this graph by name. */
  get values(): ReadonlyMap<string, ReadValue> {
    return this.#values;
  }

  /** Whether this is the file's own graph or a function's, with none around it. */
  get isOutermost(): boolean {
    return this.#outer === null;
  }

  /** Gives a value a name; an output without one nobody can read. */
  define(name: string, value: ReadValue): void {
    if (name !== "") this.#values.set(name, value);
  }

  /** Says that a function's caller left out the input of that name. */
  leaveOut(name: string): void {
    this.#leftOut.add(name);
  }

  /** What a node reads by that name; null where there is none, or a function's caller left it out. */
  operand(name: string): ReadValue | null {
    return name === "" || this.#isLeftOut(name) ? null : this.value(name);
  }

  #isLeftOut(name: string): boolean {
    if (this.#leftOut.has(name)) return true;
    return this.#outer !== null && !this.#values.has(name) && this.#outer.#isLeftOut(name);
  }

  /** The value of that name; throws a `FormatError` where there is none. */
  value(name: string): ReadValue {
    const found = this.#find(name);
    if (found !== undefined) return found;
    throw new FormatError(`it reads ${quote(name)}, which nothing makes; export the model again`);
  }

  #find(name: string): ReadValue | undefined {
    const own = this.#values.get(name);
    return own === undefined && this.#outer !== null ? this.#outer.#find(name) : own;
  }

  /** Defines a graph's constants; `isFile` where they can be found again by their names in the file. */
  constants({ initializer = [], sparseInitializer = [] }: GraphProto, isFile: boolean): void {
    for (const tensor of initializer) this.define(tensor.name ?? "", constantValue(tensor, isFile));
    for (const sparse of sparseInitializer) this.define(sparse.values?.name ?? "", sparseValue(sparse));
  }
}

/** A tensor of the file as a value. */
export function constantValue(proto: TensorProto, isFile: boolean): ReadValue {
  const name = proto.name ?? "";
  return {
    name,
    shape: tensorShape(proto),
    type: dataTypeName(proto.dataType),
    constant: { read: once(() => readTensor(proto)), tensor: isFile ? name : null },
    maker: null,
    origin: `the tensor ${quote(name)}`,
  };
}

/** A tensor of which the file lists the elements other than 0. */
export function sparseValue(proto: SparseTensorProto, name: string = proto.values?.name ?? ""): ReadValue {
  return {
    name,
    shape: sparseShape(proto),
    type: dataTypeName(proto.values?.dataType),
    constant: { read: once(() => denseTensor(proto)), tensor: null },
    maker: null,
    origin: `the tensor ${quote(name)}`,
  };
}

/** A tensor that was worked out; `tensor` is the name of the one in the file that has the same elements. */
export function foldedValue(name: string, made: Tensor, tensor: string | null): ReadValue {
  return {
    name,
    shape: made.shape,
    type: made.dataType,
    constant: { read: () => made, tensor },
    maker: null,
    origin: `the constant ${quote(name)}`,
  };
}

function once(read: () => Tensor): () => Tensor {
  let known: Tensor | null = null;
  return () => known ??= read();
}
