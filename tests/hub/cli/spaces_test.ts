/** Folders whose names mean something in an address, for the program and for what it works on: paths are no addresses. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createHubArtifact, getHubCredentials, proveHub, waitForArtifact, waitForProof } from "../../../hub/mod.ts";
import { inFolder } from "../../folder.ts";
import { FROZEN } from "../../frozen.ts";
import { tinyOnnx } from "../ezkl/tiny.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const NAME = "a space, a # and 100 %25";
const DATA = '{"input_data": [[0.5, -1, 0.25]]}';
const CHEAP = { inputScale: 4, paramScale: 4, decompBase: 64, decompLegs: 3 };

Deno.test("zkgrad proves and serves from and in folders with spaces, # and % in their names", async (t) => {
  await inFolder(async (folder) => {
    const program = `${folder}/${NAME}`, cwd = `${folder}/${NAME}, too`;
    await Deno.symlink(ROOT, program, { type: "dir" });
    await Deno.mkdir(cwd);
    await Deno.writeFile(`${cwd}/net work.onnx`, tinyOnnx());
    await Deno.writeTextFile(`${cwd}/in put.json`, DATA);
    const command = (...words: string[]) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "-q", "--no-check", ...FROZEN, `${program}/cli.ts`, ...words],
        cwd,
        env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", INIT_CWD: cwd },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      });

    await t.step("prove, on threads", async () => {
      const scales = ["--input-scale", "4", "--param-scale", "4", "--decomp-base", "64", "--decomp-legs", "3"];
      const words = ["net work.onnx", "--input", "in put.json", "--out", "o #ut", "--json", ...scales];
      const { code, stdout, stderr } = await command("prove", ...words).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      assert.equal(JSON.parse(new TextDecoder().decode(stdout)).verified, true);
      assert.ok((await Deno.stat(`${cwd}/o #ut/test.pf`)).isFile);
    });

    await t.step("serve, whose compiler is a Worker", async () => {
      const page = `${cwd}/p #age`;
      await Deno.mkdir(page);
      await Deno.writeTextFile(`${page}/hub.html`, "the page");
      const words = ["--json", "--port", "0", "--data", "hub #data", "--page", page];
      const child = command("serve", ...words).spawn(), errors = new Response(child.stderr).text();
      try {
        const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
        let text = "";
        while (!text.includes("\n")) {
          const { value, done } = await reader.read();
          if (done) assert.fail(await errors);
          text += value;
        }
        const { url, apiKey } = JSON.parse(text), credentials = await getHubCredentials({ url, apiKey });
        const draft = { credentials, name: "tiny", model: tinyOnnx(), data: DATA, runArgs: CHEAP };
        const { id } = await createHubArtifact(draft);
        await waitForArtifact(id, { credentials });
        const proof = await proveHub({ credentials, id, data: DATA });
        assert.equal((await waitForProof(proof.id, { credentials })).status, "SUCCESS");
        assert.equal(await (await fetch(`${url}/hub.html`)).text(), "the page");
        child.kill("SIGINT");
        assert.equal((await child.status).code, 0);
        assert.equal((await reader.read()).done, true);
      } finally {
        try {
          child.kill("SIGKILL");
        } catch {
          // It has ended.
        }
        await child.status;
        await errors;
      }
      assert.ok((await Deno.stat(`${cwd}/hub #data/secret.key`)).isFile);
    });
  });
});
