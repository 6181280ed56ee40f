/**
 * The library in a page of Chromium: bundled for browsers, without Deno, on a
 * WebGPU (Dawn, Tint, SwiftShader) that shares nothing with Deno's.
 */
import assert from "node:assert/strict";
import { type Browser, chromium, type Page } from "npm:playwright-core@1.65.1";
import { Adam, CrossEntropyLoss, Trainer } from "../../mod.ts";
import { OnnxModule } from "../../onnx/mod.ts";
import { bundle } from "../bundle.ts";
import type { NanOutcome } from "./nan.ts";
import { bars, exercise, networks, type Outcome, type Trained } from "./networks.ts";

Deno.env.set("XDG_RUNTIME_DIR", Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp"); // the driver warns without it

const CHROMIUM = "/usr/bin/chromium";
const ARGUMENTS = [
  "--enable-unsafe-webgpu", // the software adapter is behind this
  "--disable-gpu-watchdog",
  "--no-sandbox",
  "--no-first-run",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
const PAGE = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>`;

const there = await Deno.stat(CHROMIUM).then(() => true, () => false);

/** A page with the bundle loaded, and all that it and the GPU said that nobody asked for. */
async function open(
  browser: Browser,
  code: Uint8Array,
): Promise<{ page: Page; said: string[]; close(): Promise<void> }> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const script = new URL(request.url).pathname === "/page.js";
    const headers = { "content-type": script ? "text/javascript" : "text/html" };
    return new Response(script ? code.slice() : PAGE, { headers });
  });
  const page = await browser.newPage();
  const said: string[] = [];
  page.on("console", (message) => void said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => void said.push(error.message));
  await page.goto(`http://127.0.0.1:${server.addr.port}/`);
  return { page, said, close: () => server.shutdown() };
}

/** What the page's function gives; where it takes longer than eight minutes an error, and the end of the browser. */
async function ask<T>(page: Page, call: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${call} takes longer than eight minutes`));
      page.context().browser()?.close();
    }, 480_000);
  });
  try {
    return await Promise.race([page.evaluate<T>(call), late]);
  } finally {
    clearTimeout(timer);
  }
}

function assertClose(found: number[], expected: number[], tolerance: number, what: string): void {
  assert.equal(found.length, expected.length, what);
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
  const worst = found.reduce((largest, value, k) => Math.max(largest, Math.abs(value - expected[k])), 0);
  assert.ok(worst <= tolerance * scale, `${what} is off by ${worst}, its scale is ${scale}`);
}

Deno.test("mod.ts, ops, onnx, ezkl, verify and hub bundle for a browser, whole, out of their own files and a library of hashes", async () => {
  for (const entry of ["mod.ts", "ops/mod.ts", "onnx/mod.ts", "hub/ezkl/mod.ts", "hub/verify.ts", "hub/mod.ts"]) {
    const { metafile, warnings } = await bundle([entry]);
    assert.deepEqual(warnings, []);
    const [output] = Object.values(metafile.outputs);
    const outside = output.imports.map(({ path }) => path);
    assert.deepEqual(outside.filter((path) => !path.startsWith("npm:@ethereumjs/")), [], entry);
    if (!/^hub\/(ezkl\/)?mod\.ts$/.test(entry)) assert.deepEqual(outside, [], entry);
    const own = entry.startsWith("hub/") ? /^(core|ops|onnx|hub)\/|\/@noble\/hashes\// : /^(mod\.ts|(core|ops|onnx)\/)/;
    for (const file of Object.keys(metafile.inputs)) assert.match(file, own);
  }
});

Deno.test({
  name: there
    ? "in Chromium the library"
    : "in Chromium the library works (ignored: /usr/bin/chromium is not installed)",
  ignore: !there,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const { outputFiles: [{ contents }] } = await bundle(["tests/platform/page.ts"]);
    const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: ARGUMENTS });
    const { page, said, close } = await open(browser, contents);
    try {
      await t.step("finds a page without Deno and Node", async () => {
        const globals = "['Deno', 'process', 'require', 'Buffer'].filter((name) => name in globalThis)";
        assert.deepEqual(await page.evaluate(globals), []);
      });

      await t.step("trains a convolutional network and exports it", async () => {
        const { losses, accuracy, logits, onnx } = await ask<Trained>(page, "page.trainBars()");
        assert.ok(losses[0] > 1 && losses.at(-1)! < 0.05, `${losses}`);
        assert.equal(accuracy, 1);
        const model = new OnnxModule(Uint8Array.from(onnx));
        using trainer = await Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer: new Adam() });
        assertClose([...await trainer.predict(bars(64))], logits, 1e-4, "a logit in Deno of the page's file");
      });

      for (const name of Object.keys(networks)) {
        await t.step(`gives Deno's numbers: ${name}`, async () => {
          const expected = await exercise(name, "gpu", true);
          // Unrolled kernels of the largest network keep SwiftShader's compiler busy for half a minute.
          const variants = name.startsWith("LeNet")
            ? [["gpu", true]]
            : [["gpu", true], ["gpu", false], ["cpu", true], ["cpu", false]];
          for (const [kind, fusion] of variants) {
            const what = `${kind} profile, fusion ${fusion}`;
            const found = await ask<Outcome>(page, `page.exercise(${JSON.stringify(name)}, "${kind}", ${fusion})`);
            assert.notEqual(found.adapter, expected.adapter);
            assert.deepEqual(Object.keys(found.gradients), Object.keys(expected.gradients));
            for (const [key, gradient] of Object.entries(expected.gradients)) {
              assertClose(found.gradients[key], gradient, 1e-4, `the gradient of ${key}, ${what}`);
            }
            assertClose(found.outputs, expected.outputs, 1e-4, `an output, ${what}`);
            assertClose(found.losses, expected.losses, 1e-4, `a loss, ${what}`);
            assertClose(found.trained, expected.trained, 1e-3, `an output after training, ${what}`);
          }
        });
      }

      await t.step("keeps NaN through every layer and the loss", async () => {
        for (const [kind, fusion] of [["gpu", true], ["gpu", false], ["cpu", true]]) {
          const outcomes = await ask<NanOutcome[]>(page, `page.nanOutcomes("${kind}", ${fusion})`);
          for (const { what, found, expected, loss, accuracy, gradient } of outcomes) {
            assert.deepEqual(found, expected, what);
            assert.deepEqual([loss, accuracy, gradient], ["NaN", 1, "NaN"], what);
          }
        }
      });

      await t.step("leaves the compiler and the console without a word", async () => {
        assert.deepEqual(await page.evaluate("page.complaints"), []);
        assert.deepEqual(said, []);
      });
    } finally {
      await browser.close();
      await close();
    }
  },
});
