/**
 * Spans of time, sizes and counts as people write them.
 * @module
 */

/**
 * A span of time for people: `850 µs`, `12 ms`, `4.2 s`, `42 s`, `3 min 05 s`, `2 h 07 min`.
 * @param seconds The span in seconds.
 * @returns The text; `unknown` when the span is no finite number.
 */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  if (seconds < 0) return `-${formatDuration(-seconds)}`;
  if (seconds === 0) return "0 s";
  // Each bound lies where rounding to the unit's digits would reach the next unit.
  if (seconds < 0.0009995) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1e3)} ms`;
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/**
 * A number of bytes for people, in powers of 1024 with three digits: `999 B`, `1.5 KiB`, `44.9 MiB`.
 * @param bytes The number of bytes.
 * @returns The text; `unknown` when the number is not finite.
 */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return "unknown";
  if (bytes < 0) return `-${formatBytes(-bytes)}`;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(unit === 0 || value >= 99.95 ? 0 : 1))} ${units[unit]}`;
}

/**
 * A count for people, rounded to a whole number, with a comma before every three digits: `60,000`.
 * Numbers below ten keep one digit after the point, for slow rates: `2.5`.
 * @param count The count, or a rate.
 * @returns The text; `unknown` when the number is not finite.
 */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return "unknown";
  if (Math.abs(count) < 9.95) return String(Number(count.toFixed(1)));
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * A share for people, in percent with two digits after the point: `97.82 %`.
 * @param share The share of one, such as an accuracy of 0.9782.
 * @returns The text; `unknown` when the share is no finite number.
 */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return "unknown";
  return `${(100 * share).toFixed(2)} %`;
}
