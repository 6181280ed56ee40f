/**
 * A scale for every tensor, from how large its numbers get.
 *
 * Tables have room for `bits` bits, so a tensor whose numbers reach m stands at scale bits - log2(m). Tensors that a
 * sum, a maximum or a change of shape ties together form a group with one scale, so that nothing has to be brought to
 * another; layers and products by constants begin a new group, because their weights make up for any difference. A
 * function's table gives its result at the scale of its input, and one table serves all its uses: groups that tables
 * of functions read stand at `tableScale`, the finest that the largest of their numbers allow.
 * @module
 */
import type { LinearLayer } from "./linear_layer.ts";
import { type Extent, type Network, reach, type Scaling } from "./network.ts";

/** What scales are made of. */
export interface ScaleWishes {
  /** Bits that the numbers of a table may have, without the sign. */
  readonly bits: number;
  /** Bits that a value loses before it enters a layer. */
  readonly dropBits: number;
  /** By place what each node's numbers were on samples. */
  readonly extents: readonly Extent[];
  /** By place of an input the bits behind the point that are enough for its samples. */
  readonly fewest: ReadonlyMap<number, number>;
  /** Fewest bits of the largest weight of a layer. */
  readonly weightBits: number;
  /** Bits of the largest weight of a layer that nothing but sums follows. */
  readonly outputBits: number;
  /** By place whether that is so. */
  readonly last: readonly boolean[];
  /** How each node treats scales. */
  readonly scalingOf: (place: number) => Scaling;
}

/** Scales of a network: by place those of inputs, layers and products, and the one of the tables of functions. */
export interface TensorScales {
  /** Of what functions read and give. */
  tableScale: number;
  /** By place; null where it follows from what the node reads. */
  scales: (number | null)[];
  /** By place the least scale of weights; null where there are none. */
  weightScales: (number | null)[];
}

/** The scales of `network`. */
export function tensorScales(
  network: Network,
  layers: ReadonlyMap<number, LinearLayer>,
  wishes: ScaleWishes,
): TensorScales {
  const { nodes, inputs } = network, { bits, dropBits, weightBits, outputBits, last, extents, fewest } = wishes;
  const finest = (magnitude: number) => magnitude > 0 ? Math.floor(bits - Math.log2(magnitude) + 1e-9) : bits;
  const sums = new Map([...layers].flatMap(([place, { sum }]) => sum === null ? [] : [[sum, place]]));
  const isConstant = (place: number) => nodes[place].op.type === "Constant";
  const scalings = nodes.map((_, place) => {
    if (layers.has(place)) return { free: true } as Scaling;
    return sums.has(place) ? { keeps: [] } : wishes.scalingOf(place);
  });
  const groups = new Groups(nodes.length);
  nodes.forEach(({ inputs: read }, place) => {
    const sides = sums.has(place) ? [sums.get(place)!] : (scalings[place].keeps ?? []).map((side) => read[side]);
    for (const side of sides) if (!isConstant(side)) groups.tie(place, side, scalings[place].finer ?? 0);
  });

  // What tables take holds a group to a scale, and those of functions to theirs.
  let tableScale = Infinity;
  const limits = nodes.map(() => Infinity), atTable = new Set<number>(), looked = new Set<number>();
  const hold = (place: number, scale: number) => {
    const { root, offset } = groups.find(place);
    limits[root] = Math.min(limits[root], scale - offset);
  };
  nodes.forEach(({ inputs: read }, place) => {
    const layer = layers.get(place), scaling = scalings[place];
    if (layer !== undefined) hold(layer.source, finest(reach(extents[layer.source])));
    if (scaling.looked === undefined) return;
    const computed = read.filter((side) => !isConstant(side));
    const most = finest(scaling.looked(read.map((side) => extents[side]), extents[place]));
    if (scaling.atTable) tableScale = Math.min(tableScale, most);
    for (const side of computed) {
      hold(side, most);
      looked.add(groups.find(side).root);
      if (scaling.atTable) atTable.add(side);
    }
  });
  nodes.forEach(({ op }, place) => {
    if (op.type !== "Constant") hold(place, finest(reach(extents[place])));
  });
  if (tableScale === Infinity) {
    tableScale = Math.min(...nodes.keys().filter((p) => !isConstant(p)).map((p) => limits[groups.find(p).root]));
  }
  tableScale = Math.max(0, Math.min(30, tableScale));

  const fixed = new Map<number, number>();
  const fix = (place: number, scale: number) => {
    const { root, offset } = groups.find(place);
    if (!fixed.has(root)) fixed.set(root, scale - offset);
  };
  nodes.forEach((_, place) => {
    if (scalings[place].atTable) fix(place, tableScale);
    else if (scalings[place].raw) fix(place, finest(reach(extents[place])));
  });
  for (const place of atTable) fix(place, tableScale);
  const scales = nodes.map((_, place): number | null => {
    const { root, offset } = groups.find(place), scale = (fixed.get(root) ?? limits[root]) + offset;
    if (inputs.includes(place)) {
      // What layers alone read needs no bits that it would lose there; but one, or fractions would be refused.
      const own = looked.has(root) || fixed.has(root) ? scale : Math.max(scale - dropBits, Math.min(scale, 1));
      return within(Math.min(own, fewest.get(place) ?? own));
    }
    const { free, raw } = scalings[place];
    return free ? within(scale) : raw ? within(finest(reach(extents[place]))) : null;
  });
  const weightScales = nodes.map(({ inputs: read }, place): number | null => {
    const layer = layers.get(place);
    if (layer === undefined && !scalings[place].free) return null;
    const constant = read.map((side) => nodes[side].op).find((op) => op.type === "Constant");
    const weights = layer?.weights ?? (constant?.type === "Constant" ? constant.values : new Float32Array(0));
    const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    const wanted = last[place] ? outputBits : weightBits;
    return within(wanted - (largest > 0 ? Math.ceil(Math.log2(largest)) : 0));
  });
  return { tableScale, scales, weightScales };
}

const within = (scale: number) => Math.max(0, Math.min(30, scale));

/** Places tied together; each stands so many bits finer than its group. */
class Groups {
  readonly #parents: number[];
  readonly #offsets: number[];

  constructor(count: number) {
    this.#parents = Array.from({ length: count }, (_, place) => place);
    this.#offsets = Array.from({ length: count }, () => 0);
  }

  find(place: number): { root: number; offset: number } {
    let root = place, offset = 0;
    while (this.#parents[root] !== root) {
      offset += this.#offsets[root];
      root = this.#parents[root];
    }
    return { root, offset };
  }

  /** Says that `place` stands `finer` bits finer than `other`. */
  tie(place: number, other: number, finer: number): void {
    const a = this.find(place), b = this.find(other);
    if (a.root === b.root) return;
    this.#parents[a.root] = b.root;
    this.#offsets[a.root] = b.offset + finer - a.offset;
  }
}
