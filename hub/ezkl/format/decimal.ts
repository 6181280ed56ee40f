/**
 * Floats as EZKL's files write them for people.
 * @module
 */

/** The digits of a finite float, as few as tell it from all others, and never with an exponent. */
export function decimalText(value: number): string {
  const text = String(value), at = text.indexOf("e");
  if (at < 0) return text;
  const sign = text.startsWith("-") ? "-" : "";
  const [whole, fraction = ""] = text.slice(sign.length, at).split(".");
  const digits = whole + fraction, point = whole.length + Number(text.slice(at + 1));
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0").slice(0, point)}${point < digits.length ? `.${digits.slice(point)}` : ""}`;
}
