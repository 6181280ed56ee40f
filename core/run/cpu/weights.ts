/**
 * Gradients of a convolution's weights and biases: sums over samples and places of products of the gradient and what the
 * window read. A few filters and a few channels (or neighbouring taps) are summed at a time, each in a vector whose lanes
 * are added at the end.
 * @module
 */
import { type Code, count, f32, f32x4, flatten, get, i32, set, v128 } from "../../wasm/code.ts";
import { multiplyAdd } from "../../wasm/features.ts";
import type { WeightsForm, WindowAxis } from "../../graph/cpu_form.ts";
import { within } from "./parts.ts";
import {
  ARGUMENT,
  type CpuKernel,
  ELEMENT_BYTES,
  type Item,
  type KernelWriter,
  pieceCount,
  type Pieces,
  pieces,
} from "./writer.ts";

/** Vectors that sums, and what is read for them, may take: processors have sixteen, engines keep one to themselves. */
const MOST_VECTORS = 15;

/** What the gradients' kernels read and write. */
export interface WeightItems {
  /** What the window read. */
  readonly x: Item;
  /** The gradient of its result. */
  readonly dy: Item;
  /** The gradient of the weights, where somebody wants it. */
  readonly weight: Item | null;
  /** The gradient of the bias, likewise. */
  readonly bias: Item | null;
}

/** How many filters, and how many channels or taps, are summed at a time. */
interface Tile {
  readonly filters: number;
  readonly others: number;
  /** Whether the others are neighbouring taps of one channel. */
  readonly taps: boolean;
}

/** The kernel of a convolution's gradients. */
export function convolvedWeights(
  form: WeightsForm,
  names: { readonly name: string; readonly node: string },
  items: WeightItems,
): CpuKernel {
  const { x, dy, weight, bias } = items;
  const tile = tileOf(form);
  return {
    ...names,
    reads: [x, dy],
    writes: [weight, bias].filter((item) => item !== null),
    blocks: dy.blocks,
    walk: "sums",
    parts: (form.groups ?? 1) * pieceCount(form.filters, tile.filters),
    gradients: true,
    emit: (w) => {
      const { groups = 1 } = form;
      const group = groups === 1 ? null : w.f.local("i32");
      const parts = pieceCount(form.filters, tile.filters);
      const ofGroup = (by: number): Code => i32.mul(get(group!), i32.const(by));
      const size = form.axes[0].places * form.axes[1].places;
      const planes = { places: size, next: 1, first: size };
      const all = pieces(form.filters, tile.filters).map((filters) => {
        const [lo, hi, g] = Array.from({ length: 3 }, () => w.f.local("i32"));
        const k0 = w.f.local("i32");
        const others = pieces(tile.taps ? form.axes[1].taps : form.channels, tile.others);
        const first = i32.add(
          i32.mul(get(g), i32.const(filters.size)),
          i32.const(filters.start - filters.first * filters.size),
        );
        return [
          within(lo, hi, filters, group === null ? undefined : ofGroup(parts)),
          count(g, get(lo), get(hi), [
            set(k0, group === null ? first : i32.add(first, ofGroup(form.filters - parts * filters.size))),
            weight === null
              ? []
              : others.map((piece) => tileSums(w, form, { x, dy, weight }, tile, filters, piece, k0, group)),
            bias === null ? [] : biasSums(w, dy, bias, planes, k0, filters.size),
          ]),
        ];
      });
      return group === null ? all : count(group, i32.const(0), i32.const(groups), all);
    },
  };
}

function tileOf({ axes: [, across], filters, channels }: WeightsForm): Tile {
  const options: (Tile & { cost: number })[] = [];
  const consider = (others: number, taps: boolean): void => {
    for (let a = 1; a <= Math.min(6, filters); a++) {
      for (let b = 1; b <= Math.min(6, others) && a * b + Math.min(a, b) + 1 <= MOST_VECTORS; b++) {
        // A turn takes its products, two at a time, or its readings, or as long as a product takes.
        const turn = Math.max(a * b / 2, (a + b) / 2, 4);
        const other = taps ? channels : across.taps;
        const cost = Math.ceil(filters / a) * Math.ceil(others / b) * other * turn;
        options.push({ filters: a, others: b, taps, cost });
      }
    }
  };
  consider(channels, false);
  // Taps that meet the same places: none reaches into a padding.
  const reach = (across.taps - 1) * (across.dilation ?? 1) + 1;
  if (across.padding === 0 && (across.places - 1) * across.stride + reach <= across.size) {
    consider(across.taps, true);
  }
  return options.reduce((best, option) => option.cost < best.cost ? option : best);
}

