/**
 * Sums of products over channels and taps: convolutions, their way back to the input, and linear layers, which are
 * convolutions of one tap. Six channels of the result times eight samples lie in twelve vectors; each weight is spread
 * over a vector as it is read, from where it lies in PyTorch's order.
 *
 * Which taps meet an element is known when the code is made: places along a row that meet the same taps share a loop,
 * and nothing is multiplied by the zeros of a padding.
 * @module
 */
import { branchIf, type Code, count, f32x4, flatten, get, i32, loop, set, v128, when } from "../../wasm/code.ts";
import { multiplyAdd } from "../../wasm/features.ts";
import type { ProductsForm, WindowAxis } from "../../graph/cpu_form.ts";
import { type Run, runsOf, stepOf, tapsOf } from "./taps.ts";
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

/** Channels of the result that are made at a time. */
const CHANNELS = 6;
/** Taps that are written out over both directions, and along a row. */
const MOST_TAPS = 100;
const MOST_ROW_TAPS = 64;
/** Products that a turn of the innermost loop should have at least, for each of the result's elements. */
const LEAST_TAPS = 8;

/** Bytes of a block's input that are worked on at a time where there is more: all channels of some, then the next. */
const NEAR_BYTES = 128 << 10;
/** Channels that are worked on at a time at least, and of a linear layer at most. */
const LEAST_CHANNELS = 4;
const MOST_LINEAR = 256;

/** How many of the input's channels are taken at a time, so that what they need stays near. */
function channelsAtATime({ axes, turned, channels, results }: ProductsForm, divided: boolean): number {
  const elements = axes.reduce((product, { places, size }) => product * (turned ? places : size), 1);
  if (elements === 1) {
    // Taken block by block, there is nothing that could stay near for the next.
    return divided || channels * results <= 1 << 16 || channels < 2 * MOST_LINEAR ? channels : MOST_LINEAR;
  }
  const bytes = elements * ELEMENT_BYTES;
  return channels * bytes <= 2 * NEAR_BYTES ? channels : Math.max(LEAST_CHANNELS, Math.floor(NEAR_BYTES / bytes));
}

/** The kernel. */
export function productsKernel(
  form: ProductsForm,
  names: { readonly name: string; readonly node: string },
  items: { readonly x: Item; readonly weight: Item; readonly bias: Item | null; readonly out: Item },
): CpuKernel {
  const { x, weight, bias, out } = items;
  return {
    ...names,
    reads: bias === null ? [x, weight] : [x, weight, bias],
    writes: [out],
    blocks: out.blocks,
    walk: "block",
    parts: (form.groups?.count ?? 1) * pieceCount(form.results, CHANNELS),
    gradients: false,
    emit: (writer) =>
      pieces(form.channels, channelsAtATime(form, writer.divided)).map((some) => {
        const [chunk, group] = [writer.f.local("i32"), writer.f.local("i32")];
        const all = pieces(form.results, CHANNELS).map((piece) =>
          overPieces(writer, form, items, piece, { ...some, chunk, group })
        );
        const { groups } = form;
        return count(chunk, i32.const(0), i32.const(some.count), [
          groups === undefined ? all : count(group, i32.const(0), i32.const(groups.count), all),
        ]);
      }),
  };
}

