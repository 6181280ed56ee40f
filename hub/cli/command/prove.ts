/**
 * `zkgrad prove network.onnx`: all that is missing on the way to a verified proof.
 * @module
 */
import { readFile } from "../../../core/base/files.ts";
import { ArgumentError, ZkgradError } from "../../../core/base/errors.ts";
import { lowerOnnx } from "../../ezkl/compile/lower.ts";
import { priceCircuit } from "../../ezkl/mod.ts";
import { fidelityText, priceText } from "../report.ts";
import { folderOf, NAMES, proverNamed, takeSrs, textOf } from "./folder.ts";
import { networkBytes } from "./network.ts";
import { runArguments } from "./run_arguments.ts";
import { labelledFile } from "./samples.ts";
import type { Telling } from "./telling.ts";

/** What the flags say. */
export interface ProveFlags {
  readonly input?: string;
  readonly data?: string;
  readonly labels?: string;
  readonly target: string;
  readonly tolerance?: string;
  readonly maxError?: string;
  readonly srs?: string;
  readonly prover?: string;
  readonly out: string;
  readonly evm?: boolean;
}

/** Proves; throws a `ZkgradError` in a sentence where it cannot. */
export async function proveNetwork(telling: Telling, network: string, flags: ProveFlags): Promise<void> {
  if (flags.target !== "fidelity") refuseOthers(flags);
  const input = flags.input ?? `${flags.out}/${NAMES.input}`;
  await textOf(input, "--input");
  const data = flags.data ?? input;
  const folder = folderOf(telling, flags.out, network, { input, calibration: data }, flags.prover);
  const bytes = await networkBytes(network), args = runArguments(telling, { ...flags }, { bytes, name: network });
  telling.step(await folder.genSettings(args));
  telling.show("calibrating");
  if (flags.target === "fidelity") {
    const examination = await labelledFile(lowerOnnx(bytes, args.variables, network), data, flags.labels);
    const step = await folder.calibrateSettings({
      target: "fidelity",
      examination,
      ...numbered("tolerance", flags.tolerance),
      ...numbered("maxError", flags.maxError),
      onProgress: (done, total) => telling.show(`weighing circuits: ${done} of ${total}`),
    });
    telling.show("");
    if (step.report !== null && "chosen" in step.report) telling.say(fidelityText(step.report));
    telling.step(step);
  } else {
    telling.step(await folder.calibrateSettings({ target: flags.target as "resources" }));
  }
  telling.step(await folder.compileCircuit());
  const price = priceCircuit(await readFile(folder.path(folder.files.compiled)), proverNamed(flags.prover).prover);
  telling.say(priceText(price));
  await takeSrs(folder, telling, flags.srs);
  telling.step(await folder.setup());
  telling.step(await folder.genWitness());
  telling.step(await folder.prove());
  if (!await folder.verify()) {
    throw new ZkgradError(`${folder.path(folder.files.proof)} does not hold; remove it and run this again`);
  }
  if (flags.evm) {
    telling.step(await folder.createEvmVerifier());
    telling.step(await folder.encodeVerifierCalldata());
  }
  const { outputs, inputs } = await folder.readProof();
  const shown = (outputs ?? []).map((values) =>
    `[${Array.from(values, (value) => Number(value.toFixed(4))).join(", ")}]`
  );
  telling.say(`verified${shown.length === 0 ? "" : `: the outputs are ${shown.join(", ")}`}`);
  telling.end({ verified: true, proof: folder.path(folder.files.proof), outputs, inputs, cells: price.cells });
}

function refuseOthers({ labels, tolerance, maxError, target }: ProveFlags): void {
  for (const [name, value] of Object.entries({ labels, tolerance, "max-error": maxError })) {
    if (value === undefined) continue;
    throw new ArgumentError(
      `--${name} is for --target fidelity, and the target is ${target}; leave it out or change the target`,
    );
  }
}

function numbered<K extends string>(name: K, text: string | undefined): Partial<Record<K, number>> {
  if (text === undefined) return {};
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new ArgumentError(`${name} is ${text}, expected a number`);
  return { [name]: value } as Partial<Record<K, number>>;
}
