/**
 * Log: the natural logarithm; of 0 and less the table has 0.
 * @module
 */
import type { LoweredValue, Lowering } from "../network/lowering.ts";
import type { NetworkOp } from "../network/network.ts";
import { apply } from "./making.ts";
import type { Operator } from "./operator.ts";
import { ownTable, tableOperator } from "./table.ts";

const op: NetworkOp = ownTable("Ln", Math.log);

/** The logarithm of a value. */
export const logarithm = (lowering: Lowering, x: LoweredValue): LoweredValue => apply(lowering, op, x);

/** The operator. */
export const log: Operator = tableOperator("Log", op, [0.5, 4]);
