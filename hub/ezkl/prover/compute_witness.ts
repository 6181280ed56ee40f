/**
 * What a circuit computes for an input, in TypeScript alone.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { poseidonHash } from "../../halo2/circuit/poseidon_hash.ts";
import { assignCells } from "../assign/assign.ts";
import { decimalText } from "../format/decimal.ts";
import { feltToFloat, fieldToBigEndianHex, signedOf, unsignedOf } from "../format/field.ts";
import { isHashed, type Visibility } from "../format/run_args.ts";
import type { GraphCircuit, SupportedOp } from "../format/circuit.ts";
import type { GraphWitness } from "../format/witness.ts";
import { PrecisionError } from "../numbers/exact.ts";
import { type Simulation, Simulator } from "../simulate/simulator.ts";
import { checkCells } from "./cell_checks.ts";

/** What EZKL's engine says of itself. */
const VERSION = "source - no compatibility guaranteed";

/** Operations that hold their operands to 0 and 1, which only the cells show. */
const TRUTHS: readonly string[] = ["And", "Or", "Xor", "Not", "Iff"];

type Run = Pick<GraphWitness, "outputs" | "minLookupInputs" | "maxLookupInputs" | "maxRangeSize">;

/** The circuit holds no such numbers as it computes for an input. */
export class OverflowError extends ArgumentError {
  /** The class, as text. */
  override name = "OverflowError";
}

/**
 * The witness of a circuit for whole numbers, as EZKL makes it.
 * @throws {OverflowError} where a number has more digits than the circuit writes
 * @throws {ArgumentError} for an operation that is neither simulated nor laid out here
 */
export function computeWitness(circuit: GraphCircuit, inputs: readonly (readonly bigint[])[]): GraphWitness {
  const { run, isCertain } = simulated(circuit, inputs);
  const { outputs, ...extremes } = run !== null && isCertain ? run : laid(circuit, inputs, run);
  const { modelInputScales, modelOutputScales } = circuit.settings;
  const { inputVisibility, outputVisibility } = circuit.settings.runArgs;
  const own = inputs.map((input) => [...input]);
  const processedInputs = hashesOf(inputVisibility, own), processedOutputs = hashesOf(outputVisibility, outputs);
  return {
    inputs: own,
    prettyElements: {
      rescaledInputs: rescaled(own, modelInputScales),
      inputs: own.map((input) => input.map(fieldToBigEndianHex)),
      processedInputs: hashTexts(processedInputs),
      processedParams: [],
      processedOutputs: hashTexts(processedOutputs),
      rescaledOutputs: rescaled(outputs, modelOutputScales),
      outputs: outputs.map((output) => output.map(fieldToBigEndianHex)),
    },
    outputs,
    processedInputs,
    processedParams: null,
    processedOutputs,
    ...extremes,
    version: VERSION,
  };
}

/** By the simulator, which is exact to 2^53; uncertain where numbers may have more digits than the circuit writes. */
function simulated(
  { model, settings: { runArgs } }: GraphCircuit,
  inputs: readonly (readonly bigint[])[],
): { run: Run | null; isCertain: boolean } {
  let simulation: Simulation;
  try {
    simulation = new Simulator(model, { runArgs }).run(inputs.map((input) => Float64Array.from(input, Number)), 1);
  } catch (error) {
    if (error instanceof ArgumentError || error instanceof PrecisionError) return { run: null, isCertain: false };
    throw error;
  }
  const { outputs, minLookup, maxLookup, maxRange, maxDecomposed } = simulation;
  return {
    run: {
      outputs: outputs.map((output) => Array.from(output, BigInt)),
      minLookupInputs: BigInt(minLookup),
      maxLookupInputs: BigInt(maxLookup),
      maxRangeSize: BigInt(maxRange),
    },
    isCertain: maxDecomposed < runArgs.decompBase ** runArgs.decompLegs &&
      ![...model.nodes.values()].some(({ opkind }) => isTruth(opkind)),
  };
}

/** EZKL writes what tables get in 128 bits, whatever its cells hold. */
const LARGEST = 2n ** 127n;

/** By the circuit's cells, which hold numbers of any size and show whether they hold. */
function laid(circuit: GraphCircuit, inputs: readonly (readonly bigint[])[], run: Run | null): Run {
  const { settings } = circuit, { decompBase, decompLegs } = settings.runArgs;
  const cells = assignCells(circuit, { inputs, outputs: null });
  const { holds, minLookup, maxLookup } = checkCells(settings, cells);
  if (!holds) {
    throw new OverflowError(
      `the circuit needs larger numbers for this input than the ${decompBase ** decompLegs - 1} that decompLegs ` +
        `${decompLegs} of decompBase ${decompBase} hold, or is given others than 0 and 1 where it takes these; calibrate ` +
        "with inputs like this one, or take smaller scales or one leg more",
    );
  }
  if (minLookup < -LARGEST || maxLookup >= LARGEST) {
    throw new OverflowError(
      "a table of the circuit would get a number of more than the 128 bits that a witness writes for this input; give " +
        "inputs like those that the circuit was calibrated with",
    );
  }
  const ranges = settings.requiredRangeChecks.map(([low, high]) => high - low);
  return run ?? {
    outputs: cells.outputs!.map((output) => output.map(BigInt)),
    minLookupInputs: minLookup,
    maxLookupInputs: maxLookup,
    maxRangeSize: ranges.reduce((most, size) => size > most ? size : most, 0n),
  };
}

function isTruth(op: SupportedOp): boolean {
  if (op.kind === "Rescaled" || op.kind === "RebaseScale") return isTruth(op.inner);
  return op.kind === "Linear" && TRUTHS.includes(op.op.name);
}

function rescaled(tensors: readonly (readonly bigint[])[], scales: readonly number[]): string[][] {
  return tensors.map((tensor, at) => tensor.map((value) => decimalText(feltToFloat(value, scales[at]))));
}

/** The hash of each tensor; null where they are seen in another way. */
function hashesOf(seen: Visibility, tensors: readonly (readonly bigint[])[]): GraphWitness["processedInputs"] {
  if (!isHashed(seen)) return null;
  return { poseidonHash: tensors.map((tensor) => signedOf(poseidonHash(tensor.map(unsignedOf)))), polycommit: null };
}

function hashTexts(processed: GraphWitness["processedInputs"]): string[][] {
  return processed?.poseidonHash?.map((hash) => [fieldToBigEndianHex(hash)]) ?? [];
}
