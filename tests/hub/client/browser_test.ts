/** The client in a page of Chromium, whose origin is not the hub's: what CORS lets through, and what it does not. */
import assert from "node:assert/strict";
import { type Browser, chromium, type Page } from "npm:playwright-core@1.65.1";
import { hubPin, verifyHubProof } from "../../../hub/mod.ts";
import { startHub } from "../../../hub/server/mod.ts";
import { tinyOnnx } from "../ezkl/tiny.ts";
import { bundle } from "../../bundle.ts";
import { inFolder } from "../../folder.ts";
import type { Told } from "./page.ts";
import { KEY } from "./scripted.ts";

const CHROMIUM = "/usr/bin/chromium";
const ARGUMENTS = [
  "--no-sandbox",
  "--no-first-run",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
const PAGE = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>`;
const SILENT = { info() {}, warn() {}, error() {} };

const there = await Deno.stat(CHROMIUM).then(() => true, () => false);

/** Serves the page on an origin of its own. */
function serve(code: Uint8Array): { origin: string } & AsyncDisposable {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const script = new URL(request.url).pathname === "/page.js";
    const headers = { "content-type": script ? "text/javascript" : "text/html" };
    return new Response(script ? code.slice() : PAGE, { headers });
  });
  return { origin: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function open(browser: Browser, origin: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(origin);
  await page.waitForFunction("globalThis.page !== undefined");
  return page;
}

Deno.test({
  name: there
    ? "in Chromium the client, from another origin"
    : "in Chromium the client works from another origin (ignored: /usr/bin/chromium is not installed)",
  ignore: !there,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const { outputFiles: [{ contents: code }] } = await bundle([new URL("page.ts", import.meta.url).pathname]);
    await using friend = serve(code);
    await using stranger = serve(code);
    await inFolder(async (data) => {
      const settings = { data, port: 0, reserveBytes: 0, drainSeconds: 5, cors: [friend.origin] };
      await using hub = await startHub(settings, SILENT);
      const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: ARGUMENTS });
      try {
        await t.step("deploys, follows the hub's events, proves and downloads", async () => {
          const page = await open(browser, friend.origin);
          const told = await page.evaluate<Told>(
            `page.tutorial("${hub.url}", "${hub.apiKey}", [${tinyOnnx()}])`,
          );
          assert.deepEqual(told.names, ["from a page"]);
          assert.ok(told.stages.includes("done"), `${told.stages}`);
          assert.equal(told.streams, 2);
          assert.ok(told.requests < 25, `${told.requests} requests`);
          const [files, proof] = [told.pin, Uint8Array.from(told.proof)];
          const pin = await hubPin(told.artifactId, {
            settings: Uint8Array.from(files.settings),
            vk: Uint8Array.from(files.vk),
            srs: Uint8Array.from(files.srs),
          });
          assert.equal(await verifyHubProof(proof, pin), true);
          assert.equal(told.holds, true, "the page found it itself");
        });

        await t.step("says what the hub says of a key that opens nothing", async () => {
          const page = await open(browser, friend.origin);
          const { name, message, status, requestId, known } = await page.evaluate<Record<string, unknown>>(
            `page.complaint("${hub.url}", "${KEY}")`,
          );
          assert.deepEqual({ name, status, known }, { name: "HubRefusedError", status: 401, known: true });
          assert.match(String(message), /refuses: this API key is not known here.*; check apiKey/);
          assert.match(String(requestId), /./);
        });

        await t.step("says what to look at where the hub does not allow the page's origin", async () => {
          const page = await open(browser, stranger.origin);
          const { name, message } = await page.evaluate<Record<string, unknown>>(
            `page.complaint("${hub.url}", "${hub.apiKey}")`,
          );
          assert.equal(name, "HubUnreachableError");
          assert.match(String(message), /does not answer .*; in a browser also that the hub allows the page's origin/);
        });
      } finally {
        await browser.close();
      }
    });
  },
});
