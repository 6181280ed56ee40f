/**
 * Functions that a circuit looks up in a table, one cell an element.
 * @module
 */
import { Attributes } from "../network/attributes.ts";
import { activation, floats, type LoweringRule } from "../network/lowering.ts";
import { type Meaning, type NetworkOp, reach } from "../network/network.ts";
import { each } from "../network/floats.ts";
import type { LookupOp, ScaledLookup } from "../format/circuit.ts";
import { apply, own } from "./making.ts";
import { between, type Operator } from "./operator.ts";

/** The table at the multiplier of its input. */
export type TableAt = (multiplier: number) => LookupOp;

/** A function of a table. */
export function tableMeaning(at: TableAt, f: (x: number) => number): Meaning {
  return {
    native(given) {
      const [{ outScale }] = given.operands;
      return given.push({ kind: "Nonlinear", op: at(Math.fround(2 ** outScale)) }, outScale);
    },
    frugal(given) {
      const x = given.atTableScale(given.operand(0));
      return given.builder.add({ kind: "Nonlinear", op: at(2 ** x.scale) }, [x], given.node.shape, x.scale);
    },
    float: each(f),
    scaling: () => ({ atTable: true, looked: ([x]) => reach(x) }),
  };
}

/** The table of a name, and the function that it holds. */
export const scaled = (name: ScaledLookup, f: (x: number) => number): Meaning =>
  tableMeaning((scale) => ({ name, scale }), f);

/** An operator that is one table; `range` is where it is tried. */
export function tableOperator(
  name: string,
  op: NetworkOp | (() => NetworkOp),
  range: readonly [low: number, high: number] = [-2, 2],
): Operator {
  const lower: LoweringRule = (lowering) => {
    new Attributes(lowering.node, []);
    return apply(lowering, typeof op === "function" ? op() : op, floats(activation(lowering, 0)));
  };
  return { name, lower, cases: [{ inputs: [between(...range, 2, 3)] }] };
}

/** The operation of a table that no rewriting has to know. */
export const ownTable = (name: ScaledLookup, f: (x: number) => number): NetworkOp => own(name, scaled(name, f));
