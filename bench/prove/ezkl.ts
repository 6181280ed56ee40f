/**
 * The native program EZKL 21 as a prover of the bench, by way of `native.py`.
 * @module
 */
import { nativePython } from "../../tests/hub/ezkl/native.ts";
import { run } from "./process.ts";
import type { ProverReport, Step } from "./report.ts";

/** What to do where there is no native EZKL. */
export const HOW_TO_INSTALL: string = "no Python with ezkl 21 was found: python3 -m venv .venv-ezkl && " +
  ".venv-ezkl/bin/pip install ezkl==21.0.0, or set ZKGRAD_EZKL_PYTHON";

/** EZKL's names of the steps, as `native.py` has them. */
const NAMES: Readonly<Record<string, Step>> = {
  calibrate: "calibrate",
  compile: "compile",
  setup: "keys",
  witness: "witness",
  prove: "prove",
  verify: "verify",
};

/**
 * Proves in `folder`, which holds the network and its samples, until a step.
 * `circuit` is a folder whose circuit is taken instead of one that EZKL calibrates.
 */
export async function proveNatively(
  folder: string,
  until: Step,
  minutes: number,
  circuit?: string,
): Promise<Partial<ProverReport>> {
  const threads = Number(Deno.env.get("RAYON_NUM_THREADS")) || navigator.hardwareConcurrency;
  if (nativePython === null) return { failure: HOW_TO_INSTALL };
  const samples = ["network_lenet.onnx", "input.json", "cal_data.json"].map((name) => `${folder}/${name}`);
  const last = Object.keys(NAMES).find((name) => NAMES[name] === until)!;
  const args = [
    ...samples,
    "--folder",
    folder,
    "--until",
    last,
    ...circuit === undefined ? [] : ["--circuit", circuit],
  ];
  const { stdout, reason } = await run(nativePython, ["-I", "bench/prove/native.py", ...args], minutes);
  const line = stdout.split("\n").findLast((each) => each.startsWith('{"name"'));
  if (line === undefined) return { failure: reason };
  const { steps } = JSON.parse(line) as {
    steps: Record<string, { seconds?: number; peakMb?: number; error?: string }>;
  };
  const seconds: Partial<Record<Step, number>> = {};
  const failures: string[] = [];
  for (const [name, step] of Object.entries(steps)) {
    if (step.error !== undefined) failures.push(`${name}: ${step.error}`);
    else if (NAMES[name] !== undefined) seconds[NAMES[name]] = step.seconds!;
  }
  // Each step is a process of its own; native.py counts in MiB.
  const peak = Math.max(...Object.values(steps).map(({ peakMb = 0 }) => peakMb));
  return {
    seconds,
    peakRssMb: peak * 2 ** 20 / 1e6,
    threads,
    ...(failures.length === 0 ? {} : { failure: failures[0].slice(0, 300) }),
  };
}
