/** Who brings the sources into a project of Node's or Vite's has them checked with its own, by tsc and its settings. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { inFolder } from "../folder.ts";
import { FROZEN } from "../frozen.ts";
import { modulesIn, ROOT } from "./locks.ts";

const COMPILER = "npm:typescript@5.9.3/tsc";
const WEBGPU = "npm:@webgpu/types@0.1.74";

/** What a project of that kind asks of its compiler; it has no types of Node or Deno. */
const STRICT = {
  strict: true,
  noImplicitOverride: true,
  exactOptionalPropertyTypes: true,
  noImplicitReturns: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  target: "es2022",
};
const PLAIN = ["es2022", "dom", "dom.iterable"];
const NODE = { module: "nodenext", moduleResolution: "nodenext", lib: PLAIN };
const VITE = { module: "esnext", moduleResolution: "bundler", lib: PLAIN };

const MAIN = `import { Adam, nn, Predictor, Trainer } from "./zkgrad/mod.ts";
import { exportOnnx } from "./zkgrad/onnx/mod.ts";
console.log(Adam, nn, Predictor, Trainer, exportOnnx);
`;

/** The errors that tsc finds in a project that has the sources of the library, as a package of modules, and this program. */
async function check(options: object, main: string): Promise<string> {
  return await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/zkgrad`);
    await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module", "private": true }');
    const modules = await Promise.all(["mod.ts", "core/", "ops/", "onnx/"].map(modulesIn));
    for (const module of modules.flat()) {
      const path = `${folder}/zkgrad/${module.slice(ROOT.href.length)}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.copyFile(new URL(module), path);
    }
    await import(`${WEBGPU}/package.json`, { with: { type: "json" } }); // until then it may not be in the cache
    const webgpu = fileURLToPath(new URL(".", import.meta.resolve(`${WEBGPU}/package.json`)));
    const compilerOptions = { ...STRICT, types: [webgpu], ...options };
    await Deno.writeTextFile(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, files: ["main.ts"] }));
    await Deno.writeTextFile(`${folder}/main.ts`, main);
    const args = ["run", "-A", "--no-config", ...FROZEN, COMPILER, "--project", folder, "--pretty", "false"];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
    const errors = new TextDecoder().decode(stdout);
    assert.equal(code === 0, errors === "", new TextDecoder().decode(stderr));
    return errors;
  });
}

Deno.test("tsc finds nothing in the sources, as a project of Node's has them", async () => {
  assert.equal(await check(NODE, MAIN), "");
});

Deno.test("tsc finds nothing in the sources, as a project of Vite's has them", async () => {
  assert.equal(await check(VITE, MAIN), "");
});

Deno.test("tsc lets `using` have a trainer where the project has the library esnext.disposable", async () => {
  const main = `import type { GpuDevice, Predictor, Trainer } from "./zkgrad/mod.ts";
declare const parts: { device: GpuDevice; predictor: Predictor; trainer: Trainer };
const all: Disposable[] = Object.values(parts);
using trainer = parts.trainer;
trainer[Symbol.dispose]();
const wrong: number = all;
export { wrong };
`;
  const found = await check({ ...VITE, lib: [...PLAIN, "esnext.disposable"] }, main);
  assert.match(found, /^main\.ts\(6,7\): error TS2322: [^\n]*\n$/);
});
