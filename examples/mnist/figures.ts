/**
 * The two pictures of a training run: its course, and what it made of the
 * parameters. Each comes as SVG and, from the same drawing, as PNG.
 *
 * The drawing libraries and the font are fetched and loaded at the first picture.
 * The renderer and the font are imported as bytes, straight from Deno's cache, so
 * no permission is needed; `"unstable": ["raw-imports"]` in deno.json allows it.
 * The same data always gives the same bytes.
 * @module
 */
import type { Config, TopLevelSpec } from "npm:vega-lite@6.5.0";
import { ArgumentError, NonFiniteError } from "../../core/base/errors.ts";
import { formatCount, formatPercent } from "../../core/base/format.ts";

/** A picture in two formats. */
export interface Figure {
  /** The drawing as text; its font is Lato, with common fonts named after it. */
  svg: string;
  /** The drawing as PNG, two pixels for each unit of the SVG. */
  png: Uint8Array<ArrayBuffer>;
}

/** How a network stood after an epoch. */
export interface EpochResult {
  /** The number of the epoch, from 1. */
  epoch: number;
  /** Mean loss over the training set. */
  trainLoss: number;
  /** Correct answers on the test set, as a share from 0 to 1. */
  testAccuracy: number;
  /** Mean loss over the test set, when it was measured. */
  testLoss?: number;
}

const WIDTH = 640;
const SCALE = 2;
const INK = "#1f2933";
const FAINT = "#6b7785";
const BLUE = "#2563a8";
const ORANGE = "#d9701a";
const GREEN = "#1f8a5b";

const CONFIG: Config = {
  background: "#ffffff",
  padding: 20,
  font: "Lato, Helvetica Neue, Arial, sans-serif",
  title: {
    anchor: "start",
    frame: "group",
    offset: 14,
    fontSize: 17,
    fontWeight: "bold",
    color: INK,
    subtitleFontSize: 12.5,
    subtitleColor: FAINT,
    subtitlePadding: 5,
  },
  view: { stroke: null },
  axis: {
    labelColor: INK,
    labelFontSize: 11.5,
    titleColor: FAINT,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 9,
    gridColor: "#e6eaee",
    domainColor: "#9aa5b1",
    tickColor: "#9aa5b1",
    tickSize: 4,
  },
  legend: { labelColor: INK, labelFontSize: 12, symbolStrokeWidth: 2.5, symbolSize: 120 },
};

/**
 * Draws loss and test accuracy over the epochs, one panel above the other.
 * @param history One entry per epoch, in order; the test loss is drawn when any entry has it.
 * @returns The picture.
 * @throws {ArgumentError} When the history is empty.
 */
export function trainingCurve(history: EpochResult[]): Promise<Figure> {
  if (history.length === 0) {
    throw new ArgumentError("trainingCurve: history is empty, expected at least one epoch; train first");
  }
  const best = history.reduce((a, b) => b.testAccuracy > a.testAccuracy ? b : a);
  const last = history[history.length - 1];
  const epochs = history.map((entry) => entry.epoch);
  const domain = epochs.some((epoch) => epoch !== epochs[0])
    ? [Math.min(...epochs), Math.max(...epochs)]
    : [last.epoch - 0.5, last.epoch + 0.5];
  const losses = history.flatMap(({ epoch, trainLoss, testLoss }) => [
    { epoch, loss: trainLoss, set: "training" },
    ...(testLoss === undefined ? [] : [{ epoch, loss: testLoss, set: "test" }]),
  ]);
  const sets = new Set(losses.map((entry) => entry.set));
  const x = (title: string | null, labels: boolean) => ({
    field: "epoch",
    type: "quantitative" as const,
    scale: { domain, nice: false },
    axis: { title, labels, values: epochTicks(epochs), format: "d", grid: false, ticks: labels, labelFlush: false },
  });
  // Every point is shown while there is room between them.
  const point = { filled: true, size: history.length <= 60 ? 26 : 0, opacity: 1 };
  return draw({
    title: {
      text: "Loss and test accuracy by epoch",
      subtitle: `${formatCount(history.length)} ${history.length === 1 ? "epoch" : "epochs"} · ` +
        `final training loss ${last.trainLoss.toFixed(4)} · ` +
        `best test accuracy ${formatPercent(best.testAccuracy)} (epoch ${best.epoch})`,
    },
    spacing: 22,
    vconcat: [
      {
        width: WIDTH,
        height: 200,
        data: { values: losses },
        mark: { type: "line", strokeWidth: 2, point },
        encoding: {
          x: x(null, false),
          y: {
            field: "loss",
            type: "quantitative",
            scale: { zero: true },
            axis: { title: sets.size > 1 ? "mean loss" : "mean training loss", tickCount: 5 },
          },
          color: {
            field: "set",
            type: "nominal",
            scale: { domain: ["training", "test"], range: [BLUE, ORANGE] },
            legend: sets.size > 1 ? { title: null, orient: "top-right", symbolType: "stroke" } : null,
          },
        },
      },
      {
        width: WIDTH,
        height: 150,
        data: { values: history.map(({ epoch, testAccuracy }) => ({ epoch, testAccuracy })) },
        mark: { type: "line", strokeWidth: 2, color: GREEN, point: { ...point, color: GREEN } },
        encoding: {
          x: x("epoch", true),
          y: {
            field: "testAccuracy",
            type: "quantitative",
            scale: { zero: false },
            axis: { title: "test accuracy (%)", tickCount: 5, labelExpr: "format(datum.value * 100, '.4~r')" },
          },
        },
      },
    ],
  });
}

