/**
 * Files with functions, branches and arithmetic on shapes, and with much that changes nothing.
 * @module
 */
import { AttributeType, DataType } from "../../onnx/enums.ts";
import type { FunctionProto, GraphProto, ModelProto, NodeProto } from "../../onnx/proto.ts";
import { node, small, truth, weight, wholes } from "./small.ts";

const undeclared = { output: [{ name: "y", type: { tensorType: { elemType: 1 } } }] };
/** Of an image of two channels, the output's shape left open. */
export const image = { shape: [1, 2, 6, 6], graph: undeclared };
/** The weights of {@linkcode linear}. */
export const weights = [weight("w", [4, 4]), weight("b", [4])];
/** A fully connected layer. */
export const linear = (input: string, output: string) => node("Gemm", [input, "w", "b"], [output], { transB: 1 });

/** A node of one of the file's own functions. */
export const call = (opType: string, input: readonly string[], output: string, attributes = {}): NodeProto => ({
  ...node(opType, input, [output], attributes),
  domain: "own",
});

/** What a file with functions of its own imports. */
export const imports = [{ version: 17 }, { domain: "own", version: 1 }];
/** A function of the file's own, with an attribute and an input that callers may leave out. */
export const layer: FunctionProto = {
  name: "Layer",
  domain: "own",
  input: ["a", "v", "c"],
  output: ["d"],
  attribute: ["turned"],
  opsetImport: imports,
  node: [
    {
      ...node("Gemm", ["a", "v", "c"], ["g"]),
      attribute: [{ name: "transB", refAttrName: "turned", type: AttributeType.INT }],
    },
    node("Tanh", ["g"], ["d"]),
  ],
};
const block: FunctionProto = {
  name: "Block",
  domain: "own",
  input: ["x", "p", "q"],
  output: ["y"],
  opsetImport: imports,
  // The names are the file's own, and mean something else there.
  node: [
    call("Layer", ["x", "p", "q"], "w", { turned: 1 }),
    call("Layer", ["w", "p"], "b", { turned: 0 }),
    node("Sigmoid", ["b"], ["y"]),
  ],
};
const functions = { opset: 17, weights, model: { opsetImport: imports, functions: [block, layer] } };

/** A node that takes one of two graphs. */
export const choice = (
  condition: string,
  output: string,
  yes: readonly NodeProto[],
  no: readonly NodeProto[],
): NodeProto => {
  const graph = (name: string, nodes: readonly NodeProto[]): GraphProto => ({
    name,
    node: nodes,
    output: [{ name: nodes.at(-1)!.output![0], type: { tensorType: { elemType: 1 } } }],
  });
  return {
    opType: "If",
    input: [condition],
    output: [output],
    attribute: [
      { name: "then_branch", type: AttributeType.GRAPH, g: graph("yes", yes) },
      { name: "else_branch", type: AttributeType.GRAPH, g: graph("no", no) },
    ],
  };
};

/** The features of `x` in a row, as exporters write it for a batch of any size. */
export const flattening = (input: string, output: string): NodeProto[] => [
  node("Shape", [input], ["s"]),
  node("Gather", ["s", "first"], ["n"]),
  node("Unsqueeze", ["n", "zero"], ["u"]),
  node("Concat", ["u", "rest"], ["t"], { axis: 0 }),
  node("Reshape", [input, "t"], [output]),
];
const first = { name: "first", dataType: DataType.INT64, int64Data: [0] };
/** The constants of {@linkcode flattening}. */
export const shaping = [first, wholes("zero", [0]), wholes("rest", [-1])];
const open = (shape: readonly number[]): GraphProto => ({
  ...undeclared,
  input: [{
    name: "x",
    type: {
      tensorType: {
        elemType: 1,
        shape: { dim: [{ dimParam: "batch_size" }, ...shape.map((dimValue) => ({ dimValue }))] },
      },
    },
  }],
});

