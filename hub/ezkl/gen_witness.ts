/**
 * What a circuit computes for one input: EZKL's `gen-witness`.
 * @module
 */
import { EngineError } from "./engine/errors.ts";
import { saysTooLarge } from "./engine/symptoms.ts";
import { decodeCircuit } from "./format/circuit_codec.ts";
import { whyNot } from "./guard/failed_run.ts";
import { checkInput, type InputRounding } from "./guard/input.ts";
import { checkToolOptions, type ToolOptions, withEngine } from "./tool.ts";

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
 * ```ts ignore
 * const witness = await genWitness(compiled, inputJson(image));
 * ```
 * @throws {FormatError} for an input that does not fit the circuit, naming the element
 * @throws {EngineError} for an input whose values leave what the circuit can compute, naming the node
 */
export async function genWitness(
  compiled: Uint8Array,
  input: Uint8Array | string,
  asked: GenWitnessOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkToolOptions("genWitness()", asked, ["roundInputs", "onRounding"]);
  const { roundInputs = false, onRounding, ...options } = asked;
  const text = typeof input === "string" ? input : new TextDecoder().decode(input);
  const circuit = decodeCircuit(compiled);
  const rounding = checkInput(text, circuit, "input.json", roundInputs);
  if (rounding !== null) onRounding?.(rounding);
  try {
    return await withEngine("genWitness", options, null, (engine, call) => engine.genWitness(compiled, text, call));
  } catch (error) {
    const why = saysTooLarge(error) ? whyNot(text, circuit) : null;
    throw why === null ? error : new EngineError(`genWitness(): ${why}`, { cause: error });
  }
}
