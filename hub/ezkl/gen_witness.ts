/**
 * What a circuit computes for one input: EZKL's `gen-witness`.
 * @module
 */
import { EngineError } from "./engine/errors.ts";
import { saysTooLarge } from "./engine/symptoms.ts";
import { decodeCircuit } from "./format/circuit_codec.ts";
import { whyNot } from "./guard/failed_run.ts";
import { checkInput } from "./guard/input.ts";
import { type ToolOptions, withEngine } from "./tool.ts";

/**
 * The bytes of `witness.json` for a compiled circuit and an `input.json`.
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
  options: ToolOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const text = typeof input === "string" ? input : new TextDecoder().decode(input);
  const circuit = decodeCircuit(compiled);
  checkInput(text, circuit);
  try {
    return await withEngine("genWitness", options, null, (engine, call) => engine.genWitness(compiled, text, call));
  } catch (error) {
    const why = saysTooLarge(error) ? whyNot(text, circuit) : null;
    throw why === null ? error : new EngineError(`genWitness(): ${why}`, { cause: error });
  }
}
