/** Every change of a proof, and of what it is verified with, judged by EZKL's engine beside our verifier. */
import assert from "node:assert/strict";
import { ZkgradError } from "../../../core/base/errors.ts";
import type { Engine } from "../../../hub/ezkl/engine/engine.ts";
import { settingsFromJson } from "../../../hub/ezkl/format/settings_json.ts";
import { verify } from "../../../hub/ezkl/verify.ts";
import { columnsOf } from "../../../hub/halo2/circuit/columns.ts";
import {
  type Change,
  cuts,
  faceChanges,
  instanceChanges,
  keyChanges,
  selectorChanges,
  settingsChanges,
  srsChanges,
  swaps,
  wordChanges,
} from "../ezkl/proving/changes.ts";
import { type Given, type ProofJson, verified } from "../ezkl/proving/refusals.ts";
import type { ProvenCircuit } from "./circuits.ts";

/** What was seen. */
export interface Judgement {
  /** How many changes were tried. */
  tried: number;
  /** How many both accepted: they change nothing that is proven. */
  accepted: string[];
  /** What the engine accepts and we do not. */
  stricter: string[];
}

/**
 * What the engine reads over: bytes behind a proof's end, and settings that say less or more of what is shown than the
 * proof has.
 */
const STRICTER =
  /^(something behind the proof|private outputs|no instance shapes|hashed outputs|committed outputs|a larger shape|a shape more)/;

/** What changes nothing: the range of tables in a circuit that has none, or whose tables
 * are as wide with another, a smaller shuffle that fills as many columns,
 * and constants that the hash has a column for.
 */
const HARMLESS = /^(a lookup range|no table|no range check|the range checks in another order|a shuffle|no constants)/;

/** Fails where a difference was seen that is not known. */
export function checkJudgement({ tried, accepted, stricter }: Judgement, least: number): void {
  assert.deepEqual(accepted.filter((name) => !HARMLESS.test(name)), []);
  assert.deepEqual(stricter.filter((name) => !STRICTER.test(name)), []);
  assert.ok(stricter.some((name) => name.startsWith("something behind")));
  assert.ok(tried >= least, `${tried} changes were tried, expected ${least}`);
}

/** Asks both about every change; fails where we accept what the engine does not. `ways` are those of the words. */
export async function judge(engine: Engine, circuit: ProvenCircuit, ways?: readonly string[]): Promise<Judgement> {
  const { settings, settingsText, vk, srs } = circuit;
  const { instances, proof, transcript_type } = JSON.parse(new TextDecoder().decode(circuit.proof)) as ProofJson;
  const given: Given = { proof: { instances, proof, transcript_type }, vk, settings: settingsText, srs };
  assert.equal(await ours(given), true, circuit.name);
  assert.equal(await verified(engine, given), true, circuit.name);
  const seen: Judgement = { tried: 0, accepted: [], stricter: [] };
  for (const [name, change] of changesOf(given, columnsOf(settings), ways)) {
    const changed = { ...given, ...change };
    const [mine, engines] = [await ours(changed), await verified(engine, changed).catch(typed)];
    assert.ok(!(mine === true && engines !== true), `${circuit.name}: only we accept ${name}`);
    seen.tried++;
    if (mine === true) seen.accepted.push(name);
    else if (engines === true) seen.stricter.push(name);
  }
  return seen;
}

async function ours({ proof, vk, settings, srs }: Given): Promise<boolean | string> {
  const file = new TextEncoder().encode(JSON.stringify({
    ...{ protocol: null, split: null, pretty_public_inputs: null, timestamp: null, commitment: null, version: null },
    ...{ hex_proof: null, ...proof },
  }));
  try {
    return await verify(file, vk, settingsFromJson(settings), srs);
  } catch (error) {
    return typed(error);
  }
}

/** A typed error; whatever else is thrown is a fault. */
function typed(error: unknown): string {
  if (error instanceof ZkgradError) return error.name;
  throw error;
}

function changesOf(
  { proof, vk, settings, srs }: Given,
  columns: ReturnType<typeof columnsOf>,
  ways?: readonly string[],
): Change[] {
  const [[, forged]] = instanceChanges(proof);
  return [
    ...wordChanges(proof, ways),
    ...swaps(proof, columns.adviceColumns + 4),
    ...cuts(proof),
    ...[[0], [1, 2, 3], new Array(32).fill(0), proof.proof].map((more, at): Change => [
      `something behind the proof (${at})`,
      { proof: { ...proof, proof: [...proof.proof, ...more] } },
    ]),
    ...instanceChanges(proof),
    ...keyChanges(vk, columns.permutationColumns),
    ...(vk[2] === 1
      ? selectorChanges(vk, columns.permutationColumns, columns.rows).map(([name, change]): Change => [
        `a changed instance under ${name}`,
        { ...forged, ...change },
      ])
      : []),
    ...srsChanges(srs),
    ...settingsChanges(settings),
    ...faceChanges(settings),
  ];
}
