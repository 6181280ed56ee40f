/**
 * Reverse-mode differentiation as a function from graph to graph: each
 * operation's gradient rule adds nodes.
 * @module
 */
import { accumulate, copy } from "./accumulate.ts";
import { expect } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { storageOf } from "./fuse.ts";
import { graphOf, type Node, type Value } from "./graph.ts";

/**
 * Adds to the loss's graph the gradient of its mean over the batch with respect
 * to each of `parameters`.
 *
 * @param loss Output 0 of a loss operation (`OpDefinition.loss`).
 * @param parameters Values whose gradients are wanted.
 * @returns The gradient of each parameter that the loss depends on; no other node reads it.
 */
export function differentiate(loss: Value, parameters: readonly Value[]): Map<Value, Value> {
  graphOf("differentiate()", loss);
  const values = Array.isArray(parameters) && parameters.every((value) => value?.graph === loss.graph);
  expect(values, "differentiate(): parameters", parameters, "a list of values of the loss's graph");
  const last = loss.node;
  if (last === null || last.op.loss === undefined) {
    throw new ArgumentError(`${loss.name} is not the output of a loss, so there is nothing to differentiate`);
  }
  const graph = loss.graph;
  const wanted = dependents(graph.nodes.slice(0, last.id), parameters);
  const gradients = new Map<Value, Value>();
  for (const [value, gradient] of seedsOf(last)) {
    const known = gradients.get(value);
    gradients.set(value, known === undefined ? gradient : accumulate(gradient, known));
  }
  for (const node of graph.nodes.slice(0, last.id).reverse()) {
    if (!node.inputs.some((value) => wanted.has(value))) continue;
    const incoming = node.outputs.map((value) => gradients.get(value) ?? null);
    if (incoming.every((value) => value === null)) continue;
    if (node.op.gradient === undefined) {
      throw new ArgumentError(
        `${node.name}: ${node.op.name} has no gradient, so no parameter before it can be trained`,
      );
    }
    const outgoing = graph.within("backward", () => node.op.gradient!(node, incoming));
    for (const [index, gradient] of outgoing.entries()) {
      const value = node.inputs[index];
      if (gradient === null || !wanted.has(value)) continue;
      const known = gradients.get(value);
      gradients.set(value, known === undefined ? gradient : accumulate(gradient, known));
    }
  }
  const read = new Set([...graph.nodes].flatMap((node) => node.inputs.map(storageOf)));
  return new Map(
    parameters.filter((value) => gradients.has(value)).map((value) => {
      const gradient = gradients.get(value)!;
      const root = storageOf(gradient);
      return [value, root.node === null || read.has(root) ? graph.within("backward", () => copy(gradient)) : gradient];
    }),
  );
}

/** What a loss is the function of, with its gradients. */
export function seedsOf(node: Node): readonly (readonly [Value, Value])[] {
  const { loss } = node.op;
  return loss!.seeds?.(node) ?? [[node.inputs[0], node.outputs[loss!.gradient]]];
}

/** The values that depend on any of `sources`, themselves included. */
function dependents(nodes: readonly Value["node"][], sources: readonly Value[]): Set<Value> {
  const found = new Set(sources);
  for (const node of nodes) {
    if (node!.inputs.some((value) => found.has(value))) node!.outputs.forEach((value) => found.add(value));
  }
  return found;
}
