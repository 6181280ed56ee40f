/**
 * The keys of a circuit: EZKL's `setup`.
 * @module
 */
import type { Keys } from "./engine/engine.ts";
import { decodeCircuit } from "./format/circuit_codec.ts";
import { checkCircuit } from "./guard/circuit.ts";
import { checkSrsFor } from "./guard/srs.ts";
import { checkToolOptions, type ToolOptions, withEngine } from "./tool.ts";

/**
 * Makes the verifying and the proving key of a compiled circuit with the reference
 * string of its logrows.
 *
 * @example
 * ```ts ignore
 * const { vk, pk } = await setup(compiled, srs);
 * await Deno.writeFile("key.vk", vk);
 * await Deno.writeFile("key.pk", pk.bytes);
 * ```
 * @throws {FormatError} for a compiled circuit or a reference string that is damaged
 * @throws {ArgumentError} for a reference string of another k, with both numbers, and settings that are not the circuit's
 * @throws {CircuitTooLargeError} for a circuit that the engine could not hold, before anything is computed
 */
export async function setup(compiled: Uint8Array, srs: Uint8Array, options: ToolOptions = {}): Promise<Keys> {
  checkToolOptions("setup()", options);
  const circuit = decodeCircuit(compiled);
  checkSrsFor("setup()", srs, circuit.settings.runArgs.logrows);
  const { price: { seconds } } = checkCircuit("setup()", circuit);
  return await withEngine("setup", options, seconds.keys, (engine, call) => engine.setup(compiled, srs, call));
}
