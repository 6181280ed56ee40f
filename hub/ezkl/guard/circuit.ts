/**
 * Whether a compiled circuit can be proven: its counts are its own, it fits the prover's
 * memory, and the settings beside it are the ones inside it.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { facesOf } from "../compile/settings.ts";
import type { GraphCircuit } from "../format/circuit.ts";
import { formatJson } from "../format/json.ts";
import { Place } from "../format/place.ts";
import { checkRunArgs } from "../format/run_args.ts";
import type { GraphSettings } from "../format/settings.ts";
import { settingsCodec } from "../format/settings_codec.ts";
import { columnsFor, columnsOf } from "../../halo2/circuit/columns.ts";
import { type Layout, layOut } from "../layout/layout.ts";
import { checkFits, CircuitTooLargeError, estimatePrice, type Price, type ProverName } from "../layout/price.ts";
import { whyUnseen } from "../layout/seen.ts";

/** With so many blocks a key of the fewest rows is too large, and even pricing it takes gigabytes. */
const MAX_BLOCKS = 2 ** 15;

/**
 * Refuses a circuit whose settings would make a prover break down, or which would not fit its memory; gives its price,
 * and its layout where it has only operations that are laid out here. Where no prover is asked for it is zkgrad's own,
 * and EZKL's engine for what is not laid out here.
 * @throws {ArgumentError} naming the setting, with what the circuit needs
 * @throws {CircuitTooLargeError} for a circuit that the prover could not hold
 */
export function checkCircuit(
  caller: string,
  { model, settings }: GraphCircuit,
  asked: ProverName | null = null,
): { price: Price; layout: Layout | null } {
  checkRunArgs(settings.runArgs);
  const faces = facesOf(model, settings.runArgs);
  for (const name of ["modelInstanceShapes", "modelInputScales", "modelOutputScales"] as const) {
    same(caller, name, settings[name], faces[name]);
  }
  const { blocks } = columnsOf(settings);
  if (blocks > MAX_BLOCKS) {
    throw new CircuitTooLargeError(
      `${caller}: the settings count ${settings.totalAssignments} totalAssignments, which fill ${blocks} blocks of ` +
        `2^${settings.runArgs.logrows} rows, more than any prover can hold; take more logrows or smaller scales`,
    );
  }
  const [hashRows] = settings.moduleSizes.poseidon, { usable, logrows } = columnsOf(settings);
  if (hashRows > usable) {
    throw new CircuitTooLargeError(
      `${caller}: the hashes of the inputs and outputs take ${hashRows} rows, and a column of 2^${logrows} rows holds ` +
        `${usable}; take logrows ${Math.ceil(Math.log2(hashRows + 6))} or more, or show the larger tensors as Public`,
    );
  }
  checkFits(estimatePrice(settings, null, asked ?? "zkgrad"));
  const layout = laidOut({ model, settings });
  const prover = asked ?? (layout !== null && whyUnseen(settings.runArgs) === null ? "zkgrad" : "ezkljs");
  if (layout !== null) {
    if (settings.totalAssignments < layout.cells) {
      throw new ArgumentError(
        `${caller}: the settings count ${settings.totalAssignments} totalAssignments, and the circuit fills ` +
          `${layout.cells} cells; compile it again`,
      );
    }
    checkConstants(caller, settings, layout);
    contains(caller, "requiredLookups", settings.requiredLookups, layout.lookups);
    contains(caller, "requiredRangeChecks", settings.requiredRangeChecks, layout.rangeChecks);
  }
  const price = estimatePrice(settings, layout, prover);
  checkFits(price);
  return { price, layout };
}

/** Constants and shuffles without a cell are what the engine calls a general synthesis error. */
function checkConstants(
  caller: string,
  settings: GraphSettings,
  { constants, numShuffles, shuffleRows }: Layout,
): void {
  const { constantColumns, usable } = columnsOf(settings);
  const needed = constants > 0 ? columnsFor(constants, usable) : 0;
  if (constantColumns < needed) {
    throw new ArgumentError(
      `${caller}: the settings count ${settings.totalConstSize} totalConstSize, which fill ${constantColumns} columns, and ` +
        `the circuit's ${constants} fill ${needed}; compile it again`,
    );
  }
  // Windows that are counted each for itself leave no gap where a column ends, and do when they are laid.
  const isNarrow = columnsFor(settings.totalShuffleColSize, usable) < columnsFor(shuffleRows, usable);
  if (Math.min(settings.numShuffles, 1) < Math.min(numShuffles, 1) || isNarrow) {
    throw new ArgumentError(
      `${caller}: the settings count ${settings.numShuffles} numShuffles in ${settings.totalShuffleColSize} ` +
        `totalShuffleColSize, and the circuit has ${numShuffles} in ${shuffleRows}; compile it again`,
    );
  }
}

/** EZKL compiles operations that are not laid out here; of those the engine has to judge. */
function laidOut({ model, settings }: GraphCircuit): Layout | null {
  try {
    return layOut(model, settings.runArgs, "keygen");
  } catch (error) {
    if (error instanceof ArgumentError) return null;
    throw error;
  }
}

function same(caller: string, name: string, found: unknown, expected: unknown): void {
  const [given, own] = [formatJson(found, name), formatJson(expected, name)];
  if (given === own) return;
  throw new ArgumentError(`${caller}: the settings say ${name} ${given}, and the circuit has ${own}; compile it again`);
}

function contains(caller: string, name: string, found: readonly unknown[], needed: readonly unknown[]): void {
  const known = new Set(found.map((item) => formatJson(item, name)));
  const missing = needed.map((item) => formatJson(item, name)).find((item) => !known.has(item));
  if (missing === undefined) return;
  throw new ArgumentError(`${caller}: the settings have no ${missing} among ${name}; compile the circuit again`);
}

/** What says nothing about the circuit. */
const asides = new Set(["version", "timestamp", "input_types", "output_types", "num_blinding_factors"]);

/**
 * Refuses settings beside a compiled circuit that describe another one: keys and proofs
 * are made with the settings inside, and verified with those beside.
 * @throws {ArgumentError} naming the first setting that differs, with both values
 */
export function checkSameSettings(
  caller: string,
  inside: GraphSettings,
  beside: GraphSettings,
  names: [inside: string, beside: string] = ["network.compiled", "settings.json"],
): void {
  const [own, other] = [inside, beside].map((settings) => {
    const json = settingsCodec.toJson(settings, new Place("settings.json", "writing")) as Record<string, unknown>;
    const { run_args: runArgs, ...rest } = json;
    return { ...runArgs as Record<string, unknown>, ...rest };
  });
  for (const [name, value] of Object.entries(own)) {
    if (asides.has(name)) continue;
    const [a, b] = [formatJson(value, name), formatJson(other[name], name)];
    if (a === b) continue;
    throw new ArgumentError(
      `${caller}: ${names[0]} has ${name} ${a} inside, and ${names[1]} has ${b}: they describe different circuits; ` +
        "compile the circuit again from these settings",
    );
  }
}
