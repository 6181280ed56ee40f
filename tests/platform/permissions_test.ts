/**
 * The library asks for nothing: no permission, no package; the prover's engine is a package and reads its own files,
 * and the verifier has a library of hashes.
 * The documentation's examples run like that too.
 */
import assert from "node:assert/strict";
import { FROZEN } from "../frozen.ts";
import { modulesIn } from "./locks.ts";

const ROOT = new URL("../../", import.meta.url);
const ENTRIES = ["mod.ts", "ops/mod.ts", "onnx/mod.ts", "hub/ezkl/mod.ts", "hub/verify.ts", "hub/mod.ts"];

/** Loaded with the verifier. */
const HASHES = "npm:@noble/hashes@2.4.0/";
/** Loaded when a contract is tried out. */
const EVM = "npm:@ethereumjs/";

async function deno(
  args: string[],
  options: { code?: string; env?: Record<string, string> } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    // The driver warns on stderr without the first one.
    env: { XDG_RUNTIME_DIR: "/tmp", NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...options.env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ code, stdout, stderr }] = await Promise.all([
    child.output(),
    new Blob([options.code ?? ""]).stream().pipeTo(child.stdin),
  ]);
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** The code of the first example in a file. */
function example(path: string): string {
  const text = Deno.readTextFileSync(new URL(path, ROOT));
  return text.match(/^ \* ```ts\n([^]*?)^ \* ```$/m)![1].replaceAll(/^ \* ?/gm, "");
}

async function inEmptyCache<T>(body: (env: Record<string, string>) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "zkgrad-" });
  try {
    return await body({ DENO_DIR: folder });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const ROUND_TRIP = `
import { exportOnnx, OnnxModule } from "@zkgrad/zkgrad/onnx";
const bytes = exportOnnx(model, [2]);
const read = new OnnxModule(bytes);
using again = await Trainer.create({ model: read, loss, optimizer: new Adam(), device: trainer.device });
const [expected, found] = [await trainer.predict(data), await again.predict(data)];
console.log(accuracy, expected.join() === found.join(), bytes.length > 100);
for (const name of ["read", "write", "net", "env", "run", "sys", "ffi"] as const) {
  const { state } = await Deno.permissions.query({ name });
  if (state === "granted") throw new Error(\`\${name} is \${state}\`);
}
`;

Deno.test("the example in mod.ts trains, exports and reads back without a permission or a package", async () => {
  // The cache stays empty: whatever a package would bring is not there.
  const code = example("mod.ts") + ROUND_TRIP;
  const result = await inEmptyCache((env) => deno(["run", "--no-prompt", "--cached-only", "-"], { code, env }));
  assert.deepEqual(result, { code: 0, stdout: "1 true true\n", stderr: "" });
});

Deno.test("the example in hub/cli/mod.ts runs without a permission", async () => {
  const code = `${example("hub/cli/mod.ts")}\nconsole.log(epochs);`;
  const result = await deno(["run", "--no-prompt", "--cached-only", ...FROZEN, "-"], { code });
  assert.deepEqual(result, { code: 0, stdout: "3\n", stderr: "" });
});

for (const entry of ENTRIES) {
  const isHub = entry.startsWith("hub/");
  Deno.test(`${entry} loads the project's own files and ${isHub ? "a library of hashes" : "nothing else"}`, async () => {
    const { code, stdout, stderr } = await deno(["info", "--json", "--no-lock", "--no-npm", entry]);
    assert.equal(code, 0, stderr);
    const { modules } = JSON.parse(stdout) as {
      modules: { specifier: string; dependencies?: { code?: { specifier: string } }[] }[];
    };
    // Those without code are imports of types.
    const loaded = modules.flatMap(({ dependencies = [] }) =>
      dependencies.flatMap(({ code }) => code?.specifier ?? [])
    );
    assert.ok(loaded.length > 1);
    for (const specifier of loaded) {
      if (isHub && (specifier.startsWith(HASHES) || specifier.startsWith(EVM))) continue;
      assert.ok(specifier.startsWith(ROOT.href), specifier);
      assert.match(specifier.slice(ROOT.href.length), /^(core|ops|onnx|hub)\//);
    }
    // The engine's types are named here so that an installation brings what its Workers load.
    const packages = modules.map(({ specifier }) => specifier).filter((specifier) => specifier.startsWith("npm:"));
    const others = packages.filter((specifier) => !specifier.startsWith(HASHES) && !specifier.startsWith(EVM));
    assert.deepEqual(others, isHub && entry !== "hub/verify.ts" ? ["npm:@ezkljs/engine@21.0.0/web/ezkl.js"] : []);
    if (!isHub) assert.deepEqual(packages, []);
  });
}

Deno.test("MNIST.load() needs no package where a folder is given, and says what it needs where it has no permission", async () => {
  const code = `import { MNIST } from "@zkgrad/zkgrad";
try {
  await MNIST.load({ root: "somewhere" });
} catch (error) {
  console.log((error as Error).name, (error as Error).message);
}`;
  const result = await inEmptyCache((env) => deno(["run", "--no-prompt", "--cached-only", "-"], { code, env }));
  assert.equal(result.stderr, "");
  assert.match(result.stdout, /^ArgumentError somewhere.* cannot be read: the program has no permission/);
});

Deno.test("the documentation's examples run without a permission or a package", async () => {
  const args = [
    "test",
    "--no-prompt",
    "--cached-only",
    "--no-lock",
    "--doc",
    "mod.ts",
    "core/",
    "ops/",
    "onnx/",
  ];
  const { code, stdout, stderr } = await inEmptyCache((env) => deno(args, { env }));
  assert.equal(code, 0, stdout + stderr);
  const [, passed] = stdout.match(/^ok \| (\d+) passed \| 0 failed/m)!;
  const entries = ENTRIES.filter((entry) => !entry.startsWith("hub/"));
  assert.ok(Number(passed) >= entries.length, stdout);
  for (const entry of entries) assert.match(stdout, new RegExp(`from \\./${entry.replace(".", "\\.")}#`));
});

Deno.test("the documentation's steps from a network to a proof run without a permission", async () => {
  const { code, stdout, stderr } = await deno([
    "test",
    "--no-prompt",
    ...FROZEN,
    "--doc",
    "hub/ezkl/",
  ]);
  assert.equal(code, 0, stdout + stderr);
  const [, passed] = stdout.match(/^ok \| (\d+) passed \| 0 failed/m)!;
  assert.ok(Number(passed) >= 12, stdout);
});

Deno.test("every example of the documentation that does not run says why", async () => {
  for (const module of (await Promise.all(["core/", "ops/", "onnx/", "hub/"].map(modulesIn))).flat()) {
    const text = await Deno.readTextFile(new URL(module));
    for (const [, first] of text.matchAll(/^ *\* ```ts ignore\n([^\n]*)/gm)) {
      assert.match(first, /^ *\* \/\/ Not run/, module);
    }
  }
});
