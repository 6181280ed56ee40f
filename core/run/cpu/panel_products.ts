/**
 * Products of a large linear layer, forward and back to its input. Weights of five results at a time are copied into a
 * panel that stays near; a vector of a panel is read once and its lanes are spread from there. An engine that checks
 * the bounds of every reading takes longer for those than for the products themselves, so fewer readings are worth
 * more than the sixth result that the registers would hold.
 * @module
 */
import { branchIf, type Code, count, f32x4, get, i32, loop, set, v128, when } from "../../wasm/code.ts";
import { multiplyAdd } from "../../wasm/features.ts";
import type { ProductsForm } from "../../graph/cpu_form.ts";
import { copyPanels } from "./panels.ts";
import { within } from "./parts.ts";
import { productsKernel } from "./products.ts";
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

/** Results that are made at a time: ten sums, two vectors of the input, one of weights and one spread fill the registers. */
const RESULTS = 5;
/** Channels that are taken at a time at most, and of a turn of the innermost loop. */
const MOST_CHANNELS = 512;
const TURN = 8;
/** Panels that are copied together at most, so that whole lines of the cache are read; and parts to divide all into. */
const MOST_PANELS = 16;
const PARTS = 32;
/** Blocks, and weights, that make a copy worth while. */
const LEAST_BLOCKS = 4;
const LEAST_WEIGHTS = 1 << 18;

/** Whether a sum of products gains by copies of its weights. */
export function isPanelled({ axes, groups, channels, results }: ProductsForm, blocks: number): boolean {
  return groups === undefined && axes.every(({ places, size }) => places === 1 && size === 1) &&
    blocks >= LEAST_BLOCKS && channels >= MOST_CHANNELS && channels * results >= LEAST_WEIGHTS;
}

/** Panels of one size, so many at a time; groups are counted from `first` on. */
interface Group {
  readonly piece: Pieces;
  readonly panels: number;
  readonly first: number;
  readonly count: number;
}

const panelsOf = (results: number): number => Math.min(MOST_PANELS, Math.ceil(pieceCount(results, RESULTS) / PARTS));

function groupsOf(results: number): Group[] {
  const panels = panelsOf(results);
  let first = 0;
  return pieces(results, RESULTS).map((piece) => {
    const count = Math.ceil(piece.count / panels);
    const group = { piece, panels, first, count };
    first += count;
    return group;
  });
}

/** Equal chunks of channels, as far as may be, of whole turns; the last is what is left. */
function chunksOf(channels: number): { readonly size: number; readonly count: number; readonly start: number }[] {
  const many = Math.ceil(channels / MOST_CHANNELS);
  const size = Math.ceil(channels / many / TURN) * TURN;
  const whole = Math.floor(channels / size);
  const all = [{ size, count: whole, start: 0 }, { size: channels - whole * size, count: 1, start: whole * size }];
  return all.filter((chunk) => chunk.size > 0);
}

type Chunk = ReturnType<typeof chunksOf>[number];

/** The kernel. */
export function panelProducts(
  form: ProductsForm,
  names: { readonly name: string; readonly node: string },
  items: { readonly x: Item; readonly weight: Item; readonly bias: Item | null; readonly out: Item },
): CpuKernel {
  const { x, weight, bias, out } = items;
  const { channels, results, channelStride } = form;
  return {
    ...names,
    reads: bias === null ? [x, weight] : [x, weight, bias],
    writes: [out],
    blocks: out.blocks,
    walk: "block",
    parts: groupsOf(results).reduce((sum, { count }) => sum + count, 0),
    gradients: false,
    // The last vector of a panel may reach beyond it.
    scratch: panelsOf(results) * RESULTS * MOST_CHANNELS * 4 + 16,
    emit: (w) => {
      // Called block by block, nobody would use a copy again.
      if (w.divided) return productsKernel(form, names, items).emit(w);
      const chunk = w.f.local("i32");
      const overChunks = (body: (some: Chunk) => Code): Code =>
        chunksOf(channels).map((some) => count(chunk, i32.const(0), i32.const(some.count), body(some)));
      const all = (body: (group: Group) => Code): Code => groupsOf(results).map(body);
      // Rows are read whole where each result has one; else some columns of some rows, and then of the next.
      return channelStride === 1
        ? all((group) => overPanels(w, group, (run) => overChunks((some) => run(form, items, { ...some, chunk }))))
        : overChunks((some) => all((group) => overPanels(w, group, (run) => run(form, items, { ...some, chunk }))));
    },
  };
}

type Run = (
  form: ProductsForm,
  items: Parameters<typeof panelProducts>[2],
  some: Chunk & { readonly chunk: number },
) => Code;

/** Goes through the panels of one size, a group at a time; the last group may be smaller, and is taken one by one. */
function overPanels(w: KernelWriter, group: Group, body: (run: Run) => Code): Code {
  const [lo, hi, g, first, end] = Array.from({ length: 5 }, () => w.f.local("i32"));
  const { piece, panels } = group;
  const last = piece.first + piece.count;
  const some = (panels: number): Code => [
    set(end, i32.add(get(first), i32.const(panels))),
    body((form, items, chunk) => panelSums(w, form, items, chunk, { piece, panels, first, end })),
    set(first, get(end)),
  ];
  return [
    within(lo, hi, group),
    count(g, get(lo), get(hi), [
      set(
        first,
        i32.add(i32.mul(i32.sub(get(g), i32.const(group.first)), i32.const(panels)), i32.const(piece.first)),
      ),
      when(
        i32.le_s(i32.add(get(first), i32.const(panels)), i32.const(last)),
        some(panels),
        piece.count % panels === 0 ? [] : loop(some(1), branchIf(0, i32.lt_s(get(first), i32.const(last)))),
      ),
    ]),
  ];
}

