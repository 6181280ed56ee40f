/**
 * The keys of a circuit: EZKL's `setup`.
 * @module
 */
import { expect } from "../../core/base/arguments.ts";
import { ArgumentError } from "../../core/base/errors.ts";
import { pauses } from "../../core/base/pauses.ts";
import type { Engine, Keys } from "./engine/engine.ts";
import { ProvingKey } from "./engine/proving_key.ts";
import { decodeCircuit } from "./format/circuit_codec.ts";
import { checkCircuit } from "./guard/circuit.ts";
import { checkSrsFor } from "./guard/srs.ts";
import { askedProver, checkToolOptions, type ToolOptions, withEngine, withProver } from "./tool.ts";
import { checkFiles } from "./format/given.ts";

/** How {@linkcode setup} works. */
export interface SetupOptions extends ToolOptions {
  /**
   * Makes the proving key of EZKL's format too, hundreds of megabytes for a LeNet. Default: only EZKL's engine makes it,
   * whose proofs need it; zkgrad's prover needs the verifying key alone.
   */
  provingKey?: boolean;
}

/** What {@linkcode setup} makes. */
export interface SetupKeys extends Omit<Keys, "pk"> {
  /** The proving key of EZKL's format; null where none was made. */
  pk: ProvingKey | null;
}

/** Options of {@linkcode setup} that make a proving key. */
export type WithProvingKey = SetupOptions & ({ engine: Engine } | { prover: "ezkljs" } | { provingKey: true });

/**
 * Makes the verifying key of a compiled circuit with the reference string of its logrows: all that {@linkcode prove} and
 * `verify` need. With EZKL's engine, or where it is asked for, the proving key of EZKL's format too. Both are the bytes
 * that EZKL makes, whoever makes them.
 *
 * @example
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 * import { compileCircuit, genSettings, genSrs, setup } from "@zkgrad/zkgrad/ezkl";
 *
 * const onnx = exportOnnx(new nn.Linear(3, 2), [3]);
 * const settings = genSettings(onnx, { inputScale: 4, paramScale: 4, logrows: 8, decompBase: 128, decompLegs: 3 });
 * const compiled = compileCircuit(onnx, settings);
 * const srs = await genSrs(8); // for a try; getSrs gets a ceremony's
 * const { vk, pk } = await setup(compiled, srs);
 * if (pk !== null) throw new Error("no prover of ours needs the proving key");
 * ```
 * @throws {FormatError} for a compiled circuit or a reference string that is damaged
 * @throws {ArgumentError} for a reference string of another k, with both numbers, and settings that are not the circuit's
 * @throws {CircuitTooLargeError} for a circuit that the prover could not hold, before anything is computed
 */
export async function setup(compiled: Uint8Array, srs: Uint8Array, options: WithProvingKey): Promise<Keys>;
/** The same without a proving key unless EZKL's engine makes the keys. */
export async function setup(compiled: Uint8Array, srs: Uint8Array, options?: SetupOptions): Promise<SetupKeys>;
export async function setup(compiled: Uint8Array, srs: Uint8Array, asked: SetupOptions = {}): Promise<SetupKeys> {
  checkToolOptions("setup()", asked, ["provingKey"]);
  const { provingKey, ...options } = asked;
  expect(provingKey === undefined || typeof provingKey === "boolean", "setup(): provingKey", provingKey, "a boolean");
  checkFiles("setup()", { compiled, srs });
  const circuit = decodeCircuit(compiled), pause = pauses(options.signal);
  checkSrsFor("setup()", srs, circuit.settings.runArgs.logrows);
  await pause();
  const { price: { seconds, prover } } = checkCircuit("setup()", circuit, askedProver(options));
  await pause();
  if (prover === "ezkljs") {
    if (provingKey === false) {
      throw new ArgumentError(
        "setup(): provingKey is false, and EZKL's engine makes the keys of this circuit, whose proofs need the proving key; " +
          "leave provingKey out",
      );
    }
    return await withEngine("setup", options, seconds.keys, (engine, call) => engine.setup(compiled, srs, call));
  }
  return await withProver("setup", options, seconds.keys, async (prover, call) => {
    if (provingKey !== true) return { vk: await prover.genVk(compiled, srs, call), pk: null };
    const { vk, pk } = await prover.genKeys(compiled, srs, call);
    return { vk, pk: new ProvingKey(pk) };
  });
}
