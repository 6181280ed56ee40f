/**
 * What the products and convolutions of a training step compute, read off the text of its graph.
 * @module
 */
import { sizeOf } from "../../mod.ts";

/** Floating-point operations of each node that multiplies, by the graph's own text: its results times what each sums. */
export function operations(graph: string): Map<string, number> {
  const lines = graph.split("\n").map((line) => {
    const [, op, given, shapes, node] = /= (\w+)\((.*?)\) {2}(.*?) {2}# (.*)$/.exec(line) ?? [];
    const all = [...(shapes ?? "").matchAll(/\[([\d, ]*)\]/g)].map(([, sizes]) => sizes.split(", ").map(Number));
    return { op, given: given?.split(", ") ?? [], names: line.split(" = ")[0].split(", "), shapes: all, node };
  });
  const shapeOf = new Map(lines.flatMap(({ names, shapes }) => names.map((name, k) => [name, shapes[k]])));
  const weights = new Map(
    lines.flatMap(({ op, given, shapes }) => /BackwardWeight/.test(op ?? "") ? [[given[1], shapes[0]] as const] : []),
  );
  const forward = new Map([...weights].map(([gradient, shape]) => [sizeOf(shapeOf.get(gradient)!), shape]));
  const found = new Map<string, number>();
  for (const { op, given, names, shapes, node } of lines) {
    if (!/^(Conv2d|Linear)/.test(op ?? "")) continue;
    // A forward node's result, or the gradient of it, and the weights that each of its elements sums over.
    const gradient = op.endsWith("Input") ? given[0] : op.endsWith("Weight") ? given[1] : names[0];
    const elements = sizeOf(shapeOf.get(gradient)!);
    const weight = op.endsWith("Weight") ? shapes[0] : weights.get(gradient) ?? forward.get(elements);
    if (weight !== undefined) found.set(node, 2 * elements * sizeOf(weight.slice(1)));
  }
  return found;
}