/** The first epoch and the round numbers after it, about ten at most. */
function epochTicks(epochs: number[]): number[] {
  const [first, last] = [Math.min(...epochs), Math.max(...epochs)];
  let step = 1;
  for (let i = 0; (last - first) / step > 10; i++) step *= [2, 2.5, 2][i % 3];
  const ticks = [first];
  for (let at = Math.ceil(first / step) * step; at <= last; at += step) if (at - first >= step / 2) ticks.push(at);
  return ticks;
}

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
        mark: { type: "rect", color: BLUE, opacity: 0.45 },
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
        mark: { type: "line", color: BLUE, strokeWidth: 1.8 },
        encoding: { x, y: { ...y, field: "height" } },
      },
      {
        data: { values: marks },
        mark: { type: "rule", color: ORANGE, strokeDash: [4, 3], strokeWidth: 1.3 },
        encoding: { x, y: { ...y, field: "height" }, y2: { datum: 0 } },
      },
      {
        data: { values: marks },
        mark: { type: "text", align: "left", baseline: "top", dx: 5, fontSize: 11.5, color: INK },
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

/** Vega's hook for measuring text, which its typings leave out. */
interface TextMetrics {
  width: (item: { fontSize?: number }, text: unknown) => number;
}

async function draw(spec: TopLevelSpec): Promise<Figure> {
  const [vega, vegaLite] = await Promise.all([import("npm:vega@6.4.0"), import("npm:vega-lite@6.5.0")]);
  // Without a canvas Vega takes 0.8 em a letter, half too wide: titles would stand off and the right side stay empty.
  (vega as unknown as { textMetrics: TextMetrics }).textMetrics.width = (item, text) =>
    0.52 * (item.fontSize ?? 11) * String(text ?? "").length;
  const view = new vega.View(vega.parse(vegaLite.compile(spec, { config: CONFIG }).spec), { renderer: "none" });
  try {
    const svg = await view.toSVG();
    return { svg, png: await rasterize(svg) };
  } finally {
    view.finalize();
  }
}

let renderer: Promise<[typeof import("npm:@resvg/resvg-wasm@2.6.2"), Uint8Array[]]> | undefined;

async function rasterize(svg: string): Promise<Uint8Array<ArrayBuffer>> {
  const [{ Resvg }, fontBuffers] = await (renderer ??= loadRenderer());
  const resvg = new Resvg(svg, {
    font: { fontBuffers, defaultFontFamily: "Lato" },
    fitTo: { mode: "zoom", value: SCALE },
  });
  const image = resvg.render();
  try {
    return new Uint8Array(image.asPng());
  } finally {
    image.free();
    resvg.free();
  }
}

async function loadRenderer(): Promise<[typeof import("npm:@resvg/resvg-wasm@2.6.2"), Uint8Array[]]> {
  const [resvg, wasm, regular, bold] = await Promise.all([
    import("npm:@resvg/resvg-wasm@2.6.2"),
    import("npm:@resvg/resvg-wasm@2.6.2/index_bg.wasm", { with: { type: "bytes" } }),
    import("npm:@expo-google-fonts/lato@0.4.1/400Regular/Lato_400Regular.ttf", { with: { type: "bytes" } }),
    import("npm:@expo-google-fonts/lato@0.4.1/700Bold/Lato_700Bold.ttf", { with: { type: "bytes" } }),
  ]);
  await resvg.initWasm(wasm.default);
  return [resvg, [regular.default, bold.default]];
}
