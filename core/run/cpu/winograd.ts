/**
 * Convolutions of 3x3 taps at every place, and their way back to the input, in 16 products where the sum itself has 36:
 * F(2x2, 3x3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015). Tiles of 2x2 results come
 * from 4x4 elements, `A^T [(G w G^T) * (B^T x B)] A`. Against sums in order results differ by some 1e-6 of the largest.
 *
 * A thread takes some neighbouring tiles of all channels at a time, which lie transformed in its own memory, and makes
 * all results of them. What becomes of the weights depends on nothing else: a kernel of its own makes it once a step.
 * @module
 */
import { choose, type Code, count, f32, f32x4, get, i32, set, v128, when } from "../../wasm/code.ts";
import type { ProductsForm, WindowAxis } from "../../graph/cpu_form.ts";
import { rowSums } from "./row_sums.ts";
import { ARGUMENT, type CpuKernel, ELEMENT_BYTES, type Item, type KernelWriter, pieces } from "./writer.ts";

/** Channels of the result that are made at a time. */
const CHANNELS = 6;
/** Elements that a tile reads along an axis, and products that it takes. */
const PATCH = 4;
const PRODUCTS = PATCH * PATCH;
/** Fewer channels than these, of input or result, do not pay for the transformations; nor does a smaller plane. */
const LEAST_CHANNELS = 16;
const LEAST_PLACES = 4;
/** Channels times tiles that a thread has transformed at a time: 256 KiB, which a cache of its own holds. */
const NEAR = 512;
const MOST_TILES = 16;

type Names = { readonly name: string; readonly node: string };

/** Whether a sum of products can be made so, and gains by it. */
export function isWinograd({ axes, channels, results, groups, rows = 1 }: ProductsForm): boolean {
  return groups === undefined && rows === 1 && Math.min(channels, results) >= LEAST_CHANNELS &&
    axes.every(({ taps, stride, dilation = 1, padding, places, size }) =>
      taps === 3 && stride === 1 && dilation === 1 && padding <= 2 && Math.min(places, size) >= LEAST_PLACES
    );
}

/** Bytes of the transformed weights. */
export function winogradBytes({ channels, results }: ProductsForm): number {
  return channels * results * PRODUCTS * 4;
}

/** The kernel that transforms the weights: of each piece of results, by product, by channel, those of its results. */
export function winogradWeights(form: ProductsForm, names: Names, weight: Item, out: Item): CpuKernel {
  const { channels, results, resultStride, channelStride, turned } = form;
  return {
    ...names,
    reads: [weight],
    writes: [out],
    blocks: 1,
    walk: "plain",
    parts: channels,
    gradients: false,
    emit: (w) => {
      const { f } = w;
      const [c, k, among, from, to] = Array.from({ length: 5 }, () => f.local("i32"));
      const local = (value: Code): [number, Code] => {
        const made = f.local("f32");
        return [made, set(made, value)];
      };
      /** G times three numbers, in locals. */
      const spread = (a: number, b: number, c: number): { made: readonly number[]; code: Code } => {
        const [outer, first] = local(f32.mul(f32.add(get(a), get(c)), f32.const(0.5)));
        const [inner, second] = local(f32.mul(get(b), f32.const(0.5)));
        const [sum, third] = local(f32.add(get(outer), get(inner)));
        const [difference, fourth] = local(f32.sub(get(outer), get(inner)));
        return { made: [a, sum, difference, c], code: [first, second, third, fourth] };
      };
      const taps = Array.from({ length: 9 }, (_, tap) => local(f32.load((turned ? 8 - tap : tap) * 4, get(from))));
      const columns = [0, 1, 2].map((v) => spread(taps[v][0], taps[3 + v][0], taps[6 + v][0]));
      const rows = Array.from({ length: PATCH }, (_, i) => {
        const [a, b, c] = columns.map(({ made }) => made[i]);
        return spread(a, b, c);
      });
      const transform = [taps.map(([, code]) => code), columns.map(({ code }) => code), rows.map(({ code }) => code)];
      return count(c, ARGUMENT.firstPart, ARGUMENT.endPart, [
        set(from, i32.add(w.at(weight, i32.const(0)), i32.mul(get(c), i32.const(channelStride * 4)))),
        pieces(results, CHANNELS).map(({ size, start, count: many }) =>
          count(k, i32.const(start), i32.const(start + size * many), [
            set(among, i32.rem_u(i32.sub(get(k), i32.const(start)), i32.const(size))),
            set(
              to,
              i32.add(
                placeOf(w, out, form, i32.sub(get(k), get(among))),
                i32.shl(i32.add(i32.mul(get(c), i32.const(size)), get(among)), i32.const(2)),
              ),
            ),
            transform,
            rows.map(({ made }, i) =>
              made.map((one, j) => f32.store((i * PATCH + j) * channels * size * 4, get(to), get(one)))
            ),
            set(from, i32.add(get(from), i32.const(resultStride * 4))),
          ])
        ),
      ]);
    },
  };
}