/** Files that engine and circuit read as ONNX Runtime does. */
export const FILES: Readonly<Record<string, ModelProto>> = {
  "a function that calls another twice": small([call("Block", ["x", "w", "b"], "y")], functions),
  "one function for two layers": small([
    call("Block", ["x", "w", "b"], "h"),
    call("Layer", ["h", "w", "b"], "y", { turned: 1 }),
  ], functions),
  "a branch that a constant takes": small(
    [choice("t", "y", [linear("x", "g"), node("Tanh", ["g"], ["yes"])], [node("Relu", ["x"], ["no"])])],
    { weights: [...weights, truth("t", true)], graph: undeclared },
  ),
  "a branch within a branch, and what is around both": small([
    node("Relu", ["x"], ["r"]),
    node("Not", ["t"], ["f"]),
    choice("f", "y", [node("Relu", ["x"], ["yes"])], [
      linear("r", "g"),
      choice("t", "no", [node("Sigmoid", ["g"], ["s"])], [node("Relu", ["g"], ["s"])]),
    ]),
  ], { weights: [...weights, truth("t", true)], graph: undeclared }),
  "a branch that the shape of the input takes": small([
    node("Shape", ["x"], ["s"]),
    node("Gather", ["s", "first"], ["n"]),
    node("Equal", ["n", "one"], ["single"]),
    choice("single", "y", [linear("x", "yes")], [node("Relu", ["x"], ["no"])]),
  ], {
    weights: [...weights, first, { name: "one", dataType: DataType.INT64, int64Data: [1] }],
    graph: undeclared,
  }),
  "a flattening for any batch": small([...flattening("x", "f"), node("Gemm", ["f", "v"], ["y"], { transB: 1 })], {
    weights: [...shaping, weight("v", [3, 72])],
    graph: open([2, 6, 6]),
    shape: image.shape,
  }),
  "a target of 0 and -1": small([node("Relu", ["x"], ["r"]), node("Reshape", ["r", "t"], ["y"])], {
    ...image,
    weights: [wholes("t", [0, -1])],
  }),
  "weights that are turned and scaled": small([
    node("Transpose", ["w"], ["t"], { perm: [1, 0] }),
    node("Mul", ["t", "half"], ["u"]),
    node("ConstantOfShape", ["four"], ["z"]),
    node("Add", ["b", "z"], ["c"]),
    node("Gemm", ["x", "u", "c"], ["y"], { transB: 1 }),
  ], { weights: [...weights, { name: "half", dataType: DataType.FLOAT, floatData: [0.5] }, wholes("four", [4])] }),
  "what changes nothing": small([
    node("Identity", ["x"], ["i"]),
    node("Cast", ["i"], ["c"], { to: DataType.FLOAT }),
    node("Transpose", ["c"], ["t"], { perm: [0, 1] }),
    node("Slice", ["t", "start", "end"], ["s"]),
    node("Concat", ["s"], ["j"], { axis: 1 }),
    node("Max", ["j"], ["m"]),
    node("Expand", ["m", "four"], ["e"]),
    node("Tile", ["e", "ones"], ["l"]),
    node("Pad", ["l", "none"], ["p"]),
    node("Dropout", ["p"], ["d"]),
    linear("d", "y"),
  ], {
    weights: [
      ...weights,
      wholes("start", [0, 0]),
      wholes("end", [9, 2 ** 31]),
      wholes("four", [1, 4]),
      wholes("ones", [1, 1]),
      wholes("none", [0, 0, 0, 0]),
    ],
  }),
  "padding that the file leaves to the reader": small([{
    ...node("Conv", ["x", "k"], ["y"], { strides: [1, 1] }),
    attribute: [{ name: "auto_pad", type: AttributeType.STRING, s: new TextEncoder().encode("SAME_UPPER") }],
  }], { ...image, weights: [weight("k", [3, 2, 3, 3])] }),
  "a weight of which the file lists what is not 0": small([node("Gemm", ["x", "sparse"], ["y"], { transB: 1 })], {
    graph: {
      ...undeclared,
      sparseInitializer: [{
        dims: [2, 4],
        values: { name: "sparse", dims: [3], dataType: DataType.FLOAT, floatData: [1.5, -2, 0.25] },
        indices: { dims: [3], dataType: DataType.INT64, int64Data: [0, 3, 6] },
      }],
    },
  }),
};
