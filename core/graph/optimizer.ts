/**
 * Optimisers as the engine sees them: a few lines of WGSL that update one element.
 * @module
 */
import { finite } from "../base/arguments.ts";
import type { AnyModule, Parameter } from "./module.ts";

/**
 * Which parameters: those of a module, one, several of either, or all for which a function says so, given the
 * name in the model, `head.bias`, and the parameter.
 */
export type Params =
  | AnyModule
  | Parameter
  | readonly (AnyModule | Parameter)[]
  | ((name: string, parameter: Parameter) => boolean);

/** Parameters that are updated by the same settings. */
export interface ParamGroup {
  /** Which; none given: all that no other group takes. */
  readonly params?: Params | undefined;
  /** The learning rate; may be changed between epochs. */
  lr: number;
}

/** An update rule for all parameters at once, in one dispatch. */
export interface Optimizer {
  /** `Adam`, `SGD`: the name in listings and checkpoints. */
  readonly name: string;
  /**
   * The learning rate, where all parameters have one; may be changed between epochs. With several groups it is the
   * first one's, and to set it is an `ArgumentError`: set those of {@linkcode paramGroups}.
   */
  lr: number;
  /** Which parameters are updated by which settings; those of none are left alone. */
  readonly paramGroups: readonly ParamGroup[];
  /** Names of the values that it keeps per parameter: `["exp_avg", "exp_avg_sq"]`. */
  readonly state: readonly string[];
  /** Names of the numbers that {@linkcode wgsl} reads as `group.NAME`. */
  readonly numbers: readonly string[];
  /**
   * WGSL `fn update(i: u32, g: f32)`: lowers `parameters[i]` given its gradient, keeping
   * `state0[i]`, `state1[i]`; `group.rate` and the like hold {@linkcode scalars}.
   */
  readonly wgsl: string;
  /**
   * The numbers by which a group's parameters are updated at a step, in the order of {@linkcode numbers}.
   *
   * @param step How many steps of theirs it is, counting from 1.
   * @param group The group's place; default 0.
   */
  scalars(step: number, group?: number): readonly number[];
  /** The settings that a checkpoint must agree with, as text. */
  readonly settings: string;
}

/** The learning rate, which may have been changed since; throws an `ArgumentError` unless it is finite and at least 0. */
export function learningRate(name: string, lr: unknown): number {
  return finite(`${name}: lr`, lr, 0);
}
