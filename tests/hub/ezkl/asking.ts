/** What the tests of the steps share: the prover, an engine to judge by for each, and errors by class and words. */
import assert from "node:assert/strict";
import { Engine, Prover } from "../../../hub/mod.ts";

/** The prover of all tests of a file; small circuits are fastest on one thread. */
export const prover = new Prover({ threads: 1 });

/** A test with an engine of its own; small circuits are fastest on one thread. */
export function testWithEngine(name: string, body: (engine: Engine) => Promise<void>): void {
  Deno.test(name, async () => {
    await using engine = new Engine({ threads: 1 });
    await body(engine);
  });
}

/** Whether what was thrown is an error of this class whose message matches. */
export function failing(name: string, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, name, error.message);
    assert.match(error.message, message);
    return true;
  };
}
