/**
 * Run arguments that a calibration chooses, and what becomes of a wish for them: a
 * calibration that ignored one would prove something else than was asked for.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { defaultRunArgs, type RunArgs } from "../format/run_args.ts";

/** Run arguments that each target chooses, with what to give in place of a wish for one. */
const CHOSEN: Readonly<Record<"native" | "fidelity", { readonly [Name in keyof RunArgs]?: string }>> = {
  native: {
    lookupRange: "lookupSafetyMargin sets how much wider than the values met it is",
    logrows: "maxLogrows bounds it",
  },
  fidelity: {
    inputScale: "tableRows sets how fine the circuit is",
    paramScale: "tableRows and dropBits set how fine the weights are",
    scaleRebaseMultiplier: "dropBits sets how many bits are divided away",
    lookupRange: "lookupSafetyMargin sets how much wider than the values met it is",
    logrows: "maxLogrows bounds it",
    numInnerCols: "it takes what is cheapest",
    rebaseFracZeroConstants: "it is a rule of EZKL's own circuits",
    decompBase: "it takes what is cheapest",
    decompLegs: "it takes what is cheapest",
    ignoreRangeCheckInputsOutputs: "it holds inputs to what its tables take, and checks no outputs",
  },
};

/** The run arguments that differ from EZKL's defaults, which nobody need have asked for. */
export function askedOf(args: RunArgs): Partial<RunArgs> {
  const asked = Object.entries(args).filter(([name, value]) => show(value) !== show(defaultRunArgs[name as "logrows"]));
  return Object.fromEntries(asked);
}

/** Whether one of these run arguments is chosen by fidelity, which then cannot keep a wish for it. */
export function isFidelitys(asked: Partial<RunArgs>): boolean {
  return Object.keys(CHOSEN.fidelity).some((name) => asked[name as keyof RunArgs] !== undefined);
}

/**
 * Refuses wishes for run arguments that the calibration chooses.
 * @throws {ArgumentError} naming the first, its value and what to do
 */
export function refuseChosen(where: string, kind: "native" | "fidelity", asked: Partial<RunArgs>): void {
  const target = kind === "fidelity" ? "the target fidelity" : "a calibration";
  for (const [name, advice] of Object.entries(CHOSEN[kind])) {
    const value = asked[name as keyof RunArgs];
    // A frugal circuit has no range checks of inputs and outputs.
    if (value === undefined || (name === "ignoreRangeCheckInputsOutputs" && value === true)) continue;
    throw new ArgumentError(
      `${where}: the run arguments ask for ${name} ${show(value)}, and ${target} chooses it (${advice}); leave it at ` +
        `EZKL's ${show(defaultRunArgs[name as keyof RunArgs])}, and begin with genSettings() where an earlier ` +
        "calibration chose it",
    );
  }
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, item) => typeof item === "bigint" ? String(item) : item);
}
