/** Verification where there is no Deno: in Node, and in a page, from one small module. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { chromium } from "npm:playwright-core@1.65.1";
import { bundle } from "../../bundle.ts";
import { inFolder } from "../../folder.ts";
import { circuit } from "./circuits.ts";

const CHROMIUM = "/usr/bin/chromium";
const CIRCUIT = "maxpool";

/** What both programs do: the proof, and the proof with another byte. */
const QUESTION = `async (module, { proof, vk, settings, srs }) => {
  const bytes = (numbers) => Uint8Array.from(numbers);
  const own = module.settingsFromJson(settings);
  const ask = (file) => module.verify(new TextEncoder().encode(JSON.stringify(file)), bytes(vk), own, bytes(srs));
  const file = JSON.parse(proof);
  const changed = { ...file, hex_proof: null, proof: file.proof.with(100, file.proof[100] ^ 1) };
  return [await ask(file), await ask(changed), [...module.readProof(proof, own).outputs[0]]];
}`;
const ANSWER = [true, false, [0.0625, 0.625, 0, 1.3125]];

async function module(): Promise<Uint8Array<ArrayBuffer>> {
  const entry = fileURLToPath(new URL("../../../hub/verify.ts", import.meta.url));
  const { outputFiles: [{ contents }] } = await bundle([entry], { minify: true });
  return contents.slice();
}

/** The files of a circuit as JSON, which travels. */
function given(): string {
  const { proof, vk, settingsText, srs } = circuit(CIRCUIT);
  return JSON.stringify({ proof: new TextDecoder().decode(proof), vk: [...vk], settings: settingsText, srs: [...srs] });
}

Deno.test("verify() is a module of less than 40 kB, compressed, with no Worker and no WebAssembly in it", async () => {
  const code = await module();
  const packed = new Blob([code]).stream().pipeThrough(new CompressionStream("gzip"));
  const { byteLength } = await new Response(packed).arrayBuffer();
  assert.ok(byteLength < 40_000, `${byteLength} bytes`);
  assert.doesNotMatch(new TextDecoder().decode(code), /\bWorker\b|\bWebAssembly\b|\bSharedArrayBuffer\b|\bDeno\b/);
});

/** Node, which may not be installed. */
async function node(...args: string[]): Promise<Deno.CommandOutput | null> {
  try {
    return await new Deno.Command("node", { args }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

const version = new TextDecoder().decode((await node("--version"))?.stdout).trim();
const isNew = Number(version.match(/^v(\d+)/)?.[1] ?? 0) >= 20;

Deno.test({
  name: isNew ? "verify() in Node" : `verify() in Node (ignored: there is ${version || "no Node"}, and it wants 20)`,
  ignore: !isNew,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/verify.mjs`, await module());
      await Deno.writeTextFile(`${folder}/given.json`, given());
      await Deno.writeTextFile(
        `${folder}/main.mjs`,
        `import * as module from "./verify.mjs";
import { readFileSync } from "node:fs";
const given = JSON.parse(readFileSync(new URL("given.json", import.meta.url), "utf8"));
console.log(JSON.stringify(await (${QUESTION})(module, given)));`,
      );
      const { stdout, stderr } = (await node(`${folder}/main.mjs`))!;
      assert.equal(new TextDecoder().decode(stderr), "");
      assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), ANSWER);
    }),
});

const there = await Deno.stat(CHROMIUM).then(() => true, () => false);

Deno.test({
  name: there ? "verify() in Chromium" : `verify() in Chromium (ignored: ${CHROMIUM} is not installed)`,
  ignore: !there,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const code = await module();
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      const isCode = new URL(request.url).pathname === "/verify.js";
      const headers = { "content-type": isCode ? "text/javascript" : "text/html" };
      return new Response(isCode ? code.slice() : '<!doctype html><link rel="icon" href="data:,">', { headers });
    });
    const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${server.addr.port}/`);
      const told = await page.evaluate(`import("/verify.js").then((module) => (${QUESTION})(module, ${given()}))`);
      assert.deepEqual(told, ANSWER);
    } finally {
      await browser.close();
    }
  },
});
