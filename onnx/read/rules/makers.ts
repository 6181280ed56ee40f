/**
 * Operators that make a tensor of a shape or of a few numbers, and some that need no rule but their shape.
 * @module
 */
import { ShapeError } from "../../../core/base/errors.ts";
import { type Shape, sizeOf } from "../../../core/base/shape.ts";
import { DataType, dataTypeName } from "../../enums.ts";
import type { TensorProto } from "../../proto.ts";
import { readTensor } from "../../tensor.ts";
import { type Call, type Rule, Unknown } from "../call.ts";
import { resizedAt } from "../strided.ts";
import { emptyData, isFloat, readerOf, writerOf } from "../typed.ts";

/** The rules of these operators. */
export const MAKERS: Readonly<Record<string, Rule>> = {
  ConstantOfShape: {
    shapes: (call) => [whole(call.whole(0))],
    types: (call) => [dataTypeName(filling(call)?.dataType ?? DataType.FLOAT)],
    fold(call, [{ shape, type }]) {
      const data = emptyData(type, sizeOf(shape)), given = filling(call);
      if (given === null) return [data];
      const { data: values, dataType } = readTensor(given);
      if (values.length !== 1) {
        throw new ShapeError(`its value has ${values.length} elements, expected one; export the model again`);
      }
      const value = readerOf(dataType, values)(0), write = writerOf(type, data);
      for (let i = 0; i < data.length; i++) write(i, value);
      return [data];
    },
  },
  CumSum: { settings: { 1: ["axis", "int"] }, shapes: (call) => [call.shape(0)] },
  DepthToSpace: {
    shapes(call) {
      const [batch, channels, height, width] = call.shape(0), block = call.integer("blocksize", 1);
      return [whole([batch, channels / block ** 2, height * block, width * block])];
    },
  },
  OneHot: {
    shapes(call) {
      const indices = call.shape(0), [depth] = call.whole(1);
      const axis = call.axis(call.integer("axis", -1), indices.length + 1);
      return [whole([...indices.slice(0, axis), depth, ...indices.slice(axis)])];
    },
    types: (call) => [call.type(2)],
  },
  Range: {
    shapes(call) {
      const [start, limit, delta] = [0, 1, 2].map((index) => call.whole(index)[0]);
      const count = Math.max(0, Math.ceil((limit - start) / delta));
      return [whole([count])];
    },
    fold(call, [{ shape, type }]) {
      call.checkTypes();
      const [start, , delta] = [0, 1, 2].map((index) => {
        const { data, dataType } = call.tensor(index);
        return readerOf(dataType, data)(0);
      });
      const data = emptyData(type, shape[0]);
      const write = writerOf(type, data);
      for (let i = 0; i < data.length; i++) {
        write(i, isFloat(type) ? Number(start) + i * Number(delta) : BigInt(start) + BigInt(i) * BigInt(delta));
      }
      return [data];
    },
  },
  Resize: {
    settings: { 1: ["roi", "floats"], 2: ["scales", "floats"], 3: ["sizes", "ints"] },
    shapes: (call) => [resized(call)],
  },
  // A Resize in its first form, at opset 10, is one too.
  Upsample: {
    settings: { 1: ["scales", "floats"] },
    form: (call) => call.with(call.attributes, call.inputs, "Upsample"),
    shapes: (call) => [resized(call)],
  },
  Shape: {
    shapes: (call) => [[measured(call).length]],
    types: () => ["INT64"],
    fold: (call) => [BigInt64Array.from(measured(call), BigInt)],
    always: true,
  },
  Size: {
    shapes: () => [[]],
    types: () => ["INT64"],
    fold: (call) => [BigInt64Array.of(BigInt(sizeOf(call.shape(0))))],
    always: true,
  },
  SpaceToDepth: {
    shapes(call) {
      const [batch, channels, height, width] = call.shape(0), block = call.integer("blocksize", 1);
      return [whole([batch, channels * block ** 2, height / block, width / block])];
    },
  },
  TopK: {
    settings: { 1: ["k", "int"] },
    shapes(call) {
      const shape = call.shape(0), k = call.integer("k", -1);
      if (k < 0) throw new Unknown("how many it takes is computed");
      const kept = resizedAt(shape, call.axis(call.integer("axis", -1), shape.length), k);
      return [kept, kept];
    },
    types: (call) => [call.type(0), "INT64"],
  },
  Trilu: {
    settings: { 1: ["k", "int"] },
    shapes(call) {
      const shape = call.shape(0);
      if (shape.length >= 2) return [shape];
      throw new ShapeError(`it takes a triangle of [${shape.join(", ")}], expected two dimensions or more`);
    },
    fold(call, [{ shape, type }]) {
      const made = call.tensor(0).data.slice();
      const k = call.integer("k", 0), upper = call.integer("upper", 1) !== 0;
      const [rows, columns] = shape.slice(-2);
      const write = writerOf(type, made);
      for (let at = 0; at < made.length; at++) {
        const beyond = at % columns - Math.floor(at / columns) % rows - k;
        if (upper ? beyond < 0 : beyond > 0) write(at, isFloat(type) ? 0 : 0n);
      }
      return [made];
    },
  },
};

/** What a ConstantOfShape fills its tensor with; null for 0 as a float. */
function filling({ attributes: { value } }: Call): TensorProto | null {
  return typeof value === "object" && "tensor" in value ? value.tensor : null;
}

/** The part of a shape that a Shape asks for. */
function measured(call: Call): Shape {
  const shape = call.shape(0);
  return shape.slice(call.integer("start", 0), call.has("end") ? call.integer("end", 0) : shape.length);
}

function whole(shape: readonly number[]): Shape {
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return shape;
  throw new ShapeError(`it would make the shape [${shape.join(", ")}], expected whole sizes; export the model again`);
}

function resized(call: Call): Shape {
  const shape = call.shape(0), sizes = call.integers("sizes");
  const given = call.has("scales") ? call.attributes.scales : null;
  const scales = given !== null && typeof given === "object" && "floats" in given ? given.floats : null;
  if (call.has("axes") || call.text("keep_aspect_ratio_policy", "stretch") !== "stretch") {
    throw new Unknown("it resizes some axes alone");
  }
  if (sizes !== null && sizes.length === shape.length) return whole(sizes);
  if (scales === null || scales.length !== shape.length) throw new Unknown("its size is computed");
  return whole(shape.map((size, axis) => Math.floor(size * scales[axis])));
}
