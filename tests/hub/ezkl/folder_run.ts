/** Runs every step in a folder and says what was made; killed at the n-th file that it would put in place, if asked for. */
import type * as NodeFs from "node:fs/promises";
import process from "node:process";
import { Prover, ProvingFolder } from "../../../hub/mod.ts";
import { UNCALIBRATED_ARGS } from "./tiny.ts";

/** Every step in order, as `[step, made]`, and the proof's answer. */
export async function runAll(folder: ProvingFolder): Promise<{ made: string[]; valid: boolean }> {
  const steps = [
    () => folder.genSettings(UNCALIBRATED_ARGS),
    () => folder.calibrateSettings({ scales: [3, 4] }),
    () => folder.compileCircuit(),
    () => folder.genSrs(),
    () => folder.setup(),
    () => folder.genWitness(),
    () => folder.prove(),
  ];
  const made: string[] = [];
  for (const step of steps) {
    const result = await step();
    if (result.made) made.push(result.step);
  }
  return { made, valid: await folder.verify() };
}

if (import.meta.main) {
  const [path, killAt, when] = Deno.args;
  const fs = process.getBuiltinModule("node:fs/promises") as typeof NodeFs;
  const { rename } = fs;
  let count = 0;
  fs.rename = async (from, to) => {
    count++;
    if (count === Number(killAt) && when === "before") Deno.kill(Deno.pid, "SIGKILL");
    await rename(from, to);
    if (count === Number(killAt) && when === "after") Deno.kill(Deno.pid, "SIGKILL");
  };
  const done = await runAll(new ProvingFolder(path, "network.onnx", { prover: new Prover({ threads: 1 }) }));
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(done)}\n`));
}
