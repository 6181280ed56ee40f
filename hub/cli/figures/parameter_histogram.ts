/**
 * The picture of what a training run made of the parameters.
 * @module
 */
import { ArgumentError, NonFiniteError } from "../../../core/base/errors.ts";
import { formatCount } from "../../../core/base/format.ts";
import { COLORS, draw, WIDTH } from "./draw.ts";
import type { Figure } from "./figure.ts";

/**
 * Draws how the absolute values of a network's parameters are distributed, with
 * percentiles and the powers of two that a fixed-point scale can tell apart: a
 * parameter under 1/2^7 is rounded to 0 or 1/2^7 at scale 7. A curve shows the same
 * as a kernel density (Gaussian, Scott's bandwidth, reflected at 0).
 * @param values All parameters, in any order and of either sign.
 * @returns The picture. It shows values up to 0.2, or as far as the 95th percentile asks.
 * @throws {ArgumentError} When there are no values.
 * @throws {NonFiniteError} When a value is infinite or not a number.
 */
export function parameterHistogram(values: Float32Array): Promise<Figure> {
  if (values.length === 0) {
    throw new ArgumentError("parameterHistogram: values is empty, expected the parameters of a network");
  }
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new NonFiniteError(
      `parameterHistogram: values[${wrong}] is ${values[wrong]}, expected finite numbers; the training diverged, ` +
        "try a lower learning rate",
    );
  }
  const sorted = values.map(Math.abs).sort();
  const ranks = [5, 25, 50, 75, 95].map((p) => ({ p, value: percentile(sorted, p) }));
  // As a 32-bit float, so that a parameter of 0.2 lies within.
  let limit = Math.fround(0.2);
  while (limit < ranks[4].value * 1.05) limit *= 2;
  const bins = histogram(sorted, limit, 100);
  const top = Math.max(...bins.map((bin) => bin.count), 1);
  const beyond = sorted.length - bins.reduce((sum, bin) => sum + bin.count, 0);
  // From the left downwards, so that no label is crossed by a line further right.
  const marks = ranks.map(({ p, value }, i) => ({
    value,
    height: top * (1.4 - 0.075 * i),
    label: `${p}th percentile ${significant(value)}`,
  }));
  const x = { field: "value", type: "quantitative" as const };
  const y = { type: "quantitative" as const };
  return draw({
    title: {
      text: "Absolute value of parameters",
      subtitle: `${formatCount(sorted.length)} parameters · smallest ${significant(sorted[0])} · ` +
        `largest ${significant(sorted[sorted.length - 1])}` +
        (beyond > 0 ? ` · ${formatCount(beyond)} beyond the right edge` : ""),
    },
    width: WIDTH,
    height: 330,
    layer: [
      {
        data: { values: bins },
        mark: { type: "rect", color: COLORS.blue, opacity: 0.45 },
        encoding: {
          x: {
            field: "from",
            type: "quantitative",
            scale: { domain: [0, limit], nice: false },
            axis: {
              title: "absolute value",
              grid: false,
              values: ticks(limit),
              labelExpr: tickLabel(limit),
              labelOverlap: false,
            },
          },
          x2: { field: "to" },
          y: {
            ...y,
            field: "count",
            scale: { domain: [0, top * 1.45], nice: false },
            axis: { title: `parameters per bin of ${significant(limit / bins.length)}`, tickCount: 5 },
          },
          y2: { datum: 0 },
        },
      },
      {
        data: { values: density(sorted, limit, limit / bins.length) },
        mark: { type: "line", color: COLORS.blue, strokeWidth: 1.8 },
        encoding: { x, y: { ...y, field: "height" } },
      },
      {
        data: { values: marks },
        mark: { type: "rule", color: COLORS.orange, strokeDash: [4, 3], strokeWidth: 1.3 },
        encoding: { x, y: { ...y, field: "height" }, y2: { datum: 0 } },
      },
      {
        data: { values: marks },
        mark: { type: "text", align: "left", baseline: "top", dx: 5, fontSize: 11.5, color: COLORS.ink },
        encoding: { x, y: { ...y, field: "height" }, text: { field: "label" } },
      },
    ],
  });
}

/**
 * A percentile by linear interpolation between the two nearest ranks, as numpy's default.
 * @param sorted Numbers in ascending order, at least one.
 * @param p The percentile, from 0 to 100.
 * @returns The value that `p` percent of the numbers do not exceed.
 * @throws {ArgumentError} When there are no numbers or `p` is out of range.
 */
export function percentile(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0 || !(p >= 0 && p <= 100)) {
    throw new ArgumentError(
      `percentile: got ${sorted.length} numbers and p = ${p}, expected at least one number and p from 0 to 100`,
    );
  }
  const rank = (p / 100) * (sorted.length - 1);
  const low = Math.floor(rank);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (rank - low);
}

/** Counts of the values in equal bins of [0, limit]; the right edge belongs to the last bin. */
function histogram(values: Float32Array, limit: number, n: number): { from: number; to: number; count: number }[] {
  const bins = Array.from({ length: n }, (_, i) => ({ from: i * limit / n, to: (i + 1) * limit / n, count: 0 }));
  for (const value of values) {
    if (value <= limit) bins[Math.min(Math.floor(value / limit * n), n - 1)].count++;
  }
  return bins;
}

/**
 * The kernel density of the values on [0, limit], as expected counts per bin. Summed over
 * bins much finer than the bandwidth, not over the values: the same curve at any number of them.
 */
function density(sorted: Float32Array, limit: number, binWidth: number): { value: number; height: number }[] {
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length;
  const bandwidth = Math.max(Math.sqrt(variance) * sorted.length ** -0.2, limit / 400);
  const cells = histogram(sorted, limit + 4 * bandwidth, 2000).filter((cell) => cell.count > 0);
  const scale = binWidth / (bandwidth * Math.sqrt(2 * Math.PI));
  return Array.from({ length: 201 }, (_, i) => {
    const value = i * limit / 200;
    const height = cells.reduce((sum, { from, to, count }) => {
      const center = (from + to) / 2;
      const near = Math.exp(-0.5 * ((value - center) / bandwidth) ** 2);
      // Absolute values have no density under 0: what the kernel puts there is reflected.
      return sum + count * (near + Math.exp(-0.5 * ((value + center) / bandwidth) ** 2));
    }, 0);
    return { value, height: height * scale };
  });
}

/** The powers of two on the axis: the tutorial's 2^-7, 2^-5 and 2^-4, and larger ones. */
function ticks(limit: number): number[] {
  const largest = Math.floor(Math.log2(limit));
  const powers = Array.from({ length: Math.max(0, largest + 4) }, (_, k) => k - 3).filter((power) => power <= largest);
  return [-7, -5, -4, ...powers].map((power) => 2 ** power);
}

/** A Vega expression for a tick's label; one without room beside the one before goes to a second line. */
function tickLabel(limit: number): string {
  const lowered: number[] = [];
  let end = -Infinity;
  for (const value of ticks(limit)) {
    if (value - end >= 32 * limit / WIDTH) end = value;
    else lowered.push(value);
  }
  const text =
    "(datum.value >= 1 ? datum.value : datum.value == 0.5 ? '1/2' : '1/2^' + round(-log(datum.value) / LN2))";
  return `indexof([${lowered}], datum.value) < 0 ? ${text} : ['', ${text}]`;
}

function significant(value: number): string {
  return value === 0 ? "0" : String(Number(value.toPrecision(2)));
}
