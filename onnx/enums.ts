/**
 * The enumerations of onnx/onnx.proto (https://github.com/onnx/onnx).
 * @module
 */

/** The name of an element type of tensors. */
export type DataTypeName =
  | "FLOAT"
  | "UINT8"
  | "INT8"
  | "UINT16"
  | "INT16"
  | "INT32"
  | "INT64"
  | "STRING"
  | "BOOL"
  | "FLOAT16"
  | "DOUBLE"
  | "UINT32"
  | "UINT64"
  | "COMPLEX64"
  | "COMPLEX128"
  | "BFLOAT16";

/** The numbers of the element types (`TensorProto.DataType`). */
export const DataType: Readonly<Record<DataTypeName, number>> = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
  COMPLEX64: 14,
  COMPLEX128: 15,
  BFLOAT16: 16,
};

/** The name of an attribute type. */
export type AttributeTypeName =
  | "FLOAT"
  | "INT"
  | "STRING"
  | "TENSOR"
  | "GRAPH"
  | "FLOATS"
  | "INTS"
  | "STRINGS"
  | "TENSORS"
  | "GRAPHS"
  | "SPARSE_TENSOR"
  | "SPARSE_TENSORS"
  | "TYPE_PROTO"
  | "TYPE_PROTOS";

/** The numbers of the attribute types (`AttributeProto.AttributeType`). */
export const AttributeType: Readonly<Record<AttributeTypeName, number>> = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
  TENSORS: 9,
  GRAPHS: 10,
  SPARSE_TENSOR: 11,
  SPARSE_TENSORS: 12,
  TYPE_PROTO: 13,
  TYPE_PROTOS: 14,
};

/** The name of an element type; null for a number that is not in the table. */
export function dataTypeName(dataType: number | undefined): DataTypeName | null {
  for (const [name, number] of Object.entries(DataType)) if (number === dataType) return name as DataTypeName;
  return null;
}

/** The name of an attribute type; null for a number that is not in the table. */
export function attributeTypeName(type: number | undefined): AttributeTypeName | null {
  for (const [name, number] of Object.entries(AttributeType)) if (number === type) return name as AttributeTypeName;
  return null;
}
