/**
 * Makes the file of digits that lies beside the page, while the page is built.
 * @module
 */
import { gzipSync } from "node:zlib";
import { type Dataset, MNIST, sampleInput } from "../../../mod.ts";
import { type Digits, type DigitSet, packDigits } from "./digits.ts";
import { DIGITS_FILE } from "./presets.ts";

/** How many digits of each kind. */
const COUNTS = { train: 10_000, choose: 500, test: 1_000 } as const;

/** The digits: the first images of the training set, its last, and the first of the test set. */
export async function someDigits(counts: Readonly<Record<keyof Digits, number>> = COUNTS): Promise<Digits> {
  const full = await MNIST.load({ train: true, transform: Math.round });
  const test = await MNIST.load({ train: false, transform: Math.round });
  return {
    train: some(full, 0, counts.train),
    choose: some(full, full.length - counts.choose, counts.choose),
    test: some(test, 0, counts.test),
  };
}

/** Writes the file into the page's folder. */
export async function writeDigits(folder: string, counts?: Readonly<Record<keyof Digits, number>>): Promise<void> {
  const bytes = packDigits(await someDigits(counts)), path = `${folder}/${DIGITS_FILE}`;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  // A third of the bytes, on hosts too that compress nothing.
  await Deno.writeFile(path, gzipSync(bytes, { level: 9 }));
}

function some(set: Dataset, first: number, count: number): DigitSet {
  const size = 28 * 28, pixels = new Float32Array(count * size), labels = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    pixels.set(sampleInput(set, first + index), index * size);
    labels[index] = set.targets.data[first + index];
  }
  return { pixels, labels };
}
