import assert from "node:assert/strict";
import { ArgumentError } from "../../../core/base/errors.ts";
import { ProgressBar, type ProgressOptions, terminalWriter } from "../../../core/base/progress.ts";

/** A bar with a clock that the test moves, and what it wrote so far. */
function probe(options: Partial<ProgressOptions> = {}) {
  const clock = { ms: 0 };
  const written: string[] = [];
  const bar = new ProgressBar({
    total: 1000,
    label: "epoch 3/25",
    unit: "images",
    terminal: true,
    color: false,
    columns: () => 100,
    write: (text) => void written.push(text),
    now: () => clock.ms,
    ...options,
  });
  return { bar, clock, written };
}

Deno.test("ProgressBar shows label, bar, share, loss, rate and time left on one terminal line", () => {
  const { bar, clock, written } = probe();
  clock.ms = 2000;
  bar.update({ done: 250, loss: 0.51239 });
  assert.deepEqual(written, [
    `\repoch 3/25  ${"━".repeat(8)}${"─".repeat(22)}   25 %  loss 0.5124  125 images/s  6 s left\x1b[K`,
  ]);
});

Deno.test("ProgressBar takes a rate and a label that the caller knows better", () => {
  const { bar, clock, written } = probe();
  clock.ms = 2000;
  bar.update({ done: 400, itemsPerSecond: 60_000, label: "epoch 4/25" });
  assert.match(written[0], /^\repoch 4\/25 .* 40 % {2}60,000 images\/s {2}1 s left/);
});

Deno.test("ProgressBar redraws at most ten times a second", () => {
  const { bar, clock, written } = probe();
  for (; clock.ms < 1000; clock.ms += 5) bar.update({ done: clock.ms });
  assert.equal(written.length, 10);
});

Deno.test("ProgressBar leaves out what a narrow window has no room for, the rate first", () => {
  for (let columns = 1; columns <= 120; columns++) {
    const { bar, clock, written } = probe({ columns: () => columns });
    clock.ms = 2000;
    bar.update({ done: 250, loss: 0.5 });
    const line = written[0].slice(1, -3);
    assert.ok(line.length <= Math.max(columns - 1, 1), `${columns} columns: "${line}"`);
    if (line.includes("images/s")) assert.ok(line.includes("left"), line);
    if (line.includes("left")) assert.ok(line.includes("loss"), line);
    if (columns > 60) assert.ok(line.includes("━"), line);
  }
});

Deno.test("ProgressBar reaches 100 % only when all is done", () => {
  const { bar, clock, written } = probe();
  bar.update({ done: 999.9 });
  clock.ms = 1000;
  bar.update({ done: 1000 });
  assert.match(written[0], / 99 %/);
  assert.match(written[1], /━{30} {2}100 %.* 0 s left/);
});

Deno.test("ProgressBar colours the bar only when it may", () => {
  const coloured = probe({ color: true });
  coloured.bar.update({ done: 500 });
  assert.ok(coloured.written[0].includes("\x1b[36m━"));
  const plain = probe();
  plain.bar.update({ done: 500 });
  assert.ok(!plain.written[0].includes("\x1b[36m"));
});

Deno.test("ProgressBar writes a plain line every 30 seconds where there is no terminal", () => {
  const { bar, clock, written } = probe({ terminal: false });
  for (; clock.ms <= 65_000; clock.ms += 1000) bar.update({ done: clock.ms / 100, loss: 1 });
  bar.finish("done");
  assert.deepEqual(written, [
    "epoch 3/25   30 %  loss 1.0000  10 images/s  1 min 10 s left\n",
    "epoch 3/25   60 %  loss 1.0000  10 images/s  40 s left\n",
    "done\n",
  ]);
});

Deno.test("ProgressBar.print() and finish() take the bar away before they write", () => {
  const { bar, clock, written } = probe();
  bar.update({ done: 100 });
  bar.print("epoch 3/25: loss 0.5");
  clock.ms = 1;
  bar.update({ done: 101 });
  bar.finish();
  assert.deepEqual(written.map((text) => text.slice(0, 6)), ["\repoch", "\r\x1b[K", "epoch ", "\repoch", "\r\x1b[K"]);
});

Deno.test("ProgressBar counts the rate anew when the items start over", () => {
  const { bar, clock, written } = probe();
  clock.ms = 1000;
  bar.update({ done: 1000 });
  bar.update({ done: 0 });
  clock.ms = 2000;
  bar.update({ done: 100 });
  assert.match(written.at(-1)!, / 100 images\/s/);
});

Deno.test("ProgressBar refuses a total that is no positive number", () => {
  for (const total of [0, -1, NaN, Infinity]) assert.throws(() => probe({ total }), ArgumentError);
});

Deno.test("terminalWriter() knows the standard output without a permission", () => {
  const output = terminalWriter();
  assert.equal(output.terminal, Deno.stdout.isTerminal());
  assert.ok(output.columns!() > 0);
  if (!output.terminal || Deno.noColor) assert.equal(output.color, false);
});
