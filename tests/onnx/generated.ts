/**
 * Random networks, exported, before ONNX Runtime, and read again.
 * @module
 */
import { Generator } from "../../core/base/random.ts";
import { sizeOf } from "../../core/base/shape.ts";
import type { CpuDevice } from "../../core/run/cpu/device.ts";
import { Predictor } from "../../core/train/predictor.ts";
import { exportOnnx, OnnxModule } from "../../onnx/model.ts";
import { runOrtAll } from "./judge.ts";
import { RandomNet } from "./random_net.ts";

/** What is wrong with the network of a seed, or null; it is run with a few samples more than one block of the CPU's. */
export async function problemOf(seed: number, device: CpuDevice): Promise<string | null> {
  const net = new RandomNet(seed);
  const samples = 1 + seed % 11;
  const shape = [samples, ...net.sampleShape];
  const data = new Generator(seed + 1).fillUniform(new Float32Array(sizeOf(shape)), -2, 2);
  const bytes = exportOnnx(net, net.sampleShape, { batch: "batch_size" });
  const [theirs] = await runOrtAll(bytes, [{ shape, data }], true);
  for (const [who, model] of [["the network", net], ["what is read of its file", new OnnxModule(bytes)]] as const) {
    using predictor = await Predictor.create({ model, shape: net.sampleShape, device });
    const ours = await predictor.predict(data);
    if (ours.length !== theirs.length) return `${who} makes ${ours.length} numbers, ONNX Runtime ${theirs.length}`;
    const at = theirs.findIndex((value, i) => !(Math.abs(value - ours[i]) <= 2e-4 * Math.max(1, Math.abs(value))));
    if (at !== -1) return `${who}: number ${at} is ${ours[at]}, and ONNX Runtime's ${theirs[at]}`;
  }
  return null;
}

/** What is wrong with the networks of some seeds, by seed. */
export async function problemsOf(seeds: readonly number[], device: CpuDevice): Promise<string[]> {
  const problems: string[] = [];
  for (const seed of seeds) {
    const problem = await problemOf(seed, device).catch((error) => `${error.name}: ${error.message}`);
    if (problem !== null) problems.push(`${seed}: ${problem}`);
  }
  return problems;
}
