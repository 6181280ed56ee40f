/** The prover that the steps share: what it keeps, how it stops, and who is asked where nobody says who. */
import assert from "node:assert/strict";
import {
  compileCircuit,
  Engine,
  genSettings,
  priceCircuit,
  prove,
  Prover,
  setup,
  type ToolOptions,
  verify,
} from "../../../hub/mod.ts";
import { columnsOf } from "../../../hub/halo2/circuit/columns.ts";
import { vkBytesOf } from "../../../hub/halo2/circuit/key_bytes.ts";
import { failing } from "./asking.ts";
import { linearChain, TINY_ARGS, tinySigmoidOnnx } from "./tiny.ts";

Deno.test("a Prover proves circuit after circuit, and calls wait in line", async () => {
  await using prover = new Prover({ threads: 1 });
  const { compiled, srs, vk, witness, settings } = await linearChain();
  const other = compileCircuit(tinySigmoidOnnx(), genSettings(tinySigmoidOnnx(), TINY_ARGS));
  const [first, key, second] = await Promise.all([
    prove(witness, vk, compiled, srs, { prover }),
    setup(other, srs, { prover }),
    prove(witness, vk, compiled, srs, { prover }),
  ]);
  for (const proof of [first, second]) assert.equal(await verify(proof, vk, settings, srs), true);
  assert.deepEqual((await setup(other, srs, { prover: "zkgrad" })).vk, key.vk);
  assert.equal(key.pk, null);
});

Deno.test("a call that is stopped or too late ends with the reason, and the next is made", async () => {
  await using prover = new Prover({ threads: 1 });
  const { compiled, srs, vk, witness, settings } = await linearChain();
  const stop = new AbortController();
  const stopped = prove(witness, vk, compiled, srs, { prover, signal: stop.signal });
  const waiting = setup(compiled, srs, { prover, signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(stopped, /enough/);
  await assert.rejects(waiting, /enough/);
  await assert.rejects(
    prove(witness, vk, compiled, srs, { prover, timeout: 1 }),
    failing("EngineTimeoutError", /prove: it was not done within its timeout of 1 ms/),
  );
  assert.equal(await verify(await prove(witness, vk, compiled, srs, { prover }), vk, settings, srs), true);
});

Deno.test("a Prover that was disposed of ends its calls", async () => {
  const prover = new Prover({ threads: 1 });
  const { compiled, srs } = await linearChain();
  const work = setup(compiled, srs, { prover });
  const ended = assert.rejects(work, failing("DeviceError", /disposed of before the call was done; make a new one/));
  await prover[Symbol.asyncDispose]();
  await ended;
});

Deno.test("a key of uncompressed selectors is refused for what it is", async () => {
  const { compiled, srs, vk, witness, settings } = await linearChain();
  // The form of such a key: it says so, and has no selectors behind its points.
  const fixed = new DataView(vk.buffer, vk.byteOffset).getUint32(3, true);
  const bare = vk.slice(0, vkBytesOf(columnsOf(settings), fixed, false));
  bare[2] = 0;
  await assert.rejects(
    prove(witness, bare, compiled, srs, { prover: "zkgrad" }),
    failing("ArgumentError", /the key was made with uncompressed selectors, .* make the key again with setup\(\), or/),
  );
});

Deno.test("who proves is said once: by a name, a Prover or an Engine", async () => {
  const { compiled, srs, vk, witness } = await linearChain();
  await using engine = new Engine({ threads: 1 });
  const wrong: [ToolOptions, RegExp][] = [
    [{ engine, prover: "zkgrad" }, /prover is "?zkgrad"?, expected with an engine, "ezkljs"/],
    [{ prover: "ezkl" as "ezkljs" }, /prover is "?ezkl"?, expected "zkgrad", "ezkljs" or a Prover/],
  ];
  for (const [options, message] of wrong) {
    await assert.rejects(setup(compiled, srs, options), failing("ArgumentError", message));
  }
  assert.equal(priceCircuit(compiled).prover, "zkgrad");
  const [own, theirs] = [priceCircuit(compiled), priceCircuit(compiled, "ezkljs")];
  assert.deepEqual([theirs.prover, theirs.pkBytes], ["ezkljs", own.pkBytes]);
  assert.ok(own.heapBytes < theirs.heapBytes);
  await assert.rejects(
    prove(witness, vk, compiled, srs, { engine }),
    failing(
      "ArgumentError",
      /engine makes the proofs of this circuit, and the key is its verifying key; give the proving/,
    ),
  );
  await assert.rejects(
    setup(compiled, srs, { engine, provingKey: false }),
    failing("ArgumentError", /provingKey is false, and EZKL's engine makes the keys/),
  );
  assert.throws(() => new Prover({ threads: 0 }), failing("ArgumentError", /Prover: threads/));
});
