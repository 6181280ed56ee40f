/**
 * From an opened file to one clean graph.
 * @module
 */
import { ArgumentError, FormatError, prefixed, ZkgradError } from "../../core/base/errors.ts";
import { type Shape, sizeOf } from "../../core/base/shape.ts";
import { decodeAttributes } from "../attributes.ts";
import { constantOf } from "../constant.ts";
import { dataTypeName } from "../enums.ts";
import { isOwnDomain, type LabelledNode } from "../label.ts";
import { liveNodes } from "../live.ts";
import { type OpenedModel, opsetOf, OPSETS } from "../open.ts";
import type { FunctionProto, GraphProto, NodeProto, ValueInfoProto } from "../proto.ts";
import { quote } from "../quote.ts";
import { tensorShape } from "../tensor.ts";
import { Budget } from "./budget.ts";
import { applyRule } from "./apply_rule.ts";
import { type Around, Call } from "./call.ts";
import type { ReadGraph, ReadNode, ReadValue } from "./graph.ts";
import { bodyOf, branchOf, Functions } from "./inline.ts";
import { ruleOf } from "./rules.ts";
import { constantValue, Scope, sparseValue } from "./scope.ts";

/** How to read a file. */
export interface ReadOptions {
  /** The file's name, for errors. */
  readonly name: string;
  /** The shapes of the inputs that are no constants; what it throws is kept as the graph's `problem`. */
  readonly shapes: (inputs: readonly ValueInfoProto[]) => readonly Shape[];
  /** The size of the first dimension, where it is not to be the file's own. */
  readonly batch?: number | undefined;
}

/**
 * Reads the graph of a file: constants worked out, given the shapes of the inputs, in
 * so far as the file's size warrants the work; what does nothing at inference left
 * out; branches whose condition is a constant and functions of the file's own written
 * out; and every node in the form of {@linkcode ReadNode}. Operators that nobody
 * knows here stay as they are. Throws a `FormatError` or `ArgumentError` that names
 * the node where the constants themselves are contradictory.
 */
export function readGraph(model: OpenedModel, options: ReadOptions): ReadGraph {
  return prefixed(options.name, () => new Reader(model, options).run());
}

/** Functions that may call one another. */
const MOST_CALLS = 64;

/** Where a node stands. */
interface Place {
  readonly scope: Scope;
  readonly opset: number;
  /** The functions that are being written out around it. */
  readonly callers: readonly FunctionProto[];
  /** What labels say after the node's own: ` of node 3 (...)`. */
  readonly within: string;
}

class Reader {
  readonly #model: OpenedModel;
  readonly #options: ReadOptions;
  readonly #functions: Functions;
  readonly #budget = new Budget();
  readonly #nodes: ReadNode[] = [];
  readonly #declared = new Map<string, ValueInfoProto>();
  #around: Around = { declaredBatch: null, batch: null };
  #problem: ZkgradError | null = null;

  constructor(model: OpenedModel, options: ReadOptions) {
    this.#model = model;
    this.#options = options;
    this.#functions = new Functions(model.functions);
  }

  run(): ReadGraph {
    const { graph, nodes, opset } = this.#model;
    const scope = new Scope(null);
    this.#constants(graph, scope, true);
    const inputs = this.#inputs(scope);
    const declared = [...graph.valueInfo ?? [], ...graph.output ?? []];
    for (const info of declared) this.#declared.set(info.name ?? "", info);
    this.#read(nodes, { scope, opset, callers: [], within: "" });
    const outputs = (graph.output ?? []).map(({ name = "" }) => ({ name, value: scope.value(name) }));
    return {
      inputs,
      outputs,
      nodes: needed(this.#nodes, outputs.map(({ value }) => value)),
      named: scope.values,
      declared,
      problem: this.#problem,
    };
  }

  #constants(graph: GraphProto, scope: Scope, isFile: boolean): void {
    scope.constants(graph, isFile);
    for (const tensor of graph.initializer ?? []) this.#budget.holds(sizeOf(tensorShape(tensor)));
  }

