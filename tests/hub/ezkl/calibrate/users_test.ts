/**
 * Three kinds of people's networks, as PyTorch exports them (`users/make.py` made them with their samples): a table, a
 * regression, a sequence. What each loses on samples that chose nothing, beside ONNX Runtime; the witnesses beside the
 * engine's.
 */
import assert from "node:assert/strict";
import * as ort from "npm:onnxruntime-node@1.30.0";
import type { LabelledSamples } from "../../../../hub/ezkl/calibrate/labelled_samples.ts";
import {
  calibrateSettings,
  compileCircuit,
  decodeCircuit,
  type FidelityReport,
  genSettings,
} from "../../../../hub/mod.ts";
import { quantizeInput } from "../../../../hub/ezkl/simulate/quantize.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { witnessOf } from "../simulate/engine.ts";

const CHOOSING = 300, COUNT = 800;
const largest = (values: number[]) => values.indexOf(Math.max(...values));

function r2Of(values: readonly number[], targets: readonly number[]): number {
  const mean = targets.reduce((sum, y) => sum + y) / targets.length;
  const missed = targets.reduce((sum, y, at) => sum + (y - values[at]) ** 2, 0);
  return 1 - missed / targets.reduce((sum, y) => sum + (y - mean) ** 2, 0);
}

const users = [
  { name: "table", what: "a table of standardised lengths", shape: [1, 4], most: 400 },
  { name: "price", what: "a regression in its own unit", shape: [1, 8], most: 2000 },
  { name: "waves", what: "a sequence through an LSTM", shape: [1, 12, 2], most: 12_000 },
];
for (const { name, what, shape, most } of users) {
  Deno.test(`fidelity keeps what a network is for: ${what}`, async () => {
    const folder = new URL("users/", import.meta.url);
    const onnx = await Deno.readFile(new URL(`${name}.onnx`, folder));
    const data = JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, folder)));
    const part = (from: number, to: number): LabelledSamples => ({
      inputs: [Float32Array.from(data.inputs.slice(from * data.size, to * data.size))],
      count: to - from,
      ...(data.labels ? { labels: data.labels.slice(from, to) } : { targets: [data.targets.slice(from, to)] }),
    });
    const found = await calibrateSettings(onnx, genSettings(onnx, { paramVisibility: "Fixed" }), "", {
      target: "fidelity",
      examination: part(0, CHOOSING),
      dropBits: [3, 4],
      deadZones: [0],
    });
    const { measure, chosen } = found.report as FidelityReport;
    assert.equal(measure.name, data.labels ? "accuracy" : "R2");
    assert.ok(chosen.price!.cells < most, `${chosen.price!.cells} cells`);

    const circuit = decodeCircuit(compileCircuit(found.onnx, found.settings)), held = part(CHOOSING, COUNT);
    const scale = found.settings.modelInputScales[0], inputs = quantizeInput(held.inputs[0], scale);
    const integers = new Simulator(circuit.model, found.settings).run([inputs], held.count).outputs[0];
    const unit = 2 ** -found.settings.modelOutputScales[0], size = integers.length / held.count;
    const session = await ort.InferenceSession.create(onnx);
    const floats: number[] = [];
    for (let at = 0; at < held.count; at++) {
      const sample = held.inputs[0].slice(at * data.size, (at + 1) * data.size);
      const result = await session.run({ [session.inputNames[0]]: new ort.Tensor("float32", sample, shape) });
      floats.push(...result[session.outputNames[0]].data as Float32Array);
    }
    await session.release();
    const values = Array.from(integers, (value) => value * unit);
    if (held.labels) {
      const share = (outputs: number[]) =>
        Array.from(held.labels!).filter((label, at) => largest(outputs.slice(at * size, at * size + size)) === label)
          .length / held.count;
      assert.ok(share(values) >= share(floats) - 0.005, `${share(values)} where the floats have ${share(floats)}`);
    } else {
      const targets = Array.from(held.targets![0]), [own, float] = [r2Of(values, targets), r2Of(floats, targets)];
      assert.ok(own >= float - 0.01 && float > 0.9, `R2 ${own} where the floats have ${float}`);
    }
    const first = inputs.slice(0, data.size);
    assert.deepEqual(witnessOf(circuit, [first]).outputs, [Array.from(integers.slice(0, size), BigInt)]);
  });
}
