/**
 * The folder of static files that is the page: scripts, styles, networks, and the service worker that knows them all.
 * @module
 */
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { CALIBRATED_FILE } from "../app/network_files.ts";
import { bundle } from "./bundle.ts";

const ROOM = new URL("../", import.meta.url);

/** What lies beside the page and is taken only when it is asked for: names that begin so. */
const LATER = [
  `network/${CALIBRATED_FILE}`,
  "digits/",
  "train/",
  "contract/",
  "by_hub",
  "hub/",
  "hub.html",
  "run_evm",
  "esm-",
];

/** Copies and scripts; what is made of data is written into the folder by others, before. */
export async function writePage(folder: string): Promise<void> {
  for (const file of ["index.html", "hub.html", "icon.svg"]) {
    await Deno.copyFile(new URL(file, ROOM), `${folder}/${file}`);
  }
  await Deno.writeTextFile(`${folder}/page.css`, await styles());
  await bundle(folder);
  await nameFiles(folder);
}

/** All style sheets as one: those of `styles/` in the order of their names, then each room's. */
async function styles(): Promise<string> {
  const sheets = (await filesOf(ROOM)).filter((file) => file.endsWith(".css"));
  const common = sheets.filter((file) => file.startsWith("styles/"));
  const others = sheets.filter((file) => !file.startsWith("styles/"));
  const texts = [...common, ...others].map((file) => Deno.readTextFile(new URL(file, ROOM)));
  return (await Promise.all(texts)).join("\n");
}

/** Tells the service worker which files there are. */
async function nameFiles(folder: string): Promise<void> {
  const script = `${folder}/service_worker.js`;
  const root = pathToFileURL(`${await Deno.realPath(folder)}/`);
  const files = (await filesOf(root)).filter((file) => file !== "service_worker.js");
  const digest = createHash("sha256");
  for (const file of [...files, "service_worker.js"]) digest.update(await Deno.readFile(new URL(file, root)));
  const isLater = (file: string) => LATER.some((start) => file.startsWith(start));
  const build = {
    mark: digest.digest("hex").slice(0, 16),
    now: files.filter((file) => !isLater(file)),
    later: files.filter(isLater),
  };
  await Deno.writeTextFile(script, `const BUILD=${JSON.stringify(build)};${await Deno.readTextFile(script)}`);
}

/** Every file below a folder, from it, sorted. */
async function filesOf(folder: URL, under = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(under || ".", folder))) {
    if (isDirectory) found.push(...await filesOf(folder, `${under}${name}/`));
    else found.push(under + name);
  }
  return found.sort();
}
