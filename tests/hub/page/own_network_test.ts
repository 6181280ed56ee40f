/** A network that is trained in the page: watched, held, taken in use, proven with, and its proof's contract asked. */
import assert from "node:assert/strict";
import { sameBytes } from "../../../core/base/bytes.ts";
import { decodeCircuit } from "../../../hub/ezkl/mod.ts";
import { assertAccessible } from "./axe.ts";
import { answered, builtPage, draw, host, launch, open, SEVEN, there } from "./harness.ts";

/** What a button saves. */
async function saved(page: Awaited<ReturnType<typeof open>>["page"], name: string): Promise<Uint8Array> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: `Save ${name}` }).click(),
  ]);
  assert.equal(download.suggestedFilename(), name);
  return await Deno.readFile(await download.path());
}

Deno.test({
  name: there ? "a network of one's own" : "a network of one's own (ignored: /usr/bin/chromium is not installed)",
  ignore: !there,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const folder = await builtPage(), browser = await launch();
    await using own = host(folder);
    // Without motion: a button whose colours are on their way to another scheme has too little contrast for a moment.
    const { page, said, requests } = await open(browser, `${own.address}#train`, { reducedMotion: "reduce" });
    const both = async (state: string) => {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await assertAccessible(page, `${state}, ${colorScheme}`);
      }
      await page.setViewportSize({ width: 390, height: 844 });
      await page.waitForTimeout(100);
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390, state);
      await page.setViewportSize({ width: 1280, height: 900 });
    };
    const start = async (epochs: number) => {
      await page.getByLabel("Two linear layers").check();
      await page.getByLabel("Epochs").fill(String(epochs));
      await page.getByRole("button", { name: /^Train/ }).click();
    };
    try {
      await t.step("learns, pauses and goes on", async () => {
        await page.getByRole("heading", { name: "Train your own" }).waitFor();
        await both("nothing trained");
        await start(4);
        await page.getByText(/epoch 2 of 4/).waitFor({ timeout: 60_000 });
        await page.getByRole("button", { name: "Pause" }).click();
        await page.getByText(/Paused after epoch/).waitFor({ timeout: 60_000 });
        await both("paused");
        const epochs = await page.getByRole("slider", { name: /Loss/ }).getAttribute("aria-valuemax");
        assert.ok(Number(epochs) < 4, "it went on while it was paused");
        await page.getByRole("button", { name: "Go on" }).click();
        await page.getByRole("heading", { name: "Its circuits" }).waitFor({ timeout: 120_000 });
        await both("trained");
      });

      await t.step("tells every epoch by keyboard", async () => {
        const curve = page.getByRole("slider", { name: /Right answers/ });
        await curve.focus();
        await page.keyboard.press("Home");
        assert.match((await curve.getAttribute("aria-valuetext"))!, /^epoch 1: circuit \d/);
        await page.keyboard.press("ArrowRight");
        assert.equal(await curve.getAttribute("aria-valuenow"), "2");
        // Four epochs of 10,000 digits: guessing is right on a tenth.
        await page.keyboard.press("End");
        const [, circuit, float] = /circuit ([\d.]+) %, float network ([\d.]+) %/.exec(
          (await curve.getAttribute("aria-valuetext"))!,
        )!;
        assert.ok(Number(circuit) > 80 && Number(float) > 80, `${circuit} ${float}`);
        assert.equal(await page.locator(".mistakes canvas").count(), 24);
      });

      await t.step("gives another of its circuits, by keyboard", async () => {
        const before = await saved(page, "network.compiled");
        const group = page.getByRole("radiogroup", { name: /Circuits/ });
        const others = group.locator('[role="radio"][aria-checked="false"]');
        const label = (await others.first().getAttribute("aria-label"))!;
        await others.first().focus();
        await page.keyboard.press("Enter");
        await page.getByText(/You took this one/).waitFor({ timeout: 60_000 });
        assert.equal(await group.locator('[aria-checked="true"]').getAttribute("aria-label"), label);
        const cells = Number(/([\d,]+) cells/.exec(label)![1].replace(",", ""));
        const after = await saved(page, "network.compiled");
        assert.equal(decodeCircuit(after).settings.totalAssignments, cells);
        assert.ok(!sameBytes(after, before));
      });

      await t.step("is what the page goes on with, though another's circuit was being made", async () => {
        const makers = () => page.workers().filter((worker) => worker.url().includes("train_worker")).length;
        await page.evaluate('location.hash = "draw"');
        await page.getByText("Other circuits of this network").click();
        await page.getByRole("radiogroup", { name: /Circuits/ }).locator('[aria-checked="false"]').first().press(
          "Enter",
        );
        await page.getByText(/Making the circuit that you took/).waitFor();
        await page.evaluate('location.hash = "train"');
        await page.getByRole("button", { name: "Use this network" }).click();
        await page.waitForSelector(".verdict", { timeout: 60_000 });
        for (let wait = 0; makers() > 1 && wait < 600; wait++) await page.waitForTimeout(100);
        assert.equal(makers(), 1);
        assert.match(await page.locator("main").innerText(), /trained here/);
        await draw(page, SEVEN);
        await answered(page);
        await page.getByRole("button", { name: "Prove here" }).click();
        await page.waitForSelector(".verifier .notice", { timeout: 120_000 });
        assert.match(await page.locator(".verifier .result").innerText(), /holds/);
        assert.match(await page.locator("main").innerText(), /private try/);
      });

      await t.step("has a contract, which accepts the proof and refuses it with a bit changed", async () => {
        await page.getByRole("link", { name: "On a chain" }).click();
        await page.getByRole("button", { name: "Make the contract" }).click();
        await page.getByRole("button", { name: "Ask the contract" }).click({ timeout: 60_000 });
        await page.getByText("Accepted.").waitFor({ timeout: 60_000 });
        await page.getByRole("button", { name: "Change one bit and ask" }).click();
        await page.getByText("Refused.").waitFor({ timeout: 60_000 });
        await page.getByText("The contract in Solidity").click();
        const source = new TextDecoder().decode(await saved(page, "verifier.sol"));
        assert.match(source, /contract Halo2Verifier/);
        await page.getByText("Call data of this proof").click();
        assert.match(new TextDecoder().decode(await saved(page, "calldata.txt")), /^0x1e8e1e13(?:[0-9a-f]{2})+$/);
        await both("asked");
      });

      await t.step("leaves no Worker where it is cancelled", async () => {
        await page.evaluate('location.hash = "train"');
        await start(40);
        await page.getByText(/epoch 2 of 40/).waitFor({ timeout: 60_000 });
        await page.getByRole("button", { name: "Cancel" }).click();
        await page.getByText(/Cancelled after epoch/).waitFor();
        const isHere = () => page.workers().some((worker) => worker.url().includes("train_worker"));
        for (let wait = 0; isHere() && wait < 300; wait++) await page.waitForTimeout(100);
        assert.ok(!isHere());
      });

      await t.step("says what is wrong where the digits cannot be had", async () => {
        const other = await open(browser, `${own.address}#train`, { serviceWorkers: "block" });
        await other.context.route("**/digits/*", (route) => route.abort());
        await other.page.getByRole("button", { name: "Train" }).click();
        await other.page.getByText(/digits to learn from cannot be had without a connection/).waitFor();
        await assertAccessible(other.page, "no digits");
        await other.context.close();
      });

      assert.deepEqual(said, []);
      assert.deepEqual(requests.filter((url) => !url.startsWith(own.address) && !url.startsWith("blob:")), []);
    } finally {
      await browser.close();
    }
  },
});
