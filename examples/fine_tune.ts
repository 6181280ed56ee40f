/**
 * Fine-tuning an imported ONNX file: a network that somebody else trained learns what is new
 * in one's own data, and is exported again.
 *
 * What to learn here: an ONNX file is a module like any other; its weights are there from the
 * beginning; what it knew and what it learns are both measured.
 * Run it with `deno run --allow-read --allow-write examples/fine_tune.ts given.onnx tuned.onnx`;
 * without names it first trains the file that it is given.
 * @module
 */
import { Adam, DataLoader, Generator, manualSeed, nn, readFile, TensorDataset, Trainer } from "@zkgrad/zkgrad";
import { writeFileAtomic } from "@zkgrad/zkgrad";
import { exportOnnx, OnnxModule } from "@zkgrad/zkgrad/onnx";

/** Points around two centres, `turned` by an angle: the world as it was, or as it is now. */
function points(seed: number, turned: number): TensorDataset {
  const random = new Generator(seed);
  const labels = Uint32Array.from({ length: 600 }, () => random.uniform() < 0.5 ? 0 : 1);
  const inputs = [...labels].flatMap((label) => {
    const noise = () => random.uniform() + random.uniform() - 1;
    const angle = turned + Math.PI * label;
    return [Math.cos(angle) + noise(), Math.sin(angle) + noise()];
  });
  return new TensorDataset({ inputs, shape: [2], targets: labels });
}

async function train(model: nn.Module, data: TensorDataset, epochs: number): Promise<void> {
  using trainer = await Trainer.create({ model, loss: new nn.CrossEntropyLoss(), optimizer: new Adam({ lr: 0.02 }) });
  const loader = new DataLoader(data, { batchSize: 50, shuffle: true });
  for (let epoch = 0; epoch < epochs; epoch++) await trainer.fit(loader);
}

async function accuracy(model: nn.Module, data: TensorDataset): Promise<string> {
  using trainer = await Trainer.create({ model, loss: new nn.CrossEntropyLoss(), optimizer: new Adam() });
  return `${((await trainer.evaluate(data)).accuracy! * 100).toFixed(1)} %`;
}

async function given(): Promise<Uint8Array> {
  if (Deno.args[0] !== undefined) return await readFile(Deno.args[0]);
  const model = new nn.Sequential(new nn.Linear(2, 12), new nn.ReLU(), new nn.Linear(12, 2));
  await train(model, points(1, 0), 10);
  return exportOnnx(model, [2]);
}

manualSeed(1);
const model = new OnnxModule(await given());
const [now, unseen] = [points(2, 1.2), points(3, 1.2)];
console.log(`as given: ${await accuracy(model, unseen)} of points that it was not trained on`);
await train(model, now, 10);
console.log(`fine-tuned: ${await accuracy(model, unseen)}`);
const tuned = exportOnnx(model, model.sampleShape);
if (Deno.args[1] !== undefined) await writeFileAtomic(Deno.args[1], tuned);
console.log(`exported again: ${tuned.length} bytes`);
