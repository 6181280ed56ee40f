/** The CPU back end in every runtime: Deno, Node, Bun, and Chromium without WebGPU; bundled, and file by file. */
import assert from "node:assert/strict";
import * as esbuild from "npm:esbuild@0.28.2";
import { chromium } from "npm:playwright-core@1.65.1";
import { MNIST } from "../../mod.ts";
import { formatIdx } from "../../core/data/idx.ts";
import { bundle } from "../bundle.ts";
import { inFolder } from "../folder.ts";
import { type CpuOutcome, type LostOutcome, trainOnCpu } from "./cpu_program.ts";
import { modulesIn, ROOT } from "./locks.ts";
import { CHROMIUM, findBun, ISOLATION, output } from "./runtimes.ts";

const PROGRAM = "tests/platform/cpu_program.ts";

const node = await output("node", ["--version"]);
const bun = await findBun();
const browser = await Deno.stat(CHROMIUM).then(() => true, () => false);
const data = await MNIST.load({ train: false });
const bytes = (field: MNIST["inputs"], shape: number[]): Uint8Array<ArrayBuffer> =>
  formatIdx({ shape, bytes: Uint8Array.from(field.data) });
const files = [bytes(data.inputs, [data.length, 28, 28]), bytes(data.targets, [data.length])] as const;
let known: CpuOutcome | undefined;
const expected = async (): Promise<CpuOutcome> => known ??= await trainOnCpu(...files);

/** Whether training came to the same; multiply-add rounds once or twice, as the runtime has it. */
async function compare(found: CpuOutcome, device: RegExp): Promise<void> {
  const { xor, digits } = await expected();
  assert.match(found.device, device);
  assert.equal(found.xor[1], 1);
  assert.ok(found.xor[0] < 0.05, `${found.xor}`);
  assert.ok(Math.abs(found.xor[0] - xor[0]) < 1e-4, `${found.xor} for ${xor}`);
  for (const [k, value] of digits.entries()) {
    assert.ok(Math.abs(found.digits[k] - value) < 2e-3, `${found.digits} for ${digits}`);
  }
}

/** The sources without their types, by path, as a page loads them one by one. */
async function transpiled(): Promise<Map<string, string>> {
  const modules = (await Promise.all(["mod.ts", "core/", "ops/"].map(modulesIn))).flat();
  const found = new Map<string, string>();
  for (const module of [...modules, new URL(PROGRAM, ROOT).href]) {
    const { code } = await esbuild.transform(await Deno.readTextFile(new URL(module)), {
      ...{ loader: "ts", target: "es2022", format: "esm" },
    });
    found.set(`/${module.slice(ROOT.href.length)}`, code);
  }
  await esbuild.stop();
  return found;
}

/** Runs the program in a runtime over the images, and gives what it prints. */
async function run<T>(runtime: string, program: string, ...more: string[]): Promise<T> {
  return await inFolder(async (folder) => {
    const paths = [`${folder}/images`, `${folder}/labels`];
    for (const [k, path] of paths.entries()) await Deno.writeFile(path, files[k]);
    const said = await output(runtime, [program, ...paths, ...more]);
    // The library prints nothing, so there is one line.
    return JSON.parse(said!);
  });
}

async function bundled<T>(runtime: string, ...more: string[]): Promise<T> {
  const { outputFiles: [{ contents }] } = await bundle([PROGRAM]);
  return await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }');
    await Deno.writeFile(`${folder}/cpu_program.js`, contents);
    return await run<T>(runtime, `${folder}/cpu_program.js`, ...more);
  });
}

Deno.test("the CPU back end trains XOR and LeNet in Deno", async () => {
  const { xor, digits } = await expected();
  assert.equal(xor[1], 1);
  assert.ok(digits[3] > 0.85, `${digits}`);
});

const inNode = node === null ? " (ignored: node is not installed)" : "";
const threads = /^CPU, \d+ threads?, WebAssembly$/;

Deno.test({
  name: `the CPU back end trains in Node from a bundle${inNode}`,
  ignore: node === null,
  fn: async () => compare(await bundled<CpuOutcome>("node"), threads),
});

