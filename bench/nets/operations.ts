/**
 * What the products and convolutions of a training step compute, read off the text of its graph.
 * @module
 */
import { type Shape, sizeOf } from "../../mod.ts";

/**
 * Floating-point operations of each node that multiplies, by the graph's own text: its results, or their gradients, times
 * what each sums. `parameters` has the shapes of the weights by name.
 */
export function operations(graph: string, parameters: ReadonlyMap<string, Shape>): Map<string, number> {
  const lines = graph.split("\n").map((line) => {
    const [, op, given, shapes, node] = /= (\w+)\((.*?)\) {2}(.*?) {2}# (.*)$/.exec(line) ?? [];
    const all = [...(shapes ?? "").matchAll(/\[([\d, ]*)\]/g)].map(([, sizes]) => sizes.split(", ").map(Number));
    return {
      op: op ?? "",
      given: given?.split(", ") ?? [],
      names: line.split(" = ")[0].split(", "),
      shapes: all,
      node,
    };
  });
  const shapeOf = new Map(lines.flatMap(({ names, shapes }) => names.map((name, k) => [name, shapes[k]])));
  return new Map(
    lines.filter(({ op }) => /^(Conv2d|Linear)/.test(op)).map(({ op, given, shapes, node }) => {
      const [result, weight] = op.endsWith("Weight")
        ? [shapeOf.get(given[1])!, shapes[0]]
        : [op.endsWith("Input") ? shapeOf.get(given[0])! : shapes[0], parameters.get(given[1])!];
      return [node, 2 * sizeOf(result) * sizeOf(weight.slice(1))];
    }),
  );
}
