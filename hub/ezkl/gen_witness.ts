/**
 * What a circuit computes for one input: EZKL's `gen-witness`.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { EngineError } from "./engine/errors.ts";
import { saysTooLarge } from "./engine/symptoms.ts";
import type { GraphCircuit } from "./format/circuit.ts";
import { decodeCircuit } from "./format/circuit_codec.ts";
import { type GraphWitness, witnessToJson } from "./format/witness.ts";
import { overflowing, whyNot } from "./guard/failed_run.ts";
import { checkInput, type InputRounding, wholeInputs } from "./guard/input.ts";
import { computeWitness, OverflowError } from "./prover/compute_witness.ts";
import { askedProver, checkToolOptions, type ToolOptions, withEngine } from "./tool.ts";

/** How {@linkcode genWitness} works. */
export interface GenWitnessOptions extends ToolOptions {
  /** Takes fractions too where the circuit's inputs are whole numbers, each as the number that it is rounded to. */
  roundInputs?: boolean;
  /** Told what the circuit's grid made of the input, before the run; not called where it changed no element. */
  onRounding?: (rounding: InputRounding) => void;
}

/**
 * The bytes of `witness.json` for a compiled circuit and an `input.json`. A circuit computes with
 * numbers of `2^inputScale` steps to the unit, and each element becomes the nearest of them, which `onRounding` is told;
 * where these are whole numbers, fractions are refused unless `roundInputs` is true.
 *
 * @example
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 * import { compileCircuit, genSettings, genWitness, inputJson } from "@zkgrad/zkgrad/ezkl";
 *
 * const onnx = exportOnnx(new nn.Linear(3, 2), [3]);
 * const settings = genSettings(onnx, { inputScale: 4, paramScale: 4, logrows: 8, decompBase: 128, decompLegs: 3 });
 * const compiled = compileCircuit(onnx, settings);
 * const witness = await genWitness(compiled, inputJson(Float32Array.of(1, 0, -1))); // the bytes of witness.json
 * ```
 * @throws {FormatError} for an input that does not fit the circuit, naming the element
 * @throws {ArgumentError} for an input whose values leave what the circuit can compute, naming the node where it is
 * known; from EZKL's engine an {EngineError}
 */
export async function genWitness(
  compiled: Uint8Array,
  input: Uint8Array | string,
  given: GenWitnessOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkToolOptions("genWitness()", given, ["roundInputs", "onRounding"]);
  const { roundInputs = false, onRounding, ...options } = given;
  const text = typeof input === "string" ? input : new TextDecoder().decode(input);
  const circuit = decodeCircuit(compiled);
  const rounding = checkInput(text, circuit, "input.json", roundInputs);
  if (rounding !== null) onRounding?.(rounding);
  options.signal?.throwIfAborted();
  const asked = askedProver(options);
  if (asked !== "ezkljs") {
    const own = ownWitness(circuit, text, asked === null);
    if (own !== null) return new TextEncoder().encode(witnessToJson(own));
  }
  try {
    return await withEngine("genWitness", options, null, (engine, call) => engine.genWitness(compiled, text, call));
  } catch (error) {
    const why = saysTooLarge(error) ? whyNot(text, circuit) : null;
    throw why === null ? error : new EngineError(`genWitness(): ${why}`, { cause: error });
  }
}

/** The witness by zkgrad's own means; null for a circuit that it does not take, where another may. */
function ownWitness(circuit: GraphCircuit, text: string, mayBeAnothers: boolean): GraphWitness | null {
  try {
    return computeWitness(circuit, wholeInputs(text, circuit));
  } catch (error) {
    if (error instanceof OverflowError) {
      throw new ArgumentError(`genWitness(): ${overflowing(text, circuit) ?? error.message}`, { cause: error });
    }
    if (error instanceof ArgumentError && mayBeAnothers) return null;
    throw error;
  }
}
