/**
 * The steps that operations are made of, as EZKL lays them: gates over whole tensors, range checks, tables, dot products
 * and running sums.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { LookupOp } from "../format/operations.ts";
import type { GraphSettings } from "../format/settings.ts";
import { TABLE_RESERVED_ROWS } from "../../halo2/circuit/columns.ts";
import { lookupFunction } from "../../halo2/circuit/table_functions.ts";
import { add, type Felt, feltOf, multiply, subtract } from "./felt.ts";
import { Region, type Side } from "./region.ts";
import { constants, fresh, Kind, pick, reshaped, type Tensor } from "./tensor.ts";

/** Gates of one cell. */
const PAIRWISE = { Add: add, Sub: subtract, Mult: multiply };

/** A region, and how to lay steps in it. */
export class Steps {
  /** Where cells go. */
  readonly region: Region;
  /** Digits of a magnitude. */
  readonly legs: number;
  /** Their base. */
  readonly base: number;
  readonly #lookupLow: number;

  /** Lays in a new region; with `values` the witness is written down too. */
  constructor(settings: GraphSettings, values: boolean) {
    const { decompBase, decompLegs, lookupRange } = settings.runArgs;
    this.region = new Region(settings, values);
    this.base = decompBase;
    this.legs = decompLegs;
    this.#lookupLow = Number(lookupRange[0]);
  }

  /** The sum, difference or product of two tensors, broadcast from the left. */
  pairwise(op: keyof typeof PAIRWISE, a: Tensor, b: Tensor): Tensor {
    const { region } = this, dims = commonShape(a, b);
    const left = expanded(a, dims), right = expanded(b, dims);
    const f = PAIRWISE[op];
    const results = left.values.map((x, at) => {
      const y = right.values[at];
      return x === null || y === null ? null : f(x, y);
    });
    region.assign(0, left);
    region.assign(1, right);
    const out = region.assign(2, fresh(results, dims));
    region.gate(op, region.lin, results.length);
    region.lin += results.length;
    return out;
  }

  /** Holds two tensors equal. */
  equal(a: Tensor, b: Tensor): Tensor {
    const { region } = this;
    const left = region.assign(1, a), right = region.assign(2, b);
    left.cells.forEach((cell, at) => region.copy(cell, right.cells[at]));
    region.lin += left.values.length;
    return right;
  }

