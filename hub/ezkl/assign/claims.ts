/**
 * What a prover claims: the simulator's numbers, and where it moves elements.
 * @module
 */
import type { HybridOp, PolyOp } from "../format/operations.ts";
import { measured, Recorder } from "../numbers/values.ts";
import { stepOf } from "../operations/step.ts";
import { fresh, type Tensor } from "./tensor.ts";

/** The results of an operation of one tensor, in no cell; unknown where the tensor is. */
export function claimed(base: number, op: HybridOp, { values, dims }: Tensor): Tensor {
  if (values.some((value) => value === null)) return fresh(new Array<null>(values.length).fill(null), dims);
  const data = Float64Array.from(values, (value) => Number(value));
  const step = stepOf({ kind: "Hybrid", op }, [{ shape: dims, constant: false }], new Recorder(base), op.name);
  return fresh([...step.run([measured(data, 1)], 1)], dims);
}

/** For each element of the result the one that it is, counted through all tensors, or -1 for a zero. */
export function movedFrom(op: PolyOp | HybridOp, tensors: readonly Tensor[]): Int32Array {
  let next = 1;
  // Every element is a number of its own, and a zero is what was none.
  const inputs = tensors.map(({ values }) => measured(Float64Array.from(values, () => next++), 1));
  const operands = tensors.map(({ dims }) => ({ shape: dims, constant: false }));
  const kind = "Linear" as const;
  const step = stepOf({ kind, op: op as PolyOp }, operands, new Recorder(2), op.name);
  return Int32Array.from(step.run(inputs, 1), (number) => number - 1);
}