/** Where the weights of the piece of results lie whose first is `k0`. */
function placeOf(w: KernelWriter, weights: Item, { channels }: ProductsForm, k0: Code): Code {
  return i32.add(w.at(weights, i32.const(0)), i32.mul(k0, i32.const(PRODUCTS * channels * 4)));
}

/** The kernel; parts are rows of tiles. */
export function winogradKernel(
  form: ProductsForm,
  names: Names,
  items: { readonly x: Item; readonly weights: Item; readonly bias: Item | null; readonly out: Item },
): CpuKernel {
  const { x, weights, bias, out } = items;
  const layout = layoutOf(form);
  return {
    ...names,
    reads: bias === null ? [x, weights] : [x, weights, bias],
    writes: [out],
    blocks: out.blocks,
    walk: "block",
    parts: layout.tilesDown,
    gradients: false,
    scratch: layout.bytes,
    emit: (w) => {
      const [b, row, column] = Array.from({ length: 3 }, () => w.f.local("i32"));
      const at = { b, row, column };
      return count(b, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
        count(row, ARGUMENT.firstPart, ARGUMENT.endPart, [
          count(column, i32.const(0), i32.const(layout.tilesAcross), [
            transformed(w, form, layout, x, at),
            multiplied(w, form, layout, items, at),
          ], layout.tiles),
        ]),
      ]);
    },
  };
}

/** How a plane is cut into tiles, and where a thread's own memory has what. */
interface Tiling {
  readonly tilesDown: number;
  readonly tilesAcross: number;
  /** Tiles of a row that are taken at a time. */
  readonly tiles: number;
  /** Bytes of a row of elements of them. */
  readonly rowBytes: number;
  /** Four such rows, transformed downwards; a row of zeros behind. */
  readonly rows: number;
  readonly zeros: number;
  /** Elements by product, by tile, by channel. */
  readonly elements: number;
  /** Sums by product, by tile, by result. */
  readonly sums: number;
  readonly bytes: number;
}

function layoutOf({ axes: [down, across], turned, channels }: ProductsForm): Tiling {
  const [tilesDown, tilesAcross] = [down, across].map((axis) => Math.ceil(resultsOf(axis, turned) / 2));
  const most = Math.max(2, Math.min(MOST_TILES, Math.floor(NEAR / channels)));
  const tiles = Math.ceil(tilesAcross / Math.ceil(tilesAcross / most));
  const rowBytes = (2 * tiles + 2) * ELEMENT_BYTES;
  const zeros = PATCH * rowBytes;
  const elements = zeros + rowBytes;
  const sums = elements + PRODUCTS * tiles * channels * ELEMENT_BYTES;
  const bytes = sums + PRODUCTS * tiles * CHANNELS * ELEMENT_BYTES;
  return { tilesDown, tilesAcross, tiles, rowBytes, rows: 0, zeros, elements, sums, bytes };
}

const resultsOf = ({ size, places }: WindowAxis, turned: boolean): number => turned ? size : places;
const elementsOf = ({ size, places }: WindowAxis, turned: boolean): number => turned ? places : size;
const paddingOf = ({ padding }: WindowAxis, turned: boolean): number => turned ? 2 - padding : padding;

/** Where a kernel is: locals of the block, the row of tiles and the first tile in it. */
interface Place {
  readonly b: number;
  readonly row: number;
  readonly column: number;
}

