import assert from "node:assert/strict";
import { Graph, type Value } from "../../../core/graph/graph.ts";
import { Generator } from "../../../core/base/random.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { type Access, assignSlots } from "../../../core/run/slots.ts";

const bytes = (value: Value): number => sizeOf(value.shape) * 4;

/** Kernels that each read some values made earlier and write one to three new ones. */
function randomKernels(random: Generator): Access<Value>[] {
  const graph = new Graph();
  const made: Value[] = [];
  return Array.from({ length: 1 + random.integer(30) }, () => {
    const count = made.length === 0 ? 0 : random.integer(4);
    // Mostly recent values, as in a network; now and then an old one, as in its backward pass.
    const pick = () => made[random.integer(3) === 0 ? random.integer(made.length) : made.length - 1];
    const reads = Array.from({ length: count }, pick);
    const writes = Array.from(
      { length: 1 + random.integer(3) },
      () => graph.source("value", [1 + random.integer(50)], "input"),
    );
    made.push(...writes);
    return { reads, writes };
  });
}

Deno.test("assignSlots() never lets two values that are both needed share a slot", () => {
  const random = new Generator(21);
  for (let round = 0; round < 500; round++) {
    const kernels = randomKernels(random);
    const { slot, sizes } = assignSlots(kernels, bytes);
    const content = new Map<number, Value>();
    for (const { reads, writes } of kernels) {
      for (const value of reads) assert.equal(content.get(slot.get(value)!), value, `round ${round}: overwritten`);
      const read = new Set(reads.map((value) => slot.get(value)));
      const written = writes.map((value) => slot.get(value)!);
      assert.equal(new Set(written).size, written.length, `round ${round}: two results in one slot`);
      assert.ok(!written.some((one) => read.has(one)), `round ${round}: read and written at once`);
      for (const value of writes) {
        assert.ok(sizes[slot.get(value)!] >= bytes(value), `round ${round}: too small`);
        content.set(slot.get(value)!, value);
      }
    }
  }
});

Deno.test("assignSlots() takes no more slots than there are values alive at once", () => {
  const random = new Generator(22);
  for (let round = 0; round < 200; round++) {
    const kernels = randomKernels(random);
    const last = new Map<Value, number>();
    kernels.forEach(({ reads, writes }, index) => [...reads, ...writes].forEach((value) => last.set(value, index)));
    let alive = new Set<Value>();
    let most = 0;
    for (const [index, { writes }] of kernels.entries()) {
      writes.forEach((value) => alive.add(value));
      most = Math.max(most, alive.size);
      alive = new Set([...alive].filter((value) => last.get(value)! > index));
    }
    assert.equal(assignSlots(kernels, bytes).sizes.length, most);
  }
});

Deno.test("assignSlots() makes a chain of layers do with two slots of the largest sizes", () => {
  const graph = new Graph();
  const values = [40, 10, 30, 20].map((size) => graph.source("value", [size], "input"));
  const kernels = values.map((value, k) => ({ reads: values.slice(Math.max(0, k - 1), k), writes: [value] }));
  const { slot, sizes } = assignSlots(kernels, bytes);
  assert.deepEqual(values.map((value) => slot.get(value)), [0, 1, 0, 1]);
  assert.deepEqual(sizes, [160, 80]);
});
