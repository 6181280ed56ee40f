/**
 * The whole tutorial by way of a hub, LeNet trained on the real MNIST: a hub that the script starts itself, then one on
 * Postgres and S3 with two workers. Takes minutes: `deno task test:hub`.
 */
import assert from "node:assert/strict";
import ezkl from "npm:@ezkljs/engine@21.0.0/nodejs/ezkl.js";
import { readProof, settingsFromJson } from "../../hub/mod.ts";
import { inFolder } from "../folder.ts";
import { System } from "./faults/system.ts";
import { POSTGRES_INSTALLED } from "./server/postgres.ts";
import { FROZEN } from "../frozen.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** What the first image of the training set shows. */
const DIGIT = 5;

async function mnist(out: string, ...flags: string[]): Promise<void> {
  const args = ["run", "-A", ...FROZEN, `${ROOT}examples/mnist/mnist.ts`, "--out", out, ...flags];
  const { code } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).spawn().status;
  assert.equal(code, 0);
}

/** The pinned files and the proof suffice the plain engine, and the proof shows the digit. */
async function checkProof(folder: string): Promise<void> {
  const read = async (name: string) => new Uint8ClampedArray(await Deno.readFile(`${folder}/${name}`));
  const [proof, vk, settings, srs] = await Promise.all(
    ["test.pf", "key.vk", "settings.json", "verifier.srs"].map(read),
  );
  assert.equal(ezkl.verify(proof, vk, settings, srs), true);
  const text = new TextDecoder().decode(settings);
  const { outputs } = readProof(new Uint8Array(proof), settingsFromJson(text));
  const logits = outputs![0];
  assert.equal(logits.indexOf(Math.max(...logits)), DIGIT);
}

Deno.test("LeNet's tutorial by way of a hub", async (t) => {
  await inFolder(async (out) => {
    await t.step("trained, and proved by a hub that the script starts and stops", async () => {
      await mnist(out, "--hub", "local");
      await checkProof(`${out}/hub`);
    });

    await t.step({
      name: "proved by a hub on Postgres and S3 with two workers (needs Postgres)",
      ignore: !POSTGRES_INSTALLED,
      fn: async () => {
        await using system = await System.open({
          shared: true,
          flags: ["--threads", `${navigator.hardwareConcurrency}`],
        });
        const hub = system.hub("--no-worker");
        system.worker("one");
        system.worker("two");
        await hub.url();
        await Deno.remove(`${out}/hub`, { recursive: true });
        const { url, apiKey } = system.credentials;
        await mnist(out, "--resume", "--hub", url, "--hub-key", apiKey);
        await checkProof(`${out}/hub`);
        await system.stop();
      },
    });
  });
});
