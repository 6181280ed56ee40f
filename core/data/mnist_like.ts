/**
 * The data sets that come in MNIST's form, from a folder, under torchvision's names.
 * @module
 */
import { checkArguments, expect, flag, text } from "../base/arguments.ts";
import { namesOf, oneOf } from "../base/known.ts";
import { checkTransforms, ImageSet, type ImageTransforms } from "./images.ts";
import { filesInFolder, type MnistFiles, mnistSource, needFiles, type Source } from "./mnist_files.ts";

/** What is loaded from where; the names are torchvision's. */
export interface FolderOptions extends ImageTransforms {
  /** The folder with the IDX files, plain or with `.gz`, itself or in torchvision's `FashionMNIST/raw` below it. */
  readonly root: string;
  /** The training samples (default) or, if false, the test set. */
  readonly train?: boolean | undefined;
}

/** What is loaded of EMNIST. */
export interface EmnistOptions extends FolderOptions {
  /** Which of the six sets. */
  readonly split: EmnistSplit;
}

/** The sets of EMNIST. */
export type EmnistSplit = "byclass" | "bymerge" | "balanced" | "letters" | "digits" | "mnist";

const SPLITS: readonly EmnistSplit[] = ["byclass", "bymerge", "balanced", "letters", "digits", "mnist"];
const POSITIONS = ["root", "train", "transform", "targetTransform"];
const FOLDER = namesOf<FolderOptions>({ root: true, train: true, transform: true, targetTransform: true });
const EMNIST_OPTIONS = namesOf<EmnistOptions>({
  root: true,
  split: true,
  train: true,
  transform: true,
  targetTransform: true,
});

/**
 * Fashion-MNIST: 60,000 and 10,000 grey images of ten sorts of clothes, 28x28.
 *
 * @example
 * ```ts ignore
 * // Not run: it reads a folder.
 * const train = await FashionMNIST.load({ root: "data" });
 * ```
 */
export class FashionMNIST extends ImageSet {
  /** Loads the set; throws as `MNIST.load` does. */
  static async load(options: FolderOptions): Promise<FashionMNIST> {
    return new FashionMNIST(await named("FashionMNIST", arguments), options);
  }
}

/** Kuzushiji-MNIST: 60,000 and 10,000 grey images of ten hiragana, 28x28. */
export class KMNIST extends ImageSet {
  /** Loads the set; throws as `MNIST.load` does. */
  static async load(options: FolderOptions): Promise<KMNIST> {
    return new KMNIST(await named("KMNIST", arguments), options);
  }
}

/**
 * EMNIST: letters and digits in six sets. The files hold the images with rows and columns
 * swapped; they are put upright here, which torchvision leaves to its user. Labels are
 * those of the files, as in torchvision: the split `letters` counts them from 1, so that
 * it has 27 classes of which the first is empty, or 26 with
 * `targetTransform: (label) => label - 1`.
 */
export class EMNIST extends ImageSet {
  /** Loads a set; throws as `MNIST.load` does. */
  static async load(options: EmnistOptions): Promise<EMNIST> {
    const where = "EMNIST.load()";
    const train = checkFolder(where, arguments, EMNIST_OPTIONS, ["root", "split", ...POSITIONS.slice(1)]);
    const split = oneOf(`${where}, split`, options.split, SPLITS);
    const set = `emnist-${split}-${train ? "train" : "test"}`;
    const folders = ["", "/gzip", "/EMNIST/raw"];
    const source = { where, folders, images: [`${set}-images-idx3-ubyte`], labels: [`${set}-labels-idx1-ubyte`] };
    return new EMNIST({ ...await filesInFolder(options.root, source, null), transpose: true }, options);
  }
}

/**
 * QMNIST: MNIST's digits anew, with all 60,000 of the test set, of which MNIST's 10,000
 * are the first. Of the eight numbers to an image the class is kept, as torchvision does.
 */
export class QMNIST extends ImageSet {
  /** Loads the set; throws as `MNIST.load` does. */
  static async load(options: FolderOptions): Promise<QMNIST> {
    const where = "QMNIST.load()";
    const set = `qmnist-${checkFolder(where, arguments, FOLDER, POSITIONS) ? "train" : "test"}`;
    const source: Source = {
      where,
      folders: ["", "/QMNIST/raw"],
      images: [`${set}-images-idx3-ubyte`],
      labels: [`${set}-labels-idx2-int`],
    };
    return new QMNIST(await filesInFolder(options.root, source, null), options);
  }
}

/** The files of a set that has MNIST's names. */
async function named(name: string, given: IArguments): Promise<MnistFiles> {
  const where = `${name}.load()`;
  const train = checkFolder(where, given, FOLDER, POSITIONS);
  const { root } = given[0] as FolderOptions;
  return await filesInFolder(root, mnistSource(where, name, train ? "train" : "t10k"), null);
}

/** Checks the options and returns whether it is the training set that is wanted. */
function checkFolder(
  where: string,
  given: IArguments,
  known: readonly string[],
  positions: readonly string[],
): boolean {
  expect(given[0] !== undefined, `${where}: the options`, given[0], `{ ${known.join(", ")} }`);
  checkArguments(where, given, 0, known, positions);
  needFiles(where);
  const options = given[0] as FolderOptions;
  text(`${where}: root`, options.root);
  checkTransforms(where, options);
  const { train = true } = options;
  return flag(`${where}: train`, train);
}
