/**
 * Stages one after another, element by element, with pooling or spreading of 2x2 windows between: an activation, its
 * way back, and what is fused with them. It runs over what a kernel has just made, while that is near.
 * @module
 */
import { branchIf, type Code, count, get, i32, loop, set, v128, when } from "../../wasm/code.ts";
import { operandsOf, type Stage } from "../../graph/op.ts";
import type { Value } from "../../graph/graph.ts";
import { placeOf, spreadStrides } from "../../graph/places.ts";
import type { Shape } from "../../base/shape.ts";
import { sizeOf } from "../../base/shape.ts";
import { WgslEmitter } from "./wgsl_emit.ts";
import { parseBlock } from "./wgsl_parse.ts";
import { narrow, type Operand, wide } from "./wgsl_values.ts";
import { ARGUMENT, type CpuKernel, ELEMENT_BYTES, type Item, type KernelWriter } from "./writer.ts";

/** A stage, and where its result goes if somebody else reads it. */
export interface ChainStep {
  /** The stage. */
  readonly stage: Stage;
  /** The shape of its result. */
  readonly shape: Shape;
  /** Where its result is stored. */
  readonly store: Item | null;
}

/** What a chain is made from. */
export interface ChainRequest {
  /** What the first stage takes. */
  readonly source: Item;
  /** The stages. */
  readonly steps: readonly ChainStep[];
  /** The source's shape as the pooling or spreading stage sees it. */
  readonly view: Shape;
  /** Where operands lie. */
  readonly itemOf: (value: Value) => Item;
}

/** Bytes of what is plain that one part has. */
const PART_BYTES = 16384;

/** The kernel. */
export function chainKernel(names: { readonly name: string; readonly node: string }, request: ChainRequest): CpuKernel {
  const { source, steps, view, itemOf } = request;
  const plain = source.layout === "plain";
  const operands = new Set(steps.flatMap(({ stage }) => operandsOf(stage).map(itemOf)));
  const stores = steps.map(({ store }) => store).filter((item) => item !== null);
  const reshapes = steps.some(({ stage }) => stage.kind !== "map");
  return {
    ...names,
    reads: [source, ...operands],
    writes: stores,
    blocks: source.blocks,
    walk: plain ? "plain" : "block",
    parts: plain ? Math.ceil(source.bytes / PART_BYTES) : view[1] ?? 1,
    gradients: false,
    emit: (w) => {
      const [b, o] = [w.f.local("i32"), w.f.local("i32")];
      const bases = new Map([source, ...operands, ...stores].map((item) => [item, w.f.local("i32")]));
      const locate = [...bases].map(([item, local]) => set(local, w.at(item, get(b))));
      const walker = new Walker(w, request, bases);
      return count(b, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
        locate,
        reshapes ? walker.windows() : flat(w, o, plain, source.bytes, sizeOf(view.slice(2)), walker),
      ]);
    },
  };
}

/** A loop over bytes, a vector at a time. */
function flat(w: KernelWriter, o: number, plain: boolean, bytes: number, plane: number, walker: Walker): Code {
  const part = plain ? PART_BYTES : plane * ELEMENT_BYTES;
  const end = w.f.local("i32");
  const again = i32.lt_s(get(o), get(end));
  return [
    set(o, i32.mul(ARGUMENT.firstPart, i32.const(part))),
    set(end, i32.mul(ARGUMENT.endPart, i32.const(part))),
    when(i32.gt_s(get(end), i32.const(bytes)), set(end, i32.const(bytes))),
    when(
      again,
      loop(walker.element(o), set(o, i32.add(get(o), i32.const(16))), branchIf(0, again)),
    ),
  ];
}

class Walker {
  readonly #w: KernelWriter;
  readonly #request: ChainRequest;
  readonly #bases: ReadonlyMap<Item, number>;

  constructor(w: KernelWriter, request: ChainRequest, bases: ReadonlyMap<Item, number>) {
    this.#w = w;
    this.#request = request;
    this.#bases = bases;
  }

  /** The stages at byte `o` of every item. */
  element(o: number): Code {
    return this.#apply(o, o, [0], [0]);
  }

