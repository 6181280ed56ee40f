import assert from "node:assert/strict";
import { Bookkeeping } from "../../../../hub/server/jobs/bookkeeping.ts";

Deno.test("what is written down is written in order, and nothing after a failure", async () => {
  const books = new Bookkeeping(), done: number[] = [];
  const note = async (value: number) => void await done.push(value);
  const { promise, resolve } = Promise.withResolvers<void>();
  books.add(async () => {
    await promise;
    done.push(1);
  });
  const second = books.add(() => note(2));
  assert.deepEqual(done, []);
  resolve();
  await second;
  assert.deepEqual(done, [1, 2]);
  assert.equal(books.failed.aborted, false);

  books.add(() => Promise.reject(new Error("no room")));
  await assert.rejects(books.add(() => note(3)), /no room/);
  await books.ended();
  assert.match(String(books.failed.reason), /no room/);
  assert.deepEqual(done, [1, 2]);
});
