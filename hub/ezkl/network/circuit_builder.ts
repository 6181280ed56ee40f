/**
 * Puts a circuit's nodes together one after another and counts their uses at the end.
 * @module
 */
import type { CircuitModel, CircuitNode, InputType, LookupOp, SupportedOp, VarVisibility } from "../format/circuit.ts";
import { ArgumentError } from "../../../core/base/errors.ts";
import type { Visibility } from "../format/run_args.ts";

/** A value of the circuit under construction. */
export interface Value {
  /** Key of the node that makes it. */
  key: number;
  /** log2 of the multiplier of its integers. */
  scale: number;
  /** Its shape; a scalar is `[1]`. */
  dims: number[];
}

/** A circuit under construction. */
export class CircuitBuilder {
  readonly #nodes = new Map<number, CircuitNode>();
  readonly #inputs: number[] = [];
  readonly #visibility: VarVisibility;

  /** Weights are shown as `visibility` says; what else is constant is part of the circuit, and fixed in its key. */
  constructor(visibility: VarVisibility) {
    this.#visibility = visibility;
  }

  /** Adds a node; its operands must have been added before. */
  add(opkind: SupportedOp, inputs: readonly Value[], dims: readonly number[], scale: number): Value {
    const key = this.#nodes.size;
    const outDims = dims.length === 0 ? [1] : [...dims];
    if (opkind.kind === "Input") this.#inputs.push(key);
    this.#nodes.set(key, {
      opkind,
      outScale: scale,
      inputs: inputs.map((value) => [value.key, 0]),
      outDims,
      idx: key,
      numUses: 0,
    });
    return { key, scale, dims: outDims };
  }

  /** Adds weights as whole numbers. Give each consumer some of its own: shared ones cost a copy of every element. */
  weights(values: ArrayLike<number>, dims: readonly number[], scale: number): Value {
    return this.#constant(values, dims, scale, this.#visibility.params);
  }

  /** Adds whole numbers that say nothing about the weights, and that no prover may choose. */
  constant(values: ArrayLike<number>, dims: readonly number[], scale: number): Value {
    return this.#constant(values, dims, scale, "Fixed");
  }

  #constant(values: ArrayLike<number>, dims: readonly number[], scale: number, visibility: Visibility): Value {
    const integers = Array.from(values, (value) => {
      if (!Number.isSafeInteger(value)) {
        throw new ArgumentError(`a constant of the circuit is ${value}; it must be a whole number below 2^53`);
      }
      return BigInt(value);
    });
    const quantizedValues = { values: integers, dims: [...dims], scale, visibility };
    const rawValues = { values: new Float32Array(0), dims: [0], scale: null, visibility: null };
    return this.add({ kind: "Constant", quantizedValues, rawValues, decomp: false }, [], dims, scale);
  }

  /** The first table that something was looked up in, or null. */
  get firstTable(): LookupOp | null {
    for (const { opkind } of this.#nodes.values()) if (opkind.kind === "Nonlinear") return opkind.op;
    return null;
  }

  /** Whether a table takes this very value. */
  isLookedUp({ key }: Value): boolean {
    for (const { opkind, inputs } of this.#nodes.values()) {
      if (opkind.kind === "Nonlinear" && inputs[0][0] === key) return true;
    }
    return false;
  }

  /** The circuit, with every node's uses counted. */
  finish(outputs: readonly Value[], outputTypes: InputType[]): CircuitModel {
    const uses = new Map<number, number>();
    const read = (key: number) => uses.set(key, (uses.get(key) ?? 0) + 1);
    for (const node of this.#nodes.values()) node.inputs.forEach(([key]) => read(key));
    outputs.forEach(({ key }) => read(key));
    for (const [key, node] of this.#nodes) node.numUses = Math.max(1, uses.get(key) ?? 0);
    return {
      nodes: this.#nodes,
      inputs: this.#inputs,
      outputs: outputs.map(({ key }) => [key, 0]),
      outputTypes,
      visibility: this.#visibility,
    };
  }
}
