/**
 * zkgrad's way from an ONNX file to a verified proof, as `deno task mnist` goes it, in a
 * process of its own. Prints its report as a line of JSON.
 *
 *     deno run -A bench/prove/zkgrad.ts --folder DIR [--threads N] [--until STEP]
 *
 * @module
 */
import { parseArgs } from "node:util";
import { Prover, ProvingFolder } from "../../hub/mod.ts";
import { parseRunOptions } from "../../hub/cli/run_options.ts";
import { peakRssMb } from "../report.ts";
import { images } from "./judge.ts";
import type { ProverReport, Step } from "./report.ts";

/** Training images that weights are rounded on, as many as `deno task mnist` takes. */
const ROUNDED_ON = 1000;

const { values } = parseArgs({
  options: {
    folder: { type: "string", default: "." },
    threads: { type: "string" },
    until: { type: "string", default: "verify" },
  },
});
const prover = new Prover(values.threads === undefined ? {} : { threads: Number(values.threads) });
const folder = new ProvingFolder(values.folder, "network_lenet.onnx", { prover });
const seconds: Partial<Record<Step, number>> = {};
let failure: string | undefined;
try {
  await work();
} catch (error) {
  failure = error instanceof Error ? error.message : String(error);
}
const { threads } = prover;
await prover[Symbol.asyncDispose]();
const report: ProverReport = {
  seconds,
  peakRssMb: peakRssMb(),
  threads,
  ...(failure === undefined ? {} : { failure }),
};
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report) + "\n"));

async function work(): Promise<void> {
  // As mnist.ts has it: the last 5,000 training images choose the circuit, the first ones round its weights.
  const examination = await images(true, 55_000), calibration = await images(true, 0, ROUNDED_ON);
  const { tolerance } = parseRunOptions([]);
  await folder.genSettings({ inputVisibility: "Private", paramVisibility: "Fixed", outputVisibility: "Public" });
  if (await did("calibrate", folder.calibrateSettings({ target: "fidelity", tolerance, examination, calibration }))) {
    return;
  }
  if (await did("compile", folder.compileCircuit())) return;
  // A reference string is made or fetched once for all circuits of a size: no prover's time.
  await folder.genSrs();
  if (await did("keys", folder.setup())) return;
  if (await did("witness", folder.genWitness())) return;
  if (await did("prove", folder.prove())) return;
  const begun = performance.now();
  if (!await folder.verify()) throw new Error("its proof does not hold");
  seconds.verify = (performance.now() - begun) / 1000;
}

/** Notes a step's seconds; true where it was to be the last. */
async function did(step: Step, running: Promise<{ seconds: number }>): Promise<boolean> {
  seconds[step] = (await running).seconds;
  return values.until === step;
}
