/** A hundred random networks on the CPU against WebGPU: minutes, for kernels are compiled. */
import assert from "node:assert/strict";
import { CpuDevice } from "../../../../core/run/cpu/device.ts";
import { GpuDevice } from "../../../../core/run/device.ts";
import { distances } from "./random.ts";

Deno.test("random networks come to the same on the CPU and by WebGPU", async () => {
  Deno.env.set("XDG_RUNTIME_DIR", Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp"); // the driver warns without it
  using gpu = await GpuDevice.request();
  using cpu = await CpuDevice.request();
  for (let seed = 1; seed <= 100; seed++) {
    const found = await distances(seed, [{ device: gpu, fusion: true }, { device: cpu, fusion: true }]);
    assert.ok(found.every((distance) => distance < 1e-4), `network ${seed}: ${found}`);
  }
});
