/**
 * Resize, Upsample, DepthToSpace, SpaceToDepth: an image of other sizes. The nearest element is a copy at no cell; what
 * lies between two is a product with a matrix of shares, one axis after the other.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { Attributes } from "../network/attributes.ts";
import { activation, type LoweredValue, type Lowering, type LoweringRule, madeShape } from "../network/lowering.ts";
import { numbers, reshape } from "./making.ts";
import { permuted, picked } from "./moved.ts";
import { input, type Operator } from "./operator.ts";

const KNOWN = [
  ...["roi", "scales", "sizes", "mode", "nearest_mode", "coordinate_transformation_mode", "cubic_coeff_a"],
  ...["exclude_outside", "extrapolation_value", "antialias", "axes", "keep_aspect_ratio_policy"],
];

/** By mode, the place in an axis of `from` for a place in one of `to`. */
const COORDINATES: Readonly<Record<string, (at: number, scale: number, from: number, to: number) => number>> = {
  asymmetric: (at, scale) => at / scale,
  half_pixel: (at, scale) => (at + 0.5) / scale - 0.5,
  pytorch_half_pixel: (at, scale, _, to) => to > 1 ? (at + 0.5) / scale - 0.5 : 0,
  align_corners: (at, _, from, to) => to === 1 ? 0 : at * (from - 1) / (to - 1),
  half_pixel_symmetric(at, scale, from, to) {
    const adjust = to / (scale * from), centre = from / 2;
    return centre * (1 - adjust) + (at + 0.5) / scale - 0.5;
  },
};

const NEAREST: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

const lower = (isUpsample: boolean): LoweringRule => (lowering) => {
  const attributes = new Attributes(lowering.node, KNOWN), x = activation(lowering, 0);
  const shape = madeShape(lowering, "size"), mode = attributes.text("mode", "nearest");
  const scales = attributes.has("sizes") ? null : attributes.floats("scales");
  const coordinates = attributes.text("coordinate_transformation_mode", isUpsample ? "asymmetric" : "half_pixel");
  const nearest = attributes.text("nearest_mode", isUpsample ? "floor" : "round_prefer_floor");
  const place = COORDINATES[coordinates];
  if (place === undefined || !["nearest", "linear"].includes(mode) || attributes.integer("antialias", 0) !== 0) {
    throw new ArgumentError(
      `its mode is ${mode} by ${coordinates}, expected nearest or linear without antialias, by ` +
        `${Object.keys(COORDINATES).join(", ")}; resize outside the model`,
    );
  }
  return shape.reduce((image, to, axis) => {
    const from = x.shape[axis], scale = scales?.[axis] ?? to / from;
    const at = Array.from({ length: to }, (_, i) => place(i, scale, from, to));
    const within = (value: number) => Math.min(Math.max(value, 0), from - 1);
    if (from === to && at.every((value, i) => value === i)) return image;
    if (mode === "nearest") return picked(lowering, image, axis, at.map((value) => within(NEAREST[nearest](value))));
    return between(lowering, image, axis, at.map(within));
  }, x);
};

/** The image at places between its elements along an axis. */
function between(lowering: Lowering, x: LoweredValue, axis: number, at: readonly number[]): LoweredValue {
  const from = x.shape[axis], shares = Array<number>(from * at.length).fill(0);
  at.forEach((value, i) => {
    const low = Math.floor(value), high = Math.min(low + 1, from - 1);
    shares[i * from + low] += 1 - (value - low);
    shares[i * from + high] += value - low;
  });
  const letters = [..."abcdefgh"].slice(0, x.shape.length), made = letters.with(axis, "y");
  const matrix = numbers(lowering, shares, [at.length, from], x);
  const equation = `${letters.join("")},y${letters[axis]}->${made.join("")}`;
  return lowering.add({ type: "MatMul", equation }, [x, matrix], x.shape.with(axis, at.length));
}

const shuffle = (isDepth: boolean): LoweringRule => (lowering) => {
  const attributes = new Attributes(lowering.node, ["blocksize", "mode"]), x = activation(lowering, 0);
  const block = attributes.integer("blocksize", 1), [batch, channels, height, width] = x.shape;
  if (!isDepth) {
    const parts = reshape(lowering, x, [batch, channels, height / block, block, width / block, block]);
    const made = permuted(lowering, parts, [0, 3, 5, 1, 2, 4]);
    return reshape(lowering, made, [batch, channels * block ** 2, height / block, width / block]);
  }
  const depth = channels / block ** 2, isColumns = attributes.text("mode", "DCR") === "DCR";
  const parts = reshape(
    lowering,
    x,
    isColumns ? [batch, block, block, depth, height, width] : [batch, depth, block, block, height, width],
  );
  const made = permuted(lowering, parts, isColumns ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]);
  return reshape(lowering, made, [batch, depth, height * block, width * block]);
};

const differs = "EZKL's Resize lays the image down once more, and only by whole factors";
const factors = { shape: [4], values: [1, 1, 2, 2] }, none = { shape: [0], values: [] };

/** The operators. */
export const resizing: readonly Operator[] = [
  {
    name: "Resize",
    lower: lower(false),
    cases: [
      {
        inputs: [input(1, 1, 2, 3), none, factors],
        attributes: { mode: "nearest", nearest_mode: "floor", coordinate_transformation_mode: "asymmetric" },
        differs,
      },
      {
        name: "to sizes",
        inputs: [input(1, 1, 2, 3), null, null, { shape: [4], values: [1, 1, 5, 2], type: "INT64" }],
        attributes: { mode: "nearest" },
        differs,
      },
      { name: "between elements", inputs: [input(1, 1, 2, 3), none, factors], attributes: { mode: "linear" }, differs },
    ],
  },
  {
    name: "Upsample",
    lower: lower(true),
    cases: [{ inputs: [input(1, 1, 2, 3), factors], attributes: { mode: "nearest" }, opset: 9, differs }],
  },
  {
    name: "DepthToSpace",
    lower: shuffle(true),
    cases: [
      { inputs: [input(1, 8, 2, 1)], attributes: { blocksize: 2 }, differs: "EZKL's reader has other steps of shape" },
      {
        name: "columns first",
        inputs: [input(1, 8, 2, 1)],
        attributes: { blocksize: 2, mode: "CRD" },
        differs: "EZKL's reader has other steps of shape",
      },
    ],
  },
  {
    name: "SpaceToDepth",
    lower: shuffle(false),
    cases: [{
      inputs: [input(1, 2, 4, 2)],
      attributes: { blocksize: 2 },
      differs: "EZKL's reader has other steps of shape",
    }],
  },
];
