/**
 * Which taps of a window meet which elements along an axis.
 * @module
 */
import type { WindowAxis } from "../../graph/cpu_form.ts";

/** A tap that meets an element: its number, and the input's element. */
export interface Tap {
  /** Its number. */
  readonly tap: number;
  /** The input's element. */
  readonly from: number;
}

/** Results along an axis, `first`, `first + step`, ..., that meet the same taps. */
export interface Run {
  /** The first. */
  readonly first: number;
  /** How many. */
  readonly count: number;
  /** From one to the next. */
  readonly step: number;
  /** The first input element of the first result; of the next it is `advance` further. */
  readonly from: number;
  /** See above. */
  readonly advance: number;
  /** Taps, with input elements relative to `from`. */
  readonly taps: readonly Tap[];
}

/** Which taps each result along an axis meets. */
export function tapsOf(axis: WindowAxis, turned: boolean): Tap[][] {
  const { places, size, taps, stride, padding, dilation = 1 } = axis;
  return Array.from({ length: turned ? size : places }, (_, at) => {
    const met: Tap[] = [];
    for (let tap = 0; tap < taps; tap++) {
      const from = turned ? (at + padding - tap * dilation) / stride : at * stride - padding + tap * dilation;
      if (Number.isInteger(from) && from >= 0 && from < (turned ? places : size)) met.push({ tap, from });
    }
    return met;
  });
}

/** The results along an axis in runs of those that meet the same taps. */
export function runsOf(axis: WindowAxis, turned: boolean): Run[] {
  const all = tapsOf(axis, turned);
  const step = turned ? axis.stride : 1;
  const advance = turned ? 1 : axis.stride;
  const runs: Run[] = [];
  for (let residue = 0; residue < Math.min(step, all.length); residue++) {
    let last: { run: Run; key: string } | null = null;
    for (let at = residue; at < all.length; at += step) {
      const least = Math.min(...all[at].map(({ from }) => from));
      const from = all[at].length === 0 ? 0 : least;
      const taps = all[at].map(({ tap, from }) => ({ tap, from: from - least }));
      const key = JSON.stringify(taps);
      const goesOn: boolean = last !== null && last.key === key &&
        (taps.length === 0 || from === last.run.from + last.run.count * advance);
      if (goesOn) last = { key, run: { ...last!.run, count: last!.run.count + 1 } };
      else {
        if (last !== null) runs.push(last.run);
        last = { key, run: { first: at, count: 1, step, from, advance, taps } };
      }
    }
    if (last !== null) runs.push(last.run);
  }
  return runs;
}

/** From a tap that meets an element to the next that does: elements of the input, and taps. */
export function stepOf({ stride, dilation = 1 }: WindowAxis, turned: boolean): readonly [number, number] {
  const common = commonDivisor(stride, dilation);
  return turned ? [-dilation / common, stride / common] : [dilation, 1];
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