function overPieces(
  w: KernelWriter,
  form: ProductsForm,
  { x, weight, bias, out }: Parameters<typeof productsKernel>[2],
  piece: Pieces,
  some: Pieces & { readonly chunk: number; readonly group: number },
): Code {
  const { f } = w;
  const { axes: [rowAxis, columnAxis], turned } = form;
  const channels = some.size;
  const { resultStride, channelStride } = form;
  const firstChannel = i32.add(i32.mul(get(some.chunk), i32.const(some.size)), i32.const(some.start));
  const [rows, columns] = [rowAxis, columnAxis].map((axis) => turned ? axis.size : axis.places);
  const [inRows, inColumns] = [rowAxis, columnAxis].map((axis) => turned ? axis.places : axis.size);
  const [g, b, lo, hi, k0, weights, biases, from, to] = Array.from({ length: 9 }, () => f.local("i32"));
  const accumulators = Array.from({ length: piece.size * 2 }, () => f.local("v128"));
  const [x0, x1, spread] = Array.from({ length: 3 }, () => f.local("v128"));
  const plane = inRows * inColumns * ELEMENT_BYTES;
  const [xp, wp, outp, left] = Array.from({ length: 4 }, () => f.local("i32"));

  // What is done with a weight that was read is the same for every tap, so its bytes are made once.
  const added = Array.from({ length: piece.size }, (_, k) =>
    flatten([
      set(spread, []),
      set(accumulators[2 * k], multiplyAdd(get(spread), get(x0), get(accumulators[2 * k]))),
      set(accumulators[2 * k + 1], multiplyAdd(get(spread), get(x1), get(accumulators[2 * k + 1]))),
    ]));
  /** One tap of one channel, at constant distances from where x and the weights are. */
  const tap = (xp: number, wp: number, xOffset: number, wOffset: number): Code => {
    const weights = get(wp);
    return [
      set(x0, v128.load(xOffset, get(xp))),
      set(x1, v128.load(xOffset + 16, get(xp))),
      added.map((add, k) => [v128.load32_splat(wOffset + k * resultStride * 4, weights), add]),
    ];
  };
  const anew = accumulators.map((sum, k) =>
    set(sum, bias === null ? f32x4.const(0) : v128.load32_splat((k >> 1) * 4, get(biases)))
  );
  // After the first channels sums go on from where the result lies.
  const again = accumulators.map((sum, k) =>
    set(sum, v128.load((k >> 1) * rows * columns * ELEMENT_BYTES + (k % 2) * 16, get(outp)))
  );
  const begin = some.size === form.channels
    ? anew
    : some.start > 0
    ? again
    : when(i32.eqz(get(some.chunk)), anew, again);
  const store = (outp: number): Code =>
    accumulators.map((sum, k) =>
      v128.store((k >> 1) * rows * columns * ELEMENT_BYTES + (k % 2) * 16, get(outp), get(sum))
    );

  /** Over all channels, `taps` being one channel's at distances (x, weight) in bytes. */
  const overChannels = (taps: readonly (readonly [number, number])[]): Code => {
    if (taps.length === 0) return [];
    const unroll = Math.max(1, Math.min(channels, Math.floor(LEAST_TAPS / taps.length)));
    const turns = Math.floor(channels / unroll);
    const some = (size: number): Code =>
      Array.from(
        { length: size },
        (_, c) => taps.map(([xOffset, wOffset]) => tap(xp, wp, xOffset + c * plane, wOffset + c * channelStride * 4)),
      );
    const advance = [
      set(xp, i32.add(get(xp), i32.const(unroll * plane))),
      set(wp, i32.add(get(wp), i32.const(unroll * channelStride * 4))),
    ];
    const turned = turns === 1 ? [some(unroll), advance] : [
      set(left, i32.const(turns)),
      loop(some(unroll), advance, set(left, i32.sub(get(left), i32.const(1))), branchIf(0, get(left))),
    ];
    return [turned, some(channels % unroll)];
  };

  const columnRuns = runsOf(columnAxis, turned);
  const rowRuns = runsOf(rowAxis, turned);
  const total = (runs: readonly Run[]): number => runs.reduce((sum, { taps }) => sum + Math.max(1, taps.length), 0);
  const kernelColumns = columnAxis.taps;
  const at = (row: Code, column: Code): Code =>
    i32.mul(i32.add(i32.mul(row, i32.const(columns)), column), i32.const(ELEMENT_BYTES));

  const written = (): Code => {
    const [r, c, rowFrom] = Array.from({ length: 3 }, () => f.local("i32"));
    return rowRuns.map((rowRun) =>
      count(r, i32.const(0), i32.const(rowRun.count), [
        set(
          rowFrom,
          i32.add(
            get(from),
            i32.mul(
              i32.add(i32.mul(get(r), i32.const(rowRun.advance)), i32.const(rowRun.from)),
              i32.const(inColumns * ELEMENT_BYTES),
            ),
          ),
        ),
        columnRuns.map((run) => {
          const taps = rowRun.taps.flatMap((u) =>
            run.taps.map((v) =>
              [(u.from * inColumns + v.from) * ELEMENT_BYTES, (u.tap * kernelColumns + v.tap) * 4] as const
            )
          );
          return count(c, i32.const(0), i32.const(run.count), [
            set(
              xp,
              i32.add(
                get(rowFrom),
                i32.mul(
                  i32.add(i32.mul(get(c), i32.const(run.advance)), i32.const(run.from)),
                  i32.const(ELEMENT_BYTES),
                ),
              ),
            ),
            set(wp, get(weights)),
            set(
              outp,
              i32.add(
                get(to),
                at(
                  i32.add(i32.mul(get(r), i32.const(rowRun.step)), i32.const(rowRun.first)),
                  i32.add(i32.mul(get(c), i32.const(run.step)), i32.const(run.first)),
                ),
              ),
            ),
            begin,
            overChannels(taps),
            store(outp),
          ]);
        }),
      ])
    );
  };

  /** A table of (taps, bytes of x, bytes of weights) for each result along an axis, and the steps from tap to tap. */
  const tableOf = (axis: WindowAxis, xBytes: number, wBytes: number) => {
    const address = w.constant(
      tapsOf(axis, turned).flatMap((taps) =>
        taps.length === 0 ? [0, 0, 0] : [taps.length, taps[0].from * xBytes, taps[0].tap * wBytes]
      ),
    );
    const [x, taps] = stepOf(axis, turned);
    return { address, xStep: x * xBytes, wStep: taps * wBytes };
  };
  const entry = (address: number, index: number, field: number): Code =>
    i32.load(address + field * 4, i32.mul(get(index), i32.const(12)));

  const looped = (writtenColumns: boolean): Code => {
    const [r, c, u, v, n, m, xu, wu, xv, wv, ch] = Array.from({ length: 11 }, () => f.local("i32"));
    const down = tableOf(rowAxis, inColumns * ELEMENT_BYTES, kernelColumns * 4);
    const across = writtenColumns ? null : tableOf(columnAxis, ELEMENT_BYTES, 4);
    const move = (pointer: number, by: number): Code => set(pointer, i32.add(get(pointer), i32.const(by)));
    const overAll = (inner: Code): Code =>
      count(ch, i32.const(0), i32.const(channels), [
        set(xu, i32.add(get(xp), entry(down.address, r, 1))),
        set(wu, i32.add(get(wp), entry(down.address, r, 2))),
        count(u, i32.const(0), get(n), [inner, move(xu, down.xStep), move(wu, down.wStep)]),
        move(xp, plane),
        move(wp, channelStride * 4),
      ]);
    const place = (column: Code, xStart: Code, inner: Code): Code => [
      set(xp, i32.add(get(from), xStart)),
      set(wp, get(weights)),
      set(outp, i32.add(get(to), at(get(r), column))),
      begin,
      overAll(inner),
      store(outp),
    ];
    const body = across === null
      ? columnRuns.map((run) =>
        count(
          c,
          i32.const(0),
          i32.const(run.count),
          place(
            i32.add(i32.mul(get(c), i32.const(run.step)), i32.const(run.first)),
            i32.mul(i32.add(i32.mul(get(c), i32.const(run.advance)), i32.const(run.from)), i32.const(ELEMENT_BYTES)),
            run.taps.map((v) => tap(xu, wu, v.from * ELEMENT_BYTES, v.tap * 4)),
          ),
        )
      )
      : count(c, i32.const(0), i32.const(columns), [
        set(m, entry(across.address, c, 0)),
        place(get(c), i32.const(0), [
          set(xv, i32.add(get(xu), entry(across.address, c, 1))),
          set(wv, i32.add(get(wu), entry(across.address, c, 2))),
          count(v, i32.const(0), get(m), [tap(xv, wv, 0, 0), move(xv, across.xStep), move(wv, across.wStep)]),
        ]),
      ]);
    return count(r, i32.const(0), i32.const(rows), [set(n, entry(down.address, r, 0)), body]);
  };

  const way = total(rowRuns) * total(columnRuns) <= MOST_TAPS ? written() : looped(total(columnRuns) <= MOST_ROW_TAPS);
  const { groups } = form;
  /** How much more there is, for the group at hand, of something of which there is `by` for each. */
  const ofGroup = (by: number): Code => groups === undefined ? i32.const(0) : i32.mul(get(some.group), i32.const(by));
  const shifted = (code: Code, by: number): Code => groups === undefined ? code : i32.add(code, ofGroup(by));
  const parts = pieceCount(form.results, CHANNELS);
  const firstOf = (part: number): Code =>
    set(
      k0,
      shifted(
        i32.add(i32.mul(get(part), i32.const(piece.size)), i32.const(piece.start - piece.first * piece.size)),
        form.results - parts * piece.size,
      ),
    );
  const whereLie = shifted(
    i32.add(
      w.at(weight, i32.const(0)),
      i32.add(
        i32.mul(get(k0), i32.const(form.resultStride * 4)),
        i32.mul(firstChannel, i32.const(form.channelStride * 4)),
      ),
    ),
    groups === undefined ? 0 : (groups.stride - form.results * form.resultStride) * 4,
  );
  const row = f.local("i32");
  return [
    within(lo, hi, piece, groups && ofGroup(parts)),
    count(g, get(lo), get(hi), [
      firstOf(g),
      set(weights, whereLie),
      bias === null ? [] : set(biases, i32.add(w.at(bias, i32.const(0)), i32.mul(get(k0), i32.const(4)))),
      count(b, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
        set(from, i32.add(w.at(x, get(b)), i32.mul(shifted(firstChannel, form.channels), i32.const(plane)))),
        set(to, i32.add(w.at(out, get(b)), i32.mul(get(k0), i32.const(rows * columns * ELEMENT_BYTES)))),
        form.rows === undefined || form.rows === 1 ? way : count(row, i32.const(0), i32.const(form.rows), [
          way,
          set(from, i32.add(get(from), i32.const(form.channels * ELEMENT_BYTES))),
          set(to, i32.add(get(to), i32.const(form.results * ELEMENT_BYTES))),
        ]),
      ]),
    ]),
  ];
}
