/**
 * BatchNormalization, InstanceNormalization, LayerNormalization, GroupNormalization, RMSNormalization: with constants a
 * product and a sum; with statistics of the sample itself the mean of its squares and one over a root.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { Attributes } from "../network/attributes.ts";
import { activation, constantOperand, floats, type LoweredValue, type Lowering, operand } from "../network/lowering.ts";
import { add, floatsOf, mul, number, numbers, reshape, sub } from "./making.ts";
import { between, BOUND_ROOT, constant, input, type Operator } from "./operator.ts";
import { averaged, meanOfSquares } from "./reductions.ts";
import { inverseRoot } from "./roots.ts";

/** A value per channel, in the shape in which it spreads over an image. */
const perChannel = (lowering: Lowering, value: LoweredValue, rank: number) =>
  reshape(lowering, value, [sizeOf(value.shape), ...Array(Math.max(0, rank - 2)).fill(1)]);

/** Without its mean and at a spread of 1, along axes. */
function normalized(lowering: Lowering, x: LoweredValue, axes: readonly number[], epsilon: number): LoweredValue {
  const centred = sub(lowering, x, averaged(lowering, x, axes));
  return mul(lowering, centred, oneOverSpread(lowering, centred, axes, epsilon));
}

function oneOverSpread(lowering: Lowering, x: LoweredValue, axes: readonly number[], epsilon: number): LoweredValue {
  return inverseRoot(lowering, add(lowering, meanOfSquares(lowering, x, axes), number(lowering, epsilon, x)));
}

const image = input(1, 2, 3, 2);

/** The operators. */
export const normalizations: readonly Operator[] = [
  {
    name: "BatchNormalization",
    lower(lowering) {
      const attributes = new Attributes(lowering.node, ["epsilon", "momentum", "training_mode", "spatial"]);
      const x = floats(activation(lowering, 0)), epsilon = attributes.float("epsilon", 1e-5);
      if (attributes.integer("training_mode", 0) !== 0) {
        // As ONNX has it, the statistics are then the batch's own.
        const made = normalized(lowering, x, [...x.shape.keys()].filter((axis) => axis !== 1), epsilon);
        const scaled = mul(lowering, made, perChannel(lowering, operand(lowering, 1), x.shape.length));
        return add(lowering, scaled, perChannel(lowering, operand(lowering, 2), x.shape.length));
      }
      const [scale, shift, mean, variance] = ["scale", "bias", "mean", "variance"].map((what, at) =>
        floatsOf(constantOperand(lowering, at + 1, what))
      );
      const factors = scale.map((value, at) => Math.fround(value / Math.sqrt(variance[at] + epsilon)));
      const shifts = shift.map((value, at) => Math.fround(value - mean[at] * factors[at]));
      const spread = (values: number[]) =>
        perChannel(lowering, numbers(lowering, values, [values.length], x), x.shape.length);
      return add(lowering, mul(lowering, x, spread(factors)), spread(shifts));
    },
    cases: [
      {
        inputs: [input(1, 2, 3, 3), constant([2], [0.5, 1.25]), constant([2]), constant([2]), constant([2], [0.5, 2])],
      },
      {
        name: "of rows",
        inputs: [input(4, 2), constant([2], [0.5, 1.25]), constant([2]), constant([2]), constant([2], [0.5, 2])],
      },
    ],
  },
  {
    name: "InstanceNormalization",
    lower(lowering) {
      const epsilon = new Attributes(lowering.node, ["epsilon"]).float("epsilon", 1e-5);
      const x = floats(activation(lowering, 0)), rank = x.shape.length, spatial = [...x.shape.keys()].slice(2);
      // EZKL's reader takes the mean over the batch too, which is right where that is one.
      const made = normalized(lowering, x, x.shape[0] === 1 ? [0, ...spatial] : spatial, epsilon);
      const scaled = mul(lowering, made, perChannel(lowering, operand(lowering, 1), rank));
      return add(lowering, scaled, perChannel(lowering, operand(lowering, 2), rank));
    },
    cases: [
      {
        inputs: [image, constant([2], [0.5, 1.25]), constant([2])],
        attributes: { epsilon: { float: 0.0625 } },
        differs: BOUND_ROOT,
      },
      {
        name: "of two samples",
        inputs: [input(2, 2, 3, 2), constant([2], [0.5, 1.25]), constant([2])],
        attributes: { epsilon: { float: 0.0625 } },
        differs: "EZKL takes the mean of both samples together",
      },
    ],
  },
  {
    name: "LayerNormalization",
    lower(lowering) {
      const attributes = new Attributes(lowering.node, ["axis", "epsilon", "stash_type"]);
      const x = floats(activation(lowering, 0)), given = attributes.integer("axis", -1);
      const axes = [...x.shape.keys()].slice(given < 0 ? given + x.shape.length : given);
      const made = normalized(lowering, x, axes, attributes.float("epsilon", 1e-5));
      const scaled = mul(lowering, made, operand(lowering, 1)), shift = lowering.inputs[2] ?? null;
      return shift === null ? scaled : add(lowering, scaled, shift);
    },
    cases: [
      {
        inputs: [input(2, 4), constant([4], [0.5, 1.25, 1, 2]), constant([4])],
        attributes: { epsilon: { float: 0.0625 } },
        differs: BOUND_ROOT,
      },
    ],
  },
  {
    name: "GroupNormalization",
    lower(lowering) {
      const attributes = new Attributes(lowering.node, ["epsilon", "num_groups", "stash_type"]);
      const x = floats(activation(lowering, 0)), groups = attributes.integer("num_groups", 1);
      const [batch, channels, ...sizes] = x.shape;
      const parted = reshape(lowering, x, [batch, groups, channels / groups * sizeOf(sizes)]);
      const made = reshape(lowering, normalized(lowering, parted, [2], attributes.float("epsilon", 1e-5)), x.shape);
      // Before opset 21 there is one factor a group.
      const each = (at: number) => {
        const value = operand(lowering, at), count = sizeOf(value.shape);
        if (count === channels) return perChannel(lowering, value, x.shape.length);
        const own = floatsOf(constantOperand(lowering, at, "factors"));
        const spread = Array.from({ length: channels }, (_, channel) => own[Math.floor(channel * groups / channels)]);
        return perChannel(lowering, numbers(lowering, spread, [channels], x), x.shape.length);
      };
      return add(lowering, mul(lowering, made, each(1)), each(2));
    },
    cases: [
      {
        inputs: [input(1, 4, 2, 2), constant([4], [0.5, 1.25, 1, 2]), constant([4])],
        attributes: { num_groups: 2, epsilon: { float: 0.0625 } },
        opset: 21,
        differs: "EZKL's reader does not know it",
      },
    ],
  },
  {
    name: "RMSNormalization",
    lower(lowering) {
      const attributes = new Attributes(lowering.node, ["axis", "epsilon", "stash_type"]);
      const x = floats(activation(lowering, 0)), given = attributes.integer("axis", -1);
      const axes = [...x.shape.keys()].slice(given < 0 ? given + x.shape.length : given);
      const one = oneOverSpread(lowering, x, axes, attributes.float("epsilon", 1e-5));
      return mul(lowering, mul(lowering, x, one), operand(lowering, 1));
    },
    cases: [
      {
        inputs: [between(0.5, 2, 2, 4), constant([4], [0.5, 1.25, 1, 2])],
        attributes: { epsilon: { float: 0.0625 } },
        opset: 23,
        differs: "EZKL's reader does not know it",
      },
    ],
  },
];
