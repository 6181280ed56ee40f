/**
 * Numbers that are none, in WGSL. Its comparisons, `max`, `min`, `clamp`, `exp` and `log` may
 * lose a NaN, for a compiler may take it that there is none: Mesa makes 0 of `x != x`, of
 * `x - x` and of `max(x, 0)`, SwiftShader infinity of `exp(x)`. Sums and products keep it
 * everywhere, and bits cannot be taken for something else.
 * @module
 */

/** A WGSL condition: the f32 called `x` is no number. */
export function isNan(x: string): string {
  return `(bitcast<u32>(${x}) & 0x7fffffffu) > 0x7f800000u`;
}

/** A WGSL expression that is no number, whatever the f32 called `x` is; a constant that is none would be refused. */
export function notANumber(x: string): string {
  return `bitcast<f32>(bitcast<u32>(${x}) | 0x7fc00000u)`;
}
