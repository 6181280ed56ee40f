/** `zkgrad serve` and `zkgrad train`: the hub and the tutorial by way of the command, as processes of their own. */
import assert from "node:assert/strict";
import { getHubCredentials } from "../../../hub/mod.ts";
import { inFolder } from "../../folder.ts";
import { FROZEN } from "../../frozen.ts";
import { writeSet } from "../../mnist/image_set.ts";

const MAIN = new URL("../../../cli.ts", import.meta.url).pathname;

function command(cwd: string, ...words: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", "--no-check", ...FROZEN, MAIN, ...words],
    cwd,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", INIT_CWD: cwd },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function run(cwd: string, ...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await command(cwd, ...words).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("zkgrad serve is the hub: it tells its address and key as JSON, serves, and ends on a signal", () =>
  inFolder(async (folder) => {
    const child = command(folder, "serve", "--json", "--port", "0", "--data", "hub").spawn();
    try {
      const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (!text.includes("\n")) {
        const { value, done } = await reader.read();
        assert.ok(!done, text);
        text += value;
      }
      const { url, organization, apiKey } = JSON.parse(text);
      assert.equal(organization, "local");
      assert.ok(await getHubCredentials({ url, apiKey, organization }));
      child.kill("SIGINT");
      assert.equal((await child.status).code, 0);
      assert.equal((await reader.read()).done, true);
      assert.match(await new Response(child.stderr).text(), /"event":"stopped"/);
    } finally {
      await child.status;
    }
    const list = await run(folder, "serve", "keys", "list", "--json", "--data", "hub");
    assert.equal(list.code, 0, list.err);
    const { organizations: [{ name, keys: [key] }] } = JSON.parse(list.out);
    assert.deepEqual([name, key.label, key.revokedAt], ["local", "first", null]);
    const wrong = await run(folder, "serve", "--pork", "1");
    assert.deepEqual([wrong.code, wrong.out], [2, ""]);
    assert.match(wrong.err, /^error: .*--pork.*--help lists the flags\n$/);
  }));

Deno.test("zkgrad train is the tutorial: it trains where it was called, and tells what it left as JSON", () =>
  inFolder(async (folder) => {
    await writeSet(`${folder}/images`);
    const flags = ["--epochs", "1", "--batch-size", "100", "--data", "images", "--device", "cpu", "--no-prove"];
    const { code, out, err } = await run(folder, "train", ...flags, "--out", "run", "--json");
    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(JSON.parse(out), { folder: await Deno.realPath(`${folder}/run`) });
    assert.ok((await Deno.stat(`${folder}/run/network_lenet.onnx`)).size > 1e5);
    const wrong = await run(folder, "train", "--epoch", "1");
    assert.deepEqual([wrong.code, wrong.out], [2, ""]);
    assert.equal(wrong.err, "error: there is no flag --epoch, did you mean --epochs? --help lists the flags\n");
    const missing = await run(folder, "train", "--data", "nowhere");
    assert.equal(missing.code, 2);
    assert.match(missing.err, /^error: [^\n]*nowhere[^\n]*\n$/);
  }));

Deno.test("their help has their own flags and an example", async () => {
  for (const [name, flag] of [["serve", "--introspection"], ["train", "--batch-size"]]) {
    const { code, out } = await run(".", name, "--help");
    assert.equal(code, 0);
    assert.ok(out.includes(flag) && !out.includes("deno task hub ") && out.includes("--json"), out);
    assert.match(out, new RegExp(`Example:\n  zkgrad ${name}`));
  }
});

Deno.test("zkgrad ends without a word where nobody reads on, as other programs do", () =>
  inFolder(async (folder) => {
    await Deno.copyFile(new URL("../ezkl/faults/one_output.onnx", import.meta.url), `${folder}/network.onnx`);
    const child = command(folder, "look", "network.onnx").spawn();
    await child.stdout.cancel();
    const { code } = await child.status;
    assert.deepEqual([code, await new Response(child.stderr).text()], [141, ""]);
  }));
