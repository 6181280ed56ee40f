/**
 * From the operations of a circuit to steps that compute them.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { ConvOp, HybridOp, PolyOp, SupportedOp } from "../format/circuit.ts";
import { Contraction } from "./contraction.ts";
import { convolutionPlan, poolPlaces, windowsOf } from "./conv.ts";
import { einsumPlan } from "./einsum.ts";
import { ChainStep, DivideStep, LookupStep, MapStep, pairFunctions, PairStep, SameStep } from "./elementwise.ts";
import { mustBeExact } from "./exact.ts";
import { hybridFunction, polyFunction } from "./functions.ts";
import { lookupFunction } from "../../halo2/circuit/table_functions.ts";
import { moveOf, MoveStep, padPlaces } from "./moves.ts";
import { alongAxes, inWindows, ReduceStep, type Reduction } from "./reduce.ts";
import { magnitude, measured, type Recorder, type Step, type Values } from "./values.ts";

/** An operand of a node, before its numbers are known. */
export interface Operand {
  /** Its shape. */
  shape: readonly number[];
  /** Whether its numbers are the same for every sample. */
  constant: boolean;
}

/**
 * The step that computes an operation; `where` names it in errors, and `recorder` gets what
 * the circuit would check.
 * @throws {ArgumentError} for an operation that is not simulated, or that does not fit its operands
 */
export function stepOf(op: SupportedOp, operands: readonly Operand[], recorder: Recorder, where: string): Step {
  switch (op.kind) {
    case "Linear":
      return polyStep(op.op, operands, recorder, where);
    case "Nonlinear":
      return new LookupStep(sizeOf(one(operands, where)), lookupFunction(op.op), recorder);
    case "Hybrid":
      return hybridStep(op.op, operands, recorder, where);
    case "Rescaled":
      return rescaled(op.scale, stepOf(op.inner, operands, recorder, where), operands, where);
    case "RebaseScale": {
      const inner = stepOf(op.inner, operands, recorder, where);
      const divide = hybridStep(op.rebaseOp, [{ shape: [inner.size], constant: false }], recorder, where);
      return new ChainStep(inner, divide, measured);
    }
    default:
      throw new ArgumentError(`${where}: the operation ${op.kind} is not simulated`);
  }
}

/** The step of an operation that only moves numbers, or works on them pair by pair. */
function moveOrPair(
  op: PolyOp | HybridOp,
  operands: readonly Operand[],
  recorder: Recorder,
  where: string,
): Step | undefined {
  const move = moveOf(op, operands.map(({ shape }) => shape), where);
  if (move !== undefined) return new MoveStep(move);
  const pair = pairFunctions[op.name];
  if (pair === undefined) return undefined;
  const [a, b] = two(operands, where);
  return new PairStep(pair, a.shape, b.shape, recorder, where);
}

function polyStep(op: PolyOp, operands: readonly Operand[], recorder: Recorder, where: string): Step {
  const simple = moveOrPair(op, operands, recorder, where);
  if (simple !== undefined) return simple;
  switch (op.name) {
    case "Conv":
      return convolution(op, operands, where);
    case "Einsum":
      return einsum(op.equation, two(operands, where), where);
    case "Identity":
    case "Reshape":
    case "Flatten":
      return new SameStep(sizeOf(one(operands, where)));
    case "Sum":
      return new ReduceStep(alongAxes(one(operands, where), op.axes), "sum", recorder, where);
    case "Prod":
      return new ReduceStep(alongAxes(one(operands, where), op.axes), "product", recorder, where);
    default: {
      const known = polyFunction(op, recorder, where);
      if (known === undefined) throw new ArgumentError(`${where}: the operation ${op.name} is not simulated`);
      return new MapStep(sizeOf(one(operands, where)), known.f, known.check);
    }
  }
}

const reductions: Partial<Record<HybridOp["name"], Reduction>> = {
  ReduceMax: "max",
  ReduceMin: "min",
  ReduceArgMax: "argmax",
  ReduceArgMin: "argmin",
};

