/** What pooling's gradients cost: no more for large windows than for small ones, which they cover the plane with as well. */
import assert from "node:assert/strict";
import type { Value } from "../../core/graph/graph.ts";
import { avgPool2d } from "../../ops/avg_pool2d.ts";
import { maxPool2d } from "../../ops/max_pool2d.ts";
import { apart, Devices, Execution, weigh } from "./harness.ts";
import { cpuTime } from "../cpu_time.ts";

let devices: Devices;
Deno.test.beforeAll(async () => {
  devices = await Devices.request();
});
Deno.test.afterAll(() => devices[Symbol.dispose]());

/** The least milliseconds of a few runs of the gradient. */
async function timeOf(build: (x: Value) => Value): Promise<number> {
  const { given, gradients } = weigh([apart([4, 8, 128, 128], 1)], ([x]) => build(x));
  using execution = await Execution.create(devices.cpu, { given, wanted: [...gradients.values()] });
  let least = Infinity;
  for (let k = 0; k < 6; k++) {
    const began = cpuTime();
    execution.run();
    await devices.cpu.idle();
    least = Math.min(least, cpuTime(began));
  }
  return least;
}

for (const pool of [maxPool2d, avgPool2d]) {
  Deno.test(`${pool.name}()'s gradient takes windows of 32x32 about as fast as windows of 4x4`, async () => {
    const [small, large] = [await timeOf((x) => pool(x, 4)), await timeOf((x) => pool(x, 32))];
    assert.ok(large < 4 * small + 50, `${large.toFixed(0)} ms and ${small.toFixed(0)} ms`);
  });

  Deno.test(`${pool.name}()'s gradient visits only the windows that cover an element`, async () => {
    const [apart, wide] = [await timeOf((x) => pool(x, 32)), await timeOf((x) => pool(x, 32, { stride: 31 }))];
    assert.ok(wide < 6 * apart + 50, `${wide.toFixed(0)} ms and ${apart.toFixed(0)} ms`);
  });
}
