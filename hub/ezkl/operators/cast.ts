/**
 * Cast: between floats nothing; to integers the fraction goes, towards 0.
 *
 * EZKL takes the next integer below, which differs for negative fractions; here it is the sign times that of the
 * magnitude. A Bool of the graph's own is held to 0 and 1 first, since EZKL's check of it is in other cells.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { dataTypeName } from "../../../onnx/enums.ts";
import { Attributes } from "../network/attributes.ts";
import { same } from "../network/floats.ts";
import { activation, type LoweredValue, type Lowering, type NetworkMaker } from "../network/lowering.ts";
import type { NetworkOp } from "../network/network.ts";
import { absolute, floorOf, signOf } from "./elementwise.ts";
import { bothOf, compared, negated } from "./logic.ts";
import { apply, mul, number, own } from "./making.ts";
import { input, type Operator } from "./operator.ts";

const identity: NetworkOp = own("Identity", {
  write: ({ scales: [scale] }) => ({ op: { kind: "Linear", op: { name: "Identity", outScale: null } }, scale }),
  float: same,
});

const FLOATS = ["FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE"];

/** The operator. */
export const cast: Operator = {
  name: "Cast",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, ["to", "saturate"]);
    const x = activation(lowering, 0), to = dataTypeName(attributes.integer("to", 0));
    if (to === null || !(FLOATS.includes(to) || to.includes("INT") || to === "BOOL")) {
      throw new ArgumentError(`it makes ${to ?? "an unknown type"}, expected floats, integers or truths`);
    }
    const own = x.type === "Bool" && lowering.maker(x)?.op.type === "Input" ? bothOf(lowering, x, x) : x;
    const isWhole = x.type === "Int" || x.type === "Bool";
    if (to === "BOOL" && x.type !== "Bool") {
      return negated(lowering, compared(lowering, "Equal", x, number(lowering, 0, x)));
    }
    if (FLOATS.includes(to) || isWhole) return apply(lowering, identity, own, to);
    return { ...truncated(lowering, own), type: "Int", elements: to };
  },
  cases: [
    {
      name: "of integers to floats",
      inputs: [{ shape: [2, 3], type: "INT64", range: [-3, 3] }],
      attributes: { to: 1 },
    },
    {
      name: "of truths to floats",
      inputs: [{ shape: [2, 3], type: "BOOL" }],
      attributes: { to: 1 },
      differs: "the input is held to 0 and 1 here",
    },
    {
      name: "of floats to integers",
      inputs: [input(2, 3)],
      attributes: { to: 7 },
      differs: "EZKL takes the next integer below, of negative fractions too",
    },
  ],
};

function truncated(lowering: Lowering, x: LoweredValue): LoweredValue {
  if (isNeverNegative(lowering.maker(x))) return floorOf(lowering, x);
  return mul(lowering, floorOf(lowering, absolute(lowering, x)), signOf(lowering, x));
}

function isNeverNegative(maker: NetworkMaker | null): boolean {
  return maker !== null && (maker.op.type === "Relu" || maker.op.type === "Sigmoid");
}