/** For each tap the first place and the place after the last at which it meets an element. */
function placesOf({ places, size, taps, stride, padding, dilation = 1 }: WindowAxis): number[] {
  return Array.from({ length: taps }, (_, tap) => {
    const first = Math.max(0, Math.ceil((padding - tap * dilation) / stride));
    const end = Math.min(places, Math.floor((size - 1 + padding - tap * dilation) / stride) + 1);
    return [first, Math.max(first, end)];
  }).flat();
}

function tileSums(
  w: KernelWriter,
  { axes: [down, across], channels }: WeightsForm,
  { x, dy, weight }: { readonly x: Item; readonly dy: Item; readonly weight: Item },
  { taps }: Tile,
  { size: filters }: Pieces,
  others: Pieces,
  k0: number,
  group: number | null,
): Code {
  const { f } = w;
  const tables = [w.constant(placesOf(down)), w.constant(placesOf(across))];
  const [c0, u, v, b, i, j, bottom, left, right, dyp, xp, target, o] = Array.from({ length: 13 }, () => f.local("i32"));
  const sums = Array.from({ length: filters * others.size }, () => f.local("v128"));
  const places = down.places * across.places * ELEMENT_BYTES;
  const plane = down.size * across.size * ELEMENT_BYTES;
  // The fewer are kept, the others pass by.
  const few = Math.min(filters, others.size);
  const kept = Array.from({ length: few }, () => f.local("v128"));
  const passing = f.local("v128");
  const added = Array.from({ length: Math.max(filters, others.size) }, (_, at) =>
    flatten([
      set(passing, []),
      kept.map((local, k) => {
        const sum = sums[few === filters ? k * others.size + at : at * others.size + k];
        return set(sum, multiplyAdd(get(passing), get(local), get(sum)));
      }),
    ]));
  const half = (offset: number): Code => {
    const gradient = (k: number): Code => v128.load(offset + k * places, get(dyp));
    const input = (e: number): Code =>
      v128.load(offset + e * (taps ? (across.dilation ?? 1) * ELEMENT_BYTES : plane), get(xp));
    const [near, far] = few === filters ? [gradient, input] : [input, gradient];
    return [kept.map((local, k) => set(local, near(k))), added.map((add, at) => [far(at), add])];
  };
  const bound = (table: number, at: number, field: number): Code =>
    i32.load(table + field * 4, i32.mul(get(at), i32.const(8)));
  const move = (pointer: number, by: number): Code => set(pointer, i32.add(get(pointer), i32.const(by)));
  const step = down.taps * across.taps;
  const finish = sums.map((sum, at) => {
    const [k, e] = [Math.floor(at / others.size), at % others.size];
    return addTo(w, target, (k * channels * step + e * (taps ? 1 : step)) * 4, sum);
  });
  // The place of input (i, j), which may lie before the plane for a row or column that is never read.
  const read = ({ stride, padding, dilation = 1 }: WindowAxis, at: number, tap: number): Code =>
    i32.sub(
      i32.add(
        i32.mul(get(at), i32.const(stride)),
        dilation === 1 ? get(tap) : i32.mul(get(tap), i32.const(dilation)),
      ),
      i32.const(padding),
    );
  const channel = group === null ? get(c0) : i32.add(get(c0), i32.mul(get(group), i32.const(channels)));
  const inputAt = i32.add(
    i32.mul(i32.add(i32.mul(channel, i32.const(down.size)), read(down, i, u)), i32.const(across.size)),
    read(across, left, v),
  );
  const body = [
    sums.map((sum) => set(sum, f32x4.const(0))),
    set(bottom, bound(tables[0], u, 1)),
    set(left, bound(tables[1], v, 0)),
    set(right, bound(tables[1], v, 1)),
    count(b, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
      set(i, bound(tables[0], u, 0)),
      count(i, get(i), get(bottom), [
        set(
          dyp,
          i32.add(
            w.at(dy, get(b)),
            i32.mul(
              i32.add(
                i32.mul(i32.add(i32.mul(get(k0), i32.const(down.places)), get(i)), i32.const(across.places)),
                get(left),
              ),
              i32.const(ELEMENT_BYTES),
            ),
          ),
        ),
        set(xp, i32.add(w.at(x, get(b)), i32.mul(inputAt, i32.const(ELEMENT_BYTES)))),
        count(j, get(left), get(right), [
          half(0),
          half(16),
          move(dyp, ELEMENT_BYTES),
          move(xp, across.stride * ELEMENT_BYTES),
        ]),
      ]),
    ]),
    set(
      target,
      i32.add(
        w.at(weight, i32.const(0)),
        i32.mul(
          i32.add(
            i32.mul(
              i32.add(i32.mul(i32.add(i32.mul(get(k0), i32.const(channels)), get(c0)), i32.const(down.taps)), get(u)),
              i32.const(across.taps),
            ),
            get(v),
          ),
          i32.const(4),
        ),
      ),
    ),
    finish,
  ];
  const start = i32.add(i32.mul(get(o), i32.const(others.size)), i32.const(others.start));
  if (taps) {
    return count(
      c0,
      i32.const(0),
      i32.const(channels),
      count(
        u,
        i32.const(0),
        i32.const(down.taps),
        count(o, i32.const(0), i32.const(others.count), [set(v, start), body]),
      ),
    );
  }
  return count(o, i32.const(0), i32.const(others.count), [
    set(c0, start),
    count(u, i32.const(0), i32.const(down.taps), count(v, i32.const(0), i32.const(across.taps), body)),
  ]);
}

