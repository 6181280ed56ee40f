/**
 * Calls that are right: random numbers, and what they decide.
 */
import * as api from "../../mod.ts";
import { type Call, OPTIONAL, OPTIONS } from "./call.ts";

/** The calls by name. */
export function randomCalls(generator: api.Generator, data: api.Dataset): Record<string, Call> {
  return {
    Generator: { call: (seed) => new api.Generator(seed), args: [1], loose: true },
    "Generator.fromState": { whole: [0], call: api.Generator.fromState, args: [{ seed: 1, counter: 0 }], loose: true },
    "Generator.restore": {
      whole: [0],
      call: (state) => generator.restore(state),
      args: [{ seed: 1, counter: 0 }],
      loose: true,
    },
    "Generator.manualSeed": { call: (seed) => generator.manualSeed(seed), args: [1], loose: true },
    "Generator.integer": { call: (bound) => generator.integer(bound), args: [3], loose: true },
    "Generator.uniform": {
      call: (low, high) => generator.uniform(low, high),
      args: [0, 1],
      fine: { 0: ["undefined", "number"], 1: OPTIONAL },
      loose: true,
    },
    "Generator.fillUniform": {
      call: (array, low, high) => generator.fillUniform(array, low, high),
      args: [new Float32Array(2), 0, 1],
      fine: { 1: ["undefined", "number"], 2: OPTIONAL },
      loose: true,
    },
    "Generator.permutation": { call: (n) => generator.permutation(n), args: [3], loose: true },
    manualSeed: { call: api.manualSeed, args: [1], loose: true },
    randomSplit: {
      call: api.randomSplit,
      args: [data, [0.5, 0.5], { seed: 1, generator: undefined }],
      fine: { 2: OPTIONS },
    },
  };
}
