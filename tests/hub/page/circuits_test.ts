/** Circuits of the page's own network: on a plot, one taken, proven with, and left again. And texts that are copied. */
import assert from "node:assert/strict";
import { assertAccessible } from "./axe.ts";
import { answered, builtPage, draw, host, launch, open, SEVEN, there } from "./harness.ts";

Deno.test({
  name: there
    ? "circuits of the page's network"
    : "circuits of the page's network (ignored: /usr/bin/chromium is missing)",
  ignore: !there,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const folder = await builtPage(), browser = await launch();
    await using own = host(folder);
    const { page, said } = await open(browser, own.address, { reducedMotion: "reduce" });
    const group = page.getByRole("radiogroup", { name: /Circuits/ }), taken = group.locator('[aria-checked="true"]');
    try {
      await t.step("stand on a plot, the page's own among them", async () => {
        await page.getByText("Other circuits of this network").click();
        await taken.waitFor();
        const { cells, accuracy } = JSON.parse(await Deno.readTextFile(`${folder}/network/about.json`));
        assert.match((await taken.getAttribute("aria-label"))!, new RegExp(`${cells.toLocaleString("en")} cells`));
        assert.ok(await group.locator('[aria-checked="false"]').count() > 5);
        const right = Number(/([\d.]+) %/.exec((await taken.getAttribute("aria-label"))!)![1]);
        assert.ok(Math.abs(right - 100 * accuracy) < 3, `${right} % of held out digits, ${accuracy} of test digits`);
        await assertAccessible(page, "circuits");
      });

      await t.step("one that is taken is made here, proves, and has no link", async () => {
        const other = group.locator('[aria-checked="false"]').first(),
          label = (await other.getAttribute("aria-label"))!;
        await other.click();
        await page.getByText(/right on [\d.]+ % of 1,000 test digits/).waitFor({ timeout: 60_000 });
        assert.equal(await taken.getAttribute("aria-label"), label);
        await draw(page, SEVEN);
        assert.equal(await answered(page), "7");
        await page.getByRole("button", { name: "Prove here" }).click();
        await page.waitForSelector(".verifier .notice", { timeout: 120_000 });
        assert.match(await page.locator(".verifier .result").innerText(), /holds/);
        assert.match(await page.locator("main").innerText(), /private try/);
      });

      await t.step("the page's own is taken again", async () => {
        await page.getByText("As a table").click();
        const { cells } = JSON.parse(await Deno.readTextFile(`${folder}/network/about.json`));
        await page.getByRole("row", { name: cells.toLocaleString("en") }).getByRole("button", { name: "Take" }).click();
        await page.getByText(/right on [\d.]+ % of 10,000 test digits/).first().waitFor();
      });

      await t.step("a command's flags stay whole, however wide the page is", async () => {
        for (const width of [320, 390, 800, 1024, 1440]) {
          await page.setViewportSize({ width, height: 844 });
          const words = await page.locator(".ways .unbroken").evaluateAll((words) =>
            words.map((word) => [word.textContent, word.getClientRects().length])
          );
          assert.ok(words.length === 5 && words.every(([, lines]) => lines === 1), `${width} pixels: ${words}`);
          const box = page.getByRole("region", { name: "The command" });
          assert.ok(await box.evaluate((box) => box.scrollWidth <= box.clientWidth), `${width} pixels`);
        }
        const command = await page.getByRole("button", { name: "Copy the command" }).getAttribute("data-text");
        assert.equal(await page.getByRole("region", { name: "The command" }).innerText(), command);
      });

      await t.step("a browser that copies nothing shows the text", async () => {
        await page.evaluate("delete Navigator.prototype.clipboard");
        await page.getByRole("button", { name: "Copy the command" }).click();
        assert.match(await page.getByLabel("The text to copy").inputValue(), /^deno task zkgrad verify/);
      });
      assert.deepEqual(said, []);
    } finally {
      await browser.close();
    }
  },
});
