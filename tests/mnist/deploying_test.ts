/** The script's second half against a hub of its own, with a network so small that keys take a second. */
import assert from "node:assert/strict";
import { Artifacts } from "../../examples/mnist/artifacts.ts";
import { Deployment } from "../../examples/mnist/deploying.ts";
import { calibrationJson, hubPin, inputJson, verifyHubProof } from "../../hub/mod.ts";
import { manualSeed, nn } from "../../mod.ts";
import { exportOnnx } from "../../onnx/mod.ts";
import { type Options, parseOptions } from "../../examples/mnist/options.ts";
import { inFolder } from "../folder.ts";
import { errorOf } from "../hub/client/scripted.ts";

const samples = Array.from(
  { length: 40 },
  (_, n) => Float32Array.from({ length: 6 }, (_, k) => (n * 7 + k * 5) % 11 > 5 ? 1 : 0),
);

async function deploy(out: string, written: string[]): Promise<string> {
  const output = { write: (text: string) => void written.push(text), terminal: false, color: false };
  const options: Options = { ...parseOptions(["--hub", "local", "--target", "fidelity", "--out", out]), output };
  const artifacts = new Artifacts(out);
  manualSeed(2);
  const model = new nn.Sequential(new nn.Linear(6, 5), new nn.Sigmoid(), new nn.Linear(5, 4));
  await artifacts.write("network.onnx", exportOnnx(model, [6]), "the network");
  await artifacts.write("input.json", inputJson(samples[0]), "a sample");
  await artifacts.write("cal_data.json", calibrationJson(samples), "samples");
  await using deployment = (await Deployment.open(options))!;
  await deployment.deploy(artifacts, "network.onnx");
  await deployment.prove(artifacts);
  await deployment.verify();
  return artifacts.table();
}

Deno.test("a deployment tells price and report, pins, proves, and verifies here; the next one finds it all made", async () => {
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
      /^proof verified in .*: the network says that the hidden image is a [0-3]\n {2}logits (-?\d+\.\d\d ?){4}$/m,
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

Deno.test("no deployment is opened without a hub, and a wrong address is told before anything else", async () => {
  assert.equal(await Deployment.open(parseOptions([])), null);
  await using html = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("<html>"));
  const args = ["--hub", `http://127.0.0.1:${html.addr.port}`, "--hub-key", "a"];
  const error = await errorOf(Deployment.open(parseOptions(args)));
  assert.match(
    error.message,
    /^getHubCredentials\(\): .* answers 200 with text\/plain.*, expected GraphQL; check that url is a hub's/,
  );
});
