/**
 * Where everything lies that the constraints of a circuit read: values of the proof, constants
 * of the data, and numbers that the contract works out on the way.
 * @module
 */
import type { Column } from "../circuit/draft.ts";
import type { ConstraintSystem } from "../circuit/constraint_system.ts";
import type { Expression, Query } from "../circuit/expression.ts";
import type { Commitment } from "../circuit/verifying_key.ts";
import { R } from "../curve/bn254.ts";
import { Bytes } from "./data_writer.ts";
import { slotAt, WORD } from "./memory.ts";
import type { ProofPlaces } from "./proof_places.ts";

export { WORD } from "./memory.ts";

/** Where parts of the data and of what is worked out begin. */
export interface Starts {
  /** Constants of the data. */
  constants: number;
  /** Programs of the data. */
  programs: number;
  /** What is worked out. */
  work: number;
}

/** The addresses of a circuit. */
export class CircuitPlaces {
  /** Always 0. */
  readonly zero: number = slotAt("zero");
  /** Always 1. */
  readonly one: number = slotAt("one");
  /** A word that nobody reads. */
  readonly unused: number;
  /** Words of the data, in order. */
  readonly constants: bigint[] = [];
  /** Programs of the data. */
  readonly programs: Bytes = new Bytes();
  #system: ConstraintSystem;
  #fixed: readonly Commitment[];
  #proof: ProofPlaces;
  #starts: Starts;
  #worked = 1;

  /** `fixed` are the commitments of the fixed columns. */
  constructor(system: ConstraintSystem, fixed: readonly Commitment[], proof: ProofPlaces, starts: Starts) {
    this.#system = system;
    this.#fixed = fixed;
    this.#proof = proof;
    this.#starts = starts;
    this.unused = starts.work;
  }

  /** The address of a cell's value. */
  value({ column, query }: Query): number {
    return column === "instance" ? slotAt("instance") : this.#proof.values[column][query];
  }

  /** The address of the value of a column at x. */
  column({ column, index }: Column): number {
    const query = this.#system.queries[column].find((known) => known.index === index && known.rotation === 0);
    if (!query) throw new Error(`nobody reads ${column} column ${index}`);
    return this.value(query);
  }

  /** Whether a column is zero in every row; the contract insists that its value is. */
  isZero({ column, index }: Column): boolean {
    return column === "fixed" && this.#fixed[index] === null;
  }

  /** The address of a constant. */
  constant(value: bigint): number {
    if (value === 0n) return this.zero;
    if (value === 1n) return this.one;
    let index = this.constants.indexOf(value);
    if (index < 0) index = this.constants.push(value) - 1;
    return this.#starts.constants + WORD * index;
  }

  /** A new word for what is worked out. */
  work(): number {
    return this.#starts.work + WORD * this.#worked++;
  }

  /** The end of what is worked out. */
  get workEnd(): number {
    return this.#starts.work + WORD * this.#worked;
  }

  /** Writes a program for an expression: steps of a · b + c, each of whose results has a word. */
  program(expression: Expression): { start: number; end: number; results: number; value: number } {
    const start = this.#starts.programs + this.programs.length;
    const known = new Map<string, number>();
    let results: number | null = null;
    const step = (a: number, b: number, c: number): number => {
      const key = `${a} ${b} ${c}`;
      const found = known.get(key);
      if (found !== undefined) return found;
      this.programs.pair(a, b, c);
      const result = this.work();
      results ??= result;
      known.set(key, result);
      return result;
    };
    const place = (part: Expression): number => {
      switch (part.kind) {
        case "constant":
          return this.constant(part.value);
        case "query":
          return this.value(part.query);
        case "negated":
          return step(place(part.a), this.constant(R - 1n), this.zero);
        case "scaled":
          return step(place(part.a), this.constant(part.value), this.zero);
        case "sum": {
          const a = place(part.a);
          if (part.b.kind === "negated") return step(place(part.b.a), this.constant(R - 1n), a);
          return step(place(part.b), this.one, a);
        }
        case "product": {
          const a = place(part.a);
          return step(a, place(part.b), this.zero);
        }
        case "selector":
          throw new Error("a selector was not replaced by its column");
      }
    };
    const value = place(expression);
    return { start, end: this.#starts.programs + this.programs.length, results: results ?? value, value };
  }
}
