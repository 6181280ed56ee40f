/** More call data that no contract may accept: every word of three circuits in every way, by every form. */
import assert from "node:assert/strict";
import { FEW } from "./calldata_changes.ts";
import { allRefused, changesFor, foreignProofs } from "./refusals.ts";
import { deployed } from "./subject.ts";

Deno.test("contracts refuse thousands of changes", async () => {
  let tried = 0;
  for (
    const [name, form, ways] of [
      ["w1", "whole", undefined],
      ["gemm", "pinned", undefined],
      ["sig_T3", "reusable", FEW],
      ["hashed", "whole", FEW],
      ["dyn", "whole", FEW],
    ] as const
  ) {
    const subject = await deployed(name, name === "gemm" ? "osaka" : "cancun");
    tried += (await allRefused(subject, form, changesFor(subject, form, ways))).tried;
    tried +=
      (await allRefused(subject, form, await foreignProofs(name, form === "reusable" ? subject.at.key : undefined)))
        .tried;
  }
  assert.ok(tried >= 3000, `${tried} changes`);
});
