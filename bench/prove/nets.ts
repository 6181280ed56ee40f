/**
 * What circuits of several networks cost before any key: the target fidelity beside EZKL's resources and accuracy, all by
 * zkgrad's compiler, whose settings for EZKL's targets are EZKL's own.
 *
 *     deno run -A bench/prove/nets.ts FILE.onnx ... [--samples N]
 *
 * Inputs are drawn from a normal distribution; what a circuit loses is told in the measure that fits its outputs.
 * @module
 */
import { parseArgs } from "node:util";
import { sizeOf } from "../../core/base/shape.ts";
import { calibrateNative } from "../../hub/ezkl/calibrate/native.ts";
import { calibrateFidelity } from "../../hub/ezkl/calibrate/fidelity.ts";
import { lossOf } from "../../hub/ezkl/calibrate/measure.ts";
import { genSettings } from "../../hub/ezkl/gen_settings.ts";
import { lowerOnnx } from "../../hub/ezkl/compile/lower.ts";
import { estimatePrice, type Price } from "../../hub/ezkl/layout/price.ts";

const { values, positionals } = parseArgs({
  options: { samples: { type: "string", default: "300" } },
  allowPositionals: true,
});
const count = Number(values.samples), runArgs = { paramVisibility: "Fixed" } as const;

/** Numbers of a normal distribution, the same in every run. */
function normal(length: number): Float32Array {
  let state = 1;
  const next = () => (state = (state * 16807) % 2147483647) / 2147483647;
  return Float32Array.from({ length }, () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()));
}

function say(name: string, price: Price, more = ""): void {
  const { logrows, cells, rows, lookupArguments, pkBytes, seconds } = price;
  console.log(
    `  ${name.padEnd(10)} 2^${logrows}, ${cells} cells, ${rows} rows, ${lookupArguments} lookups, key ` +
      `${(pkBytes / 1e6).toFixed(1)} MB, keys ${seconds.keys.toFixed(1)} s, proof ${seconds.proof.toFixed(1)} s${more}`,
  );
}

for (const path of positionals) {
  console.log(path);
  const onnx = await Deno.readFile(path), { nodes, inputs } = lowerOnnx(onnx);
  const drawn = inputs.map((place) => normal(count * sizeOf(nodes[place].shape)));
  try {
    const { chosen, measure } = await calibrateFidelity(onnx, { examination: { inputs: drawn, count }, runArgs });
    say("fidelity", chosen.price!, `, loses ${lossOf(measure, chosen.evaluation!).toPrecision(2)} in ${measure.name}`);
  } catch (error) {
    console.log(`  fidelity   ${(error as Error).message}`);
  }
  const samples = [0, 1, 2, 3].map((sample) =>
    drawn.map((all) => all.slice(sample * all.length / count, (sample + 1) * all.length / count))
  );
  for (const target of ["resources", "accuracy"] as const) {
    try {
      say(
        target,
        estimatePrice((await calibrateNative(onnx, genSettings(onnx, runArgs), samples, { target })).settings),
      );
    } catch (error) {
      console.log(`  ${target.padEnd(10)} ${(error as Error).message.slice(0, 160)}`);
    }
  }
}
