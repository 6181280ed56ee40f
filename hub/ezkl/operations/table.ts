/**
 * Nonlinear operations: functions of a table, one cell an element.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { lookupFunction } from "../../halo2/circuit/table_functions.ts";
import type { LookupOp } from "../format/circuit.ts";
import { LookupStep } from "../numbers/elementwise.ts";
import { type CircuitOperation, one } from "./operation.ts";

/** A function of a table. */
export const table: CircuitOperation<LookupOp> = {
  lay: (op, { steps, inputs: [x] }) => steps.lookup(op, x),
  step: (op, about) => new LookupStep(sizeOf(one(about)), lookupFunction(op), about.recorder),
};
