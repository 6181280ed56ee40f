/**
 * Formulas over whole columns as a list of steps, which are then done for a few rows at a time, so that what comes
 * between stays in the processor's caches. The same part of two formulas is computed once.
 * @module
 */
import type { Expression, Query } from "../circuit/expression.ts";
import { R } from "../curve/bn254.ts";
import type { Kernels } from "../kernels/kernels.ts";

/** A value of a formula: in a column, the same for all rows, or computed before. */
export type Term =
  | { readonly kind: "column"; readonly address: number }
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "step"; readonly index: number };

/** What a step computes of its terms: c, a + b, a - b, a b, a c, a + c, a c + b. */
type Action = "fill" | "add" | "subtract" | "multiply" | "scale" | "shift" | "scaleAdd";

interface Step {
  readonly action: Action;
  readonly terms: readonly Term[];
}

/** A step with its places, as a thread runs it. Places below 0 are registers. */
export interface TapeStep {
  /** The kernel. */
  readonly action: Action;
  /** Addresses of columns, or of constants, or -1 - register; in the kernel's order. */
  readonly places: readonly number[];
  /** Which places stay where they are from rows to rows. */
  readonly still: number;
}

/** Steps to run, as plain data. */
export interface TapeProgram {
  /** In order. */
  readonly steps: readonly TapeStep[];
  /** Registers that are needed. */
  readonly registers: number;
}

/** Vectors of a register. */
export const REGISTER_VECTORS = 64;

/** A list of steps in the making. */
export class Tape {
  readonly #kernels: Kernels;
  readonly #steps: Step[] = [];
  readonly #known = new Map<string, Term>();
  readonly #constants = new Map<bigint, number>();
  readonly #outputs: [term: Term, address: number][] = [];

  /** No steps yet; constants are put into the kernels' memory. */
  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  /** A column. */
  column(address: number): Term {
    return { kind: "column", address };
  }

  /** A number. */
  constant(value: bigint): Term {
    return { kind: "constant", value: (value % R + R) % R };
  }

  /** a + b. */
  add(a: Term, b: Term): Term {
    if (a.kind === "constant" && b.kind === "constant") return this.constant(a.value + b.value);
    if (a.kind === "constant") return this.add(b, a);
    if (b.kind !== "constant") return this.#step("add", a, b);
    return b.value === 0n ? a : this.#step("shift", a, b);
  }

  /** a - b. */
  subtract(a: Term, b: Term): Term {
    if (b.kind === "constant") return this.add(a, this.constant(-b.value));
    if (a.kind === "constant") return this.add(this.multiply(b, this.constant(-1n)), a);
    return this.#step("subtract", a, b);
  }

  /** a b. */
  multiply(a: Term, b: Term): Term {
    if (a.kind === "constant" && b.kind === "constant") return this.constant(a.value * b.value);
    if (a.kind === "constant") return this.multiply(b, a);
    if (b.kind !== "constant") return this.#step("multiply", a, b);
    return b.value === 1n ? a : b.value === 0n ? b : this.#step("scale", a, b);
  }

  /** a factor + b. */
  scaleAdd(a: Term, factor: bigint, b: Term): Term {
    if (factor === 1n) return this.add(a, b);
    if (a.kind === "constant" || b.kind === "constant") return this.add(this.multiply(a, this.constant(factor)), b);
    return this.#step("scaleAdd", a, this.constant(factor), b);
  }

  /** A formula whose cells are where `cell` says. */
  expression(tree: Expression, cell: (query: Query) => Term): Term {
    const again = (part: Expression) => this.expression(part, cell);
    switch (tree.kind) {
      case "constant":
        return this.constant(tree.value);
      case "query":
        return cell(tree.query);
      case "negated":
        return this.multiply(again(tree.a), this.constant(-1n));
      case "sum":
        return tree.b.kind === "negated"
          ? this.subtract(again(tree.a), again(tree.b.a))
          : this.add(again(tree.a), again(tree.b));
      case "product":
        return this.multiply(again(tree.a), again(tree.b));
      case "scaled":
        return this.multiply(again(tree.a), this.constant(tree.value));
      case "selector":
        throw new Error("a selector was not replaced by its column");
    }
  }

