/** The drawing proved by a hub: asked for, watched, cancelled, verified by the page, and what hubs may do wrong. */
import assert from "node:assert/strict";
import type { Page } from "npm:playwright-core@1.65.1";
import {
  createHubKey,
  deleteHubProof,
  downloadArtifactFile,
  getHubCredentials,
  listHubArtifacts,
} from "../../../hub/mod.ts";
import { listHubProofs, verify } from "../../../hub/mod.ts";
import { settingsFromJson } from "../../../hub/ezkl/mod.ts";
import { unpackProof } from "../../../hub/page/share/packed_proof.ts";
import { startHub } from "../../../hub/server/mod.ts";
import { inFolder } from "../../folder.ts";
import { assertAccessible } from "./axe.ts";
import { answered, builtPage, draw, host, launch, ONE, open, SEVEN, there } from "./harness.ts";

const SILENT = { info() {}, warn() {}, error() {} };
/** A folder for pictures of every state, for whoever wants to look. */
const SHOTS = Deno.env.get("ZKGRAD_SHOTS");

/** States that are looked at where nobody asked for pictures; the others are made of the same parts. */
const LOOKED = ["hub-1-form", "hub-4-may", "hub-5-there", "hub-7-proved"];

/** Looks at a state: nothing that axe finds, in light and dark, and no scrolling sideways on a phone. */
async function look(page: Page, name: string): Promise<void> {
  if (!SHOTS && !LOOKED.includes(name)) return;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await assertAccessible(page, `${name}, ${colorScheme},`);
    for (const width of SHOTS ? [390, 768, 1280] : [390, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      const over = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      assert.ok(over <= 0, `${name} is ${over} px too wide at ${width} px`);
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
}

const opened = (page: Page) => page.locator(".by-hub");
const unfold = (page: Page) => page.getByText("By a hub instead").click();

async function connect(page: Page, url: string, key: string): Promise<void> {
  await page.getByLabel("Hub", { exact: true }).fill(url);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Connect" }).click();
}

/** A hub's liar in the middle: it has another drawing proved, of which half the pixels are gone. */
function liar(url: string): AsyncDisposable & { readonly url: string; readonly bodies: string[] } {
  const bodies: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url), headers = new Headers(request.headers);
    let body: string | null = null;
    if (request.method === "POST") {
      body = await request.text();
      bodies.push(body);
      body = body.replace(/"input_data": \[\[[^\]]*\]\]/, (text) => {
        let seen = 0;
        return text.replace(/\b1\b/g, () => seen++ % 2 ? "1" : "0");
      });
    }
    headers.delete("content-length");
    return await fetch(url + pathname, { method: request.method, headers, body, redirect: "manual" });
  });
  return { url: `http://127.0.0.1:${server.addr.port}`, bodies, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test({
  name: there ? "a drawing proved by a hub" : "a drawing proved by a hub (ignored: /usr/bin/chromium is not installed)",
  ignore: !there,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const step = async (name: string, body: () => Promise<void>): Promise<void> => {
      // What follows a failed step would only wait for what does not come.
      if (!await t.step(name, body)) throw new Error(`it ended at "${name}"`);
    };
    await inFolder(async (data) => {
      const folder = await builtPage();
      await using hub = await startHub({ data, port: 0, reserveBytes: 0, drainSeconds: 5, page: folder }, SILENT);
      await using elsewhere = host(folder);
      await using crooked = liar(hub.url);
      const credentials = await getHubCredentials({ url: hub.url, apiKey: hub.apiKey! });
      const proofs = () => Array.fromAsync(listHubProofs({ credentials }));
      const browser = await launch();
      try {
        const { page, context, requests, said } = await open(browser, elsewhere.address);
        page.setDefaultTimeout(120_000);
        const seen = (text: string | RegExp) =>
          opened(page).getByText(text).first().waitFor({ timeout: 120_000 }).catch(async () => {
            throw new Error(`${text} is not to be seen, but: ${await opened(page).innerText()}`);
          });
        const foreign = () =>
          requests.filter((url) => !url.startsWith(elsewhere.address) && !/^(blob|data):/.test(url));

        await step("it is offered beside the proof here, and nobody is asked before an address is given", async () => {
          await draw(page, SEVEN);
          assert.equal(await answered(page), "7");
          await unfold(page);
          await seen(/A hub makes the proof on its own machine/);
          assert.equal(await page.getByLabel("Hub", { exact: true }).inputValue(), "");
          await look(page, "hub-1-form");
          await connect(page, "http://hub.example.org", "zkg_1");
          await seen(/hub\.example\.org would be sent the key and the drawing for everybody on the way to read/);
          assert.deepEqual(foreign(), []);
        });

        await step("a hub that is away, and a key that opens nothing, have their sentences", async () => {
          await connect(page, "http://127.0.0.1:9", "zkg_1");
          await seen(/127\.0\.0\.1:9\S* does not answer .*--cors/);
          await connect(page, hub.url, "zkg_0000000000000000_" + "0".repeat(64));
          await seen(/This API key is not known here/);
          await look(page, "hub-2-refused");
        });

        await step("the network is not there: a key that may deploy is offered that, others are told", async () => {
          const { secret } = await createHubKey({ credentials, label: "proves", scopes: ["prove", "read"] });
          await connect(page, hub.url, secret);
          await seen(/does not have this network\. ?Your key may not deploy it/);
          await look(page, "hub-3-may-not");
          await page.getByRole("button", { name: "Forget it" }).click();
          const reader = await createHubKey({ credentials, label: "reads", scopes: ["read"] });
          await connect(page, hub.url, reader.secret);
          await seen(/This key may not prove/);
          await page.getByRole("button", { name: "Forget it" }).click();
          assert.equal(await page.evaluate("sessionStorage.getItem('zkgrad hub')"), null);
          await connect(page, hub.url, hub.apiKey!);
          await seen(/It can be deployed there/);
          await look(page, "hub-4-may");
        });

        await step("deployed, it is the page's own circuit, and the sentence of what leaves comes first", async () => {
          await page.getByRole("button", { name: "Deploy it there" }).click();
          await seen("Your drawing leaves this device.");
          await seen(/with a key that your browser made of this page's circuit/);
          await look(page, "hub-5-there");
          const [{ id, status }] = await Array.fromAsync(listHubArtifacts({ credentials }));
          assert.equal(status, "SUCCESS");
          const theirs = await downloadArtifactFile(id, "network.compiled", { credentials });
          assert.deepEqual(theirs, new Uint8Array(await Deno.readFile(`${folder}/network/network.compiled`)));
          assert.deepEqual(await proofs(), [], "no drawing went there yet");
        });

        await step("cancelled, it ends at the hub too, and nothing is left there", async () => {
          await page.getByRole("button", { name: "Send the drawing and prove" }).click();
          await page.getByRole("button", { name: "Cancel at the hub" }).click();
          await page.locator(".outcome").getByText(/The proof was stopped/).waitFor();
          assert.deepEqual(await proofs(), []);
        });

        await step("proved, it holds here before it is shown, and the hub has deleted what it was sent", async () => {
          await page.getByRole("button", { name: "Send the drawing and prove" }).click();
          await seen(/is before it; |done in about|sent…/);
          await look(page, "hub-6-proving");
          await page.waitForSelector(".verifier .notice", { timeout: 120_000 });
          assert.match(await page.locator(".verifier").innerText(), /The proof holds.*it is a 7/s);
          assert.match(await page.locator(".outcome").innerText(), /by 127\.0\.0\.1:\d+, and verified here before/);
          assert.deepEqual(await proofs(), []);
          assert.match(await page.locator("main").innerText(), /a link would not find its key/);
          await look(page, "hub-7-proved");
          await page.getByRole("button", { name: "Change one bit" }).click();
          await page.waitForSelector(".verifier .notice.bad");
        });

        await step("a hub that has another drawing proved is found out, and its proof is not shown", async () => {
          await page.getByRole("button", { name: "Forget it" }).click();
          await connect(page, crooked.url, hub.apiKey!);
          await page.getByRole("button", { name: "Send the drawing and prove" }).click();
          await page.locator(".outcome").getByText(/sent a proof of something else than this drawing/).waitFor();
          assert.equal(await page.locator(".verifier").count(), 0);
        });

        await step("a page that is closed before has told the hub to delete the proof by itself", async () => {
          const other = await context.newPage();
          await other.goto(elsewhere.address);
          await draw(other, ONE);
          await unfold(other);
          await connect(other, crooked.url, hub.apiKey!);
          await other.getByRole("button", { name: "Send the drawing and prove" }).click();
          await other.getByText(/is before it; |done in about/).first().waitFor();
          await other.close();
          const asked = crooked.bodies.findLast((body) => body.includes("initiateProof"))!;
          assert.match(asked, /"keepSeconds": ?600\b/);
          // What the hub does then is in tests/hub/server.
          const left = await proofs();
          assert.equal(left.length, 1);
          await deleteHubProof(left[0].id, { credentials });
        });

        await step("only the hubs that were named were asked", () => {
          const asked = [...new Set(foreign().map((url) => new URL(url).origin))].toSorted();
          assert.deepEqual(asked, ["http://127.0.0.1:9", hub.url, crooked.url].toSorted());
          assert.deepEqual(said.filter((text) => /Content Security Policy/.test(text)), []);
          return Promise.resolve();
        });
        await context.close();

        await step("served by the hub, it knows the address; its key is the hub's, and the link holds", async () => {
          const [{ id }] = await Array.fromAsync(listHubArtifacts({ credentials }));
          const copy = `${data}/copy`;
          await copied(folder, copy);
          for (const [name, theirs] of [["key.vk", "key.vk"], ["kzg.srs", "kzg.unsafe.srs"]]) {
            const bytes = await downloadArtifactFile(id, theirs, { credentials });
            await Deno.writeFile(`${copy}/network/${name}`, bytes);
          }
          await using own = host(copy);
          const known = await open(browser, hub.url + "/"), before = elsewhere.asked.length;
          await unfold(known.page);
          await known.page.getByText("This page comes from a hub").waitFor();
          assert.equal(await known.page.getByLabel("Hub", { exact: true }).inputValue(), hub.url);
          // The page itself has no way out; only the Worker has, to where the visitor says.
          const out = `fetch("${elsewhere.address}").then(() => "sent", () => "held back")`;
          assert.equal(await known.page.evaluate(out), "held back");
          assert.ok(!elsewhere.asked.slice(before).includes("/"));
          await known.context.close();

          const { page, context } = await open(browser, own.address);
          page.setDefaultTimeout(120_000);
          await draw(page, ONE);
          await unfold(page);
          await connect(page, hub.url, hub.apiKey!);
          await page.getByText("with this page's own key").waitFor();
          await page.getByRole("button", { name: "Send the drawing and prove" }).click();
          await page.waitForSelector('button[data-text*="#proof="]', { timeout: 120_000 });
          const link = await page.locator('button[data-text*="#proof="]').getAttribute("data-text");
          const { proof } = unpackProof(new URL(link!).hash.slice("#proof=".length));
          const read = (name: string) => Deno.readFile(`${copy}/network/${name}`);
          const settings = settingsFromJson(new TextDecoder().decode(await read("settings.json")));
          assert.equal(await verify(proof, await read("key.vk"), settings, await read("kzg.srs")), true);
          await page.reload();
          await page.getByText("By a hub instead").click();
          await page.getByText("Your drawing leaves this device.").waitFor();
          await context.close();
        });
      } finally {
        await browser.close();
      }
    });
  },
});

async function copied(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copied(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
