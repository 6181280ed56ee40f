/**
 * Gradients of the weights of a linear layer. It has one place, so the sums over it are short: the inputs are turned to
 * lie sample by sample, and the result is a product of matrices whose rows are written as they are.
 * @module
 */
import { type Code, count, f32, f32x4, flatten, get, i32, set, v128, when } from "../../wasm/code.ts";
import { multiplyAdd } from "../../wasm/features.ts";
import type { WeightsForm } from "../../graph/cpu_form.ts";
import { within } from "./parts.ts";
import { biasSums, type WeightItems } from "./weights.ts";
import {
  ARGUMENT,
  BLOCK_SAMPLES,
  type CpuKernel,
  ELEMENT_BYTES,
  type Item,
  pieceCount,
  type Pieces,
  pieces,
} from "./writer.ts";

/** Whether the form is that of a linear layer. */
export function hasOnePlace({ axes, groups = 1 }: WeightsForm): boolean {
  return groups === 1 && axes.every(({ places, size, taps }) => places === 1 && size === 1 && taps === 1);
}

/** Filters of a linear layer that are taken at a time, with eight neighbouring inputs each. */
const LINEAR_FILTERS = 6;
const LINEAR_INPUTS = 8;
/** Groups of inputs that are taken at a time, for all filters, so that they stay near. */
const NEAR_GROUPS = 32;

/** Floats of one sample in {@linkcode turnedInputs}. */
function turnedFloats(channels: number): number {
  return Math.ceil(channels / LINEAR_INPUTS) * LINEAR_INPUTS;
}

/** Bytes of a row of a block that lies sample by sample. */
export function turnedBytes(channels: number): number {
  return turnedFloats(channels) * BLOCK_SAMPLES * 4;
}

/** The kernel that turns the `rows` of a block's inputs, eight by eight: of each eight the samples lie one after another. */
export function turnedInputs(
  { channels, rows = 1 }: Pick<WeightsForm, "channels" | "rows">,
  names: { readonly name: string; readonly node: string },
  x: Item,
  out: Item,
): CpuKernel {
  return {
    ...names,
    reads: [x],
    writes: [out],
    blocks: x.blocks,
    walk: "block",
    parts: 1,
    gradients: false,
    emit: (w) => {
      const [b, c, from, to, fromRow, toRow, left] = Array.from({ length: 7 }, () => w.f.local("i32"));
      const lines = Array.from({ length: 4 }, () => w.f.local("v128"));
      const row = LINEAR_INPUTS * 4;
      const pick = (places: readonly number[], a: Code, z: Code): Code =>
        v128.shuffle(places.flatMap((place) => [0, 1, 2, 3].map((byte) => place * 4 + byte)), a, z);
      const [t0, t1, t2, t3] = Array.from({ length: 4 }, () => w.f.local("v128"));
      // Four channels of four samples, turned.
      const square = (half: number, size: number): Code => [
        lines.map((local, k) =>
          set(local, k < size ? v128.load(k * ELEMENT_BYTES + half * 16, get(from)) : f32x4.const(0))
        ),
        set(t0, pick([0, 4, 1, 5], get(lines[0]), get(lines[1]))),
        set(t1, pick([2, 6, 3, 7], get(lines[0]), get(lines[1]))),
        set(t2, pick([0, 4, 1, 5], get(lines[2]), get(lines[3]))),
        set(t3, pick([2, 6, 3, 7], get(lines[2]), get(lines[3]))),
        v128.store((half * 4) * row, get(to), pick([0, 1, 4, 5], get(t0), get(t2))),
        v128.store((half * 4 + 1) * row, get(to), pick([2, 3, 6, 7], get(t0), get(t2))),
        v128.store((half * 4 + 2) * row, get(to), pick([0, 1, 4, 5], get(t1), get(t3))),
        v128.store((half * 4 + 3) * row, get(to), pick([2, 3, 6, 7], get(t1), get(t3))),
      ];
      const rest = channels % 4;
      const group = row * BLOCK_SAMPLES;
      const locate = [
        set(from, i32.add(get(fromRow), i32.mul(get(c), i32.const(4 * ELEMENT_BYTES)))),
        set(
          to,
          i32.add(
            get(toRow),
            i32.add(
              i32.mul(i32.shr_u(get(c), i32.const(1)), i32.const(group)),
              i32.shl(i32.and(get(c), i32.const(1)), i32.const(4)),
            ),
          ),
        ),
      ];
      const fours = Math.floor(channels / 4);
      return count(b, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
        set(fromRow, w.at(x, get(b))),
        set(toRow, w.at(out, get(b))),
        count(left, i32.const(0), i32.const(rows), [
          count(c, i32.const(0), i32.const(fours), [locate, square(0, 4), square(1, 4)]),
          rest === 0 ? [] : [set(c, i32.const(fours)), locate, square(0, rest), square(1, rest)],
          set(fromRow, i32.add(get(fromRow), i32.const(channels * ELEMENT_BYTES))),
          set(toRow, i32.add(get(toRow), i32.const(turnedBytes(channels)))),
        ]),
      ]);
    },
  };
}

