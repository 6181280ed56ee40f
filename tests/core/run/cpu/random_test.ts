/** Forty random networks on the CPU, their kernels fused and shared out, against one kernel per node. */
import assert from "node:assert/strict";
import { CpuDevice } from "../../../../core/run/cpu/device.ts";
import { distances } from "./random.ts";

Deno.test("random networks come to the same on the CPU, fused or not", async () => {
  using device = await CpuDevice.request({ threads: 2 });
  for (let seed = 1; seed <= 40; seed++) {
    const found = await distances(seed, [{ device, fusion: false }, { device, fusion: true }]);
    assert.ok(found.every((distance) => distance < 1e-4), `network ${seed}: ${found}`);
  }
});
