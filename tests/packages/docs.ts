/**
 * Makes the reference of every public name as a site, under `out/docs`:
 *
 *     deno task docs
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { inFolder } from "../folder.ts";
import { FROZEN } from "../frozen.ts";
import { ROOT } from "../platform/locks.ts";
import { categorized } from "./categories.ts";
import { sources } from "./sources.ts";

/** The entries as they are read. Deno shows groups where there is one module only, so one exports all of them. */
const ORDER = [".", "./onnx", "./ezkl", "./hub", "./hub/server", "./cli"];

/** Writes the site into a folder. */
export async function writeDocs(output: string): Promise<void> {
  const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  await inFolder(async (folder) => {
    for (const [path, text] of await sources()) {
      const file = `${folder}/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, categorized(path, text));
    }
    const { name, version, license, exports, compilerOptions } = config;
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ name, version, license, exports, compilerOptions }),
    );
    const about = /^\/\*\*[^]*?\*\//.exec(await Deno.readTextFile(new URL(exports["."], ROOT)))![0];
    const all = ORDER.map((entry) => `export * from "${exports[entry]}";\n`).join("");
    await Deno.writeTextFile(`${folder}/zkgrad.d.ts`, `${about}\n${all}`);
    const args = ["doc", "-q", ...FROZEN, "--html", "--name=zkgrad", `--output=${output}`, "zkgrad.d.ts"];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  });
}

if (import.meta.main) await writeDocs(fileURLToPath(new URL("out/docs", ROOT)));