/** Adds the lanes of a sum, and that to what is there unless sums begin anew. */
function addTo(w: KernelWriter, target: number, offset: number, sum: number): Code {
  const swapped = (by: number): Code =>
    v128.shuffle(Array.from({ length: 16 }, (_, k) => (k + by) % 16), get(sum), get(sum));
  void w;
  return [
    set(sum, f32x4.add(get(sum), swapped(8))),
    set(sum, f32x4.add(get(sum), swapped(4))),
    f32.store(offset, get(target), [
      ARGUMENT.anew,
      [0x04, 0x7d],
      f32x4.extract_lane(0, get(sum)),
      0x05,
      f32.add(f32x4.extract_lane(0, get(sum)), f32.load(offset, get(target))),
      0x0b,
    ]),
  ];
}

/** Where a filter's gradients lie: how many, elements from one to the next, and from one filter's first to the next's. */
interface GradientPlaces {
  readonly places: number;
  readonly next: number;
  readonly first: number;
}

/** The sums of the gradient itself, for `filters` filters from `k0` on. */
export function biasSums(
  w: KernelWriter,
  dy: Item,
  bias: Item,
  { places, next, first }: GradientPlaces,
  k0: number,
  filters: number,
): Code {
  const { f } = w;
  const [k, b, i, p, target] = Array.from({ length: 5 }, () => f.local("i32"));
  const [low, high] = [f.local("v128"), f.local("v128")];
  return count(k, get(k0), i32.add(get(k0), i32.const(filters)), [
    set(low, f32x4.const(0)),
    set(high, f32x4.const(0)),
    count(b, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
      set(p, i32.add(w.at(dy, get(b)), i32.mul(get(k), i32.const(first * ELEMENT_BYTES)))),
      count(i, i32.const(0), i32.const(places), [
        set(low, f32x4.add(get(low), v128.load(0, get(p)))),
        set(high, f32x4.add(get(high), v128.load(16, get(p)))),
        set(p, i32.add(get(p), i32.const(next * ELEMENT_BYTES))),
      ]),
    ]),
    set(low, f32x4.add(get(low), get(high))),
    set(target, i32.add(w.at(bias, i32.const(0)), i32.mul(get(k), i32.const(4)))),
    addTo(w, target, 0, low),
  ]);
}
