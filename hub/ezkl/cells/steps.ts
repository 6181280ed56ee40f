/**
 * The steps that every operation of a circuit is made of, as EZKL lays them: each takes tensors, puts what it needs into
 * cells and gives what stands there.
 *
 * An operation is written with these alone, so that counting its cells, writing them for the keys and writing them with
 * the values of a proof is one piece of code. Where cells are only counted, values are not asked for.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { LookupOp } from "../format/circuit.ts";
import { TABLE_RESERVED_ROWS } from "../../halo2/circuit/columns.ts";
import { lookupFunction } from "../../halo2/circuit/table_functions.ts";
import { add, type Felt, feltOf, invert, multiply, subtract } from "./felt.ts";
import type { Grid } from "./grid.ts";
import { DOT, layRun, PRODUCT, SUM } from "./runs.ts";
import type { Side } from "./sheet.ts";
import {
  constants,
  counted,
  fresh,
  isConstant,
  isPlaced,
  joined,
  Kind,
  mapped,
  NOWHERE,
  pairedShape,
  pick,
  repeated,
  reshaped,
  type Tensor,
} from "./tensor.ts";

/** Gates of two operands, element by element. */
export type PairGate = "Add" | "Sub" | "Mult";

/** Values of elements; null where one is not known. */
export type Values = readonly (Felt | null)[];

const PAIRS: Readonly<Record<PairGate, (a: Felt, b: Felt) => Felt>> = { Add: add, Sub: subtract, Mult: multiply };

/** The run arguments that steps depend on. */
export interface StepArgs {
  /** Base of the digits in which magnitudes are written. */
  readonly decompBase: number;
  /** How many digits. */
  readonly decompLegs: number;
  /** The numbers that tables begin and end with. */
  readonly lookupRange: readonly [bigint, bigint];
}

/** A grid, and the steps that lay tensors into it. */
export class Steps {
  /** Where cells go. */
  readonly grid: Grid;
  /** Base of the digits in which magnitudes are written. */
  readonly base: number;
  /** How many digits. */
  readonly legs: number;
  readonly #lookupLow: number;

  /** Lays into `grid`, with digits and tables of the run arguments' kind. */
  constructor(grid: Grid, { decompBase, decompLegs, lookupRange }: StepArgs) {
    this.grid = grid;
    this.base = decompBase;
    this.legs = decompLegs;
    this.#lookupLow = Number(lookupRange[0]);
  }

  /** Numbers that the circuit fixes, in no cell yet. */
  constants(values: readonly (number | bigint)[], dims?: readonly number[]): Tensor {
    return constants(values.map((value) => typeof value === "number" ? value : feltOf(value)), dims);
  }

  /** Values that the prover claims, in no cell yet; `values` is asked where they are written down. */
  claimed(dims: readonly number[], values: () => Values): Tensor {
    return fresh(dims, this.grid.sheet?.advice ? values() : null);
  }

  /** The same in the next cells of a side, without going on. */
  laid(side: Side, dims: readonly number[], values: () => Values): Tensor {
    if (this.grid.sheet === null) return counted(dims);
    return this.grid.put(side, this.claimed(dims, values));
  }

  /** Whether all of `x` stands in cells that a later use can point to; the dummy count forgets that. */
  isLaid(x: Tensor): boolean {
    return this.grid.mode === "keygen" && isPlaced(x);
  }

  /**
   * A tensor of which every element will be put into cells one by one: where they are only counted, nothing more has to
   * be known of it.
   */
  noted(x: Tensor): Tensor {
    if (this.grid.sheet !== null) return x;
    this.grid.use(x);
    return counted(x.dims);
  }

  /** Puts `x` into cells of its own. */
  copied(x: Tensor, side: Side = 2): Tensor {
    const result = this.grid.put(side, x);
    this.grid.copy(sizeOf(x.dims));
    return result;
  }

  /** The elements of `x` in cells, laid down where they are not. */
  identity(x: Tensor, side: Side = 2): Tensor {
    return this.isLaid(x) ? x : this.copied(x, side);
  }

  /** `a` and `b` through a gate; the shorter shape is compared from its first axis on. */
  pair(gate: PairGate, a: Tensor, b: Tensor): Tensor {
    const { grid } = this, dims = pairedShape(a.dims, b.dims), f = PAIRS[gate];
    const left = grid.put(0, a, dims), right = grid.put(1, b, dims);
    const out = this.laid(2, dims, () =>
      left.elements!.values.map((x, at) => {
        const y = right.elements!.values[at];
        return x === null || y === null ? null : f(x, y);
      }));
    grid.cellwise(gate, sizeOf(dims));
    return out;
  }

  /** Holds `a` and `b` equal, element by element. */
  equal(a: Tensor, b: Tensor): Tensor {
    const { grid } = this;
    const left = grid.put(1, a), right = grid.put(2, b);
    if (grid.sheet) left.elements!.cells.forEach((cell, at) => grid.sheet!.copy(cell, right.elements!.cells[at]));
    grid.copy(Math.max(sizeOf(a.dims), sizeOf(b.dims)));
    return right;
  }

