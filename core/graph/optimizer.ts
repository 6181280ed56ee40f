/**
 * Optimisers as the engine sees them: a few lines of WGSL that update one element.
 * @module
 */
import { finite } from "../base/arguments.ts";

/** An update rule for all parameters at once, in one dispatch. */
export interface Optimizer {
  /** `Adam`, `SGD`: the name in listings and checkpoints. */
  readonly name: string;
  /** The learning rate; may be changed between epochs. */
  lr: number;
  /** Names of the values that it keeps per parameter: `["exp_avg", "exp_avg_sq"]`. */
  readonly state: readonly string[];
  /**
   * WGSL `fn update(i: u32, g: f32)`: lowers `parameters[i]` given its gradient,
   * keeping `state0[i]`, `state1[i]`; `step.a` and `step.b` hold {@linkcode scalars}.
   */
  readonly wgsl: string;
  /** The two numbers that change from step to step; `step` counts from 1. */
  scalars(step: number): readonly [number, number];
  /** The settings that a checkpoint must agree with, as text. */
  readonly settings: string;
}

/** The learning rate, which may have been changed since; throws an `ArgumentError` unless it is finite and at least 0. */
export function learningRate(name: string, lr: unknown): number {
  return finite(`${name}: lr`, lr, 0);
}
