/** Asks a circuit's contracts about changed call data, none of which they may accept. */
import assert from "node:assert/strict";
import { circuit, CIRCUITS } from "../circuits.ts";
import { encodeVerifierCalldata } from "../../../../hub/ezkl/encode_verifier_calldata.ts";
import { type Change, encodingChanges, pointChanges, wordChanges, written } from "./calldata_changes.ts";
import type { Subject } from "./subject.ts";

/** Gas of a transaction that a contract refuses before it meets a precompile, beside its call data. */
const MOST_WHERE_REFUSED_EARLY = 120_000;

/** What was tried. */
export interface Refusals {
  tried: number;
  /** How many were refused for less than a point is multiplied for. */
  early: number;
}

/** Tries changes on one form of the contract; fails for one that is accepted. */
export async function allRefused(
  { chain, at }: Subject,
  form: "whole" | "reusable" | "pinned",
  changes: Iterable<Change>,
): Promise<Refusals> {
  const seen: Refusals = { tried: 0, early: 0 };
  for (const [name, data] of changes) {
    const { holds, gas } = await chain.call(at[form], data);
    assert.equal(holds, false, `${form}: ${name}`);
    // No refusal may take more than the proof would have: a failing precompile takes all that it is given.
    assert.ok(gas < 2_000_000, `${form}: ${name} takes ${gas} gas`);
    seen.tried++;
    if (gas < 21_000 + 16 * data.length + MOST_WHERE_REFUSED_EARLY) seen.early++;
  }
  return seen;
}

/** All changes of a subject's call data for one form. */
export function* changesFor(
  subject: Subject,
  form: "whole" | "reusable" | "pinned",
  ways?: readonly string[],
): Generator<Change> {
  const parts = form === "reusable" ? { ...subject.parts, vkAddress: subject.at.key } : subject.parts;
  yield* wordChanges(written(parts), ways);
  yield* encodingChanges(parts);
  yield* pointChanges(parts, subject.points);
}

/** Proofs of other circuits. */
export async function foreignProofs(own: string, vkAddress?: Uint8Array): Promise<Change[]> {
  const others = CIRCUITS.filter((name) => name !== own);
  return await Promise.all(others.map(async (name): Promise<Change> => {
    return [`the proof of ${name}`, await encodeVerifierCalldata(circuit(name).proof, vkAddress ? { vkAddress } : {})];
  }));
}
