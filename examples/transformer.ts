/**
 * A small transformer that takes the rows of MNIST's digits as words of a sentence.
 *
 * What to learn here: encoder layers, positions that are learned, dropout, a rate that rises and
 * falls once. Run it with `deno run -A examples/transformer.ts`, or with a number of training
 * images, for a quick look.
 * @module
 */
import { AdamW, add, DataLoader, manualSeed, mean, MNIST, nn, OneCycleLR, squeeze, subset } from "@zkgrad/zkgrad";
import { type Tensor, Trainer } from "@zkgrad/zkgrad";

const OPTIONS = { dimFeedforward: 128, dropout: 0.1, activation: "gelu", batchFirst: true, normFirst: true } as const;

/** Every row of pixels becomes 48 features; two layers look at all rows; their mean says the digit. */
class RowTransformer extends nn.Module {
  embed = new nn.Linear(28, 48);
  positions = new nn.Parameter([1, 28, 48], 0.02);
  layers = [new nn.TransformerEncoderLayer(48, 4, OPTIONS), new nn.TransformerEncoderLayer(48, 4, OPTIONS)];
  norm = new nn.LayerNorm(48);
  fc = new nn.Linear(48, 10);

  override forward(image: Tensor): Tensor {
    const rows = this.embed.forward(squeeze(image, 1)); // [N, 1, 28, 28] to [N, 28, 48]
    let x = add(rows, this.positions.in(image.graph));
    for (const layer of this.layers) x = layer.forward(x);
    return this.fc.forward(mean(this.norm.forward(x), 1));
  }
}

const [images = "60000", epochs = images === "60000" ? 5 : 2] = Deno.args;
manualSeed(1);
const train = subset(await MNIST.load({ train: true }), Number(images));
const test = await MNIST.load({ train: false });

const model = new RowTransformer();
const loader = new DataLoader(train, { batchSize: 64, shuffle: true });
const optimizer = new AdamW({ weightDecay: 0.01 });
const stepsPerEpoch = Math.ceil(train.length / 64);
const scheduler = new OneCycleLR(optimizer, 3e-3, { epochs: Number(epochs), stepsPerEpoch });
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
