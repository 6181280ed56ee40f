/**
 * Dropout: `y = x / (1 - p)` or, with probability p, 0; in evaluation `y = x`. `dx` is `dy` through the same mask.
 *
 * The mask is a hash of the step's number, the layer's seed and the element's place, so that nothing is stored between
 * the way forward and the way back, and a run that is resumed drops what it would have dropped. The hash is two rounds of
 * a 32-bit finaliser (xor of the upper bits, times an odd constant, twice; constants of C. Wellons' search for low bias).
 * @module
 */
import { checkArguments, expect, whole } from "../core/base/arguments.ts";
import { defaultGenerator } from "../core/base/random.ts";
import { sizeOf } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { STEP_WGSL } from "../core/run/step.ts";

/** What is dropped. */
export interface DropoutAttributes {
  /** The probability that an element becomes zero. */
  readonly p: number;
  /** What tells this mask from others of the same step, below 2^32. */
  readonly seed: number;
}

const MIX = `fn mix_bits(x: u32) -> u32 {
  let a = (x ^ (x >> 16u)) * 0x7feb352du;
  let b = (a ^ (a >> 15u)) * 0x846ca68bu;
  return b ^ (b >> 16u);
}
`;

/** The operation of a training step; it has no counterpart in a file, where nothing is dropped. */
export const DropoutOp: OpDefinition<DropoutAttributes> = {
  name: "Dropout",
  shapes: ([x]) => [x],
  carries: ["map"],
  stepwise: true,
  kernel(call) {
    const { outputs: [out], attributes: { p, seed } } = call;
    const items = sizeOf(out.slice(1));
    // Of the hash's upper 24 bits; beyond 1 - p it is dropped.
    const kept = Math.round((1 - p) * 2 ** 24);
    return perSample({
      name: "Dropout",
      step: STEP_WGSL,
      inputs: [{ name: "x", type: "f32" }],
      outputs: [{ name: "y" }],
      items,
      functions: MIX,
      body: `  let key = mix_bits(step.seed * 0x9e3779b9u + ${seed}u);
  let word = mix_bits(mix_bits((sample * ${items}u + item) ^ key) + key);
  set_y(item, select(0.0, x(item) * ${(1 / (1 - p || 1)).toFixed(9)}, (word >> 8u) < ${kept}u));`,
      carries: true,
    }, call);
  },
  gradient: (node, [dy]) => [dy!.graph.apply(DropoutOp, [dy!], node.attributes)[0]],
};

/**
 * `x` with elements zeroed with probability `p` and the others divided by `1 - p`, in a training step; `x` itself in
 * evaluation. Every use in a model drops others; `seed` tells models apart. Throws an `ArgumentError` unless p is a
 * number from 0 to 1.
 */
export function dropout(x: Value, p: number = 0.5, seed: number = 0): Value {
  checkArguments("dropout()", arguments, 3);
  const graph = graphOf("dropout()", x);
  checkProbability("dropout(): p", p);
  whole("dropout(): seed", seed, 0);
  if (p === 0 || !graph.training) return x;
  return graph.apply(DropoutOp, [x], { p, seed: (seed + graph.nodes.length * 0x632be5ab) % 2 ** 32 })[0];
}

/** Refuses all but numbers from 0 to 1. */
export function checkProbability(what: string, p: unknown): void {
  expect(typeof p === "number" && p >= 0 && p <= 1, what, p, "a probability from 0 to 1");
}

/**
 * Dropout as a layer, whose seed is drawn from the generator that `manualSeed` sets.
 *
 * @example
 * ```ts
 * import { Dropout, Linear, ReLU, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(64, 64), new ReLU(), new Dropout(0.2), new Linear(64, 10));
 * ```
 */
export class Dropout extends Module {
  /** The probability that an element becomes zero. */
  readonly p: number;
  /** What tells its masks from those of other layers. */
  readonly seed: number;

  /** Zeroes elements with probability `p`. */
  constructor(p: number = 0.5) {
    super();
    checkArguments("Dropout", arguments, 1);
    checkProbability("Dropout: p", p);
    this.p = p;
    this.seed = defaultGenerator().word();
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return dropout(x, this.p, this.seed);
  }
}
