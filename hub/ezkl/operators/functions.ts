/**
 * Erf, Sin, Cos, Tan, Asin, Acos, Atan, Sinh, Cosh, Asinh, Acosh, Atanh: EZKL has a table of each.
 * @module
 */
import { erf as erfOf } from "../../halo2/circuit/erf.ts";
import type { Operator } from "./operator.ts";
import { ownTable, tableOperator } from "./table.ts";

/** The error function. */
export const erf: Operator = tableOperator("Erf", ownTable("Erf", erfOf));

/** The circular and hyperbolic functions, and what undoes them. */
export const trigonometric: readonly Operator[] = [
  tableOperator("Sin", ownTable("Sin", Math.sin)),
  tableOperator("Cos", ownTable("Cos", Math.cos)),
  tableOperator("Tan", ownTable("Tan", Math.tan), [-1, 1]),
  tableOperator("Asin", ownTable("ASin", Math.asin), [-0.9, 0.9]),
  tableOperator("Acos", ownTable("ACos", Math.acos), [-0.9, 0.9]),
  tableOperator("Atan", ownTable("ATan", Math.atan)),
  tableOperator("Sinh", ownTable("Sinh", Math.sinh)),
  tableOperator("Cosh", ownTable("Cosh", Math.cosh)),
  tableOperator("Asinh", ownTable("ASinh", Math.asinh)),
  tableOperator("Acosh", ownTable("ACosh", Math.acosh), [1.1, 3]),
  tableOperator("Atanh", ownTable("ATanh", Math.atanh), [-0.9, 0.9]),
];
