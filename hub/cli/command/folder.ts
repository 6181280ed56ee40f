/**
 * The folder that a command works in: files by the flags, else under EZKL's names in the folder where it was called.
 * @module
 */
import { resolve } from "node:path";
import { ArgumentError } from "../../../core/base/errors.ts";
import { readFile } from "../../../core/base/files.ts";
import { FOLDER_FILES, type FolderFiles, type ProverName, ProvingFolder } from "../../ezkl/mod.ts";
import type { Telling } from "./telling.ts";

/** A folder with files of other names where the flags say so. */
export function folderOf(
  telling: Telling,
  folder: string,
  network: string | undefined,
  named: Readonly<Partial<Record<keyof FolderFiles, string | undefined>>>,
  prover?: string,
): ProvingFolder {
  const files = Object.fromEntries(
    Object.entries(named).filter(([, path]) => path !== undefined).map(([name, path]) => [name, resolve(path!)]),
  );
  return new ProvingFolder(resolve(folder), resolve(network ?? "network.onnx"), {
    files,
    ...proverNamed(prover),
    onProgress: (progress) => telling.progress(progress),
  });
}

/** The option for a `--prover`. */
export function proverNamed(prover: string | undefined): { prover?: ProverName } {
  if (prover === undefined) return {};
  if (prover === "zkgrad" || prover === "ezkljs") return { prover };
  throw new ArgumentError(`--prover is ${prover}, expected zkgrad or ezkljs, EZKL's engine`);
}

/** The reference string that keys and proofs are to use; a test string where none is named, and that is said. */
export async function takeSrs(folder: ProvingFolder, telling: Telling, srs: string | undefined): Promise<void> {
  if (srs === undefined) {
    telling.step(await folder.genSrs());
    telling.say("the reference string is a test string, made here: proofs with it convince nobody else (see --srs)");
  } else telling.step(await folder.getSrs(/^https?:/.test(srs) ? { url: srs } : { path: resolve(srs) }));
}

/** The text of a file; says which flag it is asked for by where it is missing. */
export async function textOf(path: string, flag: string): Promise<string> {
  try {
    return new TextDecoder().decode(await readFile(path));
  } catch (cause) {
    throw new ArgumentError(
      `${flag}: ${path} cannot be read (${(cause as Error).message}); name a file that is there`,
      {
        cause,
      },
    );
  }
}

/** The names of files unless flags say otherwise. */
export const NAMES: Readonly<FolderFiles> = FOLDER_FILES;
