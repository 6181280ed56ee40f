/** The hub's pages in Chromium, against a hub that runs: deployed, watched, proved, verified, a key revoked, all deleted. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Browser, BrowserContext, Page } from "npm:playwright-core@1.65.1";
import { startHub } from "../../../../hub/server/mod.ts";
import { writePage } from "../../../../hub/page/build/write_page.ts";
import { encodeModel } from "../../../../onnx/mod.ts";
import { tinyOnnx } from "../../ezkl/tiny.ts";
import { inFolder } from "../../../folder.ts";
import { assertAccessible } from "../axe.ts";
import { launch, there } from "../harness.ts";

const SILENT = { info() {}, warn() {}, error() {} };
/** A folder for pictures of every state, for whoever wants to look. */
const SHOTS = Deno.env.get("ZKGRAD_SHOTS");

/** A model with two operators that no circuit has. */
function strangeOnnx(): Uint8Array<ArrayBuffer> {
  const tensor = (name: string) => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1n }, { dimValue: 3n }] } } },
  });
  return encodeModel({
    irVersion: 7n,
    opsetImport: [{ domain: "", version: 12n }],
    graph: {
      name: "strange",
      input: [tensor("x")],
      output: [tensor("y")],
      node: [
        { opType: "Det", input: ["x"], output: ["a"], name: "one" },
        { opType: "NonZero", input: ["a"], output: ["y"], name: "two" },
      ],
    },
  });
}

/** Looks at a state: no violation that axe finds, in light and dark, and no scrolling sideways on a phone. */
async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await assertAccessible(page, `${name}, ${colorScheme},`);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      const over = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      assert.ok(over <= 0, `${name} is ${over} px too wide at ${width} px`);
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
}

/** A visitor with a tab of their own; what goes wrong in the page, and requests to other hosts, are gathered. */
async function visit(browser: Browser, url: string, wrong: string[]): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(Number(Deno.env.get("ZKGRAD_WAIT") ?? 60_000));
  page.on("pageerror", (error) => wrong.push(`${error}`));
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) wrong.push(message.text());
  });
  const origin = new URL(url).origin;
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !/^(blob|data):/.test(request.url())) wrong.push(request.url());
  });
  await page.goto(url);
  return { page, context };
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Open the hub" }).click();
}