/** Copies some panels of a chunk of channels, and adds their products to all blocks' results. */
function panelSums(
  w: KernelWriter,
  form: ProductsForm,
  { x, weight, bias, out }: Parameters<typeof panelProducts>[2],
  some: Chunk & { readonly chunk: number },
  { piece, panels, first, end }: {
    readonly piece: Pieces;
    readonly panels: number;
    readonly first: number;
    readonly end: number;
  },
): Code {
  const { f } = w;
  const { resultStride, channelStride, rows = 1 } = form;
  const [g, b, k0, channel, source, target, weights, biases, from, to, row] = Array.from(
    { length: 11 },
    () => f.local("i32"),
  );
  const firstOf = (part: number): Code =>
    set(k0, i32.add(i32.mul(get(part), i32.const(piece.size)), i32.const(piece.start - piece.first * piece.size)));
  const sums = Array.from({ length: piece.size * 2 }, () => f.local("v128"));
  const at = (k: number): number => (k >> 1) * ELEMENT_BYTES + (k % 2) * 16;
  const anew = sums.map((sum, k) =>
    set(sum, bias === null ? f32x4.const(0) : v128.load32_splat((k >> 1) * 4, get(biases)))
  );
  // After the first channels sums go on from where the result lies.
  const again = sums.map((sum, k) => set(sum, v128.load(at(k), get(to))));
  const tile = [
    some.start > 0 ? again : when(i32.eqz(get(some.chunk)), anew, again),
    panelTerms(w, sums, some.size, from, weights),
    sums.map((sum, k) => v128.store(at(k), get(to), get(sum))),
  ];
  return [
    set(channel, i32.add(i32.mul(get(some.chunk), i32.const(some.size)), i32.const(some.start))),
    firstOf(first),
    set(
      source,
      i32.add(
        w.at(weight, i32.const(0)),
        i32.add(
          i32.mul(get(k0), i32.const(resultStride * 4)),
          i32.mul(get(channel), i32.const(channelStride * 4)),
        ),
      ),
    ),
    set(target, w.scratch),
    copyPanels(f, { ...form, size: piece.size, channels: some.size }, panels, source, target),
    count(g, get(first), get(end), [
      firstOf(g),
      set(
        weights,
        i32.add(w.scratch, i32.mul(i32.sub(get(g), get(first)), i32.const(some.size * piece.size * 4))),
      ),
      bias === null ? [] : set(biases, i32.add(w.at(bias, i32.const(0)), i32.mul(get(k0), i32.const(4)))),
      count(b, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
        set(from, i32.add(w.at(x, get(b)), i32.mul(get(channel), i32.const(ELEMENT_BYTES)))),
        set(to, i32.add(w.at(out, get(b)), i32.mul(get(k0), i32.const(ELEMENT_BYTES)))),
        rows === 1 ? tile : count(row, i32.const(0), i32.const(rows), [
          tile,
          set(from, i32.add(get(from), i32.const(form.channels * ELEMENT_BYTES))),
          set(to, i32.add(get(to), i32.const(form.results * ELEMENT_BYTES))),
        ]),
      ]),
    ]),
  ];
}

/** Adds `terms` terms to two sums each of as many results as there are side by side in the panel at local `panel`. */
export function panelTerms(
  { f }: KernelWriter,
  sums: readonly number[],
  terms: number,
  x: number,
  panel: number,
): Code {
  const size = sums.length / 2;
  const [xp, wp, left] = Array.from({ length: 3 }, () => f.local("i32"));
  const [x0, x1, lanes, spread] = Array.from({ length: 4 }, () => f.local("v128"));
  const lane = (at: number): Code =>
    v128.shuffle(Array.from({ length: 16 }, (_, byte) => at * 4 + byte % 4), get(lanes), get(lanes));
  const some = (many: number): Code =>
    Array.from({ length: many }, (_, c) => [
      set(x0, v128.load(c * ELEMENT_BYTES, get(xp))),
      set(x1, v128.load(c * ELEMENT_BYTES + 16, get(xp))),
      Array.from({ length: size }, (_, k) => {
        const place = c * size + k;
        return [
          place % 4 === 0 ? set(lanes, v128.load(place * 4, get(wp))) : [],
          set(spread, lane(place % 4)),
          set(sums[2 * k], multiplyAdd(get(spread), get(x0), get(sums[2 * k]))),
          set(sums[2 * k + 1], multiplyAdd(get(spread), get(x1), get(sums[2 * k + 1]))),
        ];
      }),
    ]);
  const turns = Math.floor(terms / TURN);
  return [
    set(xp, get(x)),
    set(wp, get(panel)),
    turns === 0 ? [] : [
      set(left, i32.const(turns)),
      loop(
        some(TURN),
        set(xp, i32.add(get(xp), i32.const(TURN * ELEMENT_BYTES))),
        set(wp, i32.add(get(wp), i32.const(TURN * size * 4))),
        set(left, i32.sub(get(left), i32.const(1))),
        branchIf(0, get(left)),
      ),
    ],
    some(terms % TURN),
  ];
}