  /** Holds every element between two numbers; gives the checked cells. */
  range(x: Tensor, low: number, high: number): Tensor {
    const { region } = this;
    const checked = region.assign(0, x);
    region.assign(1, fresh(this.#tableColumns(x, low)));
    region.rangeGate([BigInt(low), BigInt(high)], region.lin, x.values.length);
    region.lin += x.values.length;
    return checked;
  }

  /** Looks every element up in the table of `op`; constants are worked out without. */
  lookup(op: LookupOp, x: Tensor): Tensor {
    const { region } = this, f = lookupFunction(op);
    const apply = (value: Felt): Felt => feltOf(BigInt(f(Number(value))));
    const asked = x.values.flatMap((_, at) => x.kinds[at] === Kind.constant ? [] : [at]);
    const inputs = pick(x, asked);
    region.assign(0, inputs);
    const outputs = region.assign(2, fresh(inputs.values.map((value) => value === null ? null : apply(value))));
    region.assign(1, fresh(this.#tableColumns(inputs, this.#lookupLow)));
    region.lookupGate(op, region.lin, asked.length);
    region.lin += asked.length;
    if (asked.length === x.values.length) return reshaped(outputs, x.dims);
    const all = constants(x.values.map((value, at) => x.kinds[at] === Kind.constant ? apply(value!) : 0), x.dims);
    const values = all.values.slice();
    asked.forEach((at, index) => {
      values[at] = outputs.values[index];
      all.cells[at] = outputs.cells[index];
      all.kinds[at] = Kind.value;
    });
    return { ...all, values };
  }

  /** The dot product of two vectors. */
  dot(a: Tensor, b: Tensor): Tensor {
    this.region.flush();
    const start = this.region.lin;
    const x = this.#padded(a, 0), y = this.#padded(b, 0);
    this.#assignRows(0, x);
    this.region.lin = start;
    this.#assignRows(1, y);
    const terms = x.values.map((value, at) => {
      const other = y.values[at];
      return value === null || other === null ? null : multiply(value, other);
    });
    this.region.lin = start;
    return this.#totals(terms, add, "DotInit", "Dot");
  }

  /** The sum of a tensor's elements; constants 0 are left out. */
  sum(x: Tensor): Tensor {
    if (x.values.length === 1) return x;
    this.region.flush();
    const kept = x.values.flatMap((value, at) => x.kinds[at] === Kind.constant && value === 0 ? [] : [at]);
    if (kept.length === 0) return constants([0]);
    return this.#run(this.#padded(pick(x, kept), 0), add, "SumInit", "Sum");
  }

  /** The product of a tensor's elements. */
  prod(x: Tensor): Tensor {
    this.region.flush();
    if (x.values.some((value, at) => x.kinds[at] === Kind.constant && value === 0)) return constants([0]);
    return this.#run(this.#padded(x, 1), multiply, "CumProdInit", "CumProd");
  }

  #run(x: Tensor, join: (a: Felt, b: Felt) => Felt, first: "SumInit" | "CumProdInit", next: "Sum" | "CumProd"): Tensor {
    const start = this.region.lin;
    this.#assignRows(1, x);
    this.region.lin = start;
    return this.#totals(x.values, join, first, next);
  }

  /** Whole rows; the last element of a block is repeated through the first row of the next. */
  #assignRows(side: Side, x: Tensor): void {
    const { region } = this, { innerCols, usable } = region.columns;
    const capacity = innerCols * usable;
    let { lin } = region;
    for (let at = 0; at < x.values.length; at++) {
      region.put(x, at, region.at(side, lin++));
      if (lin % capacity !== 0) continue;
      for (let more = 0; more < innerCols; more++) region.put(x, at, region.at(side, lin++));
    }
    region.lin = lin;
  }

  /** Running totals, one a row; where a block ends, the total is written once more at the start of the next. */
  #totals(
    terms: readonly (Felt | null)[],
    join: (a: Felt, b: Felt) => Felt,
    first: "DotInit" | "SumInit" | "CumProdInit",
    next: "Dot" | "Sum" | "CumProd",
  ): Tensor {
    const { region } = this, { innerCols, usable } = region.columns;
    const capacity = innerCols * usable;
    let total: Felt | null = null, known = true, cell = 0;
    for (let at = 0; at < terms.length; at += innerCols) {
      for (let inner = 0; inner < innerCols; inner++) {
        const term: Felt | null = terms[at + inner];
        if (term === null) known = false;
        else if (known) total = total === null ? term : join(total, term);
      }
      cell = region.at(2, region.lin);
      if (known) region.write(cell, total!);
      region.rowGate(at === 0 ? first : next, region.lin);
      region.lin += innerCols;
      if (region.lin % capacity !== 0) continue;
      const again = region.at(2, region.lin);
      if (known) region.write(again, total!);
      region.copy(cell, again);
      region.lin += innerCols;
    }
    return { ...fresh([known ? total : null]), cells: Int32Array.of(cell) };
  }

  #padded(x: Tensor, filler: Felt): Tensor {
    const { innerCols } = this.region.columns, count = x.values.length;
    const missing = (innerCols - count % innerCols) % innerCols;
    if (missing === 0) return reshaped(x, [count]);
    const filled = pick(x, Array.from({ length: count + missing }, (_, at) => at < count ? at : -1));
    return filler === 0 ? filled : { ...filled, values: filled.values.map((value, at) => at < count ? value : filler) };
  }

  /** Which column of a table each element is looked up in. */
  #tableColumns(x: Tensor, low: number): (Felt | null)[] {
    const rows = this.region.columns.rows - TABLE_RESERVED_ROWS;
    return x.values.map((value) => value === null ? null : Math.floor(Math.abs(Number(value) - low) / rows));
  }
}

/** The shape of two tensors: axis by axis the longer where they have as many axes, else that with more. */
function commonShape({ dims: a }: Tensor, { dims: b }: Tensor): readonly number[] {
  if (a.length === b.length) return a.map((size, axis) => Math.max(size, b[axis]));
  return a.length > b.length ? a : b;
}

/** A tensor repeated along axes of length 1, and along those that it lacks at the right. */
function expanded(x: Tensor, dims: readonly number[]): Tensor {
  const count = sizeOf(dims);
  if (x.values.length === count) return reshaped(x, dims);
  if (x.values.length === 1) return pick(x, new Int32Array(count), dims);
  const positions = new Int32Array(count), at = dims.map(() => 0);
  for (let index = 0; index < count; index++) {
    positions[index] = x.dims.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : at[axis]), 0);
    for (let axis = dims.length - 1; axis >= 0 && ++at[axis] === dims[axis]; axis--) at[axis] = 0;
  }
  return pick(x, positions, dims);
}
