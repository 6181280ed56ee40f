/**
 * The messages of an ONNX file as TypeScript types, and their encoding.
 *
 * Property names are those of onnx/onnx.proto (https://github.com/onnx/onnx) in
 * camel case. As in proto2, a property is present if and only if it was set; an
 * empty list is an absent property. Integers of 64 bits are {@linkcode Int64}.
 * @module
 */
import { FormatError } from "../core/base/errors.ts";
import { foreignFile } from "./foreign.ts";
import { decodeMessage } from "./reader.ts";
import { ONNX_TYPES } from "./schema.ts";
import type { Int64, Message } from "./wire.ts";
import { encodeMessage } from "./writer.ts";

export type { Int64 } from "./wire.ts";

/** An ONNX file. */
export interface ModelProto {
  /** The version of the file format; 7 goes with opset 12. */
  readonly irVersion?: Int64;
  /** The program that wrote the file. */
  readonly producerName?: string;
  /** Its version. */
  readonly producerVersion?: string;
  /** The model's namespace, in reverse-DNS form. */
  readonly domain?: string;
  /** The model's own version. */
  readonly modelVersion?: Int64;
  /** Free text. */
  readonly docString?: string;
  /** What the model computes. */
  readonly graph?: GraphProto;
  /** The operator sets that the nodes are from. */
  readonly opsetImport?: readonly OperatorSetIdProto[];
  /** Free key-value pairs. */
  readonly metadataProps?: readonly StringStringEntryProto[];
  /** How the model may be trained further. */
  readonly trainingInfo?: readonly TrainingInfoProto[];
  /** Operators that the file defines itself. */
  readonly functions?: readonly FunctionProto[];
}

/** An operator set: a domain and its version. */
export interface OperatorSetIdProto {
  /** The domain; absent or empty for ONNX's own operators. */
  readonly domain?: string;
  /** The version. */
  readonly version?: Int64;
}

/** A key-value pair. */
export interface StringStringEntryProto {
  /** The key. */
  readonly key?: string;
  /** The value. */
  readonly value?: string;
}

/** A graph of nodes. */
export interface GraphProto {
  /** The nodes, every one after those that it reads from. */
  readonly node?: readonly NodeProto[];
  /** The graph's name; must not be empty. */
  readonly name?: string;
  /** Constant tensors: the weights. */
  readonly initializer?: readonly TensorProto[];
  /** Free text. */
  readonly docString?: string;
  /** What the graph is given. */
  readonly input?: readonly ValueInfoProto[];
  /** What the graph returns. */
  readonly output?: readonly ValueInfoProto[];
  /** Types of values in between. */
  readonly valueInfo?: readonly ValueInfoProto[];
  /** Scales and zero points of quantised values. */
  readonly quantizationAnnotation?: readonly TensorAnnotation[];
  /** Constant tensors in coordinate form. */
  readonly sparseInitializer?: readonly SparseTensorProto[];
  /** Free key-value pairs. */
  readonly metadataProps?: readonly StringStringEntryProto[];
}

/** One application of an operator. */
export interface NodeProto {
  /** Names of the values that it reads; an empty name stands for an omitted optional input. */
  readonly input?: readonly string[];
  /** Names of the values that it makes. */
  readonly output?: readonly string[];
  /** The node's name. */
  readonly name?: string;
  /** The operator: `Conv`. */
  readonly opType?: string;
  /** The operator's attributes. */
  readonly attribute?: readonly AttributeProto[];
  /** Free text. */
  readonly docString?: string;
  /** The operator's domain; absent or empty for ONNX's own. */
  readonly domain?: string;
  /** Which overload of a function of the file's own is meant. */
  readonly overload?: string;
  /** Free key-value pairs. */
  readonly metadataProps?: readonly StringStringEntryProto[];
}

