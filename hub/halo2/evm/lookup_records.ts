/**
 * The lookups of a circuit as records, for the contract's loops: see the Yul body's part of
 * them for their bytes.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import { type Expression, identifierOf, type Query } from "../circuit/expression.ts";
import type { LookupArgument } from "../circuit/lookup_arguments.ts";
import type { CircuitPlaces } from "./circuit_places.ts";
import { Bytes } from "./data_writer.ts";
import { cellsOf, differenceOf, factorsOf, isConstant, queryOf } from "./terms.ts";

/** An input: on · (cells - default) + factor · default. */
interface Input {
  /** The selector, a fixed column. */
  selector: Query;
  /** Columns of the table. */
  columns: number;
  /** The one that is meant. */
  own: number;
  /** The cell that says which; none for a table of one column. */
  cell: Query | null;
  /** What on is in rows that mean this column. */
  factor: bigint;
  /** Cells; one is a number for 1. */
  cells: (Query | 1)[];
  /** The row that is asked for where the selector is off. */
  defaults: bigint[];
}

/** A table. */
interface Table {
  /** The selector; null where all rows count. */
  selector: Query | null;
  columns: (Query | 1)[];
}

/** The records of the lookups. */
export interface LookupRecords {
  lookups: Bytes;
  /** How many inputs are on somewhere. */
  inputs: number;
  /** How many columns of wide tables these choose from, all together. */
  choices: number;
}

/** The records of all arguments, in order. */
export function lookupRecords(lookups: readonly LookupArgument[], places: CircuitPlaces): LookupRecords {
  const bytes = new Bytes();
  let allInputs = 0, choices = 0;
  for (let first = 0; first < lookups.length;) {
    const table = tableOf(lookups[first].table);
    const inputs = lookups[first].inputs.map(inputOf);
    const [{ factor, defaults }] = inputs;
    const group = [inputs];
    const name = nameOf(lookups[first]);
    while (first + group.length < lookups.length && nameOf(lookups[first + group.length]) === name) {
      group.push(lookups[first + group.length].inputs.map(inputOf));
    }
    first += group.length;
    const isOne = group.flat().every((input) =>
      input.factor === factor && input.defaults.length === table.columns.length &&
      input.defaults.every((value, index) => value === defaults[index])
    );
    if (!isOne) refuse("rows of one table that ask for different rows where they are off");
    const at = (cell: Query | 1) => cell === 1 ? places.one : places.value(cell);
    bytes.pair(group.length).byte(defaults.length).pair(at(table.selector ?? 1), places.constant(factor));
    bytes.pair(...table.columns.map(at), ...defaults.map((value) => places.constant(value)));
    for (const inputs of group) {
      const on = inputs.filter(({ selector }) => !places.isZero(selector));
      bytes.byte(on.length, inputs.length - on.length);
      for (const { selector, columns, own, cell, cells } of on) {
        allInputs++;
        choices += columns > 1 ? columns : 0;
        bytes.pair(at(selector)).byte(columns, own).pair(cell ? at(cell) : 0, ...cells.map(at));
      }
    }
  }
  return { lookups: bytes, inputs: allInputs, choices };
}

function nameOf({ table }: LookupArgument): string {
  return table.map(identifierOf).join(" ");
}

function tableOf(expressions: readonly Expression[]): Table {
  const columns = cellsOf(expressions);
  if (columns) return { selector: null, columns };
  const products = expressions.map(selectedCell);
  const selector = products[0]?.selector;
  if (!selector || products.some((one) => one?.selector !== selector)) {
    refuse("a table that is neither fixed nor selected");
  }
  return { selector, columns: products.map((one) => one!.cell) };
}

function inputOf(expressions: readonly Expression[]): Input {
  const selected = expressions.map(selectedCell);
  const selector = selected[0]?.selector;
  if (selector && selected.every((one) => one?.selector === selector)) {
    const cells = selected.map((one) => one!.cell);
    return { selector, columns: 1, own: 0, cell: null, factor: 0n, cells, defaults: cells.map(() => 0n) };
  }
  const parts = expressions.map(switchedOf);
  const [first] = parts;
  if (!first || parts.some((part) => !part || !same(part.on, first.on))) refuse("an input of a kind that is not known");
  const { on, factor } = first;
  return {
    ...chainOf(on),
    factor,
    cells: parts.map((part) => part!.cell),
    defaults: parts.map((part) => part!.default),
  };
}

/** cell · selector */
function selectedCell(expression: Expression): { selector: Query; cell: Query | 1 } | null {
  if (expression.kind !== "product") return null;
  const [selector, cell] = [queryOf(expression.b), queryOf(expression.a)];
  if (selector?.column !== "fixed") return null;
  if (isConstant(expression.a, 1n)) return { selector, cell: 1 };
  return cell && { selector, cell };
}

/** on · cell + (factor - on) · default */
function switchedOf(
  expression: Expression,
): { on: Expression; cell: Query; factor: bigint; default: bigint } | null {
  if (expression.kind !== "sum" || expression.a.kind !== "product" || expression.b.kind !== "product") return null;
  const { a: on, b: read } = expression.a;
  const { a: off, b: otherwise } = expression.b;
  const [cell, parts] = [queryOf(read), differenceOf(off)];
  if (!cell || otherwise.kind !== "constant" || parts?.[0].kind !== "constant" || !same(parts[1], on)) return null;
  return { on, cell, factor: parts[0].value, default: otherwise.value };
}

/** A selector times the distance of a cell from the numbers of all other columns of the table. */
function chainOf(on: Expression): Pick<Input, "selector" | "columns" | "own" | "cell"> {
  const [first, ...rest] = factorsOf(on);
  const selector = queryOf(first);
  if (selector?.column !== "fixed") return refuse("an input without a selector");
  const numbers = rest.map((factor) => {
    const plain = queryOf(factor), parts = differenceOf(factor);
    if (plain) return { cell: plain, number: 0 };
    const cell = parts && queryOf(parts[1]);
    if (!cell || parts[0].kind !== "constant") return refuse("a selector of a table's columns of an unknown kind");
    return { cell, number: Number(parts[0].value) };
  });
  const columns = rest.length + 1;
  if (columns === 1) return { selector, columns, own: 0, cell: null };
  const own = Array.from({ length: columns }, (_, index) => index)
    .filter((index) => !numbers.some(({ number }) => number === index));
  const { cell } = numbers[0];
  if (own.length !== 1 || numbers.some((one) => one.cell !== cell)) {
    refuse("columns of a table that are not told apart");
  }
  return { selector, columns, own: own[0], cell };
}

function same(a: Expression, b: Expression): boolean {
  return identifierOf(a) === identifierOf(b);
}

function refuse(what: string): never {
  throw new FormatError(
    `createEvmVerifier(): the circuit has ${what}, which the contract cannot hold; no circuit of EZKL 21 is known to, ` +
      "so the settings may be another version's",
  );
}
