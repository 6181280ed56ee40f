/**
 * Graphs that stand in a node's place: the branch that a constant condition takes, and
 * the body of a function that the file defines itself.
 * @module
 */
import { FormatError } from "../../core/base/errors.ts";
import { isOwnDomain } from "../label.ts";
import type { AttributeProto, FunctionProto, GraphProto, NodeProto } from "../proto.ts";
import type { ReadValue } from "./graph.ts";

/** The branch of an If that a constant condition takes; null where the condition is computed. */
export function branchOf(node: NodeProto, condition: ReadValue | null): GraphProto | null {
  if (condition === null || condition.constant === null || condition.type !== "BOOL") return null;
  const [truth] = condition.constant.read().data;
  const wanted = Number(truth ?? 0) === 0 ? "else_branch" : "then_branch";
  const graph = node.attribute?.find(({ name }) => name === wanted)?.g;
  if (graph !== undefined) return graph;
  throw new FormatError(`it has no ${wanted}; export the model again`);
}

/** The functions of a file by domain, name and overload. */
export class Functions {
  readonly #known: ReadonlyMap<string, FunctionProto>;

  /** Of `functions`, as the model lists them. */
  constructor(functions: readonly FunctionProto[]) {
    this.#known = new Map(functions.map((own) => [key(own.domain, own.name, own.overload), own]));
  }

  /** The function that a node calls; undefined where its operator is none of the file's own. */
  of({ domain, opType, overload }: NodeProto): FunctionProto | undefined {
    if (isOwnDomain(domain)) return undefined;
    return this.#known.get(key(domain, opType, overload));
  }
}

function key(domain = "", name = "", overload = ""): string {
  return JSON.stringify([domain, name, overload]);
}

/** What a function computes for this caller, as a graph of its own. */
export function bodyOf(own: FunctionProto, caller: NodeProto): GraphProto {
  const given = new Map<string, AttributeProto>();
  for (const attribute of own.attributeProto ?? []) given.set(attribute.name ?? "", attribute);
  for (const attribute of caller.attribute ?? []) given.set(attribute.name ?? "", attribute);
  return {
    name: own.name ?? "",
    node: (own.node ?? []).map((node) => filled(node, given)),
    output: (own.output ?? []).map((name) => ({ name })),
  };
}

/** A node whose references to the function's attributes are replaced; what the caller leaves out is left out. */
function filled(node: NodeProto, given: ReadonlyMap<string, AttributeProto>): NodeProto {
  if (node.attribute === undefined) return node;
  const attribute = node.attribute.flatMap((own): AttributeProto[] => {
    const { refAttrName, name = "", g } = own;
    if (refAttrName) {
      const value = given.get(refAttrName);
      return value === undefined ? [] : [{ ...value, name }];
    }
    if (g === undefined) return [own];
    return [{ ...own, g: { ...g, node: (g.node ?? []).map((inner) => filled(inner, given)) } }];
  });
  return { ...node, attribute };
}
