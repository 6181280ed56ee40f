/** A hub under a little load for a short time; load_full.ts is the long one. */
import assert from "node:assert/strict";
import { inFolder } from "../folder.ts";
import { HubProcess } from "./load/hub_process.ts";
import { deploy, layer, ProofChain } from "./load/proofs.ts";
import { polled, upload, uploadsAtOnce } from "./load/runs.ts";

Deno.test({
  name: "a hub answers many clients and takes uploads while it proves, and refuses what is too large",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await inFolder(async (data) => {
      const flags = ["--rate", "100000", "--max-upload", "5"];
      await using hub = await HubProcess.start(data, flags, await HubProcess.first(data));
      const { credentials } = hub;
      // Before anything else was in memory, whose room an upload might have used.
      for (const framing of ["content-length", "chunked"] as const) {
        await hub.forgetPeak();
        const { now: idle } = await hub.memory();
        assert.equal((await upload(credentials, 400e6, framing)).status, 413);
        const { peak } = await hub.memory();
        assert.ok(peak - idle < 200, `${framing}: ${peak - idle} MB more than idle`);
      }
      const artifact = await deploy(credentials, 16, 3);
      await using chain = new ProofChain(credentials, artifact, layer(16, 3).data);
      await chain.first();
      const order = { ...credentials, artifact, proofs: chain.ids, clients: 40, rate: 2, seconds: 2 };
      const { requests, errors } = await polled(order);
      assert.deepEqual(errors, {});
      assert.equal(requests, 160);
      assert.deepEqual((await uploadsAtOnce(credentials, 10)).failed, []);
    });
  },
});