/** `B^T` times four vectors. */
const patch = ([a, b, c, d]: readonly number[]): readonly Code[] => [
  f32x4.sub(get(a), get(c)),
  f32x4.add(get(b), get(c)),
  f32x4.sub(get(c), get(b)),
  f32x4.sub(get(b), get(d)),
];

/** `A^T` times four vectors. */
const result = ([a, b, c, d]: readonly number[]): readonly Code[] => [
  f32x4.add(f32x4.add(get(a), get(b)), get(c)),
  f32x4.sub(f32x4.sub(get(b), get(c)), get(d)),
];

/** Transforms the tiles' elements of all channels. */
function transformed(w: KernelWriter, form: ProductsForm, layout: Tiling, x: Item, { b, row, column }: Place): Code {
  const { f } = w;
  const { axes: [down, across], turned, channels } = form;
  const { tiles, rowBytes, rows, zeros, elements } = layout;
  const [inRows, inColumns] = [down, across].map((axis) => elementsOf(axis, turned));
  const [c, o, t, plane, first, start, end, from, to] = Array.from({ length: 9 }, () => f.local("i32"));
  const lines = Array.from({ length: PATCH }, () => f.local("i32"));
  const vectors = Array.from({ length: PATCH }, () => f.local("v128"));
  const own = (offset: number): Code => i32.add(w.scratch, i32.const(offset));
  const line = (i: number): Code => {
    const at = i32.sub(i32.add(i32.mul(get(row), i32.const(2)), i32.const(i)), i32.const(paddingOf(down, turned)));
    const inside = i32.lt_u(at, i32.const(inRows));
    const there = i32.add(get(plane), i32.mul(at, i32.const(inColumns * ELEMENT_BYTES)));
    return set(lines[i], choose(there, i32.sub(own(zeros), get(start)), inside));
  };
  const halves = [0, 16];
  const downwards = halves.map((half) => [
    vectors.map((vector, i) => set(vector, v128.load(half, i32.add(get(lines[i]), get(o))))),
    patch(vectors).map((code, i) => v128.store(rows + i * rowBytes + half, get(to), code)),
  ]);
  const product = tiles * channels * ELEMENT_BYTES;
  const acrossRow = (i: number, half: number): Code => [
    vectors.map((vector, j) => set(vector, v128.load(rows + i * rowBytes + j * ELEMENT_BYTES + half, get(from)))),
    patch(vectors).map((code, j) => v128.store((i * PATCH + j) * product + half, get(to), code)),
  ];
  return [
    // Elements beyond the plane stay zero.
    count(o, w.scratch, own(elements), v128.store(0, get(o), f32x4.const(0)), 16),
    // Bytes from a line's beginning: of the first element, of the first inside, and after the last.
    set(
      first,
      i32.mul(
        i32.sub(i32.mul(get(column), i32.const(2)), i32.const(paddingOf(across, turned))),
        i32.const(ELEMENT_BYTES),
      ),
    ),
    set(start, choose(get(first), i32.const(0), i32.gt_s(get(first), i32.const(0)))),
    set(end, i32.add(get(first), i32.const(rowBytes))),
    when(i32.gt_s(get(end), i32.const(inColumns * ELEMENT_BYTES)), set(end, i32.const(inColumns * ELEMENT_BYTES))),
    set(plane, w.at(x, get(b))),
    count(c, i32.const(0), i32.const(channels), [
      lines.map((_, i) => line(i)),
      set(to, i32.add(w.scratch, i32.sub(get(start), get(first)))),
      count(o, get(start), get(end), [downwards, set(to, i32.add(get(to), i32.const(ELEMENT_BYTES)))], ELEMENT_BYTES),
      set(from, w.scratch),
      set(to, i32.add(own(elements), i32.mul(get(c), i32.const(ELEMENT_BYTES)))),
      count(t, i32.const(0), i32.const(tiles), [
        Array.from({ length: PATCH }, (_, i) => halves.map((half) => acrossRow(i, half))),
        set(from, i32.add(get(from), i32.const(2 * ELEMENT_BYTES))),
        set(to, i32.add(get(to), i32.const(channels * ELEMENT_BYTES))),
      ]),
      set(plane, i32.add(get(plane), i32.const(inRows * inColumns * ELEMENT_BYTES))),
    ]),
  ];
}

