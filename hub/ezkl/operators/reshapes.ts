/**
 * Reshape, Flatten, Squeeze, Unsqueeze, and what has no operator of its own: Identity, Input, Constant and the
 * Downsample that EZKL's reader makes of strides.
 * @module
 */
import { stridesOf } from "../../../core/base/shape.ts";
import { ArgumentError } from "../../../core/base/errors.ts";
import { same } from "../network/floats.ts";
import { linear } from "../network/frugal_ops.ts";
import { type LoweringRule, madeShape, operand } from "../network/lowering.ts";
import type { InputType } from "../format/circuit.ts";
import type { Meaning } from "../network/network.ts";
import { scaleAt } from "../network/scheme.ts";
import { fromPlaces } from "../network/floats.ts";
import { placesOf } from "../numbers/places.ts";
import { Attributes } from "../network/attributes.ts";
import { reshape as reshaped, squeezed } from "./making.ts";
import { input, type Operator, wholes } from "./operator.ts";

function lower(what: string): LoweringRule {
  return (lowering) => reshaped(lowering, operand(lowering, 0), madeShape(lowering, what));
}

const squeezing: LoweringRule = (lowering) => {
  madeShape(lowering, "axes");
  return squeezed(lowering, operand(lowering, 0), new Attributes(lowering.node, ["axes"]).integers("axes")!);
};

/** The same elements in the node's shape. */
export const reshapeMeaning: Meaning = {
  native: (given) =>
    given.push({ kind: "Linear", op: { name: "Reshape", shape: [...given.node.shape] } }, given.operands[0].outScale),
  frugal: ({ builder, node, operand }) =>
    linear(builder, { name: "Reshape", shape: node.shape }, [operand(0)], node.shape),
  float: same,
  scaling: () => ({ keeps: [0] }),
};

/** The value itself; EZKL lays nothing out for it. */
export const identityMeaning: Meaning = {
  native: (given) =>
    given.push({ kind: "Linear", op: { name: "Identity", outScale: null } }, given.operands[0].outScale),
  frugal: ({ builder, node, operand }) =>
    linear(builder, { name: "Identity", outScale: null }, [operand(0)], node.shape),
  float: same,
  scaling: () => ({ keeps: [0] }),
};

/** Every `stride`-th element along an axis. */
export const downsampleMeaning = ({ axis, stride }: { axis: number; stride: number }): Meaning => ({
  native: (given) =>
    given.push({ kind: "Linear", op: { name: "Downsample", axis, stride, modulo: 0 } }, given.operands[0].outScale),
  frugal: ({ builder, node, operand }) =>
    linear(builder, { name: "Downsample", axis, stride, modulo: 0 }, [operand(0)], node.shape),
  float: fromPlaces((shape, to) => {
    const strides = stridesOf(shape);
    return placesOf(to, strides.with(axis, strides[axis] * stride));
  }),
  scaling: () => ({ keeps: [0] }),
});

/** A graph input: whole numbers have no scale. */
export const inputMeaning = ({ datumType }: { datumType: InputType }): Meaning => {
  const isWhole = datumType === "Int" || datumType === "Bool" || datumType === "TDim";
  const refuse = () => {
    throw new ArgumentError("an input is no step of a circuit");
  };
  return {
    native({ args, push }) {
      const scale = isWhole ? 0 : args.inputScale;
      return push({ kind: "Input", scale, datumType, decomp: !args.ignoreRangeCheckInputsOutputs }, scale);
    },
    frugal({ args, builder, scheme, node, place }) {
      const scale = isWhole ? 0 : scaleAt(scheme.scales, place) ?? scheme.inputScale,
        decomp = !args.ignoreRangeCheckInputsOutputs;
      return builder.add({ kind: "Input", scale, datumType, decomp }, [], node.shape, scale);
    },
    float: refuse,
    scaling: () => ({}),
  };
};

const image = input(2, 3, 4);

/** Operators that change the shape alone. */
export const reshapes: readonly Operator[] = [
  { name: "Reshape", lower: lower("target shape"), cases: [{ inputs: [image, wholes(4, 6)] }] },
  { name: "Flatten", lower: lower("axis"), cases: [{ inputs: [image], attributes: { axis: 2 } }] },
  { name: "Squeeze", lower: squeezing, cases: [{ inputs: [input(1, 3, 1, 2), wholes(0, 2)] }] },
  { name: "Unsqueeze", lower: lower("axes"), cases: [{ inputs: [image, wholes(0, 3)] }] },
];
