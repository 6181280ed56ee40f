/**
 * How fidelity is to judge circuits, out of flags: the measure, what may be lost, and what the samples should give; and
 * what it found.
 * @module
 */
import { type Command, Option } from "npm:commander@14.0.3";
import { ArgumentError } from "../../../core/base/errors.ts";
import type {
  Evaluation,
  FidelityOptions,
  FidelityReport,
  LabelledSamples,
  MeasureName,
  ProvingFolder,
} from "../../ezkl/mod.ts";
import type { Network } from "../../ezkl/network/network.ts";
import { fidelityText } from "../weighed.ts";
import { samplesOf, withLabels, withTargets } from "./samples.ts";
import type { Telling } from "./telling.ts";

/** What the flags say. */
export interface JudgingFlags {
  readonly labels?: string;
  readonly targets?: string;
  readonly measure?: string;
  readonly tolerance?: string;
  readonly maxError?: string;
  readonly test?: string;
  readonly testLabels?: string;
  readonly testTargets?: string;
}

const MEASURES: Readonly<Record<string, MeasureName>> = {
  accuracy: "accuracy",
  R2: "R2",
  "largest-error": "largest error",
};

const FLAGS: Readonly<Record<keyof JudgingFlags, readonly [flag: string, about: string]>> = {
  labels: ["--labels <path>", "a JSON list of the samples' classes"],
  targets: ["--targets <path>", "a JSON list of what the outputs should be, a number or a list for each sample"],
  measure: ["--measure <measure>", "what circuits are judged by (accuracy where outputs are classes, else R2)"],
  tolerance: ["--tolerance <share>", "how much of the accuracy or of R2 may be lost (0.002)"],
  maxError: ["--max-error <error>", "how far an output may be off, in its own unit"],
  test: ["--test <path>", "samples that choose nothing, to see what to expect of the circuit"],
  testLabels: ["--test-labels <path>", "their classes"],
  testTargets: ["--test-targets <path>", "what their outputs should be"],
};

/** Adds the flags to a command. */
export function addJudging(command: Command): Command {
  for (const [name, [flag, about]] of Object.entries(FLAGS)) {
    const option = new Option(flag, `for fidelity: ${about}`);
    command.addOption(name === "measure" ? option.choices(Object.keys(MEASURES)) : option);
  }
  return command;
}

/** Whether one of the flags was given. */
export function isJudged(flags: JudgingFlags): boolean {
  return Object.keys(FLAGS).some((name) => flags[name as keyof JudgingFlags] !== undefined);
}

/** Refuses the flags for another target than fidelity. */
export function refuseJudging(flags: JudgingFlags, target: string): void {
  for (const [name, [flag]] of Object.entries(FLAGS)) {
    if (flags[name as keyof JudgingFlags] === undefined) continue;
    throw new ArgumentError(
      `${flag.split(" ")[0]} is for --target fidelity, and the target is ${target}; leave it out or change the target`,
    );
  }
}

/** What calibrateSettings() is to know of the flags, with the `samples` of the file `data` to choose by. */
async function judgingOf(
  network: Network,
  samples: LabelledSamples,
  data: string,
  flags: JudgingFlags,
): Promise<FidelityOptions> {
  const { labels, targets, measure, tolerance, maxError, test, testLabels, testTargets } = flags;
  if (test === undefined && (testLabels ?? testTargets) !== undefined) {
    const flag = testLabels === undefined ? "--test-targets" : "--test-labels";
    throw new ArgumentError(`${flag} is given without --test; name the samples that it belongs to`);
  }
  const full = async (plain: LabelledSamples, path: string, of: "" | "test-", [own, wanted]: (string | undefined)[]) =>
    await withTargets(network, await withLabels(plain, path, own, `--${of}labels`), path, wanted, `--${of}targets`);
  return {
    examination: await full(samples, data, "", [labels, targets]),
    ...test !== undefined && {
      test: await full(await samplesOf(network, test, "--test"), test, "test-", [testLabels, testTargets]),
    },
    ...measure !== undefined && { measure: MEASURES[measure] },
    ...numbered("tolerance", tolerance),
    ...numbered("maxError", maxError),
  };
}

function numbered(name: "tolerance" | "maxError", text: string | undefined): { tolerance?: number; maxError?: number } {
  if (text === undefined) return {};
  const value = Number(text), flag = FLAGS[name][0].split(" ")[0];
  if (text.trim() === "" || !Number.isFinite(value)) throw new ArgumentError(`${flag} is ${text}, expected a number`);
  return { [name]: value };
}

/** What is unknown without `--test`. */
const UNTESTED =
  "of other samples expect a little less, and much less where training saw those that chose (see --test)";

/**
 * Calibrates the network of `folder` for fidelity on the `samples` of the file `data` and tells what was weighed.
 * @returns The same for programs, or null where the folder's calibration was kept
 */
export async function weigh(
  telling: Telling,
  folder: ProvingFolder,
  network: Network,
  samples: LabelledSamples,
  data: string,
  flags: JudgingFlags,
): Promise<Readonly<Record<string, unknown>> | null> {
  telling.show("weighing circuits");
  const step = await folder.calibrateSettings({
    target: "fidelity",
    ...await judgingOf(network, samples, data, flags),
    onProgress: (done, total) => telling.show(`weighing circuits: ${done} of ${total}`),
  });
  telling.show("");
  const report = step.report !== null && "chosen" in step.report ? step.report : null;
  if (report !== null) {
    telling.say(fidelityText(report, { chosenBy: `the samples of ${data}`, tested: `samples of ${flags.test}` }));
    if (flags.test === undefined) telling.say(UNTESTED);
  }
  telling.step(step);
  return report === null ? null : judged(report);
}

/** What programs are told of how the circuit was chosen. */
function judged({ measure, remarks, chosen, test }: FidelityReport): Readonly<Record<string, unknown>> {
  return { measure, remarks, chosen: figures(chosen.evaluation!), test: test === null ? null : figures(test) };
}

function figures({ samples, accuracy, floatAccuracy, largestError, errors }: Evaluation) {
  const each = errors.map(({ rootMeanSquare, spread, r2, floatR2 }) => ({ rootMeanSquare, spread, r2, floatR2 }));
  return { samples, accuracy, floatAccuracy, largestError, outputs: each };
}
