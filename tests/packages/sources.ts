/**
 * Which files go into the npm package, and what becomes of the names that they import by.
 * @module
 */
import { modulesIn, ROOT } from "../platform/locks.ts";

/** What has the library's sources, from the root. */
const ENTRIES = ["mod.ts", "cli.ts", "core/", "ops/", "onnx/", "hub/", "examples/mnist/mnist.ts"];

/** The programs that `deno task` runs; the package has one of its own. */
const PROGRAMS = ["hub/server/main.ts"];

/** The sources by path from the root, sorted. */
export async function sources(): Promise<Map<string, string>> {
  const modules = (await Promise.all(ENTRIES.map(modulesIn))).flat();
  const paths = modules.map((module) => module.slice(ROOT.href.length)).filter((path) => !PROGRAMS.includes(path));
  const read = async (path: string) => [path, await Deno.readTextFile(new URL(path, ROOT))] as const;
  return new Map(await Promise.all(paths.sort().map(read)));
}

/** A module's name behind what imports it, or makes its address. */
const SPECIFIER =
  /(\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\((?="[^"]+", import\.meta\.url)|\bimport\.meta\.resolve\(\s*)(["'])([^"'\n]+)\2/g;

/** Modules by the names that they have in the package: `./a.ts` is `./a.js`, and a package loses `npm:` and its version. */
export function renamed(code: string): string {
  return code.replaceAll(SPECIFIER, (_, before: string, quote: string, name: string) => {
    const own = name.startsWith("npm:")
      ? name.replace(/^npm:((?:@[^/]+\/)?[^/@]+)(?:@[^/]+)?/, "$1")
      : name.replace(/^(\..*)\.ts$/, "$1.js");
    return `${before}${quote}${own}${quote}`;
  });
}

/** What a module of the package asks of others, by the names that {@linkcode renamed} has given. */
export function importsOf(code: string): string[] {
  return [...code.matchAll(SPECIFIER)].map(([, , , name]) => name);
}

/** Every `npm:name@version` that the sources name, as name and version. */
export function packagesNamed(all: ReadonlyMap<string, string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const text of all.values()) {
    for (const [, name, version] of text.matchAll(/["'`]npm:((?:@[^/"'`\s]+\/)?[^/@"'`\s]+)@(\d[^/"'`\s$]*)/g)) {
      found.set(name, version);
    }
  }
  return found;
}
