/**
 * The scales of a native circuit: how operands come to one scale, and how results
 * come back to a smaller one.
 * @module
 */
import type { CircuitNode, FieldTensor, SupportedOp } from "../format/circuit.ts";
import type { RunArgs } from "../format/run_args.ts";
import { quantize } from "../numbers/fixed_point.ts";

/** A tensor of weights at a scale. Its shape may be empty where EZKL leaves it so. */
export function weightsAt(
  values: Float32Array,
  dims: readonly number[],
  scale: number,
  { paramVisibility }: Pick<RunArgs, "paramVisibility">,
): FieldTensor {
  const integers = Array.from(values, (value) => BigInt(quantize(value, scale)));
  return { values: integers, dims: [...dims], scale, visibility: paramVisibility };
}

/** A constant's node operation. Where it says `decomp` EZKL has the opposite of what an input has. */
export function constantOf(tensor: FieldTensor, args: Pick<RunArgs, "ignoreRangeCheckInputsOutputs">): SupportedOp {
  return {
    kind: "Constant",
    quantizedValues: tensor,
    rawValues: { values: new Float32Array(0), dims: [0], scale: null, visibility: null },
    decomp: args.ignoreRangeCheckInputsOutputs,
  };
}

/** The operation with its operands brought to their largest scale, and that scale. */
export function aligned(inner: SupportedOp, operands: readonly CircuitNode[]): [op: SupportedOp, scale: number] {
  const scales = operands.map(({ outScale }) => outScale);
  const largest = Math.max(...scales);
  if (scales.every((scale) => scale === largest)) return [inner, largest];
  const scale = scales.map((scale, operand): [number, bigint] => [operand, 2n ** BigInt(largest - scale)]);
  return [{ kind: "Rescaled", inner, scale }, largest];
}

/**
 * The multipliers that bring some operands to the largest of all scales, null where none is needed, and the scales
 * that all then have.
 */
export function alignedTo(
  scales: readonly number[],
  sides: readonly number[],
): [multipliers: [input: number, multiplier: bigint][] | null, scales: number[]] {
  const own = sides.map((side) => scales[side]);
  if (own.every((scale) => scale === own[0])) return [null, [...scales]];
  const largest = Math.max(...scales);
  const target = scales.map((scale, side) => sides.includes(side) ? largest : scale);
  return [scales.map((scale, side) => [side, 2n ** BigInt(target[side] - scale)]), target];
}

/**
 * The operation followed by a division where its scale passes what the run
 * arguments allow, and the scale that is left.
 */
export function rebased(
  inner: SupportedOp,
  scale: number,
  { inputScale, paramScale, scaleRebaseMultiplier }: Pick<
    RunArgs,
    "inputScale" | "paramScale" | "scaleRebaseMultiplier"
  >,
): [op: SupportedOp, scale: number] {
  const target = Math.max(inputScale, paramScale) * scaleRebaseMultiplier;
  if (scale <= target || isExempt(inner)) return [inner, scale];
  const multiplier = 2 ** (scale - target);
  return [{
    kind: "RebaseScale",
    inner,
    rebaseOp: { name: "Div", denom: multiplier },
    targetScale: target,
    originalScale: scale,
    multiplier,
  }, target];
}

function isExempt(op: SupportedOp): boolean {
  if (op.kind === "Rescaled") return isExempt(op.inner);
  return op.kind === "Constant" || op.kind === "Input" || (op.kind === "Linear" && op.op.name === "Identity");
}
