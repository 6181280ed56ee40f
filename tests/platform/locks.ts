/**
 * The lock files: which there are, what each has to hold, and how they are made again.
 *
 *     deno task locks
 *
 * There is one for each thing that people run, since Deno fetches every package of a lock before it runs anything:
 * who trains a network is not to wait for what the tests compare it with.
 * @module
 */
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const ROOT: URL = new URL("../../", import.meta.url);

/** A lock file and what is run under it. */
export interface Lock {
  /** Its path from the root. */
  readonly file: string;
  /** Modules, or folders of them, that are run or checked under it. */
  readonly entries: readonly string[];
  /** Whether types are checked under it, so that packages of types belong in it too. */
  readonly types: boolean;
  /** Packages that its modules name and no run of them loads. */
  readonly without?: readonly string[];
}

/** The engine is 20 MB that no network of the tutorial needs: who asks for it runs the command or a program of their own. */
const ENGINE = "npm:@ezkljs/engine@21.0.0";

const TUTORIAL = "examples/mnist/mnist.ts";
const LIBRARY = ["mod.ts", "cli.ts", "core/", "ops/", "onnx/", "hub/"];

/** Every lock file of the repository. */
export const LOCKS: readonly Lock[] = [
  { file: "examples/mnist/deno.lock", entries: [TUTORIAL], types: false, without: [ENGINE] },
  {
    file: "examples/mnist/hub.lock",
    entries: [TUTORIAL, "hub/server/mod.ts", "cli.ts", "hub/cli/command/main.ts"],
    types: false,
  },
  { file: "hub/deno.lock", entries: ["hub/server/main.ts"], types: false },
  {
    file: "hub/page/deno.lock",
    entries: [
      "hub/page/build.ts",
      "hub/page/app/main.tsx",
      "hub/page/prove/prove_worker.ts",
      "hub/page/train/train_worker.ts",
      "hub/page/contract/contract_worker.ts",
      "hub/page/hub/main.tsx",
      "hub/page/hub/hub_worker.ts",
    ],
    types: false,
    without: [ENGINE],
  },
  { file: "bench/deno.lock", entries: ["bench/"], types: true },
  { file: "tests/deno.lock", entries: ["examples/", ...LIBRARY, "tests/"], types: true },
];

/** A module as `deno info` tells of it. */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

/**
 * The packages that a lock must hold, as `npm:name@version`, sorted: those of every module that its entries reach by
 * import or as a Worker, and those that such a module names in a string because it imports them only when needed.
 */
export async function packagesOf({ entries, types, without = [] }: Omit<Lock, "file">): Promise<string[]> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  let roots = (await Promise.all(entries.map(modulesIn))).flat();
  while (roots.length > 0) {
    const modules = new Map((await graph(roots)).map((module) => [module.specifier, module]));
    const workers: string[] = [];
    const queue = [...roots];
    for (let specifier = queue.pop(); specifier !== undefined; specifier = queue.pop()) {
      if (seen.has(specifier) || !specifier.startsWith("file:")) continue;
      seen.add(specifier);
      const onlyTypes = new Set<string>();
      for (const { code, type } of modules.get(specifier)?.dependencies ?? []) {
        if (code?.specifier) queue.push(code.specifier);
        if (types && type?.specifier) queue.push(type.specifier);
        if (!types && type?.specifier && type.specifier !== code?.specifier) onlyTypes.add(packageOf(type.specifier));
      }
      const text = await Deno.readTextFile(new URL(specifier));
      for (const [, name] of text.matchAll(/["'`](npm:@?[^"'`\s@$]+@\d[^"'`\s$]*)["'`]/g)) {
        if (!onlyTypes.has(packageOf(name))) packages.add(packageOf(name));
      }
      for (const [, path] of text.matchAll(/new URL\("(\.[^"]+\.ts)",\s*import\.meta\.url\)/g)) {
        workers.push(new URL(path, specifier).href);
      }
    }
    roots = workers.filter((worker) => !seen.has(worker) && exists(worker));
  }
  return [...packages].filter((name) => !without.includes(name)).sort();
}

/** What a lock file pins: its specifiers and every package, transitive ones included, with the hash of its archive. */
export interface LockContent {
  /** From what modules name to the version taken. */
  readonly specifiers: Readonly<Record<string, string>>;
  /** By name and version. */
  readonly npm: Readonly<Record<string, { readonly integrity: string; readonly dependencies?: readonly string[] }>>;
}

/** Reads a lock file. */
export async function readLock(file: string): Promise<LockContent> {
  return JSON.parse(await Deno.readTextFile(new URL(file, ROOT)));
}

/** A specifier without what follows the version. */
function packageOf(specifier: string): string {
  return /^npm:(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
}

/** A test's text may name a module that is none. */
function exists(module: string): boolean {
  try {
    return Deno.statSync(new URL(module)).isFile;
  } catch {
    return false;
  }
}

/** A module's own address, or those of all modules in a folder. */
export async function modulesIn(entry: string): Promise<string[]> {
  if (!entry.endsWith("/")) return [new URL(entry, ROOT).href];
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(entry, ROOT))) {
    if (isDirectory) found.push(...await modulesIn(`${entry}${name}/`));
    else if (name.endsWith(".ts")) found.push(new URL(`${entry}${name}`, ROOT).href);
  }
  return found;
}

/** The modules that these reach by import, packages left alone. */
async function graph(roots: readonly string[]): Promise<Module[]> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, roots.map((root) => `import ${JSON.stringify(root)};\n`).join(""));
    const config = fileURLToPath(new URL("deno.json", ROOT));
    const { success, stdout, stderr } = await deno(["info", "--json", "--no-npm", "--no-lock", "-c", config, file]);
    if (!success) throw new Error(stderr);
    return (JSON.parse(stdout) as { modules: Module[] }).modules;
  } finally {
    await Deno.remove(file);
  }
}

async function deno(args: string[]): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Writes a lock file from nothing, with the newest versions that its packages allow. */
async function make(lock: Lock): Promise<void> {
  const path = fileURLToPath(new URL(lock.file, ROOT));
  await Deno.remove(path).catch(() => {});
  const args = ["cache", "--no-config", `--lock=${path}`, "--frozen=false", ...await packagesOf(lock)];
  const { success, stderr } = await deno(args);
  if (!success) throw new Error(`${lock.file}: ${stderr}`);
}

if (import.meta.main) { for (const lock of LOCKS) await make(lock); }