/** An attribute; `type` says which of the value properties is set. */
export interface AttributeProto {
  /** The attribute's name: `kernel_shape`. */
  readonly name?: string;
  /** FLOAT. */
  readonly f?: number;
  /** INT. */
  readonly i?: Int64;
  /** STRING, as UTF-8. */
  readonly s?: Uint8Array;
  /** TENSOR. */
  readonly t?: TensorProto;
  /** GRAPH. */
  readonly g?: GraphProto;
  /** FLOATS. */
  readonly floats?: readonly number[];
  /** INTS. */
  readonly ints?: readonly Int64[];
  /** STRINGS, as UTF-8. */
  readonly strings?: readonly Uint8Array[];
  /** TENSORS. */
  readonly tensors?: readonly TensorProto[];
  /** GRAPHS. */
  readonly graphs?: readonly GraphProto[];
  /** Free text. */
  readonly docString?: string;
  /** TYPE_PROTO. */
  readonly tp?: TypeProto;
  /** TYPE_PROTOS. */
  readonly typeProtos?: readonly TypeProto[];
  /** A number of `AttributeType`. */
  readonly type?: number;
  /** In a function: the attribute of the function that gives the value. */
  readonly refAttrName?: string;
  /** SPARSE_TENSOR. */
  readonly sparseTensor?: SparseTensorProto;
  /** SPARSE_TENSORS. */
  readonly sparseTensors?: readonly SparseTensorProto[];
}

/** A tensor with its data, in exactly one of the data properties. */
export interface TensorProto {
  /** Sizes of the dimensions, outermost first. */
  readonly dims?: readonly Int64[];
  /** A number of `DataType`. */
  readonly dataType?: number;
  /** Which part of a larger tensor this is; nobody writes it. */
  readonly segment?: TensorSegment;
  /** FLOAT. */
  readonly floatData?: readonly number[];
  /** INT32, INT16, INT8, UINT16, UINT8, BOOL; FLOAT16 and BFLOAT16 as bit patterns. */
  readonly int32Data?: readonly number[];
  /** STRING, as UTF-8. */
  readonly stringData?: readonly Uint8Array[];
  /** INT64. */
  readonly int64Data?: readonly Int64[];
  /** The tensor's name: `conv1.weight`. */
  readonly name?: string;
  /** Any type but STRING: little-endian, row-major. After decoding, a view into the file. */
  readonly rawData?: Uint8Array;
  /** DOUBLE. */
  readonly doubleData?: readonly number[];
  /** UINT32 and UINT64. */
  readonly uint64Data?: readonly Int64[];
  /** Free text. */
  readonly docString?: string;
  /** Where the data lie if not in this file. */
  readonly externalData?: readonly StringStringEntryProto[];
  /** 1: the data lie outside this file. */
  readonly dataLocation?: number;
  /** Free key-value pairs. */
  readonly metadataProps?: readonly StringStringEntryProto[];
}

/** A range of a larger tensor. */
export interface TensorSegment {
  /** Its first element. */
  readonly begin?: Int64;
  /** The one after its last. */
  readonly end?: Int64;
}

/** A tensor in coordinate form. */
export interface SparseTensorProto {
  /** The non-zero elements; its name is the tensor's. */
  readonly values?: TensorProto;
  /** Where they are. */
  readonly indices?: TensorProto;
  /** Sizes of the dimensions. */
  readonly dims?: readonly Int64[];
}

/** How a value was quantised. */
export interface TensorAnnotation {
  /** The value. */
  readonly tensorName?: string;
  /** Names of the tensors that hold its scale and zero point. */
  readonly quantParameterTensorNames?: readonly StringStringEntryProto[];
}

/** A value's name and type. */
export interface ValueInfoProto {
  /** The name. */
  readonly name?: string;
  /** The type. */
  readonly type?: TypeProto;
  /** Free text. */
  readonly docString?: string;
  /** Free key-value pairs. */
  readonly metadataProps?: readonly StringStringEntryProto[];
}

/** A type; at most one of its properties but `denotation` is set. */
export interface TypeProto {
  /** A dense tensor. */
  readonly tensorType?: TensorTypeProto;
  /** A list. */
  readonly sequenceType?: ElementTypeProto;
  /** A map. */
  readonly mapType?: MapTypeProto;
  /** What the value means, as a standard term. */
  readonly denotation?: string;
  /** A sparse tensor. */
  readonly sparseTensorType?: TensorTypeProto;
  /** A value that may be absent. */
  readonly optionalType?: ElementTypeProto;
}

