/**
 * Says whether an ONNX model is well formed.
 *
 * The rules are those of onnx.checker (onnx/checker.cc at 1.12) that need no
 * table of operators, and three that only runtimes enforce: unique node names,
 * raw_data of the right length, possible shapes. Whether an operator exists and
 * takes its attributes is found out by `importGraph`.
 * @module
 */
import { FormatError } from "../core/base/errors.ts";
import { showShape, sizeOf } from "../core/base/shape.ts";
import { type AttributeTypeName, attributeTypeName, DataType, dataTypeName } from "./enums.ts";
import { isOwnDomain, nodeLabel } from "./label.ts";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "./proto.ts";
import { quote } from "./quote.ts";
import { bytesPerElement, tensorShape } from "./tensor.ts";

/** Throws a `FormatError` that lists what is wrong with a model, by node and tensor; `name` is the file's. */
export function checkModel(model: ModelProto, name: string = "the model"): void {
  check(model, name, true);
}

/**
 * The same for those who read a model: an unnamed graph, nodes in any order, the
 * domain "ai.onnx" for ONNX's own and outputs of no declared shape are let through,
 * since ONNX Runtime reads them too and nothing depends on them.
 */
export function checkReadable(model: ModelProto, name: string): void {
  check(model, name, false);
}

function check(model: ModelProto, name: string, strict: boolean): void {
  const problems = new Problems();
  const irVersion = Number(model.irVersion ?? 0);
  if (irVersion < 1) problems.add("ir_version is missing");
  const domains = new Map<string, number>();
  for (const { domain: given = "", version } of model.opsetImport ?? []) {
    const domain = isOwnDomain(given) && !strict ? "" : given;
    if (domain === "ai.onnx") problems.add('the opset domain "ai.onnx" has to be written as ""');
    if (version === undefined) problems.add(`the opset import of domain ${quote(domain)} has no version`);
    // The same import once more, as skl2onnx writes it, says nothing new; of two versions runtimes take different ones.
    const opset = Number(version ?? 0), earlier = domains.get(domain) ?? opset;
    if (earlier !== opset) problems.add(`the domain ${quote(domain)} is imported twice, at ${earlier} and at ${opset}`);
    domains.set(domain, opset);
  }
  if (domains.size === 0) problems.add("opset_import is missing");
  repeated((model.metadataProps ?? []).map((entry) => entry.key ?? ""), "metadata key", problems);
  if (model.graph === undefined) problems.add("graph is missing");
  else checkGraph(model.graph, { problems, strict, domains, irVersion, outer: null });
  for (const { name, node = [] } of model.functions ?? []) {
    if (!name) problems.add("a function has no name");
    // A function's nodes may take attributes from its caller and import other domains, so only their form is checked.
    for (const item of node) if (!item.opType) problems.add(`a node of the function ${quote(name)} has no op_type`);
  }
  problems.raise(name);
}

const MAX_LISTED = 20;

class Problems {
  readonly #listed: string[] = [];
  #count = 0;

