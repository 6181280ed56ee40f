/**
 * What a step reads: said by the step that makes it where it is not there.
 * @module
 */
import { stat } from "node:fs/promises";
import { ArgumentError } from "../../../core/base/errors.ts";
import { FOLDER_FILES, type FolderFiles, type ProvingFolder } from "../../ezkl/mod.ts";

/** A file that a step reads. */
export type Needed = Exclude<keyof FolderFiles, "unsafeSrs" | "calibrated" | "artifacts">;

/** The step that makes a file, or null for one that people bring; and the flag that names another. */
const FROM: Readonly<Partial<Record<Needed, readonly [maker: string | null, flag: string]>>> = {
  settings: ["gen-settings", "settings-path"],
  compiled: ["compile-circuit", "compiled-circuit"],
  srs: ["get-srs", "srs-path"],
  pk: ["setup", "pk-path"],
  vk: ["setup", "vk-path"],
  witness: ["gen-witness", "witness"],
  proof: ["prove", "proof-path"],
  input: [null, "data"],
  calibration: [null, "calibration-data"],
};

/** Throws an `ArgumentError` that says how to come by the first of the files that is not there. */
export async function needFiles(folder: ProvingFolder, names: readonly Needed[]): Promise<void> {
  for (const name of names) {
    const own = folder.files[name], isOwn = own === FOLDER_FILES[name];
    const others = name === "srs" && isOwn ? [folder.files.unsafeSrs] : [];
    if (await anyThere([own, ...others].map((file) => folder.path(file)))) continue;
    const [maker, flag] = FROM[name] ?? [null, name];
    if (!isOwn) throw new ArgumentError(`--${flag}: there is no ${own}; name a file that is there`);
    const way = maker === null ? "" : `zkgrad ${maker} makes it, and `;
    throw new ArgumentError(`there is no ${own} here; ${way}--${flag} names another file`);
  }
}

/** Whether a file is there. */
export function isThere(folder: ProvingFolder, name: Needed): Promise<boolean> {
  return anyThere([folder.path(folder.files[name])]);
}

async function anyThere(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    if (await stat(path).then(() => true, ({ code }) => code !== "ENOENT")) return true;
  }
  return false;
}