  #inputs(scope: Scope): ReadValue[] {
    // Before IR version 4 the weights are listed among the inputs.
    const given = (this.#model.graph.input ?? []).filter(({ name = "" }) => !scope.values.has(name));
    let shapes: readonly Shape[] | null = null;
    try {
      shapes = this.#options.shapes(given);
    } catch (error) {
      if (!(error instanceof ZkgradError)) throw error;
      this.#problem = error;
    }
    const first = Number(given[0]?.type?.tensorType?.shape?.dim?.[0]?.dimValue ?? 0);
    const { batch } = this.#options;
    const declaredBatch = first > 0 ? first : null;
    this.#around = { declaredBatch, batch: batch === undefined || batch === declaredBatch ? null : batch };
    return given.map(({ name = "", type }, index) => {
      const value: ReadValue = {
        name,
        shape: shapes?.[index] ?? null,
        type: dataTypeName(type?.tensorType?.elemType),
        constant: null,
        maker: null,
        origin: `the input ${quote(name)}`,
      };
      scope.define(name, value);
      return value;
    });
  }

  #read(nodes: readonly LabelledNode[], place: Place): void {
    for (const { node, label } of nodes) {
      const made = prefixed(label, () => this.#node(node, label + place.within, place));
      for (const [index, name] of (node.output ?? []).entries()) {
        const value = made[index];
        place.scope.define(name, value ?? unmade(name, `output ${index} of ${label}`));
      }
    }
  }

  /** Reads a node, and returns what it makes. */
  #node(node: NodeProto, label: string, place: Place): readonly ReadValue[] {
    const { scope } = place, isOwn = isOwnDomain(node.domain);
    if (isOwn && node.opType === "Constant") return [this.#constant(node, place)];
    const inputs = (node.input ?? []).map((name) => scope.operand(name));
    while (inputs.at(-1) === null) inputs.pop();
    const branch = isOwn && node.opType === "If" ? branchOf(node, inputs[0] ?? null) : null;
    if (branch !== null) {
      const inner = new Scope(scope);
      this.#constants(branch, inner, false);
      return this.#writeOut(branch, label, { ...place, scope: inner });
    }
    const own = this.#functions.of(node);
    return own === undefined
      ? this.#operator(node, inputs, label, place)
      : this.#inline(own, node, inputs, label, place);
  }

