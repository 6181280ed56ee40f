import assert from "node:assert/strict";
import { atOnce, pauses, withPauses } from "../../../core/base/pauses.ts";

/** Works for so many milliseconds. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

Deno.test("a pause gives others their turn after some work, and not before", async () => {
  let turns = 0;
  const pause = pauses();
  const timer = setTimeout(() => turns++);
  await pause();
  assert.equal(turns, 0);
  work(20);
  await pause();
  assert.equal(turns, 1);
  clearTimeout(timer);
});

Deno.test("a pause ends work whose signal was aborted meanwhile, with its reason", async () => {
  const stop = new AbortController(), pause = pauses(stop.signal), reason = new Error("stopped");
  setTimeout(() => stop.abort(reason));
  work(20);
  await assert.rejects(pause(), reason);
});

function* counting(steps: number, done: number[]): Generator<void, string> {
  for (let step = 0; step < steps; step++) {
    done.push(step);
    yield;
  }
  return "the end";
}

Deno.test("work of several steps is done at once or with a pause behind each", async () => {
  const done: number[] = [];
  assert.equal(atOnce(counting(3, done)), "the end");
  assert.deepEqual(done, [0, 1, 2]);
  const seen: number[] = [], paused: number[] = [];
  assert.equal(await withPauses(counting(3, seen), () => Promise.resolve(void paused.push(seen.length))), "the end");
  assert.deepEqual(paused, [1, 2, 3]);
});
