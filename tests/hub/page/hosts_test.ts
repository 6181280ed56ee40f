/** The page where less is to be had: plain hosts, no connection, no isolation, no WebAssembly, a small screen. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { assertAccessible } from "./axe.ts";
import { answered, builtPage, draw, host, launch, open, SEVEN, there } from "./harness.ts";

const FIXTURES = new URL("../halo2/fixtures/", import.meta.url);
/** What a visitor has to wait for before there is something to see. */
const BUDGET = 110_000;

Deno.test({
  name: there ? "the page elsewhere" : "the page elsewhere (ignored: /usr/bin/chromium is not installed)",
  ignore: !there,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const folder = await builtPage(), browser = await launch();
    try {
      await t.step("a plain host: isolated after one reload, and works on when the host is gone", async () => {
        const plain = host(folder, { plain: true });
        const { page, context, said } = await open(browser, plain.address);
        await page.waitForFunction("crossOriginIsolated && document.querySelector('main h1')");
        assert.equal(plain.asked.filter((path) => path === "/").length, 2);
        await page.waitForSelector(".kept", { timeout: 60_000 });
        await plain[Symbol.asyncDispose]();
        await page.reload();
        await page.waitForSelector("canvas");
        await draw(page, SEVEN);
        assert.equal(await answered(page), "7");
        assert.equal(await page.evaluate("crossOriginIsolated"), true);
        assert.deepEqual(said, []);
        await context.close();
      });

      await t.step("without service workers: one thread proves, and the page says so", async () => {
        await using plain = host(folder, { plain: true });
        const { page, context } = await open(browser, plain.address, { serviceWorkers: "block" });
        assert.equal(await page.evaluate("crossOriginIsolated"), false);
        await draw(page, SEVEN);
        await answered(page);
        assert.match(await page.locator("main").innerText(), /not isolated .*one thread/);
        await page.getByRole("button", { name: "Prove here" }).click();
        await page.waitForSelector(".verifier .notice", { timeout: 120_000 });
        assert.match(await page.locator(".outcome").innerText(), /with one thread/);
        assert.match(await page.locator(".verifier .result").innerText(), /holds/);
        await context.close();
      });

      await using own = host(folder);

      await t.step("without WebAssembly: it answers and verifies, and says that it cannot prove", async () => {
        const context = await browser.newContext();
        await context.addInitScript("delete globalThis.WebAssembly");
        const page = await context.newPage();
        await page.goto(own.address);
        await page.waitForSelector("canvas");
        await draw(page, SEVEN);
        assert.equal(await answered(page), "7");
        assert.match(await page.locator("main").innerText(), /This browser has no WebAssembly/);
        assert.equal(await page.getByRole("button", { name: "Prove here" }).count(), 0);
        await context.close();
      });

      await t.step("390 pixels: nothing is wider than the screen, light or dark", async () => {
        for (const colorScheme of ["light", "dark"] as const) {
          const viewport = { width: 390, height: 844 };
          const { page, context } = await open(browser, own.address, { viewport, colorScheme, hasTouch: true });
          for (const section of ["draw", "verify"]) {
            await page.evaluate(`location.hash = "${section}"`);
            await page.waitForSelector(section === "draw" ? "canvas" : ".drop");
            assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390, section);
            await assertAccessible(page, `${section}, ${colorScheme}, 390 pixels`);
          }
          await context.close();
        }
      });

      await t.step("files dropped: a proof of native EZKL's holds, and with another's key it is refused", async () => {
        const { page, context } = await open(browser, `${own.address}#verify`);
        const files = ["public/proof.json", "public/settings.json", "public/vk.key", "k9.srs"]
          .map((name) => new URL(name, FIXTURES).pathname);
        await page.locator("input[type=file]").setInputFiles(files);
        await page.waitForSelector(".verifier .notice");
        assert.match(await page.locator(".verifier .result").innerText(), /holds/);
        await page.locator("input[type=file]").setInputFiles(`${folder}/network/key.vk`);
        await page.waitForSelector(".verifier .notice.bad");
        await page.locator("input[type=file]").setInputFiles(`${folder}/network/about.json`);
        assert.match(await page.locator(".drop .notice.bad").innerText(), /about\.json is neither a proof/);
        await assertAccessible(page, "files dropped");
        await context.close();
      });

      await t.step(`the first view is at most ${BUDGET / 1000} kB`, async () => {
        await using counted = host(folder);
        const context = await browser.newContext({ serviceWorkers: "block" }), page = await context.newPage();
        // Workers and networks come when the page is there.
        await page.route(/_worker\.js|\/network\//, (route) => route.abort());
        await page.goto(counted.address);
        await page.waitForSelector("canvas");
        await page.waitForLoadState("networkidle");
        const files = new Set(counted.asked.map((path) => path === "/" ? "/index.html" : path));
        let bytes = 0;
        for (const file of files) bytes += gzipSync(await Deno.readFile(folder + file)).length;
        assert.ok(files.size > 4 && bytes < BUDGET, `${bytes} bytes of ${[...files]}`);
        await context.close();
      });
    } finally {
      await browser.close();
    }
  },
});