  #constant(node: NodeProto, { scope, callers }: Place): ReadValue {
    const [first] = node.attribute ?? [];
    if (first?.name === "sparse_value" && first.sparseTensor !== undefined) {
      return sparseValue(first.sparseTensor, node.output?.[0]);
    }
    const tensor = constantOf(node);
    this.#budget.holds(sizeOf(tensorShape(tensor)));
    return constantValue(tensor, scope.isOutermost && callers.length === 0);
  }

  #inline(
    own: FunctionProto,
    node: NodeProto,
    inputs: readonly (ReadValue | null)[],
    label: string,
    place: Place,
  ): readonly ReadValue[] {
    if (place.callers.includes(own)) {
      throw new FormatError(`the function ${quote(own.name)} calls itself; export the model without functions`);
    }
    if (place.callers.length >= MOST_CALLS) {
      throw new ArgumentError(`its functions call one another ${MOST_CALLS} deep; export the model without functions`);
    }
    const scope = new Scope(null);
    for (const [index, name] of (own.input ?? []).entries()) {
      const given = inputs[index] ?? null;
      if (given === null) scope.leaveOut(name);
      else scope.define(name, given);
    }
    const opset = opsetOf(own.opsetImport ?? [], `the function ${quote(own.name)}`) ?? place.opset;
    return this.#writeOut(bodyOf(own, node), label, { scope, opset, callers: [...place.callers, own] });
  }

  /** Reads a graph in place of a node, and returns its outputs. */
  #writeOut(graph: GraphProto, label: string, place: Omit<Place, "within">): readonly ReadValue[] {
    const nodes = liveNodes(graph);
    this.#budget.nodes(nodes.length);
    this.#read(nodes, { ...place, within: ` of ${label.slice(0, 400)}` });
    return (graph.output ?? []).map(({ name = "" }) => place.scope.value(name));
  }

  /** One operator: passed over, worked out, or one more node. */
  #operator(
    node: NodeProto,
    inputs: readonly (ReadValue | null)[],
    label: string,
    place: Place,
  ): readonly ReadValue[] {
    const names = node.output ?? [], attributes = decodeAttributes(node);
    const call = new Call({
      opType: node.opType ?? "",
      opset: place.opset,
      inputs,
      outputs: names.length,
      attributes: place.opset < 7 ? withoutBroadcast(attributes) : attributes,
    });
    return this.#apply(call, node, label, place);
  }

  #apply(call: Call, node: NodeProto, label: string, place: Place): readonly ReadValue[] {
    const names = node.output ?? [];
    const rule = isOwnDomain(node.domain) ? ruleOf(call.opType, call.opset) : {};
    const result = applyRule(call, rule, names, this.#around, this.#budget);
    if ("value" in result) {
      return names.map((name, index) => index === 0 ? result.value : unmade(name, `output ${index} of ${label}`));
    }
    if ("steps" in result) {
      return result.steps.reduce<readonly ReadValue[]>(([value], { opType, attributes }) => {
        // As the newest opset has them, since that is the form that they are in.
        return this.#apply(call.with(attributes, [value], opType, OPSETS[1]), node, label, place);
      }, [call.input(0)]);
    }
    if ("constants" in result) return result.constants;
    const outputs: ReadValue[] = [];
    const made: ReadNode = {
      opType: result.call.opType,
      domain: isOwnDomain(node.domain) ? "" : node.domain ?? "",
      name: node.name ?? "",
      label,
      inputs: result.call.inputs,
      attributes: result.call.attributes,
      outputs,
      problem: result.problem,
    };
    for (const [index, name] of names.entries()) {
      const known = { shape: result.shapes?.[index] ?? null, type: result.types?.[index] ?? null };
      const declared = rule.shapes === undefined ? this.#declaredOf(name, place) : known;
      outputs.push({ name, ...declared, constant: null, maker: made, origin: `output ${index} of ${label}` });
    }
    this.#nodes.push(made);
    return outputs;
  }

  /** What the file declares of a value whose operator nobody knows; its shape is null unless it is fixed. */
  #declaredOf(name: string, { scope }: Place): Pick<ReadValue, "shape" | "type"> {
    const tensor = scope.isOutermost ? this.#declared.get(name)?.type?.tensorType : undefined;
    const shape = tensor?.shape?.dim?.map(({ dimValue = 0 }) => Number(dimValue)) ?? [];
    const isFixed = shape.length > 0 && shape.every((size) => Number.isSafeInteger(size) && size > 0);
    return { shape: isFixed && this.#around.batch === null ? shape : null, type: dataTypeName(tensor?.elemType) };
  }
}

/** Attributes without the one that says at opset 6 that operands are spread, as they are ever after. */
function withoutBroadcast({ broadcast: _, ...attributes }: ReadNode["attributes"]): ReadNode["attributes"] {
  return attributes;
}

/** A value that nothing makes, and that whoever reads it is told of. */
function unmade(name: string, origin: string): ReadValue {
  return { name, shape: null, type: null, constant: null, maker: null, origin };
}

/** The nodes that some values need, in their order. */
function needed(nodes: readonly ReadNode[], wanted: readonly ReadValue[]): readonly ReadNode[] {
  const live = new Set<ReadNode>();
  const visit: (ReadValue | null)[] = [...wanted];
  for (let value = visit.pop(); value !== undefined; value = visit.pop()) {
    const maker = value?.maker ?? null;
    if (maker === null || live.has(maker)) continue;
    live.add(maker);
    visit.push(...maker.inputs);
  }
  return nodes.filter((node) => live.has(node));
}
