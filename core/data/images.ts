/**
 * From the arrays of IDX files to the samples of a data set: images `[channels, height,
 * width]`, class labels, one for each image.
 * @module
 */
import { bytes as checkBytes, callable } from "../base/arguments.ts";
import { FormatError } from "../base/errors.ts";
import { type Shape, showShape, sizeOf } from "../base/shape.ts";
import { type Dataset, type Field, TensorDataset } from "./dataset.ts";
import { type Idx, parseIdx } from "./idx.ts";

/** What becomes of pixels and labels; the names are torchvision's. */
export interface ImageTransforms {
  /**
   * From a pixel in [0, 1], an f32 as torchvision's ToTensor makes it, to what the
   * network sees. Called once for each of the 256 bytes. Default: the identity.
   */
  readonly transform?: ((pixel: number) => number) | undefined;
  /** From a label in the file to the class, such as `(label) => label - 1`. Default: the identity. */
  readonly targetTransform?: ((label: number) => number) | undefined;
}

/** The two files of a set; `name` is for errors. */
export interface ImageFiles {
  /** An IDX file of `[images, height, width]`, or of four dimensions with 1, 3 or 4 channels second or, where they are not, last. */
  readonly images: { readonly name: string; readonly bytes: Uint8Array };
  /** An IDX file of `[labels]`, or of integers `[labels, columns]`, of which the first is the label. */
  readonly labels: { readonly name: string; readonly bytes: Uint8Array };
  /** Whether rows and columns are swapped in the file. */
  readonly transpose?: boolean;
}

/** Images with class labels, as bytes; `classes` is the largest label + 1. */
export class ImageSet implements Dataset {
  /** The number of images. */
  readonly length: number;
  /** The images as bytes, `[channels, height, width]`, with the transform as their table. */
  readonly inputs: Field;
  /** The labels, u32. */
  readonly targets: Field;
  /** The largest label + 1. */
  readonly classes: number;

  /**
   * Reads the two files. Throws a `FormatError` for one that is not what it should be, and
   * an `ArgumentError` for a transform that gives no finite numbers, or no labels.
   */
  protected constructor(files: ImageFiles, transforms: ImageTransforms) {
    const { images, labels, transpose = false } = files;
    const { transform = (pixel: number): number => pixel, targetTransform } = transforms;
    const pixels = imagesOf(parseIdx(images.bytes, images.name), images.name, transpose);
    const classes = labelsOf(parseIdx(labels.bytes, labels.name, { integers: true }), labels.name);
    const count = pixels.shape[0];
    if (count !== classes.length) {
      throw new FormatError(
        `${labels.name}: at byte 4 there is the number of labels ${classes.length}, ` +
          `expected ${count}, the number of images at byte 4 of ${images.name}; the two are not of one set`,
      );
    }
    const set = new TensorDataset({
      inputs: pixels.bytes,
      shape: pixels.shape.slice(1),
      targets: targetTransform ? Array.from(classes, (label) => targetTransform(label)) : classes,
      transform: (byte) => transform(Math.fround(byte / 255)),
    });
    this.length = set.length;
    this.inputs = set.inputs;
    this.targets = set.targets;
    this.classes = set.classes!;
  }
}

/** Throws an `ArgumentError` for a transform that is no function. */
export function checkTransforms(where: string, { transform, targetTransform }: ImageTransforms): void {
  if (transform !== undefined) callable(`${where}: transform`, transform, "of a pixel from 0 to 1");
  if (targetTransform !== undefined) callable(`${where}: targetTransform`, targetTransform, "of a label");
}

/** Throws an `ArgumentError` for what are no bytes of a file. */
export function checkFiles(where: string, images: unknown, labels: unknown): void {
  checkBytes(`${where}: images`, images);
  checkBytes(`${where}: labels`, labels);
}

/** `[images, channels, height, width]`, each image upright. */
function imagesOf({ shape, bytes }: Idx, name: string, transpose: boolean): Idx {
  const [count, ...rest] = shape;
  const channels = (size: number | undefined): boolean => size === 1 || size === 3 || size === 4;
  if (rest.length !== 2 && !(rest.length === 3 && (channels(rest[0]) || channels(rest[2])))) {
    const expected = "expected 3 for [images, height, width], or 4 with 1, 3 or 4 channels second or last";
    throw wrongRank(name, shape, expected);
  }
  const last = rest.length === 3 && !channels(rest[0]);
  const depth = rest.length === 2 ? 1 : last ? rest[2] : rest[0];
  const [first, second] = rest.length === 2 || last ? rest : rest.slice(1);
  const [height, width] = transpose ? [second, first] : [first, second];
  const planes: Shape = [count, depth, height, width];
  if (!transpose && !(last && depth > 1)) return { shape: planes, bytes };
  const moved = new Uint8Array(bytes.length);
  const plane = height * width;
  // How far apart neighbours lie in the file.
  const across = last ? depth : 1;
  const [row, column] = transpose ? [across, height * across] : [width * across, across];
  const between = last ? 1 : plane;
  for (let image = 0, at = 0; image < count; image++) {
    for (let channel = 0; channel < depth; channel++) {
      const from = image * depth * plane + channel * between;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) moved[at++] = bytes[from + y * row + x * column];
      }
    }
  }
  return { shape: planes, bytes: moved };
}

/** The labels, or the first column of a table of them. */
function labelsOf({ shape, bytes }: Idx, name: string): Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer> {
  const whole = bytes.length / sizeOf(shape) === 4;
  if (!(shape.length === 1 || (whole && shape.length === 2))) {
    throw wrongRank(name, shape, "expected 1 for [labels], or 2 for 32-bit integers [labels, columns]");
  }
  if (!whole) return bytes;
  const [count, columns = 1] = shape;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Int32Array.from({ length: count }, (_, index) => view.getInt32(index * columns * 4));
}

function wrongRank(name: string, shape: Shape, expected: string): FormatError {
  return new FormatError(
    `${name}: at byte 3 there is the number of dimensions ${shape.length} (of the shape ${showShape(shape)}), ` +
      expected,
  );
}
