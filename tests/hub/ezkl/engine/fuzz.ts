/** Files damaged at random: the engine answers, or throws a typed error, and never lets a changed proof pass. */
import assert from "node:assert/strict";
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { EngineError } from "../../../../hub/ezkl/engine/errors.ts";
import { verifierSrs } from "../../../../hub/ezkl/srs/verifier.ts";
import { random } from "../format/fixtures.ts";
import { compiled, input, proof, settings, srs, vk, witness } from "./workers.ts";

const next = random(21);
const pick = (below: number) => Math.floor(next() * below);

/** Part of the verifying key that a proof depends on: after it stand the selectors, which only the proving key is made from. */
const COMMITMENTS = 7 + 64 * 20;

/** A file cut, lengthened, or with one to four bytes changed. */
function damaged(file: Uint8Array): Uint8Array<ArrayBuffer> {
  const kind = pick(8);
  if (kind === 0) return file.slice(0, pick(file.length));
  const bytes = file.slice();
  const text = file[0] === 0x7b;
  for (let i = pick(4); i >= 0; i--) {
    // In JSON a digit for a digit reaches further than a broken file.
    const at = pick(bytes.length);
    const digit = bytes[at]! >= 0x30 && bytes[at]! <= 0x39;
    bytes[at] = text && digit ? 0x30 + pick(10) : text && kind < 6 ? bytes[at]! : pick(256);
  }
  return bytes;
}

/** What a proof file claims, without what nobody reads. */
function claim(file: Uint8Array): unknown[] {
  const { instances, proof, transcript_type } = JSON.parse(new TextDecoder().decode(file));
  return [instances, proof, transcript_type];
}

/** Gives the engine `rounds` times 500 damaged files; ends where one does more than fail. */
export async function fuzzEngine(rounds: number): Promise<void> {
  await using engine = new Engine({ threads: 1 });
  const points = verifierSrs(srs);
  const pk = new Uint8Array(1000);
  const limit = { timeout: 10_000 };
  const verify = (file: Uint8Array, key: Uint8Array, sheet: Uint8Array, string: Uint8Array) =>
    engine.verify(file, key, sheet, string, limit);
  const calls: [share: number, call: () => Promise<unknown>][] = [
    [200, async () => {
      const file = damaged(proof);
      if (await verify(file, vk, settings, points)) assert.deepEqual(claim(file), claim(proof));
    }],
    [60, async () => {
      const key = damaged(vk);
      if (await verify(proof, key, settings, points)) {
        assert.deepEqual(key.slice(0, COMMITMENTS), vk.slice(0, COMMITMENTS));
      }
    }],
    [60, () => verify(proof, vk, damaged(settings), points)],
    [20, () => verify(proof, vk, settings, damaged(points))],
    [80, () => engine.genWitness(damaged(compiled), input, limit)],
    [60, () => engine.genWitness(compiled, damaged(input), limit)],
    [20, () => engine.prove(damaged(witness), pk, compiled, srs, limit)],
  ];
  for (const [share, call] of calls) {
    for (let i = 0; i < rounds * share; i++) {
      await call().catch((error) => assert.ok(error instanceof EngineError, `${error}`));
    }
  }
  assert.deepEqual(await engine.genWitness(compiled, input, limit), witness);
}
