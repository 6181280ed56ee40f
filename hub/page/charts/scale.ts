/**
 * From numbers to places on a chart, and the round numbers beside its axes.
 * @module
 */

/** An axis. */
export interface Scale {
  /** The place of a number, in pixels. */
  at(value: number): number;
  /** Round numbers within it, ascending. */
  readonly ticks: readonly number[];
  /** The first and last number. */
  readonly ends: readonly [low: number, high: number];
}

/**
 * An axis over `values`, from `from` to `to` in pixels, widened to round numbers about `count` to the axis; `least` is
 * what it reaches down to at most, and `most` up to.
 */
export function scaleOf(
  values: readonly number[],
  from: number,
  to: number,
  { count = 4, least = -Infinity, most = Infinity, includes = [] as readonly number[] } = {},
): Scale {
  const all = [...values.filter(Number.isFinite), ...includes];
  const low = all.length > 0 ? Math.min(...all) : 0, high = all.length > 0 ? Math.max(...all) : 1;
  const step = roundStep((high - low || Math.abs(high) || 1) / count);
  const first = Math.max(least, Math.floor(low / step + 1e-9) * step);
  const last = Math.min(most, Math.ceil(high / step - 1e-9) * step), end = last > first ? last : first + step;
  const ticks = Array.from(
    { length: Math.floor((end - first) / step + 1e-6) + 1 },
    (_, index) => tidy(first + index * step),
  );
  return { ends: [first, end], ticks, at: (value) => from + (value - first) / (end - first) * (to - from) };
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((each) => each * power >= least * (1 - 1e-9))!;
  return factor * power;
}

/** Without the tail of binary digits. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
