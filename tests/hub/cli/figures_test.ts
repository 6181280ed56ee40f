import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { inflateSync } from "node:zlib";
import { ArgumentError, NonFiniteError } from "../../../core/base/errors.ts";
import type { Figure } from "../../../hub/cli/figures/figure.ts";
import { parameterHistogram, percentile } from "../../../hub/cli/figures/parameter_histogram.ts";
import { type CurvePoint, trainingCurve } from "../../../hub/cli/figures/training_curve.ts";

const history: CurvePoint[] = Array.from({ length: 25 }, (_, i) => ({
  epoch: i + 1,
  trainLoss: 2.3 * Math.exp(-i / 4) + 0.04,
  testAccuracy: 0.9876 - 0.8 * Math.exp(-i / 3),
}));

/** The texts of a drawing, in document order. */
function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);
}

function count(svg: string, part: string): number {
  return svg.split(part).length - 1;
}

function assertPngAtTwice(figure: Figure): void {
  assert.deepEqual([...figure.png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const header = new DataView(figure.png.buffer, figure.png.byteOffset);
  const [, width, height] = figure.svg.match(/^<svg[^>]* width="([\d.]+)" height="([\d.]+)"/)!;
  assert.ok(Math.abs(header.getUint32(16) - 2 * Number(width)) <= 2, `width ${header.getUint32(16)} of ${width}`);
  assert.ok(Math.abs(header.getUint32(20) - 2 * Number(height)) <= 2, `height ${header.getUint32(20)} of ${height}`);
}

/** Pixels darker than half in the top rows of an 8-bit RGBA PNG. */
function darkPixels(png: Uint8Array, rows: number): number {
  const view = new DataView(png.buffer, png.byteOffset);
  assert.deepEqual([png[24], png[25], png[28]], [8, 6, 0], "expected 8-bit RGBA without interlace");
  const stride = view.getUint32(16) * 4;
  const parts: Uint8Array[] = [];
  for (let at = 8; at < png.length; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === 0x49444154) parts.push(png.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const raw = inflateSync(Buffer.concat(parts));
  let above = new Uint8Array(stride);
  let dark = 0;
  for (let y = 0; y < rows; y++) {
    const filter = raw[y * (stride + 1)];
    const line = new Uint8Array(raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    for (let i = 0; i < stride; i++) {
      const [a, b, c] = [i < 4 ? 0 : line[i - 4], above[i], i < 4 ? 0 : above[i - 4]];
      line[i] += [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter];
    }
    for (let i = 0; i < stride; i += 4) if (line[i] < 128) dark++;
    above = line;
  }
  return dark;
}

function paeth(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

Deno.test("trainingCurve() draws a point per epoch in each panel, and names what they are", async () => {
  const figure = await trainingCurve(history);
  assert.equal(count(figure.svg, 'aria-roledescription="point"'), 50);
  const shown = texts(figure.svg);
  for (
    const text of ["Loss and test accuracy by epoch", "mean training loss", "test accuracy (%)", "epoch", "1", "25"]
  ) {
    assert.ok(shown.includes(text), `${text} is missing in ${shown.join(" | ")}`);
  }
  assert.ok(shown.some((text) => text.startsWith("25 epochs") && text.includes("98.73 % (epoch 25)")));
  assert.ok(!shown.includes("training"));
  assertPngAtTwice(figure);
});

Deno.test("trainingCurve() adds the test loss and a legend when it was measured", async () => {
  const figure = await trainingCurve(history.map((entry) => ({ ...entry, testLoss: entry.trainLoss * 1.1 })));
  assert.equal(count(figure.svg, 'aria-roledescription="point"'), 75);
  const shown = texts(figure.svg);
  for (const text of ["mean loss", "training", "test"]) assert.ok(shown.includes(text), text);
});

Deno.test("trainingCurve() draws a single epoch and a long run", async () => {
  const one = await trainingCurve(history.slice(0, 1));
  assert.equal(count(one.svg, 'aria-roledescription="point"'), 2);
  assert.ok(!one.svg.includes("NaN"));
  const long = await trainingCurve(Array.from({ length: 1000 }, (_, i) => ({ ...history[i % 25], epoch: i + 1 })));
  const shown = texts(long.svg);
  for (const text of ["1", "100", "500", "1000"]) assert.ok(shown.includes(text), `${text} in ${shown.join(" | ")}`);
});

Deno.test("trainingCurve() gives the same bytes for the same history", async () => {
  const [a, b] = [await trainingCurve(history), await trainingCurve(history)];
  assert.equal(a.svg, b.svg);
  assert.deepEqual(a.png, b.png);
});

Deno.test("trainingCurve() draws the letters of its title in the PNG", async () => {
  const { png } = await trainingCurve(history);
  // Nothing but the title lies in the top 36 units: ink there means that the font was found.
  const ink = darkPixels(png, 2 * 36);
  assert.ok(ink > 1500 && ink < 20_000, `${ink} dark pixels`);
});

Deno.test("trainingCurve() refuses an empty history", () => {
  assert.throws(() => trainingCurve([]), ArgumentError);
});

Deno.test("parameterHistogram() marks five percentiles and the powers of two", async () => {
  const values = Float32Array.from({ length: 2001 }, (_, i) => (i - 1000) / 5000);
  const figure = await parameterHistogram(values);
  const shown = texts(figure.svg);
  const marks = ["5th percentile 0.01", "25th percentile 0.05", "50th percentile 0.1", "75th percentile 0.15"];
  for (const text of [...marks, "95th percentile 0.19", "1/2^7", "1/2^5", "1/2^4", "Absolute value of parameters"]) {
    assert.ok(shown.includes(text), `${text} is missing in ${shown.join(" | ")}`);
  }
  assert.equal(count(figure.svg, "stroke-dasharray"), 5);
  assert.ok(shown.includes("2,001 parameters · smallest 0 · largest 0.2"), shown.join(" | "));
  assertPngAtTwice(figure);
});

Deno.test("parameterHistogram() widens for large parameters and counts what it leaves out", async () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => i < 990 ? -i / 1000 : 50);
  const shown = texts((await parameterHistogram(values)).svg);
  assert.ok(shown.some((text) => text.endsWith("largest 50 · 10 beyond the right edge")), shown.join(" | "));
  assert.ok(shown.includes("1/2") && shown.includes("1"), shown.join(" | "));
});

Deno.test("parameterHistogram() draws parameters that are all equal", async () => {
  for (const value of [0, 0.1]) {
    assert.ok(!(await parameterHistogram(new Float32Array(10).fill(value))).svg.includes("NaN"));
  }
});

Deno.test("parameterHistogram() refuses no values and values that are not finite", () => {
  assert.throws(() => parameterHistogram(new Float32Array(0)), ArgumentError);
  assert.throws(() => parameterHistogram(Float32Array.of(1, NaN)), NonFiniteError);
});

Deno.test("percentile() interpolates between ranks as numpy does", () => {
  // numpy.percentile([1, 2, 4, 8], [0, 5, 25, 50, 75, 95, 100])
  const expected: [number, number][] = [[0, 1], [5, 1.15], [25, 1.75], [50, 3], [75, 5], [95, 7.4], [100, 8]];
  for (const [p, value] of expected) assert.ok(Math.abs(percentile([1, 2, 4, 8], p) - value) < 1e-12, `p = ${p}`);
  assert.equal(percentile([3], 95), 3);
  assert.throws(() => percentile([], 50), ArgumentError);
  assert.throws(() => percentile([1], 101), ArgumentError);
});
