/**
 * Exp: the exponential; its table grows fast, so an input of 10 wants one of 22,026 at scale 0.
 * @module
 */
import type { LoweredValue, Lowering } from "../network/lowering.ts";
import type { NetworkOp } from "../network/network.ts";
import { apply, own } from "./making.ts";
import type { Operator } from "./operator.ts";
import { tableMeaning, tableOperator } from "./table.ts";

const op: NetworkOp = own(
  "Exp",
  tableMeaning((scale) => ({ name: "Exp", scale, base: Math.fround(Math.E) }), Math.exp),
);

/** The exponential of a value. */
export const exponential = (lowering: Lowering, x: LoweredValue): LoweredValue => apply(lowering, op, x);

/** The operator. */
export const exp: Operator = tableOperator("Exp", op);
