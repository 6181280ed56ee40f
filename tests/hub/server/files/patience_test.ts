import assert from "node:assert/strict";
import { type Attempt, patiently, StillError, within } from "../../../../hub/server/files/patience.ts";

const later = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const always = () => true;

/** Runs until it gives up; returns the error and the seconds that took. */
async function failing(run: Promise<unknown>): Promise<[Error, number]> {
  const begun = performance.now();
  const error = await run.then(() => assert.fail("it did not give up"), (error: Error) => error);
  return [error, (performance.now() - begun) / 1000];
}

Deno.test("a call is tried until it succeeds", async () => {
  let tries = 0;
  const result = await patiently(
    5,
    always,
    () => ++tries < 3 ? Promise.reject(new Error("not yet")) : Promise.resolve(7),
  );
  assert.deepEqual([result, tries], [7, 3]);
});

Deno.test("an error that will not pass is not tried again", async () => {
  let tries = 0;
  const run = patiently(5, (error) => (error as Error).message !== "never", () => {
    tries++;
    return Promise.reject(new Error(tries === 2 ? "never" : "not yet"));
  });
  await assert.rejects(run, /never/);
  assert.equal(tries, 2);
});

Deno.test("it gives up with the last error, after pauses that grow", async () => {
  let tries = 0;
  const [error, seconds] = await failing(patiently(1, always, () => Promise.reject(new Error(`${++tries}`))));
  assert.equal(error.message, `${tries}`);
  assert.ok(seconds > 0.3 && seconds <= 1.05, `${seconds} s`);
  assert.ok(tries >= 3 && tries <= 6, `${tries} tries`);
});

Deno.test("a try that stands still is aborted, even if it does not listen", async () => {
  const signals: AbortSignal[] = [];
  const [error, seconds] = await failing(patiently(0.5, always, ({ signal }) => {
    signals.push(signal);
    return new Promise(() => {});
  }));
  assert.ok(error instanceof StillError);
  assert.ok(signals.length >= 1 && signals.every(({ aborted }) => aborted));
  assert.ok(seconds < 1.2, `${seconds} s`);
});

Deno.test("a transfer that moves may take longer than the patience", async () => {
  const result = await patiently(0.4, always, async ({ moved }: Attempt) => {
    for (let at = 1; at <= 8; at++) {
      await later(100);
      moved(at);
    }
    return "sent";
  });
  assert.equal(result, "sent");
});

Deno.test("moving the same first bytes again and again does not count as moving", async () => {
  const [, seconds] = await failing(patiently(0.6, always, async ({ moved }: Attempt) => {
    moved(1);
    moved(2);
    await later(50);
    throw new Error("broken off");
  }));
  assert.ok(seconds < 1.2, `${seconds} s`);
});

Deno.test("a signal is not aborted once its try succeeded", async () => {
  const signal = await patiently(0.2, always, ({ signal }) => Promise.resolve(signal));
  await later(150);
  assert.equal(signal.aborted, false);
});

Deno.test("a limit ends a wait that has none", async () => {
  await assert.rejects(within(0.05, new Promise(() => {})), StillError);
  assert.equal(await within(5, Promise.resolve(1)), 1);
  await assert.rejects(within(5, Promise.reject(new Error("its own"))), /its own/);
});
