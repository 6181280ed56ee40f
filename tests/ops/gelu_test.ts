/** GELU against its definition in 64 bits. */
import assert from "node:assert/strict";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { gelu } from "../../ops/mod.ts";
import { exactErf } from "../core/wasm/erf.ts";
import { evaluateOnCpu } from "./cpu_harness.ts";
import { weigh } from "./harness.ts";

Deno.test("GELU is within 5e-7 of its definition, and 0 far below", async () => {
  using device = await CpuDevice.request({ threads: 1 });
  const near = Float32Array.from({ length: 4096 }, (_, k) => (k - 2048) / 256);
  const data = Float32Array.from([...near, -20, -1e4, -1e30, 20, 1e4, 1e30]);
  const { output } = await evaluateOnCpu(
    device,
    weigh([{ shape: [1, data.length], data }], ([x]) => gelu(x)),
  );
  near.forEach((x, k) => {
    const expected = x * (1 + exactErf(x * Math.SQRT1_2)) / 2;
    assert.ok(Math.abs(output[k] - expected) <= 5e-7, `${x}: ${output[k]}, ${expected}`);
  });
  assert.deepEqual([...output.slice(-6)].map(Math.abs), [0, 0, 0, 20, 1e4, Math.fround(1e30)]);
});
