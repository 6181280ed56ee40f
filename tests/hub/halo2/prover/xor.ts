/** The smallest of circuits that anybody makes: XOR, trained as README does, in about 62 cells. */
import {
  calibrateSettings,
  calibrationJson,
  compileCircuit,
  genSettings,
  genSrs,
  genWitness,
  inputJson,
  settingsToJson,
} from "../../../../hub/mod.ts";
import { Adam, DataLoader, manualSeed, nn, TensorDataset, Trainer } from "../../../../mod.ts";
import { exportOnnx } from "../../../../onnx/mod.ts";
import { PUBLISHED_SECRET } from "../../ezkl/srs/fixtures.ts";
import type { Subject } from "./subjects.ts";

/** What to prove of it; with `logrows`, in a circuit of so many rows. */
export async function xorSubject(logrows?: number): Promise<Subject> {
  manualSeed(1);
  const inputs = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]);
  const data = new TensorDataset({ inputs, shape: [2], targets: new Uint8Array([0, 1, 1, 0]) });
  const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 2));
  const loss = new nn.CrossEntropyLoss(), optimizer = new Adam({ lr: 0.1 });
  using trainer = await Trainer.create({ model, loss, optimizer, device: "cpu" });
  const loader = new DataLoader(data, { batchSize: 4 });
  for (let epoch = 0; epoch < 100; epoch++) await trainer.fit(loader);
  const onnx = exportOnnx(model, [2]);
  const samples = calibrationJson(Array.from({ length: 16 }, (_, i) => inputs.subarray(2 * (i % 4), 2 * (i % 4) + 2)));
  const calibrated = await calibrateSettings(onnx, genSettings(onnx), samples, { target: "fidelity" });
  const { runArgs } = calibrated.settings;
  const settings = { ...calibrated.settings, runArgs: { ...runArgs, logrows: logrows ?? runArgs.logrows } };
  const compiled = compileCircuit(calibrated.onnx, settings);
  return {
    compiled,
    srs: await genSrs(settings.runArgs.logrows, { secret: PUBLISHED_SECRET }),
    settingsText: settingsToJson(settings),
    witness: await genWitness(compiled, inputJson(Float32Array.of(1, 0))),
  };
}
