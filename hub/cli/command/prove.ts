/**
 * `zkgrad prove network.onnx`: all that is missing on the way to a verified proof.
 * @module
 */
import { readFile } from "../../../core/base/files.ts";
import { ZkgradError } from "../../../core/base/errors.ts";
import { lowerOnnx } from "../../ezkl/compile/lower.ts";
import { decodeCircuit } from "../../ezkl/format/circuit_codec.ts";
import { whyNot } from "../../ezkl/guard/failed_run.ts";
import { checkInput, type InputRounding } from "../../ezkl/guard/input.ts";
import { isFidelitys } from "../../ezkl/calibrate/wishes.ts";
import { FOLDER_FILES, priceCircuit, type RunArgs } from "../../ezkl/mod.ts";
import { priceText } from "../report.ts";
import { folderOf, proverNamed, takeSrs, textOf } from "./folder.ts";
import { isJudged, type JudgingFlags, refuseJudging, weigh } from "./judging.ts";
import { networkBytes } from "./network.ts";
import { runArguments } from "./run_arguments.ts";
import { samplesOf } from "./samples.ts";
import type { Telling } from "./telling.ts";

/** What the flags say. */
export interface ProveFlags extends JudgingFlags {
  readonly input?: string;
  readonly data?: string;
  readonly target?: string;
  readonly srs?: string;
  readonly prover?: string;
  readonly out: string;
  readonly evm?: boolean;
  readonly roundInputs?: boolean;
}

/** Proves; throws a `ZkgradError` in a sentence where it cannot. */
export async function proveNetwork(telling: Telling, network: string, flags: ProveFlags): Promise<void> {
  if (flags.target !== undefined && flags.target !== "fidelity") refuseJudging(flags, flags.target);
  const input = flags.input ?? `${flags.out}/${FOLDER_FILES.input}`;
  const text = await textOf(input, "--input");
  const data = flags.data ?? input;
  const folder = folderOf(telling, flags.out, network, { input, calibration: data }, flags.prover);
  const bytes = await networkBytes(network), args = runArguments(telling, { ...flags }, { bytes, name: network });
  const lowered = lowerOnnx(bytes, args.variables, network);
  const samples = await samplesOf(lowered, data, flags.data === undefined ? "--input" : "--data");
  telling.step(await folder.genSettings(args));
  const target = flags.target ?? targetFor(flags, args, samples.count);
  let fidelity: Readonly<Record<string, unknown>> | null = null;
  if (target === "fidelity") {
    fidelity = await weigh(telling, folder, lowered, samples, data, flags);
  } else {
    telling.show("calibrating");
    telling.step(await folder.calibrateSettings({ target: target as "resources" }));
  }
  telling.step(await folder.compileCircuit());
  const price = priceCircuit(await readFile(folder.path(folder.files.compiled)), proverNamed(flags.prover).prover);
  telling.say(priceText(price));
  const { roundInputs = false } = flags;
  const rounding = checkRun(text, await readFile(folder.path(folder.files.compiled)), input, roundInputs);
  if (roundInputs) telling.rounding(rounding);
  await takeSrs(folder, telling, flags.srs);
  telling.step(await folder.setup());
  telling.step(await folder.genWitness({ roundInputs }));
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
  telling.end({
    verified: true,
    proof: folder.path(folder.files.proof),
    outputs,
    inputs,
    cells: price.cells,
    ...fidelity && { fidelity },
  });
}

/** Samples that are enough to judge circuits by. */
const ENOUGH = 16;

/** What to aim at where nobody says: fidelity where there is something to judge by, else EZKL's own default. */
function targetFor(flags: ProveFlags, args: Partial<RunArgs>, samples: number): string {
  if (isJudged(flags)) return "fidelity";
  return flags.data !== undefined && samples >= ENOUGH && !isFidelitys(args) ? "fidelity" : "resources";
}

/** Refuses an input that the circuit cannot take before minutes go into keys; how it rounds one that it takes. */
function checkRun(text: string, compiled: Uint8Array, input: string, roundInputs: boolean): InputRounding | null {
  const circuit = decodeCircuit(compiled), rounding = checkInput(text, circuit, input, roundInputs);
  const why = whyNot(text, circuit);
  if (why !== null) throw new ZkgradError(`${input}: ${why}`);
  return rounding;
}
