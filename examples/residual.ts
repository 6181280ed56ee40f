/**
 * A residual network on MNIST, whose training images are turned and moved anew for every epoch.
 *
 * What to learn here: layers that add to what goes into them, BatchNorm, a data set for every
 * epoch. Run it with `deno run -A examples/residual.ts`, or with a number of training images.
 * @module
 */
import { AdamW, add, DataLoader, type Dataset, Generator, manualSeed, mean, MNIST, nn } from "@zkgrad/zkgrad";
import { OneCycleLR, relu, subset, type Tensor, TensorDataset, Trainer } from "@zkgrad/zkgrad";

const conv = (from: number, to: number, stride = 1) =>
  new nn.Sequential(new nn.Conv2d(from, to, 3, { stride, padding: 1, bias: false }), new nn.BatchNorm2d(to));

class Residual extends nn.Sequential {
  override forward(x: Tensor): Tensor {
    return relu(add(super.forward(x), x));
  }
}
const block = (size: number) => new Residual(conv(size, size), new nn.ReLU(), conv(size, size));

class ResNet extends nn.Module {
  body = new nn.Sequential(conv(1, 16, 2), new nn.ReLU(), block(16), conv(16, 32, 2), new nn.ReLU(), block(32));
  fc = new nn.Linear(32, 10);
  override forward(x: Tensor): Tensor {
    return this.fc.forward(mean(this.body.forward(x), [2, 3]));
  }
}

/** Each image turned by up to 10 degrees and moved by up to 2 pixels, between pixels by their distance. */
function augmented({ inputs: { data, shape }, targets, length }: Dataset, random: Generator): TensorDataset {
  const inputs = new Uint8Array(data.length), draw = (most: number) => most * (2 * random.uniform() - 1);
  for (let n = 0; n < length; n++) {
    const turn = draw(Math.PI / 18), [dx, dy] = [13.5 + draw(2), 13.5 + draw(2)];
    const [c, s] = [Math.cos(turn), Math.sin(turn)];
    const at = (x: number, y: number) => x < 0 || y < 0 || x > 27 || y > 27 ? 0 : data[n * 784 + y * 28 + x];
    for (let k = 0; k < 784; k++) {
      const x = k % 28 - dx, y = Math.floor(k / 28) - dy;
      const u = c * x - s * y + 13.5, v = s * x + c * y + 13.5, i = Math.floor(u), j = Math.floor(v);
      const row = (b: number) => at(i, b) * (i + 1 - u) + at(i + 1, b) * (u - i);
      inputs[n * 784 + k] = Math.round(row(j) * (j + 1 - v) + row(j + 1) * (v - j));
    }
  }
  return new TensorDataset({ inputs, shape, targets: targets.data, classes: 10, transform: (byte) => byte / 255 });
}

const [images = "60000", epochs = images === "60000" ? 8 : 2] = Deno.args;
manualSeed(1);
const train = subset(await MNIST.load({ train: true }), Number(images)), test = await MNIST.load({ train: false });
const model = new ResNet(), loss = new nn.CrossEntropyLoss(), optimizer = new AdamW(), random = new Generator(2);
const scheduler = new OneCycleLR(optimizer, 0.01, { totalSteps: Number(epochs) * Math.ceil(train.length / 64) });
using trainer = await Trainer.create({ model, loss, optimizer, scheduler, interval: "step" });
for (let epoch = 1; epoch <= Number(epochs); epoch++) {
  const trained = await trainer.fit(new DataLoader(augmented(train, random), { batchSize: 64, shuffle: true }));
  const { accuracy } = await trainer.evaluate(test, 500);
  console.log(`epoch ${epoch}: loss ${trained.loss.toFixed(4)}, ${(100 * accuracy!).toFixed(2)} % of test`);
}
