/**
 * Refuses what a reader of a graph has no operation for, all of a file at once, each
 * node with what to do in its place where there is something.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { listNodes } from "../label.ts";
import type { ReadGraph, ReadNode } from "./graph.ts";
import { isOfShapes } from "./of_shapes.ts";

/** A reader of graphs. */
export interface Taker {
  /** The file's name. */
  readonly name: string;
  /** How the sentence begins: `no circuit is known for`. */
  readonly refusal: string;
  /** Whether it can take a node of this operator. */
  readonly takes: (node: ReadNode) => boolean;
  /** What it says of all of them but those that work on shapes. */
  readonly otherwise: string;
}

/** Operators that every reader takes, since they are gone before it comes to them unless something is wrong with them. */
const VANISHING = new Set(["Dropout", "Identity"]);

/**
 * Throws an `ArgumentError` that lists every node that `taker` does not take. Where the inputs
 * themselves are refused, operators on shapes are not missed, since they may well
 * disappear once the inputs are right. Then throws what is wrong with the inputs.
 */
export function refuseMissing(graph: ReadGraph, { name, refusal, takes, otherwise }: Taker): void {
  // Those that nothing stands in for come first, since it is they that decide.
  const byAdvice = new Map<string | null, ReadNode[]>([[null, []]]);
  for (const node of graph.nodes) {
    if (takes(node) || node.problem !== null && VANISHING.has(node.opType)) continue;
    const ofShapes = isOfShapes(node);
    if (graph.problem !== null && ofShapes) continue;
    const said = ofShapes ? FIXED_SHAPES : null;
    byAdvice.set(said, [...byAdvice.get(said) ?? [], node]);
  }
  const parts = [...byAdvice].filter(([, nodes]) => nodes.length > 0)
    .map(([said, nodes]) => `${listNodes(nodes)}: ${said ?? otherwise}`);
  if (parts.length > 0) throw new ArgumentError(`${name}: ${refusal} ${parts.join("; nor for ")}`);
  if (graph.problem !== null) throw graph.problem;
}

/** What is said of operators on shapes. */
const FIXED_SHAPES = "export with fixed shapes, so that one Reshape or Flatten with a constant target is left";
