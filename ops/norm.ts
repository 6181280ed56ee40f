/**
 * What layers that normalise share: their options, and the numbers that stand in for weights that are left out.
 * @module
 */
import { finite, flag } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import type { Graph, Value } from "../core/graph/graph.ts";
import { Parameter } from "../core/graph/module.ts";

/** Weight and bias of a layer that normalises: ones and zeros, or null. */
export function affineOf(
  layer: string,
  shape: Shape,
  weight: boolean,
  bias: boolean,
): { readonly weight: Parameter | null; readonly bias: Parameter | null } {
  flag(`${layer}: affine`, weight);
  flag(`${layer}: bias`, bias);
  const ones = new Float32Array(sizeOf(shape)).fill(1);
  return {
    weight: weight ? Parameter.from(shape, ones) : null,
    bias: bias ? Parameter.from(shape, ones.map(() => 0)) : null,
  };
}

/** What is added to variances; throws an `ArgumentError` for what is no number above 0. */
export function checkedEps(where: string, eps: unknown): number {
  return finite(`${where}: eps`, eps, Number.MIN_VALUE);
}

/** Weight and bias, or numbers that change nothing in their place; throws a `ShapeError` where they are not of `shape`. */
export function affine(
  where: string,
  graph: Graph,
  shape: Shape,
  weight: Value | null,
  bias: Value | null,
): readonly [Value, Value] {
  const size = sizeOf(shape);
  const made = [
    weight ?? graph.constant(shape, new Float32Array(size).fill(1), "ones"),
    bias ?? graph.constant(shape, new Float32Array(size), "zeros"),
  ] as const;
  for (const [k, name] of ["weight", "bias"].entries()) {
    const given = made[k].shape;
    if (given.length === shape.length && given.every((own, axis) => own === shape[axis])) continue;
    throw new ShapeError(
      `${where} expects ${name} of shape ${showShape(shape)}, but it is ${showShape(given)}; give it one number for ` +
        "each that is normalised by itself",
    );
  }
  return made;
}
