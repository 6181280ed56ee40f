/** 2,000 random networks of all operations against ONNX Runtime: minutes, so apart from the suite. */
import assert from "node:assert/strict";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { problemsOf } from "./generated.ts";

Deno.test("2,000 random networks compute what ONNX Runtime makes of their files, and so does what is read of them", async () => {
  using device = await CpuDevice.request({ threads: 1 });
  assert.deepEqual(await problemsOf(Array.from({ length: 2000 }, (_, seed) => 1000 + seed), device), []);
});
