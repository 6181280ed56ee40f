/** The README's snippets as they are written, each in a folder of a stranger's with an import map; its links lead somewhere. */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { inFolder } from "./folder.ts";
import { FROZEN } from "./frozen.ts";
import { circuit } from "./hub/halo2/circuits.ts";

const ROOT = new URL("../", import.meta.url);
const README = await Deno.readTextFile(new URL("README.md", ROOT));
const snippets = [...README.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text]) => text);

Deno.test("README has four snippets and under 2,600 words", () => {
  assert.equal(snippets.length, 4);
  assert.ok(README.split(/\s+/).length < 2600, `${README.split(/\s+/).length} words`);
});

/** The files of a run, of a smaller circuit than the main job's. */
async function writeOut(out: string): Promise<void> {
  const { settingsText, vk, srs, proof } = circuit("gemm");
  await Deno.mkdir(out);
  await Deno.writeTextFile(`${out}/settings.json`, settingsText);
  await Promise.all(
    Object.entries({ "key.vk": vk, "kzg.unsafe.srs": srs, "test.pf": proof })
      .map(([name, bytes]) => Deno.writeFile(`${out}/${name}`, bytes)),
  );
}

for (const [index, snippet] of snippets.entries()) {
  const about = snippet.includes("createEvmVerifier")
    ? "/evm"
    : ["/hub/server", "/ezkl"].find((face) => snippet.includes(`@zkgrad/zkgrad${face}"`)) ?? "/train";
  Deno.test(`README's snippet ${index + 1} (${about.slice(1)}) passes the type check and runs`, async () => {
    await inFolder(async (folder) => {
      const imports = Object.fromEntries(
        Object.entries(config.exports).map(([name, path]) => [
          `${config.name}${name.slice(1)}`,
          new URL(path, ROOT).href,
        ]),
      );
      await Deno.writeTextFile(`${folder}/imports.json`, JSON.stringify({ imports }));
      await Deno.writeTextFile(`${folder}/snippet.ts`, snippet);
      if (snippet.includes("`out/${name}`")) await writeOut(`${folder}/out`);
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--check", "--no-config", "--import-map=imports.json", ...FROZEN, "-A", "snippet.ts"],
        cwd: folder,
        env: { NO_COLOR: "1", XDG_RUNTIME_DIR: "/tmp" },
      }).output();
      const text = new TextDecoder().decode(stdout);
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      if (about === "/train") assert.match(text, /accuracy: 1\b/);
      if (about === "/ezkl") assert.match(text, /^true \[/m);
      if (about === "/evm") assert.match(text, /^\d{4} \d{7} \d{6}\n[^]*holds: true/m);
      if (about === "/hub/server") assert.match(text, /\[\s*\[|Float64Array/);
    });
  });
}

Deno.test("the pages' links lead to files that are there", async () => {
  const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
  for (const room of ["core", "ops", "onnx", "hub", "examples", "bench"]) pages.push(`${room}/README.md`);
  for (const page of pages) {
    const text = await Deno.readTextFile(new URL(page, ROOT));
    for (const [, target] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (/^https?:/.test(target)) continue;
      await assert.doesNotReject(Deno.stat(new URL(target, new URL(page, ROOT))), `${page}: ${target}`);
    }
  }
});
