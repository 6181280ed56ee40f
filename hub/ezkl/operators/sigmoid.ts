/**
 * Sigmoid: 1 / (1 + exp(-x)).
 * @module
 */
import type { Meaning } from "../network/network.ts";
import type { Operator } from "./operator.ts";
import { scaled, tableOperator } from "./table.ts";

/** The function. */
export const sigmoidMeaning: Meaning = scaled("Sigmoid", (x) => 1 / (1 + Math.exp(-x)));

/** The operator. */
export const sigmoid: Operator = tableOperator("Sigmoid", { type: "Sigmoid" });