  /** The stages over the channels to take: windows of the larger plane, elements of the smaller. */
  windows(): Code {
    const { view, steps } = this.#request;
    const pools = steps.some(({ stage }) => stage.kind === "pool");
    const [height, width] = pools ? [view[2] / 2, view[3] / 2] : [view[2], view[3]];
    const { f } = this.#w;
    const [c, r, half, k, small, large] = Array.from({ length: 6 }, () => f.local("i32"));
    const row = width * 2 * ELEMENT_BYTES;
    const window = [0, ELEMENT_BYTES, row, row + ELEMENT_BYTES];
    const move = (by: number): Code => [
      set(small, i32.add(get(small), i32.const(by))),
      set(large, i32.add(get(large), i32.const(2 * by))),
    ];
    const [before, after] = pools ? [large, small] : [small, large];
    const one = this.#apply(before, after, pools ? window : [0], pools ? [0] : window);
    // The first four samples of a row, then the others: large moves twice as far, but for the half of an element.
    const halves = count(half, i32.const(0), i32.const(2), [
      count(k, i32.const(0), i32.const(width), [one, move(ELEMENT_BYTES)]),
      move(16 - width * ELEMENT_BYTES),
      set(large, i32.sub(get(large), i32.const(16))),
    ]);
    return [
      set(small, i32.mul(ARGUMENT.firstPart, i32.const(height * width * ELEMENT_BYTES))),
      set(large, i32.mul(get(small), i32.const(4))),
      count(
        c,
        ARGUMENT.firstPart,
        ARGUMENT.endPart,
        count(r, i32.const(0), i32.const(height), [
          halves,
          move((width - 1) * ELEMENT_BYTES),
          set(large, i32.add(get(large), i32.const(row + ELEMENT_BYTES))),
        ]),
      ),
    ];
  }

  /** Where an operand that is smaller than the result has the number for the element at a distance. */
  #place(emitter: WgslEmitter, from: Shape, shape: Shape, at: number, distance: number): Code {
    const element = this.#w.f.local("i32");
    emitter.add(set(element, i32.shr_u(i32.add(get(at), i32.const(distance)), i32.const(5))));
    const place = placeOf("element", shape.slice(1), spreadStrides(from, shape).slice(1));
    const names = emitter.run(parseBlock(`let place = ${place};`), new Map([["element", narrow(get(element))]]));
    return names.get("place")!.cells[0].code;
  }

  /** What such an operand has at a place. */
  #spread(emitter: WgslEmitter, item: Item, place: Code, at: number): Operand {
    const [base, local] = [get(this.#bases.get(item)!), this.#w.f.local("v128")];
    const half = i32.and(get(at), i32.const(16));
    const loaded = item.layout === "blocked"
      ? v128.load(0, i32.add(base, i32.add(half, i32.mul(place, i32.const(ELEMENT_BYTES)))))
      : v128.load32_splat(0, i32.add(base, i32.shl(place, i32.const(2))));
    emitter.add(set(local, loaded));
    return wide(get(local));
  }

  /** All stages for the elements at these distances, before and after the shape changes. */
  #apply(before: number, after: number, first: readonly number[], then: readonly number[]): Code {
    const { source, steps, itemOf } = this.#request;
    const emitter = new WgslEmitter(this.#w.f);
    let [at, distances] = [before, first];
    const address = (item: Item): Code => i32.add(get(this.#bases.get(item)!), get(at));
    const load = (item: Item, distance: number): Operand => {
      const local = this.#w.f.local("v128");
      emitter.add(set(local, v128.load(distance, address(item))));
      return wide(get(local));
    };
    const together = (parts: readonly Operand[]): Operand => ({
      type: "f32",
      cells: parts.flatMap(({ cells }) => cells),
    });
    const places = new Map<string, Code>();
    const spread = (item: Item, from: Shape, shape: Shape, distance: number): Operand => {
      const key = `${from} ${shape} ${at} ${distance}`;
      const place = places.get(key) ?? this.#place(emitter, from, shape, at, distance);
      places.set(key, place);
      return this.#spread(emitter, item, place, at);
    };
    let values = distances.map((distance) => load(source, distance));
    for (const { stage, shape, store } of steps) {
      if (stage.kind === "pool") {
        values = [emitter.apply(stage.fn, [together(values)])];
        [at, distances] = [after, then];
      } else if (stage.kind === "spread") {
        [at, distances] = [after, then];
        const windows = stage.operands.map((value) =>
          together(distances.map((distance) => load(itemOf(value), distance)))
        );
        values = emitter.apply(stage.fn, [values[0], ...windows]).cells.map((cell) => ({ type: "f32", cells: [cell] }));
      } else {
        values = values.map((value, k) =>
          emitter.apply(stage.fn, [
            value,
            ...stage.operands.map((operand) =>
              sizeOf(operand.shape) === sizeOf(shape)
                ? load(itemOf(operand), distances[k])
                : spread(itemOf(operand), operand.shape, shape, distances[k])
            ),
          ])
        );
      }
      if (store !== null) {
        values.forEach(({ cells: [cell] }, k) => emitter.add(v128.store(distances[k], address(store), cell.code)));
      }
    }
    return emitter.take();
  }
}
