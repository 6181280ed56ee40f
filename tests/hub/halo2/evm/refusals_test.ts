/** Call data that no contract may accept, on the smallest circuit; refusals_full.ts has more of them. */
import assert from "node:assert/strict";
import { encodingChanges, FEW, written } from "./calldata_changes.ts";
import { allRefused, changesFor, foreignProofs } from "./refusals.ts";
import { deployed } from "./subject.ts";

Deno.test("a contract refuses every word changed, every other encoding, and points that are none", async () => {
  const subject = await deployed("w1");
  const { tried, early } = await allRefused(subject, "whole", changesFor(subject, "whole", FEW));
  assert.ok(tried > 390, `${tried} changes`);
  // Points that are none, numbers of another writing and other encodings are refused before anything is computed.
  assert.ok(early > 200, `${early} early`);
});

Deno.test("the reusable form and the one before it refuse other encodings, proofs and circuits", async () => {
  const subject = await deployed("w1");
  const { parts, at, chain } = subject;
  const named = { ...parts, vkAddress: at.key };
  await allRefused(subject, "reusable", encodingChanges(named));
  await allRefused(subject, "pinned", encodingChanges(parts));
  await allRefused(subject, "reusable", await foreignProofs("w1", at.key));
  await allRefused(subject, "pinned", await foreignProofs("w1"));
  assert.ok((await chain.call(at.reusable, written(named))).holds);
  assert.ok((await chain.call(at.pinned, written(parts))).holds);
});
