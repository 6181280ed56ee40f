/**
 * Operators that put the same elements into another shape.
 * @module
 */
import { ArgumentError, ShapeError } from "../../../core/base/errors.ts";
import { type Shape, showShape, sizeOf } from "../../../core/base/shape.ts";
import { type Around, type Call, type Rule, Unknown } from "../call.ts";

const unchanged: Rule["fold"] = (call) => [call.tensor(0).data];

/** The rules of these operators. */
export const RESHAPES: Readonly<Record<string, Rule>> = {
  Flatten: {
    form: (call) => call.with({ axis: call.axis(call.integer("axis", 1), call.shape(0).length, 1) }),
    shapes(call) {
      const shape = call.shape(0), axis = call.integer("axis", 1);
      return [[sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))]];
    },
    fold: unchanged,
  },
  Identity: { form: (call) => call.input(0) },
  Reshape: {
    settings: { 1: ["shape", "ints"] },
    form: reshape,
    shapes(call) {
      const target = call.integers("shape");
      if (target === null) throw new Unknown("its target is computed");
      return [targetShape(call.shape(0), target)];
    },
    fold: unchanged,
  },
  Squeeze: {
    settings: { 1: ["axes", "ints"] },
    form(call) {
      const shape = call.shape(0);
      const given = call.integers("axes");
      if (given === null && call.inputs.length > 1) return call;
      return call.with({ axes: given === null ? shape.flatMap(onesOf) : call.axes(given, shape.length) });
    },
    shapes(call) {
      const shape = call.shape(0), axes = call.integers("axes");
      if (axes === null) throw new Unknown("its axes are computed");
      if (axes.some((axis) => shape[axis] !== 1)) {
        throw new ShapeError(
          `it takes the axes ${axes.join(", ")} out of ${showShape(shape)}, expected axes of size 1; ` +
            "export the model again",
        );
      }
      return [shape.filter((_, axis) => !axes.includes(axis))];
    },
    fold: unchanged,
  },
  Unsqueeze: {
    settings: { 1: ["axes", "ints"] },
    form(call) {
      const given = call.integers("axes");
      return given === null ? call : call.with({ axes: call.axes(given, call.shape(0).length + given.length) });
    },
    shapes(call) {
      const axes = call.integers("axes");
      if (axes === null) throw new Unknown("its axes are computed");
      const shape = [...call.shape(0)];
      for (const axis of axes) shape.splice(axis, 0, 1);
      return [shape];
    },
    fold: unchanged,
  },
};

const onesOf = (size: number, axis: number): readonly number[] => size === 1 ? [axis] : [];

/**
 * The target with no open size left but a first one of 0, which keeps the batch, and
 * a flattening as such: then the node holds for every batch.
 */
function reshape(call: Call, around: Around): Call {
  const given = call.integers("shape");
  if (given === null) return call;
  const from = call.shape(0);
  const keepsZero = call.integer("allowzero", 0) === 0;
  const shape = keepingBatch(from, given, around) ?? resolved(from, given, keepsZero);
  const features = sizeOf(from.slice(1));
  // With several samples in hand a target of [samples, features] need not be one row for each, but nothing says so.
  if (shape.length === 2 && from.length > 0 && shape[0] === from[0] && shape[1] === features) {
    return call.with({ axis: 1 }, [call.input(0)], "Flatten");
  }
  const isBatch = shape.length > 0 && shape[0] === from[0];
  return call.with({ shape: isBatch ? [0, ...shape.slice(1)] : shape }, [call.input(0)]);
}

/** The target for another batch than the file's own, where its first size is that of the file; null where it is not. */
function keepingBatch(from: Shape, target: readonly number[], { declaredBatch, batch }: Around): Shape | null {
  if (batch === null || from[0] !== batch || target[0] !== declaredBatch) return null;
  try {
    return resolved(from, [batch, ...target.slice(1)], true);
  } catch {
    return null;
  }
}

/** The shape of a target in the one form: only its first size may be 0 for what is kept. */
function targetShape(from: Shape, target: readonly number[]): Shape {
  return resolved(from, target[0] === 0 ? [from[0] ?? 0, ...target.slice(1)] : target, false);
}

/** The shape that a target means: 0 keeps a size where `keepsZero`, and -1 takes what is left. */
function resolved(from: Shape, target: readonly number[], keepsZero: boolean): Shape {
  const shape = target.map((size, axis) => size === 0 && keepsZero ? from[axis] ?? 0 : size);
  const open = shape.indexOf(-1);
  if (open >= 0) {
    shape[open] = sizeOf(from) / shape.reduce((product, size) => size === -1 ? product : product * size, 1);
  }
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 0) && sizeOf(shape) === sizeOf(from)) return shape;
  throw new ShapeError(
    `it cannot turn ${showShape(from)} into ${showShape(target.slice(0, 20))}, expected the same number of elements; ` +
      "export the model with fixed shapes",
  );
}

/** Operators that pass their input on at inference. */
export const PASSING: Readonly<Record<string, Rule>> = {
  Dropout: {
    settings: { 1: ["ratio", "float"], 2: ["training_mode", "int"] },
    form(call) {
      checkInference(call);
      return call.input(0);
    },
  },
};

/** From opset 12 on an input says whether a Dropout trains, which is false where it is absent; before 7, an attribute. */
function checkInference(call: Call): void {
  if (call.opset < 7) {
    if (call.integer("is_test", 0) !== 0) return;
    throw new ArgumentError("its attribute is_test is not set, as in training; export the model in evaluation mode");
  }
  if (call.inputs.length > 2) {
    throw new ArgumentError(
      `its training_mode "${call.input(2).name.slice(0, 100)}" is computed, expected the constant false; ` +
        "export the model in evaluation mode",
    );
  }
  if (call.integer("training_mode", 0) !== 0) {
    throw new ArgumentError("its training_mode is true, expected false; export the model in evaluation mode");
  }
}