/** Multiplies, and makes the tiles' results, some channels of them at a time. */
function multiplied(
  w: KernelWriter,
  form: ProductsForm,
  layout: Tiling,
  { weights, bias, out }: Parameters<typeof winogradKernel>[2],
  { b, row, column }: Place,
): Code {
  const { f } = w;
  const { axes: [down, across], turned, channels, results } = form;
  const { tiles, tilesAcross, elements, sums } = layout;
  const [rows, columns] = [down, across].map((axis) => resultsOf(axis, turned));
  const [k0, e, r, t, end, first, from, to, at] = Array.from({ length: 9 }, () => f.local("i32"));
  const vectors = Array.from({ length: PATCH }, () => f.local("v128"));
  const halved = Array.from({ length: 2 * PATCH }, () => f.local("v128"));
  const add = f.local("v128");
  const own = (offset: number): Code => i32.add(w.scratch, i32.const(offset));
  const rowBytes = columns * ELEMENT_BYTES;
  return pieces(results, CHANNELS).map(({ size, start, count: many }) => {
    const product = tiles * size * ELEMENT_BYTES;
    const products = count(e, i32.const(0), i32.const(PRODUCTS), [
      set(from, i32.add(own(elements), i32.mul(get(e), i32.const(tiles * channels * ELEMENT_BYTES)))),
      set(to, i32.add(own(sums), i32.mul(get(e), i32.const(product)))),
      rowSums(w, size, {
        first: i32.add(get(first), i32.mul(get(e), i32.const(channels * size * 4))),
        rowBytes: 4,
        termBytes: size * 4,
        terms: channels,
        from,
        to,
        again: [tiles, channels * ELEMENT_BYTES, size * ELEMENT_BYTES],
        biases: [],
      }),
    ]);
    const isInside = (place: number, by: Code, all: number, code: Code): Code =>
      all % 2 === 0 ? code : when(i32.lt_s(i32.add(i32.mul(get(place), i32.const(2)), by), i32.const(all - 1)), code);
    const tile = (half: number): Code => [
      vectors.map((_, j) => [
        vectors.map((vector, i) => set(vector, v128.load((i * PATCH + j) * product + half, get(from)))),
        result(vectors).map((code, i) => set(halved[i * PATCH + j], code)),
      ]),
      [0, 1].map((i) => {
        const [left, right] = result(halved.slice(i * PATCH, i * PATCH + PATCH))
          .map((code) => bias === null ? code : f32x4.add(code, get(add)))
          .map((code, j) => v128.store(i * rowBytes + j * ELEMENT_BYTES + half, get(to), code));
        const line = [left, isInside(t, i32.mul(get(column), i32.const(2)), columns, right)];
        return i === 0 ? line : isInside(row, i32.const(0), rows, line);
      }),
    ];
    const plane = rows * columns * ELEMENT_BYTES;
    return count(k0, i32.const(start), i32.const(start + size * many), [
      set(first, placeOf(w, weights, form, get(k0))),
      products,
      set(at, i32.add(w.at(out, get(b)), i32.mul(get(k0), i32.const(plane)))),
      set(
        at,
        i32.add(
          get(at),
          i32.add(i32.mul(get(row), i32.const(2 * rowBytes)), i32.mul(get(column), i32.const(2 * ELEMENT_BYTES))),
        ),
      ),
      set(end, i32.sub(i32.const(tilesAcross), get(column))),
      when(i32.gt_s(get(end), i32.const(tiles)), set(end, i32.const(tiles))),
      count(r, i32.const(0), i32.const(size), [
        set(from, i32.add(own(sums), i32.mul(get(r), i32.const(ELEMENT_BYTES)))),
        set(to, get(at)),
        bias === null ? [] : set(
          add,
          v128.load32_splat(0, i32.add(w.at(bias, i32.const(0)), i32.shl(i32.add(get(k0), get(r)), i32.const(2)))),
        ),
        count(t, i32.const(0), get(end), [
          tile(0),
          tile(16),
          set(from, i32.add(get(from), i32.const(size * ELEMENT_BYTES))),
          set(to, i32.add(get(to), i32.const(2 * ELEMENT_BYTES))),
        ]),
        set(at, i32.add(get(at), i32.const(plane))),
      ]),
    ], size);
  });
}