  /** Writes a term to a column. */
  output(term: Term, address: number): void {
    this.#outputs.push([term, address]);
  }

  /** The steps that the outputs need, with registers for what lies between. */
  program(): TapeProgram {
    const needed = new Set<number>();
    const need = (term: Term): void => {
      if (term.kind !== "step" || needed.has(term.index)) return;
      needed.add(term.index);
      this.#steps[term.index].terms.forEach(need);
    };
    this.#outputs.forEach(([term]) => need(term));
    const order = [...needed].sort((a, b) => a - b);
    const last = new Map<number, number>();
    for (const index of order) {
      for (const term of this.#steps[index].terms) if (term.kind === "step") last.set(term.index, index);
    }
    // Outputs are copied at the end of their rows.
    this.#outputs.forEach(([term]) => term.kind === "step" && last.set(term.index, Infinity));
    const free: number[] = [], held = new Map<number, number>();
    let registers = 0;
    const place = (term: Term): number => {
      if (term.kind === "column") return term.address;
      if (term.kind === "step") return -1 - held.get(term.index)!;
      return this.#constant(term.value);
    };
    const steps = order.map((index): TapeStep => {
      const { action, terms } = this.#steps[index];
      const places = terms.map(place);
      const ended = new Set(
        terms.flatMap((term) => term.kind === "step" && last.get(term.index) === index ? [term.index] : []),
      );
      for (const end of ended) free.push(held.get(end)!);
      const register = free.pop() ?? registers++;
      held.set(index, register);
      const still = terms.findIndex(({ kind }) => kind === "constant");
      return { action, places: [...places, -1 - register], still };
    });
    for (const [term, address] of this.#outputs) {
      if (term.kind !== "constant") {
        steps.push({ action: "scale", places: [place(term), this.#constant(1n), address], still: 1 });
        continue;
      }
      steps.push({ action: "fill", places: [this.#constant(term.value), address], still: 0 });
    }
    return { steps, registers };
  }

  #step(action: Action, ...terms: Term[]): Term {
    const name = `${action} ${terms.map(nameOf).join(" ")}`;
    let term = this.#known.get(name);
    if (!term) {
      const commuted = action === "add" || action === "multiply"
        ? `${action} ${nameOf(terms[1])} ${nameOf(terms[0])}`
        : name;
      term = this.#known.get(commuted) ?? { kind: "step", index: this.#steps.push({ action, terms }) - 1 };
      this.#known.set(name, term);
    }
    return term;
  }

  #constant(value: bigint): number {
    let address = this.#constants.get(value);
    if (address === undefined) {
      address = this.#kernels.put(this.#kernels.r, value, this.#kernels.take(this.#kernels.bytes));
      this.#constants.set(value, address);
    }
    return address;
  }
}

/** What tells a term of a tape from all others. */
export function nameOf(term: Term): string {
  return term.kind === "column" ? `@${term.address}` : term.kind === "step" ? `${term.index}` : `=${term.value}`;
}

/** Runs a program for vectors from `from` to `to`. */
export function runTape(kernels: Kernels, { steps, registers }: TapeProgram, from: number, to: number): void {
  const { r: { call }, bytes } = kernels;
  const mark = kernels.mark(), size = REGISTER_VECTORS * bytes, base = kernels.take(registers * size);
  const ready = steps.map(({ action, places, still }) => ({
    run: call[action],
    places: places.map((place) => place < 0 ? base + (-1 - place) * size : place),
    moving: places.map((place, at) => place < 0 || at === still ? 0 : bytes),
  }));
  for (let vector = from; vector < to; vector += REGISTER_VECTORS) {
    const count = Math.min(REGISTER_VECTORS, to - vector);
    for (const { run, places, moving } of ready) {
      const [a, b, c, d] = places;
      if (places.length === 2) run(a + moving[0] * vector, b + moving[1] * vector, count);
      else if (places.length === 3) run(a + moving[0] * vector, b + moving[1] * vector, c + moving[2] * vector, count);
      else {
        run(a + moving[0] * vector, b + moving[1] * vector, c + moving[2] * vector, d + moving[3] * vector, count);
      }
    }
  }
  kernels.release(mark);
}
