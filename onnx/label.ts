/**
 * What errors call a node.
 * @module
 */
import type { NodeProto } from "./proto.ts";
import { quote } from "./quote.ts";

/** Whether a domain is ONNX's own, which files write in three ways. */
export function isOwnDomain(domain: string | undefined): boolean {
  return domain === undefined || domain === "" || domain === "ai.onnx";
}

/**
 * `node "/conv1/Conv" (Conv)`; a node without a name goes by its place in the file,
 * from 0, and its output: `node 3 (Relu, output "y")`. An operator of another domain
 * has that in front: `com.microsoft::FusedGemm`.
 */
export function nodeLabel(node: NodeProto, index: number): string {
  const { name, output = [] } = node;
  const full = operatorOf(node);
  if (name) return `node ${quote(name)} (${full})`;
  const made = output.find((value) => value !== "");
  return `node ${index} (${full}${made === undefined ? "" : `, output ${quote(made)}`})`;
}

/** A node and what errors call it. */
export interface LabelledNode {
  /** The node. */
  readonly node: NodeProto;
  /** What errors call it. */
  readonly label: string;
}

/** What is listed of a node. */
export type Labelled = Pick<NodeProto, "opType" | "domain"> & Pick<LabelledNode, "label">;

/** Nodes of one operator that are listed before the rest is counted, and operators. */
const MOST_NODES = 3, MOST_OPERATORS = 50;

/** Nodes as one text, by operator: no operator is hidden behind many nodes of another. */
export function listNodes(nodes: readonly Labelled[]): string {
  const byOperator = new Map<string, Labelled[]>();
  for (const labelled of nodes) {
    const operator = operatorOf(labelled);
    const group = byOperator.get(operator);
    if (group === undefined) byOperator.set(operator, [labelled]);
    else group.push(labelled);
  }
  const groups = [...byOperator];
  const texts = groups.slice(0, MOST_OPERATORS).map(([operator, group]) => {
    const labels = group.slice(0, MOST_NODES).map(({ label }) => label).join(", ");
    return group.length > MOST_NODES ? `${labels} and ${group.length - MOST_NODES} more of ${operator}` : labels;
  });
  const rest = groups.length - MOST_OPERATORS;
  return texts.join(", ") + (rest > 0 ? ` and ${rest} more operators` : "");
}

function operatorOf({ opType, domain }: Pick<NodeProto, "opType" | "domain">): string {
  const operator = (opType || "no op_type").slice(0, 100);
  return isOwnDomain(domain) ? operator : `${domain!.slice(0, 100)}::${operator}`;
}
