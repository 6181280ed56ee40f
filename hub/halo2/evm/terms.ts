/**
 * Polynomials of a constraint system taken apart: what a gate or a lookup is made of,
 * recognised by its shape.
 * @module
 */
import type { Expression, Query } from "../circuit/expression.ts";

/** A selector: the value of a fixed column, or one of the numbers that a shared column holds. */
export interface SelectorTerm {
  /** The column. */
  query: Query;
  /** Its number in it, from 1. */
  number: number;
  /** How many share it. */
  members: number;
}

/** Whether an expression is a constant. */
export function isConstant(expression: Expression, value?: bigint): boolean {
  return expression.kind === "constant" && (value === undefined || expression.value === value);
}

/** a and b of a - b, which is written as a + (-b). */
export function differenceOf(expression: Expression): [Expression, Expression] | null {
  if (expression.kind !== "sum" || expression.b.kind !== "negated") return null;
  return [expression.a, expression.b.a];
}

/** The query of a plain cell. */
export function queryOf(expression: Expression): Query | null {
  return expression.kind === "query" ? expression.query : null;
}

/** The terms of a sum from left to right, without zeros; null where one is subtracted or scaled. */
export function termsOf(expression: Expression): Expression[] | null {
  if (isConstant(expression, 0n)) return [];
  if (expression.kind === "negated" || expression.kind === "scaled") return null;
  if (expression.kind !== "sum") return [expression];
  const [a, b] = [termsOf(expression.a), termsOf(expression.b)];
  return a && b && [...a, ...b];
}

/** The factors of a product from left to right, without ones. */
export function factorsOf(expression: Expression): Expression[] {
  if (isConstant(expression, 1n)) return [];
  return expression.kind === "product" ? [...factorsOf(expression.a), ...factorsOf(expression.b)] : [expression];
}

/** Plain cells; null where one is anything else. */
export function cellsOf(expressions: readonly Expression[]): Query[] | null {
  const cells = expressions.map(queryOf);
  return cells.every((cell) => cell !== null) ? cells : null;
}

/** A selector with what it selects: the product of a fixed column's polynomial and the rest. */
export function selectedOf(expression: Expression): { selector: SelectorTerm; body: Expression } | null {
  if (expression.kind !== "product") return null;
  const selector = selectorOf(expression.a);
  return selector && { selector, body: expression.b };
}

/** q (1 - q) (2 - q) .. without the factor of the selector's own number. */
function selectorOf(expression: Expression): SelectorTerm | null {
  const [first, ...rest] = factorsOf(expression);
  const query = queryOf(first);
  if (query?.column !== "fixed") return null;
  const numbers: number[] = [];
  for (const factor of rest) {
    const parts = differenceOf(factor);
    if (!parts || parts[0].kind !== "constant" || queryOf(parts[1]) !== query) return null;
    numbers.push(Number(parts[0].value));
  }
  const members = rest.length + 1;
  const all = Array.from({ length: members }, (_, index) => index + 1);
  const missing = all.filter((number) => !numbers.includes(number));
  return missing.length === 1 ? { query, number: missing[0], members } : null;
}
