import assert from "node:assert/strict";
import { trafficOf } from "../../../core/run/traffic.ts";
import type { Bound } from "../../../core/run/dispatch.ts";

const [a, b, c] = ["a", "b", "c"].map((label) => ({ label }) as GPUBuffer);
const read = (buffer: GPUBuffer, size = 4): Bound => ({ slice: { buffer, offset: 0, size }, access: "read" });
const write = (buffer: GPUBuffer, size = 4): Bound => ({ slice: { buffer, offset: 0, size }, access: "read_write" });
const waits = (...steps: Bound[][]) => trafficOf(steps.map((bound) => ({ bound }))).map(({ waits }) => waits);

Deno.test("trafficOf counts bytes, and who waits for whom", () => {
  assert.deepEqual(trafficOf([{ bound: [read(a, 8), read(b, 16), write(c, 4)] }]), [
    { read: 24, written: 4, waits: false },
  ]);
  assert.deepEqual(waits([read(a), write(b)], [read(a), write(c)]), [false, false], "apart");
  assert.deepEqual(waits([write(a)], [read(a), write(b)]), [false, true], "read after write");
  assert.deepEqual(waits([read(a)], [write(a)]), [false, true], "write after read");
  assert.deepEqual(waits([write(a)], [write(a)]), [false, true], "write after write");
  assert.deepEqual(waits([write(a)], [read(a), write(b)], [read(a), write(c)]), [false, true, false], "settled");
  assert.deepEqual(waits([read(a), write(b)], [read(b)], [write(a)]), [false, true, false], "one barrier for all");
});
