/** Random networks of all operations against ONNX Runtime; more of them by `deno task test:onnx`. */
import assert from "node:assert/strict";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { problemsOf } from "./generated.ts";

Deno.test("60 random networks compute what ONNX Runtime makes of their files, and so does what is read of them", async () => {
  using device = await CpuDevice.request({ threads: 1 });
  assert.deepEqual(await problemsOf(Array.from({ length: 60 }, (_, seed) => seed), device), []);
});
