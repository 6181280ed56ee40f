/**
 * A hub under load, on the machine's cores and with proofs made all the while: two minutes.
 * Prints what was measured.
 */
import assert from "node:assert/strict";
import { inFolder } from "../folder.ts";
import { HubProcess } from "./load/hub_process.ts";
import { deploy, layer, ProofChain } from "./load/proofs.ts";
import { polled, upload, uploadsAtOnce } from "./load/runs.ts";

const CLIENTS = 200, RATE = 2, SECONDS = 60;
const MODEL = [64, 16] as const;
const GB = 1e9;

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`    ${text}\n`));
}

Deno.test("a hub bears many clients and large uploads while it proves", async (t) => {
  await inFolder(async (data) => {
    const flags = ["--rate", "100000", "--max-upload", "50"];
    await using hub = await HubProcess.start(data, flags, await HubProcess.first(data));
    const { credentials } = hub;
    // Before anything else was in memory, whose room an upload might have used.
    for (const framing of ["content-length", "chunked"] as const) {
      await t.step(`an upload of a gigabyte (${framing}) is refused, and takes no memory`, async () => {
        await hub.forgetPeak();
        const { now: idle } = await hub.memory();
        const { status, sent } = await upload(credentials, GB, framing);
        const { peak } = await hub.memory();
        say(`idle ${idle.toFixed(0)} MB, peak ${peak.toFixed(0)} MB; ${(sent / 1e6).toFixed(0)} MB were sent`);
        assert.equal(status, 413);
        assert.ok(peak - idle < 300, `${peak - idle} MB more than idle`);
      });
    }

    const artifact = await deploy(credentials, ...MODEL);
    {
      await using chain = new ProofChain(credentials, artifact, layer(...MODEL).data);
      await chain.first();

      await t.step(`${CLIENTS} clients that each ask twice a second are answered within 150 ms`, async () => {
        const done = chain.done;
        const order = { ...credentials, artifact, proofs: chain.ids, clients: CLIENTS, rate: RATE, seconds: SECONDS };
        const { requests, errors, ...times } = await polled(order);
        say(`${requests} requests, ${chain.done - done} proofs meanwhile; ms: ${JSON.stringify(times)}`);
        assert.deepEqual(errors, {});
        assert.equal(requests, CLIENTS * RATE * SECONDS);
        assert.ok(times.p99 < 150, `p99 is ${times.p99} ms`);
        assert.ok(chain.done > done, "no proof was made meanwhile");
      });

      await t.step("a hundred uploads of a megabyte at once all succeed", async () => {
        const begun = performance.now();
        const { failed } = await uploadsAtOnce(credentials, 100);
        say(`100 uploads and their deletion took ${((performance.now() - begun) / 1000).toFixed(1)} s`);
        assert.deepEqual(failed, []);
      });
    }
  });
});
