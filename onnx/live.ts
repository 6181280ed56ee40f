/**
 * The nodes of a graph that its outputs depend on, in an order of execution.
 *
 * Exporters leave nodes behind that nobody reads, and some write nodes in any order;
 * a reader has no use for either.
 * @module
 */
import { FormatError } from "../core/base/errors.ts";
import { type LabelledNode, nodeLabel } from "./label.ts";
import type { GraphProto, NodeProto } from "./proto.ts";

/**
 * The nodes that the outputs need, each behind those that it reads and otherwise in
 * the file's order. Throws a `FormatError` for nodes that read one another in a circle.
 */
export function liveNodes(graph: GraphProto): readonly LabelledNode[] {
  const nodes = graph.node ?? [];
  const makers = new Map<string, number>();
  for (const [index, { output = [] }] of nodes.entries()) for (const value of output) makers.set(value, index);
  makers.delete("");
  const sources = (values: readonly string[]): number[] =>
    values.map((value) => makers.get(value)).filter((index) => index !== undefined);
  const reads = new Map<number, readonly number[]>();
  const pending = sources((graph.output ?? []).map((value) => value.name ?? ""));
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    if (reads.has(index)) continue;
    const found = sources(readsOf(nodes[index]));
    reads.set(index, found);
    for (const source of found) pending.push(source);
  }
  const order = sorted(reads, (index) => nodeLabel(nodes[index], index));
  return order.map((index) => ({ node: nodes[index], label: nodeLabel(nodes[index], index) }));
}

/** The names that a node reads, those that its inner graphs take from around them included. */
function readsOf({ input = [], attribute = [] }: NodeProto): readonly string[] {
  const names = [...input];
  for (const { g, graphs = [] } of attribute) {
    for (const graph of g === undefined ? graphs : [g, ...graphs]) {
      for (const { name = "" } of graph.output ?? []) names.push(name);
      for (const node of graph.node ?? []) for (const name of readsOf(node)) names.push(name);
    }
  }
  return names;
}

/** Indices in ascending order but for those that must come before; without recursion, since files may be deep. */
function sorted(reads: ReadonlyMap<number, readonly number[]>, label: (index: number) => string): readonly number[] {
  const order: number[] = [];
  const done = new Map<number, boolean>();
  for (const root of [...reads.keys()].sort((a, b) => a - b)) {
    const path = done.has(root) ? [] : [{ index: root, next: 0 }];
    if (path.length > 0) done.set(root, false);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const sources = reads.get(top.index)!;
      if (top.next === sources.length) {
        done.set(top.index, true);
        order.push(top.index);
        path.pop();
        continue;
      }
      const source = sources[top.next++];
      if (done.get(source) === false) {
        throw new FormatError(`${label(source)} reads, by way of others, what it makes itself; export the model again`);
      }
      if (done.has(source)) continue;
      done.set(source, false);
      path.push({ index: source, next: 0 });
    }
  }
  return order;
}
