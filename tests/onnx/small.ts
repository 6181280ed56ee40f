/**
 * Small files of one input `x` and one output `y`, in the many ways in which others write theirs.
 * @module
 */
import { AttributeType, DataType } from "../../onnx/enums.ts";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from "../../onnx/proto.ts";

/** The value of an attribute: a whole number or several, a float, a text or several. */
export type Attribute =
  | number
  | readonly number[]
  | { readonly float: number }
  | { readonly text: string }
  | { readonly texts: readonly string[] };

/** One node without a name. */
export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeProto {
  return { opType, input, output, attribute: Object.entries(attributes).map(attribute) };
}

function attribute([name, value]: [string, Attribute]): AttributeProto {
  if (typeof value === "number") return { name, i: value, type: AttributeType.INT };
  if ("float" in value) return { name, f: value.float, type: AttributeType.FLOAT };
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  if ("text" in value) return { name, s: bytes(value.text), type: AttributeType.STRING };
  if ("texts" in value) return { name, strings: value.texts.map(bytes), type: AttributeType.STRINGS };
  return { name, ints: value, type: AttributeType.INTS };
}

/** What a file differs in from the plainest. */
export interface Changes {
  /** The size of the input; [1, 4] unless given. */
  readonly shape?: readonly number[];
  /** The input's and output's element type; FLOAT unless given. */
  readonly type?: number;
  /** The version of ONNX's own operators; 13 unless given. */
  readonly opset?: number;
  /** Constants. */
  readonly weights?: readonly TensorProto[];
  /** More of the graph. */
  readonly graph?: GraphProto;
  /** More of the model. */
  readonly model?: ModelProto;
}

/** A file around some nodes, the output's size left open. */
export function small(nodes: readonly NodeProto[], changes: Changes = {}): ModelProto {
  const { shape = [1, 4], type: elemType = DataType.FLOAT, opset = 13, weights = [], graph, model } = changes;
  const dim = shape.map((dimValue) => ({ dimValue }));
  return {
    irVersion: 8,
    opsetImport: [{ version: opset }],
    graph: {
      name: "small",
      node: nodes,
      input: [{ name: "x", type: { tensorType: { elemType, shape: { dim } } } }],
      output: [{ name: "y", type: { tensorType: { elemType, shape: { dim: [{}, {}] } } } }],
      ...weights.length === 0 ? {} : { initializer: weights },
      ...graph,
    },
    ...model,
  };
}

/** A FLOAT constant with values of two decimals from -1 to 1. */
export function weight(name: string, dims: readonly number[]): TensorProto {
  const size = dims.reduce((product, length) => product * length, 1);
  const floatData = Array.from({ length: size }, (_, i) => Math.fround(Math.round(Math.sin(i + 1) * 64) / 64));
  return { name, dims, dataType: DataType.FLOAT, floatData };
}

/** An INT64 list. */
export function wholes(name: string, values: readonly number[]): TensorProto {
  return { name, dims: [values.length], dataType: DataType.INT64, int64Data: values };
}

/** A boolean scalar. */
export function truth(name: string, value: boolean): TensorProto {
  return { name, dataType: DataType.BOOL, int32Data: [Number(value)] };
}
