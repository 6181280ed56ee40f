/**
 * What a circuit computes for one input: EZKL's `gen-witness`.
 * @module
 */
import { decodeCircuit } from "./format/circuit_codec.ts";
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
 * @throws {EngineError} for an input whose values leave what the circuit can compute
 */
export async function genWitness(
  compiled: Uint8Array,
  input: Uint8Array | string,
  options: ToolOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const text = typeof input === "string" ? input : new TextDecoder().decode(input);
  checkInput(text, decodeCircuit(compiled));
  return await withEngine("genWitness", options, null, (engine, call) => engine.genWitness(compiled, text, call));
}
