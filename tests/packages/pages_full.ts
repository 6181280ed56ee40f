/** Pages that bundlers make of the package prove in Chromium, without a setting of theirs. */
import assert from "node:assert/strict";
import { chromium } from "npm:playwright-core@1.65.1";
import { CHROMIUM, ISOLATION } from "../platform/runtimes.ts";
import { bin, copyPrograms, PINNED, type Project, withProjects } from "./project.ts";
import type { XorOutcome } from "./xor.ts";

const there = await Deno.stat(CHROMIUM).then(() => true, () => false);
const ARGUMENTS = ["--no-sandbox", "--no-first-run", "--disable-quic", "--disable-background-networking"];
const html = (script: string) =>
  `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;

/** How each makes the folder `dist` of the module `page.ts`. */
const BUNDLERS: Readonly<Record<string, (project: Project) => Promise<unknown>>> = {
  Vite: (project) => project.output(bin("vite"), "build"),
  esbuild: async (project) => {
    await project.output(bin("esbuild"), "page.ts", "--bundle", "--format=esm", "--minify", "--outfile=dist/page.js");
    await Deno.writeTextFile(`${project.folder}/dist/index.html`, html("./page.js"));
  },
  "deno bundle": async (project) => {
    await Deno.mkdir(`${project.folder}/dist`);
    await project.output(
      Deno.execPath(),
      "bundle",
      "--no-lock",
      "--quiet",
      "--platform=browser",
      "--output=dist/page.js",
      "page.ts",
    );
    await Deno.writeTextFile(`${project.folder}/dist/index.html`, html("./page.js"));
  },
};

/** What the page in a folder comes to; it may ask for nothing elsewhere and say nothing. */
async function prove(folder: string): Promise<XorOutcome> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async ({ url }) => {
    const { pathname } = new URL(url), path = pathname === "/" ? "/index.html" : pathname;
    const file = await Deno.readFile(`${folder}${path}`).catch(() => null);
    const type = path.endsWith(".js") ? "text/javascript" : path.endsWith(".wasm") ? "application/wasm" : "text/html";
    return new Response(file, { status: file ? 200 : 404, headers: { "content-type": type, ...ISOLATION } });
  });
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: ARGUMENTS });
  try {
    const page = await browser.newPage();
    const said: string[] = [], address = `http://127.0.0.1:${server.addr.port}/`;
    page.on("console", (message) => void said.push(message.text()));
    page.on("pageerror", (error) => void said.push(error.message));
    page.on("request", (request) => {
      if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(address)) said.push(request.url());
    });
    await page.goto(address);
    await page.waitForFunction("'proveXor' in globalThis");
    const outcome = await page.evaluate<XorOutcome>("proveXor()");
    assert.deepEqual(said, []);
    return outcome;
  } finally {
    await browser.close();
    await server.shutdown();
  }
}

Deno.test({
  name: `pages made of the package${there ? "" : " (ignored: /usr/bin/chromium is not installed)"}`,
  ignore: !there,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    withProjects(async (make) => {
      const project = await make(PINNED.vite, PINNED.esbuild);
      await copyPrograms(project, ["xor", "page"], { plain: false });
      await Deno.writeTextFile(`${project.folder}/index.html`, html("./page.ts"));
      for (const [name, build] of Object.entries(BUNDLERS)) {
        await t.step(`${name}: XOR is trained, proved and verified in Chromium with two threads`, async () => {
          await Deno.remove(`${project.folder}/dist`, { recursive: true }).catch(() => {});
          await build(project);
          const { device, accuracy, outputs, holds } = await prove(`${project.folder}/dist`);
          assert.match(device, /^CPU, [2-9]\d* threads/);
          assert.equal(accuracy, 1);
          assert.ok(outputs[1] - outputs[0] > 2, `${outputs}`);
          assert.deepEqual(holds, [true, false]);
        });
      }
    }),
});
