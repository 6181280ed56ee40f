/** The script's second half against a hub of its own, with a network so small that keys take a second. */
import assert from "node:assert/strict";
import { HubRun } from "../../../hub/cli/hub_run.ts";
import { RunFiles } from "../../../hub/cli/run_files.ts";
import { calibrationJson, hubPin, inputJson, verifyHubProof } from "../../../hub/mod.ts";
import { manualSeed, nn } from "../../../mod.ts";
import { exportOnnx } from "../../../onnx/mod.ts";
import { parseRunOptions, type RunOptions } from "../../../hub/cli/run_options.ts";
import { inFolder } from "../../folder.ts";
import { errorOf } from "../client/scripted.ts";

const samples = Array.from(
  { length: 40 },
  (_, n) => Float32Array.from({ length: 6 }, (_, k) => (n * 7 + k * 5) % 11 > 5 ? 1 : 0),
);

async function deploy(out: string, written: string[]): Promise<string> {
  const output = { write: (text: string) => void written.push(text), terminal: false, color: false };
  const options: RunOptions = { ...parseRunOptions(["--hub", "local", "--target", "fidelity", "--out", out]), output };
  const files = new RunFiles(out);
  manualSeed(2);
  const model = new nn.Sequential(new nn.Linear(6, 5), new nn.Sigmoid(), new nn.Linear(5, 4));
  await files.write("network.onnx", exportOnnx(model, [6]), "the network");
  await files.write("input.json", inputJson(samples[0]), "a sample");
  await files.write("cal_data.json", calibrationJson(samples), "samples");
  await using run = (await HubRun.open(options))!;
  await run.deploy(files, "network.onnx");
  await run.prove(files);
  await run.verify((outputs) => `there are ${outputs.length} outputs`);
  return files.table();
}

Deno.test("a run tells price and report, pins, proves, and verifies here; the next one finds it all made", async () => {
  await inFolder(async (folder) => {
    const out = `${folder}/out`;
    const written: string[] = [];
    const table = await deploy(out, written);
    const text = written.join("");
    assert.match(
      text,
      /^a hub of our own at http:\/\/127\.0\.0\.1:\d+, organisation local\ndeployed as artifact [0-9a-f-]{36} in /,
    );
    assert.match(
      text,
      /^circuits weighed on cal_data\.json, exact integers, cheapest first; \* the chosen one\n +bits +dropped/m,
    );
    assert.equal(text.match(/^\*/gm)?.length, 1);
    assert.match(text, /^the circuit has [\d,]+ cells in [\d,]+ rows, .* expected on one thread: key /m);
    assert.match(text, /^the hub proved input\.json: witness .*, proof /m);
    assert.match(
      text,
      /^proof verified in .*: there are 4 outputs\n {2}outputs (-?\d+\.\d\d ?){4}$/m,
    );
    assert.match(text, /reference string is none of a ceremony/);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(text, /[\r\x1b]/);
    for (const name of ["settings.json", "key.vk", "verifier.srs", "pin.json", "test.pf"]) {
      assert.ok(table.includes(`${out}/hub/${name}`), name);
    }

    const [settings, vk, srs, proof] = await Promise.all(
      ["settings.json", "key.vk", "verifier.srs", "test.pf"].map((name) => Deno.readFile(`${out}/hub/${name}`)),
    );
    const { artifactId, sha256 } = JSON.parse(await Deno.readTextFile(`${out}/hub/pin.json`));
    const pin = await hubPin(artifactId, { settings, vk, srs });
    assert.deepEqual(pin.hashes, sha256);
    assert.equal(await verifyHubProof(proof, pin), true);

    const log = await Deno.readTextFile(`${out}/hub/hub.log`);
    assert.match(log, /"event":"started"/);
    assert.doesNotMatch(log, /zkg_[0-9a-f]/);

    await deploy(out, []);
    // The same circuit and the same keys, kept from the first time.
    assert.deepEqual(await Deno.readFile(`${out}/hub/key.vk`), vk);
  });
});

Deno.test("no run is opened without a hub, and a wrong address is told before anything else", async () => {
  assert.equal(await HubRun.open(parseRunOptions([])), null);
  await using html = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("<html>"));
  const args = ["--hub", `http://127.0.0.1:${html.addr.port}`, "--hub-key", "a"];
  const error = await errorOf(HubRun.open(parseRunOptions(args)));
  assert.match(
    error.message,
    /^getHubCredentials\(\): .* answers 200 with text\/plain.*, expected GraphQL; check that url is a hub's/,
  );
});