Deno.test({
  name: `the CPU back end trains in Node file by file${inNode}`,
  ignore: node === null,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }');
      for (const [name, code] of await transpiled()) {
        const path = `${folder}${name.replace(/ts$/, "js")}`;
        await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
        await Deno.writeTextFile(path, code.replaceAll(/(\bfrom |\bimport )"(\.[^"]+)\.ts"/g, '$1"$2.js"'));
      }
      await compare(await run<CpuOutcome>("node", `${folder}/${PROGRAM.replace(/ts$/, "js")}`), threads);
    }),
});

Deno.test({
  name: `a thread of Node's that is ended in the middle of an epoch ends it in an error, and training goes on${inNode}`,
  ignore: node === null || navigator.hardwareConcurrency < 2,
  async fn() {
    const { error, losses } = await bundled<LostOutcome>("node", "lose");
    assert.equal(error[0], "DeviceError");
    assert.match(error[1], /^a thread of the CPU back end has ended .* which can be repeated$/);
    assert.equal(losses[0], losses[1]);
  },
});

const inBun = bun === null ? " (ignored: bun is not installed)" : "";

Deno.test({
  name: `the CPU back end trains in Bun from a bundle${inBun}`,
  ignore: bun === null,
  fn: async () => compare(await bundled<CpuOutcome>(bun!), threads),
});

Deno.test({
  name: `the CPU back end trains in Bun from its sources${inBun}`,
  ignore: bun === null,
  fn: async () => compare(await run<CpuOutcome>(bun!, new URL(PROGRAM, ROOT).pathname), threads),
});

Deno.test({
  name: `the CPU back end trains in Chromium without WebGPU, with threads and without${
    browser ? "" : " (ignored: /usr/bin/chromium is not installed)"
  }`,
  ignore: !browser,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const { outputFiles: [{ contents }] } = await bundle([PROGRAM]);
    const sources = await transpiled();
    const args = ["--no-sandbox", "--no-first-run", "--disable-quic", "--disable-background-networking"];
    const launched = await chromium.launch({ executablePath: CHROMIUM, headless: true, args });
    try {
      for (
        const [way, entry, isolated] of [["a bundle", "/page.js", true], ["a bundle", "/page.js", false], [
          "its modules",
          `/${PROGRAM}`,
          true,
        ]] as const
      ) {
        await t.step(`from ${way}, ${isolated ? "isolated from other origins" : "not isolated"}`, async () => {
          const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
            const { pathname } = new URL(request.url);
            const file = { "/page.js": contents, "/images": files[0], "/labels": files[1] }[pathname] ??
              sources.get(pathname);
            const page = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${entry}"></script>`;
            const type = file === undefined ? "text/html" : "text/javascript";
            const headers = { "content-type": type, ...isolated && ISOLATION };
            return new Response(typeof file === "string" ? file : file?.slice() ?? page, { headers });
          });
          const page = await launched.newPage();
          const said: string[] = [];
          page.on("console", (message) => void said.push(message.text()));
          page.on("pageerror", (error) => void said.push(error.message));
          try {
            await page.goto(`http://127.0.0.1:${server.addr.port}/`);
            const gpu = await page.evaluate("navigator.gpu?.requestAdapter().then((found) => found !== null) ?? false");
            assert.equal(gpu, false);
            const found = await page.evaluate<CpuOutcome>(`(async () => {
              const [images, labels] = await Promise.all(["/images", "/labels"].map(async (path) =>
                new Uint8Array(await (await fetch(path)).arrayBuffer())));
              return await trainOnCpu(images, labels);
            })()`);
            await compare(found, isolated ? threads : /^CPU, 1 thread \(no shared memory here\), WebAssembly$/);
            // The browser's own word on every question for an adapter.
            assert.deepEqual(said.filter((text) => text !== "No available adapters."), []);
          } finally {
            await page.close();
            await server.shutdown();
          }
        });
      }
    } finally {
      await launched.close();
    }
  },
});