  /** Holds every element of `x` between two numbers; gives the checked cells. */
  range(x: Tensor, low: bigint, high: bigint): Tensor {
    const checked = this.grid.put(0, x);
    this.laid(1, x.dims, () => this.#tableColumns(checked, Number(low)));
    this.grid.range(low, high, sizeOf(x.dims));
    return checked;
  }

  /** `x` through a table; constants are looked up while compiling and take no cell. */
  lookup(op: LookupOp, x: Tensor): Tensor {
    const { grid } = this, { elements, dims } = x, f = lookupFunction(op);
    const apply = (value: Felt): Felt => feltOf(BigInt(f(Number(value))));
    const hasConstants = elements !== null && elements.kinds.includes(Kind.constant);
    const asked = hasConstants ? positionsWhere(dims, (at) => !isConstant(x, at)) : null;
    const inputs = grid.put(0, asked === null ? x : pick(x, asked, [asked.length])), count = sizeOf(inputs.dims);
    const outputs = this.laid(2, inputs.dims, () => mapped(inputs, apply));
    this.laid(1, inputs.dims, () => this.#tableColumns(inputs, this.#lookupLow));
    grid.lookup(op, count);
    if (asked === null) return reshaped(outputs, dims);
    const values = elements!.values.map((value, at) => isConstant(x, at) ? apply(value!) : null);
    const cells = elements!.cells.map((_, at) => isConstant(x, at) ? NOWHERE : 0);
    const kinds = elements!.kinds.map((kind) => kind === Kind.constant ? kind : Kind.value);
    asked.forEach((at, index) => {
      if (outputs.elements === null) return;
      values[at] = outputs.elements.values[index];
      cells[at] = outputs.elements.cells[index];
    });
    const all = { dims, elements: { values, cells, kinds } };
    if (grid.mode === "dummy") {
      // EZKL counts the constants that it works out, and their results.
      grid.use(x);
      grid.use(all);
    }
    return all;
  }

  /** The dot product of two vectors. */
  dot(a: Tensor, b: Tensor): Tensor {
    return layRun(this.grid, DOT, [a, b]);
  }

  /** `count` dot products; of what `pair` gives all constants are noted already. */
  dots(count: number, length: number, pair: (index: number) => readonly [Tensor, Tensor]): Tensor {
    if (this.grid.sheet !== null) return joined(Array.from({ length: count }, (_, index) => this.dot(...pair(index))));
    const vectors = [counted([length]), counted([length])];
    for (let index = 0; index < count; index++) layRun(this.grid, DOT, vectors);
    return counted([count]);
  }

  /** The sum of all elements; zeros among the constants are left out. */
  sum(x: Tensor): Tensor {
    const count = sizeOf(x.dims);
    if (count === 1) return reshaped(x, [1]);
    const { elements } = x;
    if (elements === null) return layRun(this.grid, SUM, [x]);
    const kept = positionsWhere(x.dims, (at) => !isConstant(x, at) || elements.values[at] !== 0);
    if (kept.length > 0) return layRun(this.grid, SUM, [pick(x, kept, [kept.length])]);
    this.grid.flush();
    return constants([0]);
  }

  /** The product of all elements; with a zero among the constants it is that. */
  product(x: Tensor): Tensor {
    const { elements } = x;
    if (!elements?.values.some((value, at) => value === 0 && isConstant(x, at))) return layRun(this.grid, PRODUCT, [x]);
    this.grid.flush();
    return constants([0]);
  }

  /** Whether each element is zero, as 1 or 0. */
  isZero(x: Tensor): Tensor {
    const { grid } = this, one = constants([1]);
    const inverses = this.#inverses(x);
    const product = this.pair("Mult", x, inverses);
    const result = this.pair("Sub", one, product);
    const both = this.pair("Mult", x, result);
    if (grid.sheet === null) {
      grid.useValue(0);
      grid.copy(sizeOf(x.dims));
    } else this.equal(both, repeated(constants([0]), x.dims));
    return result;
  }

  /**
   * `count` times what `body` lays. The dummy count takes every turn for itself: shuffles and searches are numbered from
   * 0 in each.
   */
  loop<T>(count: number, body: (index: number) => T): T[] {
    return Array.from({ length: count }, (_, index) => this.grid.turn(() => body(index)));
  }

  /** One over each element; of a constant that is in no cell yet it is a constant too. */
  #inverses(x: Tensor): Tensor {
    const { elements } = x;
    if (elements === null) return x;
    const { kinds, cells, values } = elements;
    const own = kinds.map((kind, at) => kind === Kind.constant && cells[at] === NOWHERE ? Kind.constant : Kind.value);
    const isKnown = (at: number) => values[at] !== null && (this.grid.sheet !== null || own[at] === Kind.constant);
    const inverted = values.map((value, at) => isKnown(at) ? invert(value!) : null);
    return { dims: x.dims, elements: { values: inverted, cells: cells.map(() => NOWHERE), kinds: own } };
  }

  /** Which column of a table each element is looked up in. */
  #tableColumns({ elements }: Tensor, low: number): Values {
    const rows = this.grid.rows - TABLE_RESERVED_ROWS;
    return elements!.values.map((value) => value === null ? null : Math.floor(Math.abs(Number(value) - low) / rows));
  }
}

/** The positions of a shape's elements for which something holds. */
function positionsWhere(dims: readonly number[], holds: (at: number) => boolean): number[] {
  return Array.from({ length: sizeOf(dims) }, (_, at) => at).filter(holds);
}
