import assert from "node:assert/strict";
import {
  type InputStatistics,
  inputStatistics,
  roundingOrder,
  roundWeights,
} from "../../../../hub/ezkl/calibrate/rounding.ts";
import { quantize } from "../../../../hub/ezkl/numbers/fixed_point.ts";
import { random } from "../../../onnx/lenet.ts";

const normal = (next: () => number) => Array.from({ length: 12 }, next).reduce((a, b) => a + b, -6);

/** Samples whose elements share a few causes, some of them far from 0. */
function correlated(depth: number, count: number, seed: number): Float64Array {
  const next = random(seed), mix = Array.from({ length: depth * 3 }, () => normal(next));
  const samples = new Float64Array(count * depth);
  for (let row = 0; row < count; row++) {
    const causes = [normal(next), normal(next), normal(next)];
    for (let k = 0; k < depth; k++) {
      const shared = causes.reduce((sum, cause, c) => sum + cause * mix[k * 3 + c], 0);
      samples[row * depth + k] = shared + 0.3 * normal(next) + k;
    }
  }
  return samples;
}

function uncorrelated(depth: number, variance: number): InputStatistics {
  const covariance = new Float64Array(depth * depth);
  for (let k = 0; k < depth; k++) covariance[k * depth + k] = variance;
  return { depth, mean: new Float64Array(depth), covariance };
}

Deno.test("inputStatistics() are the mean and the sums of products about it", () => {
  const { mean, covariance } = inputStatistics(Float64Array.of(1, 10, 3, 10, 5, 40), 2);
  assert.deepEqual([...mean], [3, 20]);
  assert.deepEqual([...covariance], [8, 60, 60, 600]);
});

Deno.test("roundingOrder() orders by variance, and its factor squared is the inverse of the damped covariance", () => {
  const depth = 9, statistics = inputStatistics(correlated(depth, 200, 1), depth);
  const { order, factor } = roundingOrder(statistics);
  const variance = (k: number) => statistics.covariance[k * depth + k];
  order.slice(1).forEach((k, index) => assert.ok(variance(order[index]) >= variance(k)));
  assert.deepEqual(order.toSorted((a, b) => a - b), Array.from({ length: depth }, (_, k) => k));
  const damping = 0.01 * order.reduce((sum, k) => sum + variance(k), 0) / depth;
  for (let i = 0; i < depth; i++) {
    for (let j = 0; j < depth; j++) {
      if (j < i) assert.equal(factor[i * depth + j], 0);
      let product = 0;
      for (let m = 0; m < depth; m++) {
        let inverse = 0;
        for (let k = 0; k < depth; k++) inverse += factor[k * depth + i] * factor[k * depth + m];
        product += inverse * (statistics.covariance[order[m] * depth + order[j]] + (m === j ? damping : 0));
      }
      assert.ok(Math.abs(product - +(i === j)) < 1e-9);
    }
  }
});

Deno.test("roundWeights() for inputs that vary alone is plain rounding", () => {
  const next = random(2), weights = Float64Array.from({ length: 60 }, () => next() * 4 - 2);
  for (const variance of [1, 1e-9, 1e12]) {
    const rounded = roundWeights(weights, roundingOrder(uncorrelated(12, variance)), 3, 0.5);
    assert.deepEqual(rounded, weights.map((weight) => quantize(weight, 3)));
  }
});

Deno.test("roundWeights() errs less on correlated inputs than plain rounding does", () => {
  const depth = 16, outputs = 20, count = 200;
  for (let seed = 1; seed <= 20; seed++) {
    const samples = correlated(depth, count, seed), statistics = inputStatistics(samples, depth), next = random(seed);
    const weights = Float64Array.from({ length: outputs * depth }, () => next() * 2 - 1);
    /** Of the dot products, but for their means, which the bias takes. */
    const error = (rounded: Float64Array) => {
      let sum = 0;
      for (let index = 0; index < count * outputs; index++) {
        const row = Math.floor(index / outputs), output = index % outputs;
        let difference = 0;
        for (let k = 0; k < depth; k++) {
          const lost = rounded[output * depth + k] / 4 - weights[output * depth + k];
          difference += lost * (samples[row * depth + k] - statistics.mean[k]);
        }
        sum += difference ** 2;
      }
      return sum;
    };
    const plain = error(weights.map((weight) => quantize(weight, 2)));
    const ordered = error(roundWeights(weights, roundingOrder(statistics), 2, 0.5));
    assert.ok(ordered < 0.5 * plain, `case ${seed}: ${ordered / plain}`);
  }
});

Deno.test("roundWeights() turns magnitudes below the dead zone into 0, and only those", () => {
  const order = roundingOrder(uncorrelated(6, 1));
  const weights = [0.74, -0.76, 0.9, -1.49, 0.1, -2.6];
  assert.deepEqual([...roundWeights(weights, order, 0, 0.75)].map((weight) => weight + 0), [0, -1, 1, -1, 0, -3]);
  assert.deepEqual([...roundWeights(weights, order, 1, 2)].map((weight) => weight + 0), [0, 0, 0, -3, 0, -5]);
});

Deno.test("roundWeights() gives whole numbers for inputs that never vary, or that repeat each other", () => {
  const still = new Float64Array(40).fill(3),
    twice = Float64Array.from({ length: 40 }, (_, at) => Math.floor(at / 2) ** 2);
  for (const samples of [new Float64Array(40), still, twice, still.map((value) => value * 1e150)]) {
    const rounded = roundWeights([0.3, -1.7, 5.2, 0.5], roundingOrder(inputStatistics(samples, 2)), 4, 0.5);
    assert.ok(rounded.every(Number.isInteger), `${rounded}`);
  }
});