/** The type of a tensor. */
export interface TensorTypeProto {
  /** A number of `DataType`. */
  readonly elemType?: number;
  /** Its shape; absent: of unknown rank. */
  readonly shape?: TensorShapeProto;
}

/** The type of a list or of an optional value. */
export interface ElementTypeProto {
  /** The type of what is inside. */
  readonly elemType?: TypeProto;
}

/** The type of a map. */
export interface MapTypeProto {
  /** The keys: an integer type or STRING. */
  readonly keyType?: number;
  /** The type of the values. */
  readonly valueType?: TypeProto;
}

/** A shape. */
export interface TensorShapeProto {
  /** Its dimensions, outermost first; absent for a scalar. */
  readonly dim?: readonly DimensionProto[];
}

/** A dimension: a size, a symbol, or neither where it is unknown. */
export interface DimensionProto {
  /** Its size. */
  readonly dimValue?: Int64;
  /** The symbol that stands for its size: `batch_size`. */
  readonly dimParam?: string;
  /** What the dimension means, as a standard term. */
  readonly denotation?: string;
}

/** How a model is trained further. */
export interface TrainingInfoProto {
  /** Computes initial values. */
  readonly initialization?: GraphProto;
  /** Computes one step. */
  readonly algorithm?: GraphProto;
  /** Which tensors the initialisation sets. */
  readonly initializationBinding?: readonly StringStringEntryProto[];
  /** Which tensors a step updates. */
  readonly updateBinding?: readonly StringStringEntryProto[];
}

/** An operator defined by nodes. */
export interface FunctionProto {
  /** Its name. */
  readonly name?: string;
  /** Names of its inputs. */
  readonly input?: readonly string[];
  /** Names of its outputs. */
  readonly output?: readonly string[];
  /** Names of its attributes without a default. */
  readonly attribute?: readonly string[];
  /** Its nodes. */
  readonly node?: readonly NodeProto[];
  /** Free text. */
  readonly docString?: string;
  /** The operator sets that its nodes are from. */
  readonly opsetImport?: readonly OperatorSetIdProto[];
  /** Its domain. */
  readonly domain?: string;
  /** Its attributes with their defaults. */
  readonly attributeProto?: readonly AttributeProto[];
  /** Types of values inside. */
  readonly valueInfo?: readonly ValueInfoProto[];
  /** Which overload of its name it is. */
  readonly overload?: string;
  /** Free key-value pairs. */
  readonly metadataProps?: readonly StringStringEntryProto[];
}

/**
 * The bytes of an ONNX file, the same as protobuf's own serialisers write; throws
 * an `ArgumentError` that names a property whose value does not fit its type.
 */
export function encodeModel(model: ModelProto): Uint8Array<ArrayBuffer> {
  return encodeMessage(ONNX_TYPES.ModelProto, model as Message);
}

/**
 * Reads an ONNX file; `name` is the file's, for errors. Byte strings are views
 * into `bytes`. Whether the model makes sense is for `checkModel` to say: this
 * throws a `FormatError` that names the file and the byte only where the bytes
 * are no ONNX message at all, or says what they are instead where that can be seen.
 */
export function decodeModel(bytes: Uint8Array, name: string = "the model"): ModelProto {
  try {
    if (bytes.length > 0) return decodeMessage(ONNX_TYPES.ModelProto, bytes, name) as ModelProto;
  } catch (error) {
    if (!(error instanceof FormatError) || foreignFile(bytes) === null) throw error;
  }
  throw new FormatError(`${name} ${foreignFile(bytes)}`);
}

/** The bytes of a tensor in a file of its own (`.pb`); errors as {@linkcode encodeModel}. */
export function encodeTensor(tensor: TensorProto): Uint8Array<ArrayBuffer> {
  return encodeMessage(ONNX_TYPES.TensorProto, tensor as Message);
}

/** Reads a tensor from a file of its own (`.pb`); errors as {@linkcode decodeModel}. */
export function decodeTensor(bytes: Uint8Array, name: string = "the tensor"): TensorProto {
  return decodeMessage(ONNX_TYPES.TensorProto, bytes, name) as TensorProto;
}
