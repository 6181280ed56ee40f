/**
 * The polynomials of a constraint system as trees. Their exact shape enters the digest of a
 * key, so nothing is ever simplified.
 * @module
 */

/** A cell that an expression reads: the column, and how many rows further on. */
export interface Query {
  /** Which family of columns. */
  column: "fixed" | "advice" | "instance";
  /** The column's number in its family. */
  index: number;
  /** Rows from the row that the polynomial is about. */
  rotation: number;
  /** The place in the family's list of queries, where its value stands among those that a proof opens. */
  query: number;
}

/** A polynomial. */
export type Expression =
  | { kind: "constant"; value: bigint }
  | { kind: "selector"; index: number; simple: boolean }
  | { kind: "query"; query: Query }
  | { kind: "negated"; a: Expression }
  | { kind: "sum"; a: Expression; b: Expression }
  | { kind: "product"; a: Expression; b: Expression }
  | { kind: "scaled"; a: Expression; value: bigint };

/** A constant, from 0 to r - 1. */
export const constant = (value: bigint): Expression => ({ kind: "constant", value });
/** The value of a cell. */
export const cell = (query: Query): Expression => ({ kind: "query", query });
/** a + b. */
export const sum = (a: Expression, b: Expression): Expression => ({ kind: "sum", a, b });
/** a · b. */
export const product = (a: Expression, b: Expression): Expression => ({ kind: "product", a, b });
/** a - b, which halo2 writes as a + (-b). */
export const difference = (a: Expression, b: Expression): Expression => sum(a, { kind: "negated", a: b });
/** a times a constant. */
export const scaled = (a: Expression, value: bigint): Expression => ({ kind: "scaled", a, value });

/** The degree in the columns; a constant has none. */
export function degreeOf(expression: Expression): number {
  switch (expression.kind) {
    case "constant":
      return 0;
    case "selector":
    case "query":
      return 1;
    case "negated":
    case "scaled":
      return degreeOf(expression.a);
    case "sum":
      return Math.max(degreeOf(expression.a), degreeOf(expression.b));
    case "product":
      return degreeOf(expression.a) + degreeOf(expression.b);
  }
}

/** The highest degree of a list; 0 for none. */
export function highestDegree(expressions: readonly Expression[]): number {
  return expressions.reduce((most, expression) => Math.max(most, degreeOf(expression)), 0);
}

/** The same tree with every selector replaced. */
export function replaceSelectors(
  expression: Expression,
  replacement: (selector: number) => Expression,
): Expression {
  const again = (part: Expression) => replaceSelectors(part, replacement);
  switch (expression.kind) {
    case "selector":
      return replacement(expression.index);
    case "negated":
      return { kind: "negated", a: again(expression.a) };
    case "scaled":
      return scaled(again(expression.a), expression.value);
    case "sum":
      return sum(again(expression.a), again(expression.b));
    case "product":
      return product(again(expression.a), again(expression.b));
    default:
      return expression;
  }
}

/** The selectors that an expression has in it, each once. */
export function selectorsOf(expression: Expression, found: Set<number> = new Set()): Set<number> {
  if (expression.kind === "selector") found.add(expression.index);
  if ("a" in expression) selectorsOf(expression.a, found);
  if ("b" in expression) selectorsOf(expression.b, found);
  return found;
}

/** An element of the field as halo2 prints it: 64 hexadecimal digits. */
export function hexOf(value: bigint): string {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

/** An expression as halo2 names it where it puts lookups of one table together. */
export function identifierOf(expression: Expression): string {
  switch (expression.kind) {
    case "constant":
      return hexOf(expression.value);
    case "selector":
      return `selector[${expression.index}]`;
    case "query": {
      const { column, index, rotation } = expression.query;
      return `${column}[${index}][${rotation}]`;
    }
    case "negated":
      return `(-${identifierOf(expression.a)})`;
    case "sum":
      return `(${identifierOf(expression.a)}+${identifierOf(expression.b)})`;
    case "product":
      return `(${identifierOf(expression.a)}*${identifierOf(expression.b)})`;
    case "scaled":
      return `${identifierOf(expression.a)}*${hexOf(expression.value)}`;
  }
}
