/**
 * Small tools that rewrite a network.
 * @module
 */
import type { Network, NetworkNode, NetworkOp } from "./network.ts";

/** How many operands and how many results each node of a network serves as. */
export function countUses({ nodes }: Pick<Network, "nodes">): number[] {
  const uses = nodes.map(() => 0);
  for (const { inputs } of nodes) for (const place of inputs) uses[place]++;
  return uses;
}

/** A network under construction, made node by node from another one. */
export class Rewrite {
  readonly #nodes: NetworkNode[] = [];
  readonly #places: number[] = [];
  readonly #reshaped = new Map<string, number>();

  /** The new place of an old node. */
  at(place: number): number {
    return this.#places[place];
  }

  /** The node at a new place. */
  node(place: number): NetworkNode {
    return this.#nodes[place];
  }

  /** Adds a node and returns its place. */
  add(op: NetworkOp, inputs: readonly number[], shape: readonly number[], label: string): number {
    return this.#nodes.push({ op, inputs: [...inputs], shape: [...shape], label }) - 1;
  }

  /** The value at a new place in another shape; the same one for whoever asks again. */
  reshape(place: number, shape: readonly number[]): number {
    const { label, shape: own } = this.#nodes[place];
    if (own.join() === shape.join()) return place;
    const key = `${place}:${shape.join()}`;
    const known = this.#reshaped.get(key) ?? this.add({ type: "Reshape" }, [place], shape, label);
    this.#reshaped.set(key, known);
    return known;
  }

  /** Says that the old node of the next number in order is now at `place`. */
  stands(place: number): void {
    this.#places.push(place);
  }

  /** The new network, with the inputs and outputs of the old one. */
  finish({ inputs, outputs, outputTypes }: Network): Network {
    const move = (places: readonly number[]) => places.map((place) => this.at(place));
    return { nodes: this.#nodes, inputs: move(inputs), outputs: move(outputs), outputTypes };
  }
}