Deno.test({
  name: there
    ? "in Chromium, the hub's pages from a file to its deletion"
    : "in Chromium, the hub's pages from a file to its deletion (ignored: /usr/bin/chromium is not installed)",
  ignore: !there,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    // What follows a failed step would only wait for what does not come.
    const step = async (name: string, body: () => Promise<void>): Promise<void> => {
      if (!await t.step(name, body)) throw new Error(`it ended at "${name}"`);
    };
    await inFolder(async (folder) => {
      const built = `${folder}/page`;
      await Deno.mkdir(built);
      await writePage(built);
      const settings = { data: `${folder}/data`, port: 0, reserveBytes: 0, drainSeconds: 5, page: built };
      await using hub = await startHub(settings, SILENT);
      const browser = await launch();
      const wrong: string[] = [];
      try {
        await step("the page's headers are its own, and programs get the text", async () => {
          const html = await fetch(`${hub.url}/hub.html`);
          assert.match(await html.text(), /<div id="app">/);
          assert.match(
            html.headers.get("content-security-policy")!,
            /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'/,
          );
          assert.equal(html.headers.get("cross-origin-opener-policy"), "same-origin");
          assert.equal(html.headers.get("cross-origin-embedder-policy"), "require-corp");
          const text = await fetch(`${hub.url}/`);
          assert.match(await text.text(), /^This is a zkgrad hub/);
          assert.match(text.headers.get("content-security-policy")!, /^default-src 'none'/);
          const forPeople = await fetch(`${hub.url}/`, { headers: { accept: "text/html,*/*" } });
          assert.match(await forPeople.text(), /<!DOCTYPE html>/);
          for (const path of ["/..%2fdata/secret.key", "/../data/secret.key", "/app/nothing.js"]) {
            const answer = await fetch(`${hub.url}${path}`);
            await answer.body?.cancel();
            assert.equal(answer.status, 404, path);
          }
        });

        const { page, context } = await visit(browser, `${hub.url}/hub.html`, wrong);
        const seen = (text: string | RegExp) => page.getByText(text).first().waitFor();
        let address = "", made = "";

        await step("a key that opens nothing is told so; a good one opens the hub and stays in the tab", async () => {
          await signIn(page, "zkg_0000000000000000_" + "0".repeat(64));
          await seen(/This API key is not known here/);
          await look(page, "1-key");
          await signIn(page, hub.apiKey!);
          await seen("Nothing is deployed yet.");
          await page.reload();
          await seen("Nothing is deployed yet.");
          const kept = await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]");
          assert.deepEqual(kept, [0, 1, ""]);
        });

        await step(
          "a model that cannot be proved is refused before it is sent, with all that is refused",
          async () => {
            const file = page.locator("input[accept='.onnx']");
            await file.setInputFiles({ name: "strange.onnx", mimeType: "", buffer: Buffer.from(strangeOnnx()) });
            await seen(/It cannot be proved: .*Det.*NonZero/s);
            await look(page, "2-refused");
            await file.setInputFiles({ name: "tiny.onnx", mimeType: "", buffer: Buffer.from(tinyOnnx()) });
            await seen(/It has 1 Gemm/);
            await look(page, "3-deploy");
          },
        );

        await step("a model is deployed and watched until it is ready", async () => {
          await page.getByRole("button", { name: "Deploy", exact: true }).click();
          await page.getByRole("list", { name: "Steps" }).waitFor();
          await page.getByRole("heading", { name: "Try it" }).waitFor();
          await page.getByLabel("number 3").waitFor();
          await page.getByText("The same from a program").click();
          await look(page, "4-model");
          const html = await page.content();
          assert.ok(!html.includes(hub.apiKey!), "the key stands nowhere in the page");
        });

        await step("its form proves an input, and this browser verifies the proof", async () => {
          for (const [at, value] of ["0.5", "-0.25", "1"].entries()) {
            await page.getByLabel(`number ${at + 1}`, { exact: true }).fill(value);
          }
          await page.getByRole("button", { name: "Prove", exact: true }).click();
          await seen("✓ The proof holds.");
          await look(page, "5-proof");
          address = page.url();
          assert.match(address, /#proof\/[0-9a-f-]{36}$/);
          await page.getByRole("button", { name: "Change one bit" }).click();
          await seen(/With one bit changed it does not hold/);
          await look(page, "6-changed");
          await page.getByRole("button", { name: "Verify again" }).click();
          await seen("✓ The proof holds.");
        });

        await step("a key that may read opens the proof's address elsewhere, and does no more", async () => {
          await page.goto(`${hub.url}/hub.html#keys`);
          await page.getByLabel("Name", { exact: true }).fill("phone");
          await page.getByRole("button", { name: "Make the key" }).click();
          made = (await page.getByRole("region", { name: "the key" }).textContent())!;
          assert.match(made, /^zkg_/);
          await seen("Proofs made");
          await look(page, "7-keys");
          const other = await visit(browser, address, wrong);
          await signIn(other.page, made);
          await other.page.getByText("✓ The proof holds.").waitFor();
          assert.equal(await other.page.getByRole("button", { name: "Delete the proof" }).count(), 0);
          // Revoked here, it opens nothing there.
          await page.getByRole("button", { name: "Revoke", exact: true }).click();
          await page.getByRole("button", { name: "Revoke phone for good" }).click();
          await page.getByText(/^revoked/).waitFor();
          await other.page.reload();
          await other.page.getByText(/This API key is not known here, or it was revoked/).waitFor();
          await other.context.close();
        });

        await step("workers are shown, and what is deleted is gone", async () => {
          await page.goto(`${hub.url}/hub.html#workers`);
          await seen("Memory for jobs");
          await look(page, "8-workers");
          await page.goto(address);
          await page.getByRole("button", { name: "Delete the proof" }).click();
          await page.getByRole("button", { name: "Delete it with its witness" }).click();
          await page.getByRole("button", { name: "Delete the model" }).click();
          await page.getByRole("button", { name: "Delete it with its proofs and files" }).click();
          await seen("Nothing is deployed yet.");
          await page.getByRole("button", { name: "Forget it now" }).click();
          await page.getByLabel("API key").waitFor();
          assert.equal(await page.evaluate("sessionStorage.length"), 0);
        });
        await context.close();
        assert.deepEqual(wrong, []);
      } finally {
        await browser.close();
      }
    });
  },
});
