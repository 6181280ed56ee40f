/**
 * Weights of a linear layer copied into a panel that stays near: of each channel those of a piece's results lie side by
 * side. Rows of a large matrix are far apart; whole vectors are moved, so that many rows are under way at once.
 * @module
 */
import { type Code, count, get, i32, set, v128 } from "../../wasm/code.ts";
import type { WasmFunction } from "../../wasm/module.ts";

/** What is copied. */
export interface Panel {
  /** Results side by side. */
  readonly size: number;
  /** Channels, one after another. */
  readonly channels: number;
  /** Floats from one result's weights to the next, and from one channel's; one of them is 1. */
  readonly resultStride: number;
  readonly channelStride: number;
}

const move = (pointer: number, by: number): Code => set(pointer, i32.add(get(pointer), i32.const(by)));

const pick = (places: readonly number[], a: Code, b: Code): Code =>
  v128.shuffle(places.flatMap((place) => [0, 1, 2, 3].map((byte) => place * 4 + byte)), a, b);

/** Copies `panels` neighbouring panels, one after another, from local `source` to `target`; both end up elsewhere. */
export function copyPanels(f: WasmFunction, panel: Panel, panels: number, source: number, target: number): Code {
  return panel.resultStride === 1
    ? alongRows(f, panel, panels, source, target)
    : acrossRows(f, panel, panels, source, target);
}

/** Each channel has a row. */
function alongRows(f: WasmFunction, panel: Panel, panels: number, source: number, target: number): Code {
  const { size, channels, channelStride } = panel;
  const c = f.local("i32");
  const bytes = size * channels * 4;
  // The last vector overlaps the one before.
  const starts = size < 4 ? [] : size === 4 ? [0] : [0, size - 4];
  const loose = size < 4 ? Array.from({ length: size }, (_, k) => k) : [];
  return count(c, i32.const(0), i32.const(channels), [
    Array.from({ length: panels }, (_, k) => [
      starts.map((at) => v128.store(k * bytes + at * 4, get(target), v128.load((k * size + at) * 4, get(source)))),
      loose.map((at) => i32.store(k * bytes + at * 4, get(target), i32.load((k * size + at) * 4, get(source)))),
    ]),
    move(source, channelStride * 4),
    move(target, size * 4),
  ]);
}

/** Each result has a row: four channels of four results are turned at a time. */
function acrossRows(f: WasmFunction, panel: Panel, panels: number, source: number, target: number): Code {
  const { size, channels, resultStride } = panel;
  const [p, c, from, to] = Array.from({ length: 4 }, () => f.local("i32"));
  const rows = Array.from({ length: 4 }, () => f.local("v128"));
  const mixed = Array.from({ length: 4 }, () => f.local("v128"));
  const squares = Math.floor(size / 4);
  const place = (channel: number, result: number): number => (channel * size + result) * 4;
  const square = (first: number): Code => [
    rows.map((row, k) => set(row, v128.load((first + k) * resultStride * 4, get(from)))),
    set(mixed[0], pick([0, 4, 1, 5], get(rows[0]), get(rows[1]))),
    set(mixed[1], pick([2, 6, 3, 7], get(rows[0]), get(rows[1]))),
    set(mixed[2], pick([0, 4, 1, 5], get(rows[2]), get(rows[3]))),
    set(mixed[3], pick([2, 6, 3, 7], get(rows[2]), get(rows[3]))),
    v128.store(place(0, first), get(to), pick([0, 1, 4, 5], get(mixed[0]), get(mixed[2]))),
    v128.store(place(1, first), get(to), pick([2, 3, 6, 7], get(mixed[0]), get(mixed[2]))),
    v128.store(place(2, first), get(to), pick([0, 1, 4, 5], get(mixed[1]), get(mixed[3]))),
    v128.store(place(3, first), get(to), pick([2, 3, 6, 7], get(mixed[1]), get(mixed[3]))),
  ];
  const single = (result: number): Code => [
    set(rows[0], v128.load(result * resultStride * 4, get(from))),
    [0, 1, 2, 3].map((lane) => v128.store32_lane(place(lane, result), lane, get(to), get(rows[0]))),
  ];
  const loose = (channel: number): Code =>
    Array.from(
      { length: size },
      (_, k) => i32.store(place(channel, k), get(to), i32.load((k * resultStride + channel) * 4, get(from))),
    );
  return count(p, i32.const(0), i32.const(panels), [
    set(from, get(source)),
    set(to, get(target)),
    count(c, i32.const(0), i32.const(channels >> 2), [
      Array.from({ length: squares }, (_, k) => square(4 * k)),
      Array.from({ length: size % 4 }, (_, k) => single(4 * squares + k)),
      move(from, 16),
      move(to, 16 * size),
    ]),
    Array.from({ length: channels % 4 }, (_, k) => loose(k)),
    move(source, size * resultStride * 4),
    move(target, size * channels * 4),
  ]);
}
