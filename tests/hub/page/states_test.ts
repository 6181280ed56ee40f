/** The page by keyboard alone, and where its host fails it: the focus is never lost, and there is always a way on. */
import assert from "node:assert/strict";
import type { Page } from "npm:playwright-core@1.65.1";
import { kindOf } from "../../../hub/page/verify/files.ts";
import { assertAccessible } from "./axe.ts";
import { answered, builtPage, host, launch, open, there } from "./harness.ts";

/** What has the focus, as people read it. */
const focused = (page: Page) => page.evaluate<string>("(document.activeElement.textContent || '').slice(0, 99)");

/** Goes on by Tab until a name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let step = 0; step < 60; step++) {
    await page.keyboard.press("Tab");
    if (await focused(page) === name) return;
  }
  assert.fail(`Tab does not come to "${name}"`);
}

Deno.test({
  name: there ? "the page's states" : "the page's states (ignored: /usr/bin/chromium is not installed)",
  ignore: !there,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const folder = await builtPage(), browser = await launch();
    await using own = host(folder);
    try {
      await t.step(
        "by keyboard alone: an example is proved, stopped and proved again, and a contract made",
        async () => {
          const { page, context } = await open(browser, own.address);
          await page.keyboard.press("Tab");
          assert.equal(await focused(page), "Skip to the content");
          await page.keyboard.press("Enter");
          assert.equal(await page.evaluate("document.activeElement.id"), "content");
          await tabTo(page, "Show an example");
          await page.keyboard.press("Enter");
          await answered(page);
          await tabTo(page, "Prove here");
          await page.keyboard.press("Enter");
          await page.getByRole("button", { name: "Stop" }).waitFor();
          assert.equal(await focused(page), "Stop");
          await page.keyboard.press("Enter");
          await page.getByText(/proof was stopped/).waitFor();
          assert.equal(await focused(page), "Prove here");
          await page.keyboard.press("Enter");
          await page.waitForSelector(".verifier .notice", { timeout: 120_000 });
          assert.equal(await focused(page), "Prove again");
          await page.evaluate("document.querySelector('nav a[href=\"#chain\"]').focus()");
          await page.keyboard.press("Enter");
          await tabTo(page, "Make the contract");
          await page.keyboard.press("Enter");
          await page.locator("button:enabled", { hasText: "Ask the contract" }).waitFor({ timeout: 180_000 });
          assert.equal(await focused(page), "Ask the contract");
          await context.close();
        },
      );

      await t.step("a part of the page that cannot be had may be asked for again", async () => {
        const { page, context } = await open(browser, own.address, { serviceWorkers: "block" });
        await page.waitForLoadState("networkidle");
        await page.route("**/*.js", (route) => route.abort());
        await page.getByRole("link", { name: "Train your own" }).click();
        await page.getByText(/could not be loaded: its host does not answer/).waitFor();
        await assertAccessible(page, "a section that is missing");
        await page.unroute("**/*.js");
        await page.getByRole("button", { name: "Try again" }).click();
        await page.getByLabel("Epochs").waitFor();
        assert.equal(await page.getByRole("alert").count(), 0);
        await context.close();
      });

      await t.step("a network that cannot be had is told once", async () => {
        const context = await browser.newContext({ serviceWorkers: "block" }), page = await context.newPage();
        await page.route("**/network/key.vk", (route) => route.abort());
        await page.goto(own.address);
        await page.getByText(/network could not be loaded/).waitFor();
        assert.equal(await page.getByText(/on its way/).count(), 0);
        await context.close();
      });

      await t.step("files that are none of a verifier's are refused by name, all of them", async () => {
        const { page, context } = await open(browser, `${own.address}#verify`);
        await page.locator("input[type=file]").setInputFiles(
          ["page.css", "icon.svg"].map((name) => `${folder}/${name}`),
        );
        await page.getByText(/^(icon\.svg and page\.css|page\.css and icon\.svg) are neither a proof/).waitFor();
        assert.equal(await page.locator(".files .there").count(), 0);
        assert.equal(kindOf(await Deno.readFile(`${folder}/network/key.vk`)), "vk");
        assert.equal(kindOf(await Deno.readFile(`${folder}/network/kzg.srs`)), "srs");
        await page.goto(`${own.address}#proof=AAAA`);
        await page.getByText(/The proof in this link is damaged/).waitFor();
        await page.getByRole("link", { name: "verify a proof from files" }).click();
        await page.waitForSelector(".drop");
        await context.close();
      });
    } finally {
      await browser.close();
    }
  },
});
