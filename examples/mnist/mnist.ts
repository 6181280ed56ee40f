/**
 * EZKL's MNIST tutorial in one script: train LeNet, export it as ONNX, prove what it
 * says of an image, verify the proof.
 *
 * Run it with `deno task mnist`; `--help` lists the flags. Read it, copy it, change it.
 * @module
 */
import { Adam, avgPool2d, convert, DataLoader, ExponentialLR, flatten, manualSeed, MNIST } from "@zkgrad/zkgrad";
import { type Dataset, nn, sampleInput, sigmoid, subset, type Tensor, Trainer, TrainingRun } from "@zkgrad/zkgrad";
import { HubRun, ProvingRun, RunFiles, runMain, type RunOptions } from "@zkgrad/zkgrad/cli";
import { quantizationOf } from "@zkgrad/zkgrad/ezkl";
import { calibrationJson, inputJson } from "@zkgrad/zkgrad/hub";
import { exportOnnx } from "@zkgrad/zkgrad/onnx";

/** The head of its help. */
export const ABOUT = `Trains LeNet on MNIST rounded to 0/1, exports it as ONNX, compiles that into a
zero-knowledge circuit, proves what it says of one image, and verifies the proof.

deno task mnist [flags]
`;

/** LeNet-5 as the tutorial has it: 44,426 parameters. */
export class LeNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 6, 5);
  conv2 = new nn.Conv2d(6, 16, 5);
  fc1 = new nn.Linear(256, 120);
  fc2 = new nn.Linear(120, 84);
  fc3 = new nn.Linear(84, 10);

  override forward(x: Tensor): Tensor {
    x = avgPool2d(sigmoid(this.conv1.forward(x)), 2);
    x = avgPool2d(sigmoid(this.conv2.forward(x)), 2);
    x = flatten(x);
    x = sigmoid(this.fc1.forward(x));
    x = sigmoid(this.fc2.forward(x));
    return this.fc3.forward(x);
  }
}

/** Trains on with the circuit's rounding in every place, and leaves the weights where the circuit has them. */
async function learnCircuit(model: LeNet, loader: DataLoader, test: Dataset, options: RunOptions): Promise<boolean> {
  const { device, grey, quantizationAware: epochs, resume, output, out } = options;
  const circuit = await quantizationOf(model, loader.dataset.inputs.shape, {
    scheme: { inputScale: grey ? 4 : 0, tableScale: 8, dropBits: 5, outputScale: 5, binaryInputs: !grey },
    // Weights below become 0, which costs no cell; one of conv1 is read 576 times, one of conv2 64 times.
    deadZone: { "conv1.weight": 1.25, "conv2.weight": 0.6, "fc1.weight": 0.4, "fc2.weight": 0.3, "fc3.weight": 0.25 },
  });
  const optimizer = new Adam({ lr: 4e-3 });
  const scheduler = new ExponentialLR(optimizer, 0.9);
  const parts = { model, loss: new nn.CrossEntropyLoss(), optimizer, scheduler, interval: "epoch" } as const;
  using trainer = await Trainer.create({ ...parts, device, quantizationAware: circuit });
  output.write("from here on numbers are rounded as the circuit will round them\n");
  const folder = `${out}/quantized`;
  const run = await TrainingRun.open({ trainer, loader, folder, epochs, resume, output, unit: "images" });
  for (const epoch of run.epochs()) {
    const trained = await trainer.fit(loader, run.progress(epoch));
    await run.record(epoch, trained, await trainer.evaluate(test, options.batchSize));
  }
  convert(model, circuit);
  return !run.interrupted;
}

/** What ten logits say. */
function verdict(logits: ArrayLike<number>): string {
  const digit = Array.from(logits).indexOf(Math.max(...Array.from(logits)));
  return `the network says that the hidden image is a ${digit}`;
}

/** The whole way, with the flags of a run. */
export async function main(options: RunOptions): Promise<void> {
  const { output } = options;
  // Before the training, which a wrong address or key is not worth.
  await using hub = await HubRun.open(options);
  manualSeed(options.seed);

  // Each pixel, from 0 to 1, becomes 0 or 1: the circuit then has whole numbers as inputs.
  const source = { root: options.data, transform: options.grey ? undefined : Math.round };
  const full = await MNIST.load({ ...source, train: true });
  // Held out of the training set to choose the circuit by: the test images then judge what nothing was chosen by.
  const held = Math.min(5000, Math.ceil(full.length / 12)), rest = full.length - held;
  const train = subset(full, Math.min(options.limit, rest));
  const choosing = subset(full, Array.from({ length: held }, (_, index) => rest + index));
  const test = await MNIST.load({ ...source, train: false });

  const model = new LeNet();
  const optimizer = new Adam({ lr: options.lr ?? 1e-3 });
  const loader = new DataLoader(train, { batchSize: options.batchSize, shuffle: options.shuffle });
  const { device } = options;
  using trainer = await Trainer.create({ model, loss: new nn.CrossEntropyLoss(), optimizer, device });
  const pixels = options.grey ? "in greys" : "rounded to 0/1";
  const { description } = trainer.device;
  output.write(`LeNet, ${model.parameterCount()} parameters, ${train.length} images ${pixels}, ${description}\n`);

  const { epochs, resume, out: folder } = options;
  const run = await TrainingRun.open({ trainer, loader, folder, epochs, resume, output, unit: "images" });
  if (options.lr !== undefined) optimizer.lr = options.lr;
  for (const epoch of run.epochs()) {
    const trained = await trainer.fit(loader, run.progress(epoch));
    const tested = await trainer.evaluate(test, options.batchSize);
    await run.record(epoch, trained, tested);
  }
  const isTrained = !run.interrupted &&
    (options.quantizationAware === 0 || await learnCircuit(model, loader, test, options));
  if (!isTrained) return output.write("stopped; the same command with --resume goes on\n");

  const files = new RunFiles(options.out);
  const onnx = exportOnnx(model, train.inputs.shape);
  const file = "network_lenet.onnx";
  if (!options.resume) await files.keepEarlier(file, onnx, output);
  await files.write(file, onnx, "the network, ONNX opset 12");
  await files.write("input.json", inputJson(sampleInput(train, 0)), "one training image");
  const samples = Array.from(
    { length: Math.min(options.calibration, train.length) },
    (_, index) => sampleInput(train, index),
  );
  await files.write("cal_data.json", calibrationJson(samples), `${samples.length} images for calibration`);
  await files.check(file, onnx, trainer, subset(test, Math.min(1000, test.length)));
  await files.figures(run.history, model);
  await files.list("last.safetensors", "checkpoint of the last epoch");
  await files.list("best.safetensors", "checkpoint of the best epoch");

  if (hub) {
    await hub.deploy(files, file);
    await hub.prove(files);
    await hub.verify(verdict);
  } else if (options.prove) {
    const proving = new ProvingRun(files, file, options);
    await proving.calibrate(train, choosing, test);
    await proving.compile();
    await proving.makeKeys();
    await proving.prove();
    await proving.verify(verdict);
    await proving.verifyOnEvm();
  }
  output.write(files.table());
}

if (import.meta.main) await runMain(main, ABOUT);
