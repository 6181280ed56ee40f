/**
 * The rounding of the circuit.
 * @module
 */

/** To the nearest whole number, halves away from zero; never -0. */
export function roundAway(x: number): number {
  const whole = Math.trunc(x);
  const rest = x - whole;
  return (rest >= 0.5 ? whole + 1 : rest <= -0.5 ? whole - 1 : whole) + 0;
}
