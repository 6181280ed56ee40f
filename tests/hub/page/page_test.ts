/** The page on a host that isolates it: drawn, answered, proved, verified, passed on. */
import assert from "node:assert/strict";
import type { Browser } from "npm:playwright-core@1.65.1";
import { Engine, readProof, settingsFromJson, verify } from "../../../hub/ezkl/mod.ts";
import { unpackProof } from "../../../hub/page/share/packed_proof.ts";
import { assertAccessible } from "./axe.ts";
import { answered, builtPage, draw, host, launch, ONE, open, type Opened, SEVEN, there } from "./harness.ts";

/** The ten numbers of a column, as people read them. */
async function column({ page }: Opened, of: "Circuit" | "Float"): Promise<string[]> {
  return await page.locator(`.bars tbody td.value:nth-of-type(${of === "Circuit" ? 2 : 3})`).allInnerTexts();
}

async function prove({ page }: Opened, button = "Prove here"): Promise<void> {
  await page.getByRole("button", { name: button }).click();
  await page.waitForSelector(".verifier .notice", { timeout: 120_000 });
}

async function link({ page }: Opened): Promise<string> {
  await page.waitForSelector('button[data-text*="#proof="]');
  return await page.locator('button[data-text*="#proof="]').getAttribute("data-text") ?? "";
}

Deno.test({
  name: there ? "the page in Chromium" : "the page in Chromium (ignored: /usr/bin/chromium is not installed)",
  ignore: !there,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const folder = await builtPage();
    await using own = host(folder);
    const browser: Browser = await launch();
    const read = (name: string) => Deno.readFile(`${folder}/network/${name}`);
    const settings = settingsFromJson(new TextDecoder().decode(await read("settings.json")));
    const [vk, srs] = [await read("key.vk"), await read("kzg.srs")];
    try {
      const opened = await open(browser, own.address), { page } = opened;
      let shared = "", seconds = 0;

      await t.step("has nothing to say of an empty paper, and offers no proof of it", async () => {
        assert.match(await page.locator(".verdict").innerText(), /paper is empty/);
        assert.equal(await page.getByRole("button", { name: "Prove here" }).isDisabled(), true);
        assert.equal(await page.evaluate("crossOriginIsolated"), true);
        await assertAccessible(page, "the empty paper");
      });

      await t.step("answers to a mouse, and to another drawing", async () => {
        await draw(page, SEVEN);
        assert.equal(await answered(page), "7");
        const [circuit, float] = [await column(opened, "Circuit"), await column(opened, "Float")];
        assert.equal(circuit.length, 10);
        assert.notDeepEqual(circuit, float);
        await page.getByRole("button", { name: "Clear" }).click();
        await draw(page, ONE);
        await page.waitForFunction(`document.querySelector(".verdict strong")?.textContent === "1"`);
        await page.getByRole("button", { name: "Clear" }).click();
      });

      await t.step("takes a drawing by keys", async () => {
        await page.locator("canvas").focus();
        for (let up = 0; up < 3; up++) await page.keyboard.press("Shift+ArrowUp");
        await page.keyboard.press("Space");
        for (let down = 0; down < 6; down++) await page.keyboard.press("Shift+ArrowDown");
        await page.keyboard.press("Space");
        assert.equal(await answered(page), "1");
        await page.keyboard.press("Delete");
        assert.match(await page.locator(".verdict").innerText(), /paper is empty/);
      });

      await t.step(
        "proves what it says, and the proof holds for the page, for Deno and for EZKL's engine",
        async () => {
          await draw(page, SEVEN);
          assert.equal(await answered(page), "7");
          await prove(opened);
          assert.match(await page.locator(".verifier .result").innerText(), /holds/);
          assert.match(await page.locator(".verifier").innerText(), /it is a 7/);
          seconds = parseFloat(await page.locator(".outcome strong").innerText());
          shared = await link(opened);
          const { proof } = unpackProof(new URL(shared).hash.slice("#proof=".length));
          assert.equal(await verify(proof, vk, settings, srs), true);
          const [outputs] = readProof(proof, settings).outputs!;
          const shown = Array.from(outputs, (value) => value.toFixed(2).replace("-", "−"));
          assert.deepEqual(await column(opened, "Circuit"), shown, "what was predicted is what is proven");
          await using engine = new Engine();
          assert.equal(await engine.verify(proof, vk, await read("settings.json"), srs), true);
          await assertAccessible(page, "a proof that holds");
        },
      );

      await t.step("refuses the proof with any bit changed, and takes it again as it was", async () => {
        for (const name of ["Change one bit", "Change another bit"]) {
          await page.getByRole("button", { name }).click();
          await page.waitForSelector(".verifier .notice.bad");
          assert.match(await page.locator(".verifier .result").innerText(), /refused/);
        }
        await assertAccessible(page, "a refused proof");
        await page.getByRole("button", { name: "Verify the proof as it was" }).click();
        await page.waitForSelector(".verifier .notice:not(.bad)");
      });

      await t.step("stops a proof when asked to, and makes the next", async () => {
        await page.getByRole("button", { name: "Prove again" }).click();
        await page.getByRole("button", { name: "Stop" }).click();
        assert.match(await page.locator(".outcome").innerText(), /stopped/);
        await prove(opened);
        assert.match(await page.locator(".verifier .result").innerText(), /holds/);
      });

      await t.step("has the proof and nothing else in its link", () => {
        const text = new URL(shared).hash.slice("#proof=".length), bytes = Math.floor(text.length * 3 / 4);
        const { proof } = unpackProof(text), file = JSON.parse(new TextDecoder().decode(proof));
        assert.equal(bytes, 1 + 8 + 2 + 32 * 10 + file.proof.length);
        assert.equal(file.instances.flat().length, 10, "ten public outputs, and no input");
        assert.throws(() => unpackProof(text.slice(1)), /damaged/);
      });

      await t.step("verifies the link in another profile, in the dark, and refuses one that was cut", async () => {
        const other = await open(browser, shared, { colorScheme: "dark" });
        await other.page.waitForSelector(".verifier .notice");
        assert.match(await other.page.locator(".verifier").innerText(), /The proof holds.*it is a 7/s);
        await assertAccessible(other.page, "a shared proof");
        const cut = await open(browser, shared.slice(0, -40));
        await cut.page.waitForSelector(".notice.bad");
        assert.match(await cut.page.locator("main").innerText(), /refused|damaged/);
        assert.deepEqual([other.said, cut.said], [[], []]);
        await other.context.close();
        await cut.context.close();
      });

      await t.step("asks nobody but its own host, for its own files alone", () => {
        const others = opened.requests.filter((url) => !url.startsWith(own.address) && !url.startsWith("blob:"));
        assert.deepEqual(others, []);
        assert.ok(own.asked.every((path) => !path.includes("proof=")));
        assert.ok(own.asked.includes("/network/network.onnx"));
        assert.ok(!own.asked.includes("/network/network.calibrated.onnx"), "a hub alone is given that");
        assert.deepEqual(opened.said, []);
      });

      await t.step("has a network whose proof is priced at three seconds of one thread", async () => {
        const { seconds, accuracy, images } = JSON.parse(await Deno.readTextFile(`${folder}/network/about.json`));
        assert.ok(seconds < 3, `${seconds} s`);
        assert.ok(accuracy > 0.96 && images === 10_000, `${accuracy} of ${images}`);
      });
      console.log(`a proof in the page took ${seconds} s of this machine, which may have had more to do`);
    } finally {
      await browser.close();
    }
  },
});
