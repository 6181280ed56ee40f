/**
 * Sums and extremes of several elements of one tensor: pooling and reductions.
 * @module
 */
import { stridesOf } from "../../../core/base/shape.ts";
import { mustBeExact } from "./exact.ts";
import { placesOf } from "./places.ts";
import { magnitude, type Recorder, Scratch, type Step, type Values } from "./values.ts";

/** Which elements of a tensor go together. */
export interface Gatherings {
  /** By element of the result: where its elements start. */
  starts: Int32Array;
  /** The elements, from the start. */
  elements: Int32Array;
}

/** What becomes of elements that go together. */
export type Reduction = "sum" | "max" | "min" | "argmax" | "argmin" | "product";

/** One number for each gathering. */
export class ReduceStep implements Step {
  /** Elements of a sample's result. */
  readonly size: number;
  readonly #gatherings: Gatherings;
  readonly #reduction: Reduction;
  readonly #recorder: Recorder;
  readonly #where: string;
  readonly #out = new Scratch();

  /** `where` names the operation in errors. */
  constructor(gatherings: Gatherings, reduction: Reduction, recorder: Recorder, where: string) {
    this.size = gatherings.starts.length;
    this.#gatherings = gatherings;
    this.#reduction = reduction;
    this.#recorder = recorder;
    this.#where = where;
  }

  /** The result for `lanes` samples; the next call overwrites it. */
  run([x]: readonly Values[], lanes: number): Float64Array {
    const { starts, elements } = this.#gatherings;
    const count = elements.length;
    const reduction = this.#reduction;
    if (reduction === "sum") mustBeExact(count * magnitude(x), this.#where);
    else if (reduction === "product") mustBeExact(Math.max(1, magnitude(x)) ** count, this.#where);
    else if (count > 1) this.#recorder.decompose(x.high - x.low + 1);
    const { data } = x;
    const out = this.#out.take(this.size * lanes);
    const better = reduction === "max" || reduction === "argmax" ? 1 : -1;
    for (let element = 0; element < starts.length; element++) {
      const at = element * lanes;
      const start = starts[element];
      for (let lane = 0; lane < lanes; lane++) {
        let result = data[start * lanes + lane];
        let chosen = 0;
        for (let k = 1; k < count; k++) {
          const value = data[(start + elements[k]) * lanes + lane];
          if (reduction === "sum") result += value;
          else if (reduction === "product") result *= value;
          else if ((value - result) * better > 0) {
            result = value;
            chosen = k;
          }
        }
        out[at + lane] = (reduction === "argmax" || reduction === "argmin" ? chosen : result) + 0;
      }
    }
    return out;
  }
}

/** All elements along some axes. */
export function alongAxes(shape: readonly number[], axes: readonly number[]): Gatherings {
  const strides = stridesOf(shape);
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const pick = (list: readonly number[], which: readonly number[]) => which.map((axis) => list[axis]);
  const sorted = axes.toSorted((a, b) => a - b);
  return {
    starts: placesOf(pick(shape, kept), pick(strides, kept)),
    elements: placesOf(pick(shape, sorted), pick(strides, sorted)),
  };
}

/** The elements of each window: of planes first, then of positions in a plane. */
export function inWindows(
  planes: Int32Array,
  positions: Int32Array,
  elements: Int32Array,
  result: { planes: Int32Array; positions: Int32Array },
): Gatherings {
  const starts = new Int32Array(planes.length * positions.length);
  planes.forEach((plane, p) => {
    positions.forEach((position, q) => starts[result.planes[p] + result.positions[q]] = plane + position);
  });
  return { starts, elements };
}
