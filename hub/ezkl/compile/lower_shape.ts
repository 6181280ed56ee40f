/**
 * Lowering of Reshape, Flatten and Pad.
 * @module
 */
import { ArgumentError, ShapeError } from "../../../core/base/errors.ts";
import { showShape, sizeOf } from "../../../core/base/shape.ts";
import type { Padding } from "../format/circuit.ts";
import { Attributes } from "./attributes.ts";
import {
  activation,
  constantOperand,
  type LoweredValue,
  type Lowering,
  type LoweringRule,
  operand,
  wholeNumbers,
} from "./lowering.ts";

/** The same elements in a constant target shape; 0 keeps a size and -1 takes what is left. */
export const lowerReshape: LoweringRule = (lowering): LoweredValue => {
  const keepsZero = new Attributes(lowering.node, ["allowzero"]).integer("allowzero", 0) === 0;
  const x = operand(lowering, 0);
  const target = wholeNumbers(lowering, 1, "target shape");
  const shape = target.map((size, axis) => size === 0 && keepsZero ? x.shape[axis] ?? 0 : size);
  const open = shape.indexOf(-1);
  if (open >= 0) {
    shape[open] = sizeOf(x.shape) / shape.reduce((product, size) => size === -1 ? product : product * size, 1);
  }
  if (shape.some((size) => !Number.isInteger(size) || size < 1) || sizeOf(shape) !== sizeOf(x.shape)) {
    throw new ShapeError(
      `it cannot turn ${showShape(x.shape)} into ${showShape(target)}, expected the same number of elements; ` +
        `export the model with fixed shapes`,
    );
  }
  return reshaped(lowering, x, shape);
};

/** A matrix: the axes before `axis` and those from it on. */
export const lowerFlatten: LoweringRule = (lowering): LoweredValue => {
  const given = new Attributes(lowering.node, ["axis"]).integer("axis", 1);
  const x = operand(lowering, 0);
  const axis = given < 0 ? given + x.shape.length : given;
  if (axis < 0 || axis > x.shape.length) {
    throw new ShapeError(`its axis is ${given} for a tensor of shape ${showShape(x.shape)}; export the model again`);
  }
  return reshaped(lowering, x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
};

/** Zeros around. */
export const lowerPad: LoweringRule = (lowering): LoweredValue => {
  const attributes = new Attributes(lowering.node, ["mode", "pads", "value"]);
  const mode = attributes.text("mode", "constant");
  if (mode !== "constant") {
    throw new ArgumentError(`its mode is "${mode}", expected constant; a circuit pads with zeros alone`);
  }
  const x = activation(lowering, 0);
  const value = lowering.inputs[2] ? fill(lowering) : attributes.float("value", 0);
  if (value !== 0) throw new ArgumentError(`it pads with ${value}, expected 0; a circuit pads with zeros alone`);
  const axes = lowering.inputs[3] ? wholeNumbers(lowering, 3, "axes") : x.shape.map((_, axis) => axis);
  const pads = attributes.integers("pads") ?? wholeNumbers(lowering, 1, "pads");
  const padding: Padding[] = x.shape.map(() => [0, 0]);
  for (const [place, given] of axes.entries()) {
    const axis = given < 0 ? given + x.shape.length : given;
    const pair: Padding = [pads[place], pads[place + axes.length]];
    if (pads.length !== 2 * axes.length || padding[axis] === undefined || pair.some((pad) => pad < 0)) {
      throw new ArgumentError(
        `its pads are ${pads.join(", ")} for a tensor of shape ${
          showShape(x.shape)
        }, expected numbers from 0, two for ` +
          `each axis; a circuit cannot cut`,
      );
    }
    padding[axis] = pair;
  }
  if (padding.flat().every((pad) => pad === 0)) return x;
  const shape = x.shape.map((size, axis) => padding[axis][0] + size + padding[axis][1]);
  return lowering.add({ type: "Pad", padding }, [x], shape);
};

function fill(lowering: Lowering): number {
  const { constant } = constantOperand(lowering, 2, "value");
  return Number(constant.data[0] ?? 0);
}

function reshaped(lowering: Lowering, x: LoweredValue, shape: readonly number[]): LoweredValue {
  const own = shape.length === 0 ? [1] : shape;
  if (x.constant !== null) return { ...x, node: null, shape: own };
  return own.join() === x.shape.join() ? x : lowering.add({ type: "Reshape" }, [x], own);
}
