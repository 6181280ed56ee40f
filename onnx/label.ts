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
export function nodeLabel({ name, opType, domain, output = [] }: NodeProto, index: number): string {
  const operator = (opType || "no op_type").slice(0, 100);
  const full = isOwnDomain(domain) ? operator : `${domain!.slice(0, 100)}::${operator}`;
  if (name) return `node ${quote(name)} (${full})`;
  const made = output.find((value) => value !== "");
  return `node ${index} (${full}${made === undefined ? "" : `, output ${quote(made)}`})`;
}

const MAX_LISTED = 20;

/** Some names of nodes as one text, the first twenty and how many more. */
export function listLabels(labels: readonly string[]): string {
  const more = labels.length > MAX_LISTED ? ` and ${labels.length - MAX_LISTED} more` : "";
  return labels.slice(0, MAX_LISTED).join(", ") + more;
}
