/**
 * Tanh: the hyperbolic tangent.
 * @module
 */
import type { Meaning } from "../network/network.ts";
import type { Operator } from "./operator.ts";
import { scaled, tableOperator } from "./table.ts";

/** The function. */
export const tanhMeaning: Meaning = scaled("Tanh", Math.tanh);

/** The operator. */
export const tanh: Operator = tableOperator("Tanh", { type: "Tanh" });
