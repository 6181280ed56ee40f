/**
 * A training session: epoch by epoch, with what is to be shown after each.
 * @module
 */
import { Adam, DataLoader, type DeviceName, ExponentialLR, manualSeed, nn, Trainer } from "../../../mod.ts";
import { dispose } from "../../../core/base/dispose.ts";
import { exportOnnx } from "../../../onnx/mod.ts";
import { estimateCircuit } from "./circuits.ts";
import { datasetOf, type Digits, type DigitSet } from "./digits.ts";
import type { EpochReport, Mistake, News, Trained } from "./news.ts";
import { makeNetwork } from "./make_network.ts";
import { DIGIT_SHAPE, type Preset } from "./presets.ts";

/** What a session is told, and tells. */
export interface SessionOptions {
  /** The network. */
  readonly preset: Preset;
  /** What it learns from, and is tested on. */
  readonly digits: Digits;
  /** Epochs to train. */
  readonly epochs: number;
  /** Where it computes. */
  readonly device?: DeviceName;
  /** Ends it; what {@linkcode train} gives then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Hears where it computes, and how far an epoch is. */
  readonly tell?: (news: News) => void;
}

/** Digits in a batch, and by what the learning rate is multiplied after an epoch. */
const BATCH = 64, DECAY = 0.9;

/** Pictures of mistakes. */
const MOST_MISTAKES = 24;

/**
 * Trains, and gives a report after each epoch; nothing is done while nobody asks for the next one. Returns the network.
 */
export async function* train(options: SessionOptions): AsyncGenerator<EpochReport, Trained> {
  const { preset, digits, epochs, device = "auto", signal, tell } = options;
  manualSeed(1);
  const model = makeNetwork(preset), optimizer = new Adam({ lr: preset.lr });
  const scheduler = new ExponentialLR(optimizer, DECAY);
  const parts = { model, loss: new nn.CrossEntropyLoss(), optimizer, scheduler, interval: "epoch" } as const;
  const trainer = await Trainer.create({ ...parts, device });
  try {
    tell?.({ kind: "device", description: trainer.device.description });
    const loader = new DataLoader(datasetOf(digits.train), { batchSize: BATCH, shuffle: true });
    const test = datasetOf(digits.test);
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const { loss, seconds } = await trainer.fit(loader, {
        ...signal && { signal },
        onProgress: ({ samples, total, loss, rate }) =>
          tell?.({ kind: "progress", progress: { epoch, samples, total, loss, rate } }),
      });
      const { loss: testLoss, accuracy } = await trainer.evaluate(test);
      const circuit = await estimateCircuit(exportOnnx(model, DIGIT_SHAPE), digits, signal);
      yield { epoch, loss, testLoss, accuracy: accuracy!, seconds, circuit };
      signal?.throwIfAborted();
    }
    const logits = await trainer.predict(test);
    return { onnx: exportOnnx(model, DIGIT_SHAPE) as Uint8Array<ArrayBuffer>, mistakes: mistakes(digits.test, logits) };
  } finally {
    trainer[dispose]();
  }
}

/** The first test digits that are answered wrongly. */
function mistakes({ pixels, labels }: DigitSet, logits: Float32Array): Mistake[] {
  const found: Mistake[] = [], size = pixels.length / labels.length, classes = logits.length / labels.length;
  for (let index = 0; index < labels.length && found.length < MOST_MISTAKES; index++) {
    const own = logits.subarray(index * classes, (index + 1) * classes);
    const said = own.indexOf(Math.max(...own)), label = labels[index];
    if (said === label) continue;
    found.push({ pixels: Uint8Array.from(pixels.subarray(index * size, (index + 1) * size)), label, said });
  }
  return found;
}