function hybridStep(op: HybridOp, operands: readonly Operand[], recorder: Recorder, where: string): Step {
  const simple = moveOrPair(op, operands, recorder, where);
  if (simple !== undefined) return simple;
  const shape = one(operands, where);
  switch (op.name) {
    case "Div":
      return division(sizeOf(shape), op.denom, recorder);
    case "SumPool": {
      if (op.dataFormat !== "NCHW") {
        throw new ArgumentError(`${where}: SumPool over the format ${op.dataFormat} fails in the engine; take NCHW`);
      }
      const sums = pooling(shape, op.kernelShape, op, "sum", recorder, where);
      if (!op.normalized) return sums;
      return new ChainStep(sums, division(sums.size, sizeOf(op.kernelShape), recorder), measured);
    }
    case "MaxPool":
      return pooling(shape, op.poolDims, op, "max", recorder, where);
    case "ReduceMax":
    case "ReduceMin":
      return new ReduceStep(alongAxes(shape, op.axes), reductions[op.name]!, recorder, where);
    case "ReduceArgMax":
    case "ReduceArgMin":
      return new ReduceStep(alongAxes(shape, [op.dim]), reductions[op.name]!, recorder, where);
    default: {
      const known = hybridFunction(op, recorder);
      if (known === undefined) throw new ArgumentError(`${where}: the operation ${op.name} is not simulated`);
      return new MapStep(sizeOf(shape), known.f, known.check);
    }
  }
}

/** By a whole number the circuit divides with a remainder, by any other it looks up. */
function division(size: number, denom: number, recorder: Recorder): Step {
  const divisor = Math.fround(denom);
  if (divisor === 1) return new SameStep(size);
  if (Number.isInteger(divisor)) return new DivideStep(size, divisor, recorder);
  return new LookupStep(size, lookupFunction({ name: "Div", denom }), recorder);
}

function einsum(equation: string, operands: readonly Operand[], where: string): Step {
  const [x, w] = operands;
  // What is the same for every sample has to be the weights.
  if (x.constant && !w.constant) {
    const [, left, right, result] = equation.match(/^([^,]*),([^,]*)->(.*)$/) ?? [];
    const swapped = einsum(`${right},${left}->${result}`, [w, x], where);
    return { size: swapped.size, run: ([x, w], lanes) => swapped.run([w, x], lanes) };
  }
  return new Contraction(einsumPlan(equation, x.shape, w.shape, where).plan, w.constant, where);
}

function convolution(op: ConvOp, operands: readonly Operand[], where: string): Step {
  const [image, kernel, bias] = operands;
  if (kernel === undefined) throw new ArgumentError(`${where}: Conv has no kernel`);
  const { plan, windows } = convolutionPlan(op, image.shape, kernel.shape, where);
  const constant = kernel.constant && (bias?.constant ?? true);
  const outputs = op.group * plan.outRow.length;
  const contraction = new Contraction(plan, constant, where);
  const step = bias !== undefined && sizeOf(bias.shape) === 1 ? spreadBias(contraction, outputs) : contraction;
  return { size: step.size, run: padded(step, image.shape, windows.padding) };
}

/** Gives every output the only number of the bias, which is how EZKL writes a convolution without one. */
function spreadBias(step: Step, outputs: number): Step {
  const run: Step["run"] = ([x, w, bias], lanes) => {
    const data = new Float64Array(outputs * bias.lanes);
    for (let at = 0; at < data.length; at++) data[at] = bias.data[at % bias.lanes];
    return step.run([x, w, { ...bias, data }], lanes);
  };
  return { size: step.size, run };
}

function pooling(
  shape: readonly number[],
  kernel: readonly number[],
  { padding, stride, dataFormat }: Pick<ConvOp, "padding" | "stride" | "dataFormat">,
  reduction: Reduction,
  recorder: Recorder,
  where: string,
): Step {
  const windows = windowsOf(shape, kernel, stride, padding, dataFormat, where);
  const { planes, positions, elements } = windows;
  const gatherings = inWindows(planes, positions, elements, poolPlaces(windows, shape));
  const reduce = new ReduceStep(gatherings, reduction, recorder, where);
  return { size: reduce.size, run: padded(reduce, shape, windows.padding) };
}

/** Puts zeros around the first operand. */
function padded(step: Step, shape: readonly number[], padding: readonly [number, number][]): Step["run"] {
  if (padding.every(([before, after]) => before === 0 && after === 0)) return step.run.bind(step);
  const pad = new MoveStep({ from: padPlaces(shape, padding) });
  return ([x, ...rest], lanes) => {
    const data = pad.run([x], x.lanes);
    return step.run([{ data, lanes: x.lanes, low: Math.min(0, x.low), high: Math.max(0, x.high) }, ...rest], lanes);
  };
}

/** Multiplies operands to bring them to one scale. */
function rescaled(
  scales: readonly [input: number, multiplier: bigint][],
  inner: Step,
  operands: readonly Operand[],
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

function one(operands: readonly Operand[], where: string): readonly number[] {
  if (operands.length === 1) return operands[0].shape;
  throw new ArgumentError(`${where}: it has ${operands.length} operands, expected 1`);
}

function two(operands: readonly Operand[], where: string): readonly Operand[] {
  if (operands.length === 2) return operands;
  throw new ArgumentError(`${where}: it has ${operands.length} operands, expected 2`);
}
