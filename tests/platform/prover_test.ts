/** The prover in every runtime, from a bundle: Node, Bun, and Chromium with threads and without. */
import assert from "node:assert/strict";
import { chromium } from "npm:playwright-core@1.65.1";
import { settingsFromJson } from "../../hub/ezkl/format/settings_json.ts";
import { verify } from "../../hub/ezkl/verify.ts";
import { bundle } from "../bundle.ts";
import { inFolder } from "../folder.ts";
import { subject } from "../hub/halo2/prover/subjects.ts";
import type { ProverOutcome } from "./prover_program.ts";
import { CHROMIUM, findBun, ISOLATION, output } from "./runtimes.ts";

const PROGRAM = "tests/platform/prover_program.ts", CIRCUIT = "gemm";
const node = await output("node", ["--version"]);
const bun = await findBun();
const browser = await Deno.stat(CHROMIUM).then(() => true, () => false);

const bundled = async (): Promise<Uint8Array> => {
  const { outputFiles: [{ contents }] } = await bundle([PROGRAM]);
  return contents;
};

/** The key is EZKL's, and the proof holds. */
async function check({ threads, vk, proof }: ProverOutcome, expected: number): Promise<void> {
  const { srs, settingsText } = await subject(CIRCUIT);
  assert.equal(threads, expected);
  const key = Deno.readFileSync(new URL(`../hub/ezkl/made/${CIRCUIT}/vk.key`, import.meta.url));
  assert.equal(vk, key.toHex());
  const bytes = new TextEncoder().encode(proof);
  assert.equal(await verify(bytes, key, settingsFromJson(settingsText), srs), true);
}

async function run(runtime: string): Promise<ProverOutcome> {
  const { compiled, srs, witness } = await subject(CIRCUIT), program = await bundled();
  return await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }');
    const path = (name: string) => `${folder}/${name}`;
    const files = { "prover_program.js": program, compiled, srs, witness };
    for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(path(name), bytes);
    return JSON.parse((await output(runtime, ["prover_program.js", "compiled", "srs", "witness"].map(path)))!);
  });
}

for (const [name, program] of [["Node", node === null ? null : "node"], ["Bun", bun]] as const) {
  Deno.test({
    name: `a proof made in ${name} with two threads holds${program === null ? " (ignored: it is not installed)" : ""}`,
    ignore: program === null,
    fn: async () => check(await run(program!), 2),
  });
}

Deno.test({
  name: `a proof made in Chromium holds, with threads and without${
    browser ? "" : " (ignored: /usr/bin/chromium is not installed)"
  }`,
  ignore: !browser,
  // Playwright keeps timers and pipes of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { compiled, srs, witness } = await subject(CIRCUIT);
    const files: Record<string, Uint8Array> = { "/page.js": await bundled(), "/compiled": compiled, "/srs": srs };
    files["/witness"] = witness;
    const args = ["--no-sandbox", "--no-first-run", "--disable-quic", "--disable-background-networking"];
    const launched = await chromium.launch({ executablePath: CHROMIUM, headless: true, args });
    try {
      for (const isolated of [true, false]) {
        const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
          const { pathname } = new URL(request.url), file = files[pathname];
          const page = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>`;
          const type = file === undefined ? "text/html" : "text/javascript";
          return new Response(file?.slice() ?? page, { headers: { "content-type": type, ...isolated && ISOLATION } });
        });
        const page = await launched.newPage();
        const said: string[] = [];
        page.on("console", (message) => void said.push(message.text()));
        page.on("pageerror", (error) => void said.push(error.message));
        try {
          await page.goto(`http://127.0.0.1:${server.addr.port}/`);
          const found = await page.evaluate<ProverOutcome>(`(async () => {
            const files = await Promise.all(["/compiled", "/srs", "/witness"].map(async (path) =>
              new Uint8Array(await (await fetch(path)).arrayBuffer())));
            return await proveSmall(...files);
          })()`);
          await check(found, isolated ? 2 : 1);
          assert.deepEqual(said, []);
        } finally {
          await page.close();
          await server.shutdown();
        }
      }
    } finally {
      await launched.close();
    }
  },
});
