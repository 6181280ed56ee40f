import assert from "node:assert/strict";
import process from "node:process";
import { processors } from "../../../core/base/host.ts";
import { Prover } from "../../../hub/ezkl/mod.ts";

Deno.test("processors() and a Prover's threads are the machine's where there is no navigator, as in Node 20", () => {
  assert.equal(processors(), navigator.hardwareConcurrency);
  const own = Object.getOwnPropertyDescriptor(globalThis, "navigator")!, { getBuiltinModule } = process;
  Object.defineProperty(globalThis, "navigator", { value: undefined, configurable: true });
  // Deno's own asks its navigator.
  process.getBuiltinModule = () => ({ availableParallelism: () => 7 });
  try {
    assert.equal(processors(), 7);
    assert.equal(new Prover().threads, 7);
  } finally {
    process.getBuiltinModule = getBuiltinModule;
    Object.defineProperty(globalThis, "navigator", own);
  }
});
