/**
 * An LSTM that reads MNIST's digits row by row, from the top.
 *
 * What to learn here: a recurrent layer over a sequence and its last state; a rate that rises and
 * falls once; clipping; a file for ONNX Runtime. Run it with `deno run -A examples/lstm.ts`, or with
 * a number of training images, for a quick look.
 * @module
 */
import { AdamW, DataLoader, manualSeed, MNIST, nn, OneCycleLR, squeeze, subset } from "@zkgrad/zkgrad";
import { type Tensor, Trainer } from "@zkgrad/zkgrad";
import { exportOnnx } from "@zkgrad/zkgrad/onnx";

/** 28 rows of 28 pixels go in one after another; the state after the last says which digit it is. */
class RowReader extends nn.Module {
  lstm = new nn.LSTM(28, 96, { batchFirst: true });
  fc = new nn.Linear(96, 10);

  override forward(image: Tensor): Tensor {
    const rows = squeeze(image, 1); // [N, 1, 28, 28] to [N, 28, 28]
    const { hidden } = this.lstm.run(rows);
    return this.fc.forward(hidden.at(-1)!);
  }
}

const [images = "60000", epochs = images === "60000" ? 4 : 2] = Deno.args;
manualSeed(1);
const train = subset(await MNIST.load({ train: true }), Number(images));
const test = await MNIST.load({ train: false });

const model = new RowReader();
const loader = new DataLoader(train, { batchSize: 64, shuffle: true });
const optimizer = new AdamW({ weightDecay: 1e-4 });
const stepsPerEpoch = Math.ceil(train.length / 64);
const scheduler = new OneCycleLR(optimizer, 5e-3, { epochs: Number(epochs), stepsPerEpoch });
const loss = new nn.CrossEntropyLoss();
using trainer = await Trainer.create({ model, loss, optimizer, scheduler, interval: "step", clipGradNorm: 1 });
console.log(`${model.parameterCount()} parameters, ${train.length} images`);

for (let epoch = 1; epoch <= Number(epochs); epoch++) {
  const { loss, seconds } = await trainer.fit(loader);
  const { accuracy } = await trainer.evaluate(test, 500);
  console.log(
    `epoch ${epoch}: loss ${loss.toFixed(4)}, ${(100 * accuracy!).toFixed(2)} % of test, ${seconds.toFixed(0)} s`,
  );
}
const file = exportOnnx(model, train.inputs.shape, { batch: "batch_size" });
console.log(`as ONNX: ${file.length} bytes`);
