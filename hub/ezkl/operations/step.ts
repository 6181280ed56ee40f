/**
 * From the operations of a circuit to steps that compute them.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { SupportedOp } from "../format/circuit.ts";
import { ChainStep, MapStep } from "../numbers/elementwise.ts";
import { mustBeExact } from "../numbers/exact.ts";
import { magnitude, measured, type Recorder, type Step, type Values } from "../numbers/values.ts";
import { OPERATIONS } from "./list.ts";
import type { Shaped } from "./operation.ts";
import { table } from "./table.ts";

/**
 * The step that computes an operation; `where` names it in errors, and `recorder` gets what
 * the circuit would check.
 * @throws {ArgumentError} for an operation that is not simulated, or that does not fit its operands
 */
export function stepOf(op: SupportedOp, operands: readonly Shaped[], recorder: Recorder, where: string): Step {
  const about = { operands, recorder, where };
  switch (op.kind) {
    case "Linear":
    case "Hybrid": {
      const operation = OPERATIONS[op.op.name];
      if (operation === null) throw new ArgumentError(`${where}: the operation ${op.op.name} is not simulated`);
      return operation.step(op.op, about);
    }
    case "Nonlinear":
      return table.step(op.op, about);
    case "Rescaled":
      return rescaled(op.scale, stepOf(op.inner, operands, recorder, where), operands, where);
    case "RebaseScale": {
      const inner = stepOf(op.inner, operands, recorder, where);
      const rebase: SupportedOp = { kind: "Hybrid", op: op.rebaseOp };
      const divide = stepOf(rebase, [{ shape: [inner.size], constant: false }], recorder, where);
      return new ChainStep(inner, divide, measured);
    }
    default:
      throw new ArgumentError(`${where}: the operation ${op.kind} is not simulated`);
  }
}

/** Multiplies operands to bring them to one scale. */
function rescaled(
  scales: readonly [input: number, multiplier: bigint][],
  inner: Step,
  operands: readonly Shaped[],
  where: string,
): Step {
  const multipliers = new Map(scales.map(([input, multiplier]) => [input, Number(multiplier)]));
  const steps = operands.map(({ shape }, index) => {
    const m = multipliers.get(index) ?? 1;
    return m === 1 ? undefined : new MapStep(
      sizeOf(shape),
      (x) => x * m + 0,
      (x) => mustBeExact(magnitude(x) * m, where),
    );
  });
  return {
    size: inner.size,
    run: (inputs, lanes) =>
      inner.run(
        inputs.map((x, index): Values => {
          const step = steps[index];
          return step === undefined ? x : measured(step.run([x], x.lanes), x.lanes);
        }),
        lanes,
      ),
  };
}
