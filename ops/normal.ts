/**
 * Parameters from a normal distribution.
 * @module
 */
import { defaultGenerator } from "../core/base/random.ts";
import type { Shape } from "../core/base/shape.ts";
import { Parameter } from "../core/graph/module.ts";

/** A parameter whose values are drawn from the normal distribution around zero with this standard deviation (Box-Muller). */
export function normal(shape: Shape, deviation: number): Parameter {
  const parameter = new Parameter(shape, 0);
  const generator = defaultGenerator();
  for (let k = 0; k < parameter.data.length; k += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - generator.uniform()));
    const angle = 2 * Math.PI * generator.uniform();
    parameter.data[k] = radius * Math.cos(angle);
    if (k + 1 < parameter.data.length) parameter.data[k + 1] = radius * Math.sin(angle);
  }
  return parameter;
}