/** The kernel of a linear layer's gradients; `turned` are the inputs as {@linkcode turnedInputs} lays them. */
export function linearWeights(
  { filters, channels, rows = 1 }: WeightsForm,
  names: { readonly name: string; readonly node: string },
  { turned, dy, weight, bias }: Omit<WeightItems, "x"> & { readonly turned: Item },
): CpuKernel {
  return {
    ...names,
    reads: [turned, dy],
    writes: [weight, bias].filter((item) => item !== null),
    blocks: dy.blocks,
    walk: "share",
    parts: pieceCount(filters, LINEAR_FILTERS),
    gradients: true,
    emit: (w) => {
      const [lo, hi, g, k0, c, b, xp, dyp, target, near] = Array.from({ length: 10 }, () => w.f.local("i32"));
      const [end, left] = [w.f.local("i32"), w.f.local("i32")];
      const whole = Math.floor(channels / LINEAR_INPUTS);
      const row = LINEAR_INPUTS * 4;
      const [x0, x1, spread] = Array.from({ length: 3 }, () => w.f.local("v128"));
      const eachRow = (body: Code): Code =>
        rows === 1 ? body : count(left, i32.const(0), i32.const(rows), [
          body,
          set(xp, i32.add(get(xp), i32.const(turnedBytes(channels)))),
          set(dyp, i32.add(get(dyp), i32.const(filters * ELEMENT_BYTES))),
        ]);
      const first = (g: number, piece: Pieces): Code =>
        set(k0, i32.add(i32.mul(get(g), i32.const(piece.size)), i32.const(piece.start - piece.first * piece.size)));
      return pieces(filters, LINEAR_FILTERS).map((piece) => {
        const sums = Array.from({ length: piece.size * 2 }, () => w.f.local("v128"));
        const added = Array.from({ length: piece.size }, (_, k) =>
          flatten([
            set(spread, []),
            set(sums[2 * k], multiplyAdd(get(spread), get(x0), get(sums[2 * k]))),
            set(sums[2 * k + 1], multiplyAdd(get(spread), get(x1), get(sums[2 * k + 1]))),
          ]));
        const tile = (store: Code): Code => [
          sums.map((sum) => set(sum, f32x4.const(0))),
          count(b, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
            set(xp, i32.add(w.at(turned, get(b)), i32.mul(get(c), i32.const(row * BLOCK_SAMPLES)))),
            set(dyp, i32.add(w.at(dy, get(b)), i32.mul(get(k0), i32.const(ELEMENT_BYTES)))),
            eachRow([
              Array.from({ length: BLOCK_SAMPLES }, (_, n) => [
                set(x0, v128.load(n * row, get(xp))),
                set(x1, v128.load(n * row + 16, get(xp))),
                added.map((add, k) => [v128.load32_splat(k * ELEMENT_BYTES + n * 4, get(dyp)), add]),
              ]),
            ]),
          ]),
          set(
            target,
            i32.add(
              w.at(weight!, i32.const(0)),
              i32.mul(
                i32.add(i32.mul(get(k0), i32.const(channels)), i32.mul(get(c), i32.const(LINEAR_INPUTS))),
                i32.const(4),
              ),
            ),
          ),
          store,
        ];
        const rest = channels % LINEAR_INPUTS;
        const wholeRows = sums.map((sum, k) =>
          v128.store((k >> 1) * channels * 4 + (k % 2) * 16, get(target), get(sum))
        );
        const partRows = sums.flatMap((sum, k) =>
          Array.from({ length: 4 }, (_, lane) => ({ sum, at: (k % 2) * 4 + lane, lane, row: k >> 1 }))
        ).filter(({ at }) => at < rest).map(({ sum, at, lane, row }) =>
          f32.store((row * channels + at) * 4, get(target), f32x4.extract_lane(lane, get(sum)))
        );
        return [
          within(lo, hi, piece),
          weight === null ? [] : count(near, i32.const(0), i32.const(whole), [
            set(end, i32.add(get(near), i32.const(NEAR_GROUPS))),
            when(i32.gt_s(get(end), i32.const(whole)), set(end, i32.const(whole))),
            count(g, get(lo), get(hi), [first(g, piece), count(c, get(near), get(end), tile(wholeRows))]),
          ], NEAR_GROUPS),
          count(g, get(lo), get(hi), [
            first(g, piece),
            weight === null || rest === 0 ? [] : [set(c, i32.const(whole)), tile(partRows)],
            bias === null ? [] : biasSums(w, dy, bias, { places: rows, next: filters, first: 1 }, k0, piece.size),
          ]),
        ];
      });
    },
  };
}