  add(problem: string): void {
    if (++this.#count <= MAX_LISTED) this.#listed.push(problem);
  }

  raise(name: string): void {
    if (this.#count === 0) return;
    const more = this.#count > MAX_LISTED ? `; and ${this.#count - MAX_LISTED} more` : "";
    const rules = this.#count === 1 ? "a rule" : `${this.#count} rules`;
    throw new FormatError(`${name} breaks ${rules} of ONNX: ${this.#listed.join("; ")}${more}`);
  }
}

interface Scope {
  readonly problems: Problems;
  /** Whether the rules that no reader needs are held to. */
  readonly strict: boolean;
  readonly domains: ReadonlyMap<string, number>;
  readonly irVersion: number;
  /** The names that the graph around this one has made so far; null for the model's own graph. */
  readonly outer: Names | null;
}

interface Names {
  readonly known: Set<string>;
  readonly outer: Names | null;
}

function checkGraph(graph: GraphProto, scope: Scope): void {
  const { problems } = scope;
  const names: Names = { known: new Set(), outer: scope.outer };
  if (!graph.name && scope.strict) problems.add("the graph has no name");
  for (const value of graph.input ?? []) {
    checkValue(value, "graph input", scope);
    if (value.name && names.known.has(value.name)) problems.add(`two graph inputs have the name ${quote(value.name)}`);
    if (value.name) names.known.add(value.name);
  }
  const inputs = new Set(names.known);
  const sparse = (graph.sparseInitializer ?? []).map((tensor) => tensor.values?.name ?? "");
  repeated([...(graph.initializer ?? []).map((tensor) => tensor.name ?? ""), ...sparse], "initializer", problems);
  for (const tensor of graph.initializer ?? []) {
    if (!tensor.name) problems.add("an initializer has no name");
    else if (scope.irVersion < 4 && scope.outer === null && !inputs.has(tensor.name)) {
      problems.add(`the initializer ${quote(tensor.name)} is not a graph input, which ir_version 3 demands`);
    }
    checkTensor(tensor, `the initializer ${quote(tensor.name)}`, problems);
    names.known.add(tensor.name ?? "");
  }
  for (const name of sparse) names.known.add(name);
  if (!scope.strict) {
    for (const { output = [] } of graph.node ?? []) {
      for (const name of output) names.known.add(name);
    }
  }
  const produced = new Set<string>();
  for (const [index, node] of (graph.node ?? []).entries()) {
    checkNode(node, nodeLabel(node, index), names, inputs, produced, scope);
  }
  repeated((graph.node ?? []).map((node) => node.name ?? "").filter((name) => name !== ""), "node", problems);
  for (const value of graph.output ?? []) {
    checkValue(value, "graph output", scope);
    if (value.name && !isKnown(value.name, names)) {
      problems.add(`the graph output ${quote(value.name)} is made by no node`);
    }
  }
  for (const value of graph.valueInfo ?? []) if (!value.name) problems.add("a value_info has no name");
}

function checkNode(
  node: NodeProto,
  where: string,
  names: Names,
  inputs: ReadonlySet<string>,
  produced: Set<string>,
  scope: Scope,
): void {
  const { problems } = scope;
  if (!node.opType) problems.add(`${where} names no operator`);
  if (!node.input?.length && !node.output?.length) problems.add(`${where} has neither inputs nor outputs`);
  if (!scope.domains.has(node.domain ?? "") && node.domain !== "ai.onnx") {
    problems.add(`${where} is of the domain ${quote(node.domain ?? "")}, which the model does not import`);
  }
  for (const input of node.input ?? []) {
    if (input !== "" && !isKnown(input, names)) {
      const missing = scope.strict
        ? "which nothing before it makes (nodes must be in order of execution)"
        : "which no node makes and no input or initializer is called";
      problems.add(`${where} reads ${quote(input)}, ${missing}`);
    }
  }
  repeated((node.attribute ?? []).map((attribute) => attribute.name ?? ""), `attribute of ${where}`, problems);
  for (const attribute of node.attribute ?? []) checkAttribute(attribute, where, names, scope);
  for (const output of node.output ?? []) {
    if (output === "") continue;
    if (produced.has(output) || inputs.has(output)) problems.add(`${where} makes ${quote(output)} a second time`);
    produced.add(output);
    names.known.add(output);
  }
}

/** The property that holds the value of each attribute type, and whether it is a list. */
const VALUE_OF: Readonly<Record<AttributeTypeName, readonly [keyof AttributeProto, boolean]>> = {
  FLOAT: ["f", false],
  INT: ["i", false],
  STRING: ["s", false],
  TENSOR: ["t", false],
  GRAPH: ["g", false],
  SPARSE_TENSOR: ["sparseTensor", false],
  TYPE_PROTO: ["tp", false],
  FLOATS: ["floats", true],
  INTS: ["ints", true],
  STRINGS: ["strings", true],
  TENSORS: ["tensors", true],
  GRAPHS: ["graphs", true],
  SPARSE_TENSORS: ["sparseTensors", true],
  TYPE_PROTOS: ["typeProtos", true],
};

function checkAttribute(attribute: AttributeProto, node: string, names: Names, scope: Scope): void {
  const { problems } = scope;
  const where = `the attribute ${quote(attribute.name)} of ${node}`;
  if (!attribute.name) problems.add(`an attribute of ${node} has no name`);
  if (attribute.refAttrName) problems.add(`${where} refers to a function's attribute outside a function`);
  const type = attributeTypeName(attribute.type);
  if (type === null) {
    problems.add(`${where} has the type ${attribute.type ?? "undefined"}, expected one of AttributeProto's`);
    return;
  }
  const [property, isList] = VALUE_OF[type];
  if (attribute[property] === undefined && !isList) problems.add(`${where} is of type ${type} without a value`);
  for (const [other] of Object.values(VALUE_OF)) {
    if (other !== property && attribute[other] !== undefined) {
      problems.add(`${where} is of type ${type}, but has a value in "${other}"`);
    }
  }
  const tensors = [...attribute.t === undefined ? [] : [attribute.t], ...attribute.tensors ?? []];
  for (const tensor of tensors) checkTensor(tensor, `the tensor in ${where}`, problems);
  const graphs = [...attribute.g === undefined ? [] : [attribute.g], ...attribute.graphs ?? []];
  for (const graph of graphs) checkGraph(graph, { ...scope, outer: names });
}

const DATA_FIELDS = ["floatData", "int32Data", "stringData", "int64Data", "doubleData", "uint64Data"] as const;

/** The typed field that may hold a type's elements; `int32Data` for all those not listed. */
const FIELD_OF: Readonly<Record<number, typeof DATA_FIELDS[number]>> = {
  [DataType.FLOAT]: "floatData",
  [DataType.COMPLEX64]: "floatData",
  [DataType.DOUBLE]: "doubleData",
  [DataType.COMPLEX128]: "doubleData",
  [DataType.STRING]: "stringData",
  [DataType.INT64]: "int64Data",
  [DataType.UINT32]: "uint64Data",
  [DataType.UINT64]: "uint64Data",
};

function checkTensor(tensor: TensorProto, where: string, problems: Problems): void {
  if (!tensor.dataType) {
    problems.add(`${where} has no data_type`);
    return;
  }
  let size: number;
  try {
    size = sizeOf(tensorShape(tensor));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    problems.add(error.message);
    return;
  }
  const shape = showShape(tensorShape(tensor));
  const set = DATA_FIELDS.filter((field) => tensor[field] !== undefined);
  if (tensor.dataLocation === 1) {
    if (set.length > 0 || tensor.rawData?.length) problems.add(`${where} has data both inside and outside the file`);
    return;
  }
  if (set.length + (tensor.rawData?.length ? 1 : 0) > 1) problems.add(`${where} has data in more than one field`);
  if (tensor.rawData !== undefined && set.length === 0) {
    const bytes = bytesPerElement(tensor.dataType);
    if (tensor.dataType === DataType.STRING) problems.add(`${where} keeps strings in raw_data`);
    if (bytes !== null && tensor.rawData.length !== size * bytes) {
      problems.add(
        `${where} of shape ${shape} has ${tensor.rawData.length} bytes of raw_data, expected ${size * bytes}`,
      );
    }
    return;
  }
  const field = FIELD_OF[tensor.dataType] ?? "int32Data";
  const type = dataTypeName(tensor.dataType);
  if (set.length === 1 && set[0] !== field) problems.add(`${where} of type ${type} has its data in ${set[0]}`);
  const perElement = type === "COMPLEX64" || type === "COMPLEX128" ? 2 : 1;
  const count = (tensor[field]?.length ?? 0) / perElement;
  // Types beyond the table may pack several elements into one.
  if (type !== null && count !== size) {
    problems.add(`${where} of shape ${shape} has ${count} elements, expected ${size}`);
  }
}

function checkValue(value: ValueInfoProto, role: string, scope: Scope): void {
  const { problems } = scope;
  if (!value.name) problems.add(`a ${role} has no name`);
  // The inputs and outputs of an inner graph take their types from the node around it.
  if (scope.outer !== null) return;
  const where = `the ${role} ${quote(value.name)}`;
  const tensor = value.type?.tensorType ?? value.type?.sparseTensorType;
  if (role === "graph output" && !scope.strict) return;
  if (value.type === undefined) problems.add(`${where} has no type`);
  else if (tensor !== undefined) {
    if (!tensor.elemType) problems.add(`${where} has no element type`);
    if (tensor.shape === undefined) problems.add(`${where} has no shape`);
    for (const [axis, { dimValue = 0 }] of (tensor.shape?.dim ?? []).entries()) {
      if (dimValue < 0) problems.add(`dimension ${axis} of ${where} has the size ${dimValue}`);
    }
  } else if ((value.type.sequenceType ?? value.type.mapType ?? value.type.optionalType) === undefined) {
    problems.add(`${where} has an empty type`);
  }
}

function isKnown(name: string, names: Names | null): boolean {
  for (let scope = names; scope !== null; scope = scope.outer) if (scope.known.has(name)) return true;
  return false;
}

function repeated(names: readonly string[], what: string, problems: Problems): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) problems.add(`two of the ${what} names are ${quote(name)}`);
    seen.add(name);
  }
}
