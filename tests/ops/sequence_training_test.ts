/** Networks over sequences in training: the same bytes for any number of threads and when resumed, and as on the GPU. */
import assert from "node:assert/strict";
import { TensorDataset } from "../../core/data/dataset.ts";
import { DataLoader } from "../../core/data/loader.ts";
import { Generator, manualSeed } from "../../core/base/random.ts";
import { Module, type Tensor } from "../../core/graph/module.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { GpuDevice } from "../../core/run/device.ts";
import type { Device } from "../../core/run/choose.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { Adam, nn, permute } from "../../mod.ts";
import { flatten, mean } from "../../ops/mod.ts";
import { assertClose, wholeNumbers } from "./harness.ts";

Deno.env.set("XDG_RUNTIME_DIR", Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp"); // the driver warns without it

/** Words to two layers of GRU both ways, which drop out between them; all by the sample, so that shares go on their own. */
class Recurrent extends Module {
  words = new nn.Embedding(9, 5);
  gru = new nn.GRU(5, 7, { batchFirst: true, bidirectional: true, numLayers: 2, dropout: 0.2 });
  fc = new nn.Linear(14, 3);

  override forward(x: Tensor): Tensor {
    return this.fc.forward(mean(this.gru.forward(this.words.forward(x)), 1));
  }
}

/** Time before the batch, and what looks at something else: not by the sample, so that kernels are divided. */
class Moved extends Module {
  words = new nn.Embedding(9, 6);
  lstm = new nn.LSTM(6, 6);
  attention = new nn.MultiheadAttention(6, 2, { dropout: 0.1 });
  fc = new nn.Linear(24, 3);

  override forward(x: Tensor): Tensor {
    const words = permute(this.words.forward(x), [1, 0, 2]);
    const seen = this.attention.forward(this.lstm.forward(words), words);
    return this.fc.forward(flatten(permute(seen, [1, 0, 2])));
  }
}

/** Encoder layers that drop out. */
class Encoder extends Module {
  words = new nn.Embedding(9, 8);
  layer = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 12, dropout: 0.1, batchFirst: true });
  fc = new nn.Linear(8, 3);

  override forward(x: Tensor): Tensor {
    return this.fc.forward(mean(this.layer.forward(this.words.forward(x)), 1));
  }
}

const inputs = wholeNumbers([50, 4], 3, 9).data;
const targets = Uint8Array.from({ length: 50 }, (_, n) => (inputs[4 * n] + inputs[4 * n + 3]) % 3);
const data = new TensorDataset({ inputs, shape: [4], targets, classes: 3 });

/** A checkpoint after four epochs, and the predictions; `stop`: after how many to go on in a model made anew. */
async function trained(make: () => Module, device: Device | "cpu", stop: number | null = null) {
  const start = () => {
    manualSeed(3);
    const parts = { model: make(), loss: new nn.CrossEntropyLoss(), optimizer: new Adam({ lr: 0.02 }), device };
    return Trainer.create(parts);
  };
  // The last batch is not full, nor a whole number of blocks.
  const loader = () => new DataLoader(data, { batchSize: 32, shuffle: true, generator: new Generator(4) });
  let trainer = await start();
  const order = loader();
  for (let epoch = 0; epoch < 4; epoch++) {
    if (epoch === stop) {
      const checkpoint = await trainer.checkpoint();
      trainer[Symbol.dispose]();
      trainer = await start();
      await trainer.restore(checkpoint);
    }
    await trainer.fit(order);
  }
  using last = trainer;
  return { bytes: await last.checkpoint(), outputs: await last.predict(data) };
}

for (const make of [Recurrent, Moved, Encoder]) {
  Deno.test(`${make.name} trains to the same bytes for any number of threads and when it is resumed`, async () => {
    const whole = await trained(() => new make(), "cpu");
    for (const threads of [1, 3]) {
      using device = await CpuDevice.request({ threads });
      assert.deepEqual((await trained(() => new make(), device)).bytes, whole.bytes, `${threads} threads`);
    }
    assert.deepEqual((await trained(() => new make(), "cpu", 2)).bytes, whole.bytes, "resumed");
  });
}

Deno.test("a network of embedding, LSTM and attention, with dropout, trains on the GPU as on the CPU", async () => {
  using gpu = await GpuDevice.request();
  const [{ outputs }, expected] = [await trained(() => new Moved(), gpu), await trained(() => new Moved(), "cpu")];
  assertClose(outputs, expected.outputs, 1e-3, "on the GPU");
});
