import assert from "node:assert/strict";
import { formatBytes, formatCount, formatDuration, formatPercent } from "../../../core/base/format.ts";

Deno.test("formatDuration() takes the unit that fits", () => {
  const cases: [number, string][] = [
    [0, "0 s"],
    [0.00085, "850 µs"],
    [0.0009996, "1 ms"],
    [0.0123, "12 ms"],
    [0.9996, "1 s"],
    [4.21, "4.2 s"],
    [9.96, "10 s"],
    [42.4, "42 s"],
    [59.6, "1 min 00 s"],
    [185, "3 min 05 s"],
    [3599.6, "1 h 00 min"],
    [7620, "2 h 07 min"],
    [-3, "-3 s"],
    [Infinity, "unknown"],
  ];
  for (const [seconds, text] of cases) assert.equal(formatDuration(seconds), text);
});

Deno.test("formatBytes() counts in powers of 1024", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [999, "999 B"],
    [1024, "1 KiB"],
    [1536, "1.5 KiB"],
    [1023.7 * 1024, "1 MiB"],
    [47_040_016, "44.9 MiB"],
    [188_160_000, "179 MiB"],
    [2 ** 40 * 3000, "3000 TiB"],
    [NaN, "unknown"],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

Deno.test("formatCount() groups by three digits", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [2.54, "2.5"],
    [9.96, "10"],
    [999.5, "1,000"],
    [60_000, "60,000"],
    [1234567.8, "1,234,568"],
    [-44_426, "-44,426"],
    [Infinity, "unknown"],
  ];
  for (const [count, text] of cases) assert.equal(formatCount(count), text);
});

Deno.test("formatPercent() keeps two digits after the point", () => {
  const cases: [number, string][] = [[0, "0.00 %"], [0.97823, "97.82 %"], [1, "100.00 %"], [0.00006, "0.01 %"]];
  for (const [share, text] of cases) assert.equal(formatPercent(share), text);
});
