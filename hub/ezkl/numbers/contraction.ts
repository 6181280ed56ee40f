/**
 * Sums of products: what convolutions and matrix products have in common, and where
 * nearly all of the time goes.
 * @module
 */
import type { ContractionPlan, PackedWeights } from "./contraction_plan.ts";
import { mustBeExact } from "./exact.ts";
import { twoRows } from "./two_rows.ts";
import { magnitude, Scratch, type Step, type Values } from "./values.ts";
import { vectorSums } from "./vector_sums.ts";

/** The same, with what bounds the sums. */
interface Packed extends PackedWeights {
  /** By group and row: the sum of the positive weights, and of the negative ones. */
  positive: Float64Array;
  negative: Float64Array;
}

/** The sums of a plan: x, w and perhaps a bias for each group and row. */
export class Contraction implements Step {
  /** Elements of a sample's result. */
  readonly size: number;
  readonly #plan: ContractionPlan;
  readonly #constant: boolean;
  readonly #where: string;
  readonly #out = new Scratch();
  #packed: Packed | undefined;

  /** `constant`: w and the bias never change; `where` names the operation in errors. */
  constructor(plan: ContractionPlan, constant: boolean, where: string) {
    this.#plan = plan;
    this.#constant = constant;
    this.#where = where;
    this.size = plan.groups.length * plan.outRow.length * plan.outPosition.length;
  }

  /** The sums; `inputs` are x, w and perhaps the bias. */
  run(inputs: readonly Values[], lanes: number): Float64Array {
    const [x, w, bias] = inputs;
    const out = this.#out.take(this.size * lanes);
    if (this.#constant && x.lanes === lanes) this.#weighted(x, this.#packed ??= pack(this.#plan, w, bias), out);
    else this.#general(x, w, bias, lanes, out);
    return out;
  }

  /** With the same weights for every sample. */
  #weighted(x: Values, packed: Packed, out: Float64Array): void {
    const { lanes } = x;
    // With 0 in the interval, the bounds hold for the beginnings of the sums too.
    const low = Math.min(0, x.low);
    const high = Math.max(0, x.high);
    packed.positive.forEach((positive, row) => {
      const negative = packed.negative[row];
      const start = Math.abs(packed.bias[row]);
      mustBeExact(start + Math.max(positive * high + negative * low, -positive * low - negative * high), this.#where);
    });
    weightedSums(this.#plan, packed, x.data, lanes, out);
  }

  /** With operands that differ from sample to sample, or none that does. */
  #general(x: Values, w: Values, bias: Values | undefined, lanes: number, out: Float64Array): void {
    const { groups, xPosition, outPosition, wRow, outRow, xTerm, wTerm } = this.#plan;
    const start = bias === undefined ? 0 : magnitude(bias);
    mustBeExact(start + xTerm.length * magnitude(x) * magnitude(w), this.#where);
    const place = (values: Values, element: number, lane: number) =>
      values.lanes === 1 ? element : element * lanes + lane;
    for (const group of groups) {
      for (let r = 0; r < outRow.length; r++) {
        for (let p = 0; p < outPosition.length; p++) {
          for (let lane = 0; lane < lanes; lane++) {
            let sum = bias === undefined ? 0 : bias.data[place(bias, group.bias + r, lane)];
            for (let k = 0; k < xTerm.length; k++) {
              sum += x.data[place(x, group.x + xPosition[p] + xTerm[k], lane)] *
                w.data[place(w, group.w + wRow[r] + wTerm[k], lane)];
            }
            out[(group.out + outRow[r] + outPosition[p]) * lanes + lane] = sum;
          }
        }
      }
    }
  }
}

/** The sums of a plan with the same weights for every sample of x, which lie innermost as in {@linkcode Values}. */
export function weightedSums(
  plan: ContractionPlan,
  packed: PackedWeights,
  x: Float64Array,
  lanes: number,
  out: Float64Array,
): void {
  if (vectorSums(plan, packed, x, lanes, out)) return;
  const { groups, xPosition, outPosition, outRow, xTerm } = plan;
  const terms = xTerm.map((place) => place * lanes), rows = outRow.length;
  groups.forEach((group, index) => {
    const weights = packed.w.subarray(index * rows * terms.length, (index + 1) * rows * terms.length);
    const starts = packed.bias.subarray(index * rows, (index + 1) * rows);
    for (let p = 0; p < xPosition.length; p++) {
      const from = (group.x + xPosition[p]) * lanes, to = group.out + outPosition[p];
      for (let r = 0; r < rows; r += 2) {
        twoRows(x, from, terms, weights, starts, r, Math.min(r + 1, rows - 1), outRow, to, lanes, out);
      }
    }
  });
}

function pack({ groups, wRow, wTerm }: ContractionPlan, w: Values, bias: Values | undefined): Packed {
  const rows = groups.length * wRow.length;
  const packed: Packed = {
    w: new Float64Array(rows * wTerm.length),
    bias: new Float64Array(rows),
    positive: new Float64Array(rows),
    negative: new Float64Array(rows),
  };
  let at = 0;
  let row = 0;
  for (const group of groups) {
    for (let r = 0; r < wRow.length; r++, row++) {
      if (bias !== undefined) packed.bias[row] = bias.data[group.bias + r];
      for (const term of wTerm) {
        const weight = w.data[group.w + wRow[r] + term];
        packed.w[at++] = weight;
        packed[weight < 0 ? "negative" : "positive"][row] += weight;
      }
    }
  }
  return packed;
}
