/**
 * Tensors of which a file lists the elements other than 0, written out.
 * @module
 */
import { ArgumentError, FormatError } from "../../core/base/errors.ts";
import { type Shape, showShape, sizeOf, stridesOf } from "../../core/base/shape.ts";
import type { SparseTensorProto } from "../proto.ts";
import { quote } from "../quote.ts";
import { readTensor, type Tensor, tensorShape } from "../tensor.ts";
import { emptyData, readerOf, writerOf } from "./typed.ts";

/** Elements that a file of a few bytes may ask for. */
const MOST = 2 ** 24;

/** The shape of a sparse tensor. */
export function sparseShape({ dims = [], values }: SparseTensorProto): Shape {
  return tensorShape({ dims, ...values?.name === undefined ? {} : { name: values.name } });
}

/** Every element of a sparse tensor; throws a `FormatError` where its places lie outside it. */
export function denseTensor(proto: SparseTensorProto): Tensor {
  const shape = sparseShape(proto), name = `the sparse tensor ${quote(proto.values?.name)}`;
  if (proto.values === undefined || proto.indices === undefined) {
    throw new FormatError(`${name} lacks its values or their places; export the model again`);
  }
  const { data: given, dataType } = readTensor(proto.values), { data: places } = readTensor(proto.indices);
  const size = sizeOf(shape);
  if (size > MOST) {
    throw new ArgumentError(`${name} of shape ${showShape(shape)} has ${size} elements, expected ${MOST} at most`);
  }
  // Either one number an element, or as many as there are dimensions.
  const rank = places.length === given.length ? 1 : shape.length;
  const strides = rank === 1 ? [1] : stridesOf(shape);
  const data = emptyData(dataType, size);
  const read = readerOf(dataType, given), write = writerOf(dataType, data);
  for (let i = 0; i < given.length; i++) {
    const at = strides.reduce((sum, stride, axis) => sum + Number(places[i * rank + axis] ?? -1) * stride, 0);
    if (!(at >= 0 && at < size)) {
      throw new FormatError(`${name} of shape ${showShape(shape)} has an element outside; export the model again`);
    }
    write(at, read(i));
  }
  return { shape, dataType, data };
}
