/**
 * Some of MNIST's digits as a file that lies beside the page: labels, then pixels rounded to 0 and 1, eight to a byte.
 *
 * Bytes: `DIGITS1\n`, three counts (training, choosing, testing) as little-endian u32, a byte for each label, then 98
 * for each image, row by row, the leftmost pixel in the highest bit; all of it compressed by gzip.
 * @module
 */
import { TensorDataset } from "../../../mod.ts";
import { FormatError } from "../../../core/base/errors.ts";
import { gunzip } from "../../../core/data/gunzip.ts";
import { DIGIT_SHAPE, DIGITS_FILE } from "./presets.ts";

const MAGIC = "DIGITS1\n", HEAD = MAGIC.length + 12, PIXELS = 28 * 28, PACKED = PIXELS / 8;

/** Images of 784 numbers that are 0 or 1, one behind another, and what each shows. */
export interface DigitSet {
  /** The pixels. */
  readonly pixels: Float32Array<ArrayBuffer>;
  /** The digits. */
  readonly labels: Uint8Array<ArrayBuffer>;
}

/** What the file holds. */
export interface Digits {
  /** What the network learns from. */
  readonly train: DigitSet;
  /** What circuits are chosen by. */
  readonly choose: DigitSet;
  /** What nothing is chosen by. */
  readonly test: DigitSet;
}

/** The file's bytes. */
export function packDigits({ train, choose, test }: Digits): Uint8Array<ArrayBuffer> {
  const sets = [train, choose, test], count = sets.reduce((sum, { labels }) => sum + labels.length, 0);
  const bytes = new Uint8Array(HEAD + count * (1 + PACKED)), view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  sets.forEach(({ labels }, index) => view.setUint32(MAGIC.length + 4 * index, labels.length, true));
  let label = HEAD, bit = 8 * (HEAD + count);
  for (const { pixels, labels } of sets) {
    bytes.set(labels, label);
    label += labels.length;
    for (const pixel of pixels) {
      if (pixel !== 0) bytes[bit >> 3] |= 128 >> (bit & 7);
      bit++;
    }
  }
  return bytes;
}

/**
 * The digits of the file.
 * @throws {FormatError} for bytes that are something else, or cut
 */
export function readDigits(bytes: Uint8Array): Digits {
  if (bytes.length < HEAD || new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) {
    throw new FormatError(`${DIGITS_FILE} does not begin as a file of digits does; load the page again`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const counts = [0, 1, 2].map((index) => view.getUint32(MAGIC.length + 4 * index, true));
  const count = counts.reduce((sum, each) => sum + each, 0), expected = HEAD + count * (1 + PACKED);
  if (bytes.length !== expected) {
    throw new FormatError(
      `${DIGITS_FILE} has ${bytes.length} bytes, expected ${expected} for ${count} digits; load the page again`,
    );
  }
  let first = 0;
  const [train, choose, test] = counts.map((own) => {
    const labels = bytes.slice(HEAD + first, HEAD + first + own);
    const pixels = new Float32Array(own * PIXELS), start = 8 * (HEAD + count + first * PACKED);
    for (let at = 0; at < pixels.length; at++) {
      const bit = start + at;
      pixels[at] = bytes[bit >> 3] >> (7 - (bit & 7)) & 1;
    }
    first += own;
    return { pixels, labels };
  });
  return { train, choose, test };
}

/** The digits of a compressed file; errors as {@linkcode readDigits}. */
export function unpackDigits(file: Uint8Array): Digits {
  const chunks = Array.from(gunzip(file, DIGITS_FILE), (chunk) => chunk.slice());
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return readDigits(bytes);
}

/** The same as the engine takes it. */
export function datasetOf({ pixels, labels }: DigitSet): TensorDataset {
  return new TensorDataset({ inputs: pixels, shape: DIGIT_SHAPE, targets: labels, classes: 10 });
}

/** The first so many. */
export function firstOf({ pixels, labels }: DigitSet, count: number): DigitSet {
  return { pixels: pixels.subarray(0, count * PIXELS), labels: labels.subarray(0, count) };
}
