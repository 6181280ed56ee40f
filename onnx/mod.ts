/**
 * ONNX files: written from a graph, read into one, checked, and read for their
 * weights alone. Operations are given to the reader and the writer as
 * definitions; nothing here needs a GPU, a permission or a dependency.
 *
 * A file is a {@linkcode ModelProto} in protobuf. Any bytes become a message or a
 * `FormatError` that names the byte:
 *
 * @example Look into a file
 * ```ts
 * import { checkModel, decodeModel, encodeModel } from "@zkgrad/zkgrad/onnx";
 *
 * const bytes = encodeModel({
 *   irVersion: 7,
 *   opsetImport: [{ version: 12 }],
 *   graph: {
 *     name: "halves",
 *     node: [{ opType: "Sigmoid", input: ["input_0"], output: ["output"], name: "/Sigmoid" }],
 *     input: [{ name: "input_0", type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }] } } } }],
 *     output: [{ name: "output", type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }] } } } }],
 *   },
 * });
 * const model = decodeModel(bytes, "halves.onnx");
 * checkModel(model, "halves.onnx");
 * const operators = model.graph?.node?.map((node) => node.opType); // ["Sigmoid"]
 * ```
 *
 * @module
 */
export { checkModel } from "./check.ts";
export {
  AttributeType,
  type AttributeTypeName,
  attributeTypeName,
  DataType,
  type DataTypeName,
  dataTypeName,
} from "./enums.ts";
export { exportGraph, type ExportOptions, graphToModel, INPUT_NAME, IR_VERSION, OPSET, OUTPUT_NAME } from "./export.ts";
export { type ExternalData, inlineExternalData } from "./external_data.ts";
export { type ImportedGraph, importGraph, type ImportOptions, loadWeights } from "./import.ts";
export * from "./proto.ts";
export {
  bytesPerElement,
  type FloatTensor,
  readFloats,
  readTensor,
  type Tensor,
  type TensorData,
  tensorShape,
  writeTensor,
} from "./tensor.ts";
export { exportOnnx, type ExportOnnxOptions, OnnxModule, type OnnxModuleOptions } from "./model.ts";
