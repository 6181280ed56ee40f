/**
 * Makes the npm package, a folder and a tarball of it under `out/npm`:
 *
 *     deno task npm
 *
 * Modules stay as they are, one file each, so that a bundler takes what it needs and nothing more.
 * @module
 */
import * as esbuild from "npm:esbuild@0.28.2";
import { fileURLToPath } from "node:url";
import { ROOT } from "../platform/locks.ts";
import { declarations } from "./declarations.ts";
import { manifest } from "./manifest.ts";
import { importsOf, packagesNamed, renamed, sources } from "./sources.ts";

/** Beside the modules. */
const OTHERS = ["README.md", "LICENSE", "CHANGELOG.md"];

/**
 * Node 20's JavaScript, which reads imports of JSON as Deno does; the engine's source phase import stands in a file that
 * is loaded where it is understood.
 */
const OPTIONS: esbuild.TransformOptions = {
  loader: "ts",
  format: "esm",
  target: "es2022",
  charset: "utf8",
  supported: { "import-source": true, "import-attributes": true },
};

/** What `npx zkgrad` runs. */
const PROGRAM = `#!/usr/bin/env node
import { main } from "./hub/cli/command/main.js";
await main(async () => {
  const { ABOUT: about, main } = await import("./examples/mnist/mnist.js");
  return { about, main };
});
`;

/** Every file of the package, by its path there; its declarations can be left out, which take half a minute. */
export async function packageFiles({ types = true }: { types?: boolean } = {}): Promise<Map<string, string>> {
  const modules = await sources();
  const files = new Map<string, string>();
  try {
    for (const [path, text] of modules) {
      const { code } = await esbuild.transform(text, OPTIONS);
      files.set(path.replace(/\.ts$/, ".js"), renamed(code));
    }
  } finally {
    await esbuild.stop();
  }
  for (const [path, text] of types ? declarations([...modules.keys()]) : []) files.set(path, renamed(text));
  files.set("zkgrad.js", PROGRAM);
  const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  files.set("package.json", `${JSON.stringify(manifest(config, packagesNamed(modules)), null, 2)}\n`);
  for (const path of OTHERS) files.set(path, await Deno.readTextFile(new URL(path, ROOT)));
  checkNames(files);
  return files;
}

/** Throws where a module of the package names what is neither in it nor among the packages beside it. */
function checkNames(files: ReadonlyMap<string, string>): void {
  const { name, dependencies, peerDependencies } = JSON.parse(files.get("package.json")!);
  const packages = new Set([name, ...Object.keys({ ...dependencies, ...peerDependencies })]);
  for (const [path, text] of files) {
    if (!path.endsWith(".js")) continue;
    for (const asked of importsOf(text)) {
      const found = asked.startsWith(".")
        ? files.has(new URL(asked, `file:///${path}`).pathname.slice(1))
        : asked.startsWith("node:") || packages.has(/^(@[^/]+\/)?[^/]+/.exec(asked)![0]);
      if (!found) throw new Error(`${path} of the package names ${asked}, which is not there`);
    }
  }
}

/** Writes the files of a package into a folder, in place of what was there. */
export async function writePackage(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  await Deno.remove(root, { recursive: true }).catch(() => {});
  for (const [path, text] of files) {
    const file = `${root}/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
}

/** Writes the package into `folder`/package and its tarball beside that; the tarball's path. */
export async function buildPackage(folder: string): Promise<string> {
  const root = `${folder}/package`;
  await writePackage(root, await packageFiles());
  const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
  const args = ["pack", root, "--pack-destination", folder, "--json", "--ignore-scripts"];
  const { success, stdout, stderr } = await new Deno.Command(npm, { args }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`npm pack: ${decoder.decode(stderr)}`);
  const [{ filename }] = JSON.parse(decoder.decode(stdout));
  return `${folder}/${filename}`;
}

if (import.meta.main) {
  const tarball = await buildPackage(fileURLToPath(new URL("out/npm", ROOT)));
  console.log(`${tarball}: ${(await Deno.stat(tarball)).size} bytes`);
}
