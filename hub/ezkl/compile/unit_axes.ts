/**
 * EZKL's reader leaves out a batch axis of 1 between two products, and axes of 1 in
 * the weights of a product. Nothing is computed differently; the names of a
 * circuit's axes and its shapes are those of EZKL's own files.
 * @module
 */
import { countUses, Rewrite } from "../network/graph.ts";
import type { Network, NetworkNode } from "../network/network.ts";

const ELEMENTWISE = new Set(["Add", "Sub", "Mul", "Sigmoid", "Tanh", "Relu", "LeakyRelu"]);

/** The same network without those axes. */
export function dropUnitAxes(network: Network): Network {
  const dropped = valuesWithoutBatch(network);
  const uses = countUses(network);
  const rewrite = new Rewrite();
  // Constants are written by the products that squeeze them.
  const squeezed = new Map<number, number[]>();
  for (const { op, inputs } of network.nodes) {
    if (op.type !== "MatMul") continue;
    for (const place of inputs) {
      const { op, shape } = network.nodes[place];
      const kept = [...shape.keys()].filter((axis) => shape[axis] !== 1);
      if (op.type === "Constant" && uses[place] === 1) squeezed.set(place, kept);
    }
  }
  for (const [place, node] of network.nodes.entries()) {
    const operands = node.inputs.map((input) => rewrite.at(input));
    const kept = squeezed.get(place);
    let shape = kept === undefined ? node.shape : kept.map((axis) => node.shape[axis]);
    if (dropped.has(place)) shape = keptAxes(node).map((axis) => node.shape[axis]);
    const op = node.op.type === "MatMul"
      ? { ...node.op, equation: equationOf(network, place, node.op.equation, dropped, squeezed) }
      : node.op;
    rewrite.stands(rewrite.add(op, operands, shape, node.label));
  }
  return rewrite.finish(network);
}

/** The axes that a value without its batch has left; of a single number none. */
function keptAxes({ shape }: NetworkNode): number[] {
  return shape[1] === 1 ? [] : [1];
}

function equationOf(
  { nodes }: Network,
  place: number,
  equation: string,
  dropped: ReadonlySet<number>,
  squeezed: ReadonlyMap<number, readonly number[]>,
): string {
  const [left, result] = equation.split("->");
  const lettersOf = (term: string, value: number) => {
    const kept = squeezed.get(value) ?? (dropped.has(value) ? keptAxes(nodes[value]) : null);
    return kept === null ? term : kept.map((axis) => term[axis]).join("");
  };
  const terms = left.split(",").map((term, side) => lettersOf(term, nodes[place].inputs[side]));
  return `${terms.join(",")}->${lettersOf(result, place)}`;
}

/** The `[1, n]` values, with their constants, that only run from products of matrices into others. */
function valuesWithoutBatch({ nodes, outputs }: Network): ReadonlySet<number> {
  const isMatrixProduct = ({ op }: NetworkNode) => op.type === "MatMul" && /^mk,\w+->mn$/.test(op.equation);
  const candidates = new Set(
    [...nodes.keys()].filter((place) => {
      const { op, shape } = nodes[place];
      return shape.length === 2 && shape[0] === 1 && !outputs.includes(place) &&
        (op.type === "Constant" || ELEMENTWISE.has(op.type) || isMatrixProduct(nodes[place]));
    }),
  );
  // What cannot lose the axis takes its neighbours along, until none is left to take.
  for (let before = -1; before !== candidates.size;) {
    before = candidates.size;
    for (const [place, { op, inputs }] of nodes.entries()) {
      const isElementwise = ELEMENTWISE.has(op.type);
      if (isElementwise && ![place, ...inputs].every((value) => candidates.has(value))) {
        for (const value of [place, ...inputs]) candidates.delete(value);
      }
      if (!isElementwise) {
        const safe = isMatrixProduct(nodes[place]) ? inputs[0] : -1;
        for (const [side, value] of inputs.entries()) if (side > 0 || value !== safe) candidates.delete(value);
      }
    }
  }
  return candidates;
}
