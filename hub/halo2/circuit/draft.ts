/**
 * A constraint system while it is written down: columns, queries and selectors get their
 * numbers in the order in which they are asked for, and that order enters the digest.
 * @module
 */
import { cell, type Expression, type Query } from "./expression.ts";

/** A column. */
export type Column = Pick<Query, "column" | "index">;

/** A lookup: the inputs, and the table that must have them as a row. */
export interface Lookup {
  /** One for each column of the table. */
  input: Expression[];
  /** The table's columns. */
  table: Expression[];
}

/** A constraint system in the making. */
export class Draft {
  /** How many columns there are of each family. */
  readonly columns: Record<Query["column"], number> = { fixed: 0, advice: 0, instance: 0 };
  /** The cells that are read, of each family in order of first mention. */
  readonly queries: Record<Query["column"], Query[]> = { fixed: [], advice: [], instance: [] };
  /** The columns whose cells may be bound to each other, in order. */
  readonly permutation: Column[] = [];
  /** The columns that hold constants. */
  readonly constants: Column[] = [];
  /** The selectors; a simple one may share a column with others. */
  readonly selectors: { simple: boolean }[] = [];
  /** The polynomials that are zero in every row. */
  readonly gates: Expression[] = [];
  /** The lookups. */
  readonly lookups: Lookup[] = [];
  readonly #read = new Map<string, Query>();
  readonly #bound = new Set<string>();

  /** A new column. */
  add(column: Query["column"]): Column {
    return { column, index: this.columns[column]++ };
  }

  /** A new column whose cells may be bound to others. */
  addBound(column: Query["column"]): Column {
    const made = this.add(column);
    this.bind(made);
    return made;
  }

  /** Lets the cells of a column be bound to others; more than once is as once. */
  bind(column: Column): void {
    this.read(column);
    const name = `${column.column} ${column.index}`;
    if (!this.#bound.has(name)) this.permutation.push(column);
    this.#bound.add(name);
  }

  /** The cell of a column, so many rows on. */
  read({ column, index }: Column, rotation = 0): Expression {
    const queries = this.queries[column], name = `${column} ${index} ${rotation}`;
    let query = this.#read.get(name);
    if (!query) {
      queries.push(query = { column, index, rotation, query: queries.length });
      this.#read.set(name, query);
    }
    return cell(query);
  }

  /** A new selector. */
  select(simple: boolean): Expression {
    return { kind: "selector", index: this.selectors.push({ simple }) - 1, simple };
  }
}
