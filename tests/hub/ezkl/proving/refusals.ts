/** Proofs with everything around them, and the claim that no changed one is accepted. */
import assert from "node:assert/strict";
import { ZkgradError } from "../../../../core/base/errors.ts";
import type { Engine, Keys } from "../../../../hub/ezkl/engine/engine.ts";
import { settingsToJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { compile, type Compiled, inputFile, srsOf, type Subject } from "./prove_model.ts";

/** What the verifier reads of a proof file. */
export interface ProofJson {
  instances: string[][];
  proof: number[];
  transcript_type: string;
}

/** A proof that holds, and everything it was made with. */
export interface Proven extends Compiled {
  subject: Subject;
  keys: Keys;
  srs: Uint8Array<ArrayBuffer>;
  witness: Uint8Array<ArrayBuffer>;
  proof: ProofJson;
}

/** What a verifier is given; each may be changed. */
export interface Given {
  proof: ProofJson;
  vk: Uint8Array<ArrayBuffer>;
  settings: string;
  srs: Uint8Array<ArrayBuffer>;
}

const { encode, decode } = {
  encode: (text: string) => new TextEncoder().encode(text),
  decode: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
};

/** The proof of a subject's own sample. */
export async function provenOf(engine: Engine, subject: Subject): Promise<Proven> {
  const compiled = compile(subject);
  const srs = await srsOf(compiled.settings.runArgs.logrows);
  const keys = await engine.setup(compiled.bytes, srs);
  const witness = await engine.genWitness(compiled.bytes, inputFile(subject.inputs));
  const base = { ...compiled, subject, keys, srs, witness };
  const proof = await proofOf(engine, base, witness);
  const proven = { ...base, proof };
  assert.equal(await verified(engine, givenOf(proven)), true, "the proof holds before it is changed");
  return proven;
}

/** What the prover makes of any witness. */
export async function proofOf(
  engine: Engine,
  { keys, bytes, srs }: Pick<Proven, "keys" | "bytes" | "srs">,
  witness: Uint8Array | object,
): Promise<ProofJson> {
  const file = witness instanceof Uint8Array ? witness : encode(JSON.stringify(witness));
  return JSON.parse(decode(await engine.prove(file, keys.pk, bytes, srs)));
}

/** The witness as it stands in its file. */
export function witnessJson({ witness }: Pick<Proven, "witness">): { inputs: string[][]; outputs: string[][] } {
  return JSON.parse(decode(witness));
}

/** What belongs to a proof. */
export function givenOf({ proof, keys, settings, srs }: Proven): Given {
  return { proof, vk: keys.vk, settings: settingsToJson(settings), srs };
}

/** The verifier's word. Of the proof file it gets only what it reads, so that nothing else can be the reason. */
export function verified(engine: Engine, { proof, vk, settings, srs }: Given): Promise<boolean> {
  const { instances, proof: bytes, transcript_type } = proof;
  return engine.verify(encode(JSON.stringify({ instances, proof: bytes, transcript_type })), vk, encode(settings), srs);
}

/** Counts what became of changed proofs. */
export class Refusals {
  readonly #engine: Engine;
  readonly #base: Given;
  readonly #accepted: string[] = [];
  /** How many were refused, by the way in which. */
  readonly counts: Map<string, number> = new Map();
  /** Milliseconds of every verification that gave an answer. */
  readonly times: number[] = [];

  constructor(engine: Engine, proven: Proven) {
    this.#engine = engine;
    this.#base = givenOf(proven);
  }

  /** Verifies with `changes`; anything but false or a typed error is noted as accepted. */
  async try(name: string, changes: Partial<Given>): Promise<void> {
    await this.attempt(name, () => verified(this.#engine, { ...this.#base, ...changes }));
  }

  /** The same for any way to a verification. */
  async attempt(name: string, run: () => Promise<boolean>): Promise<void> {
    const start = performance.now();
    let outcome: string;
    try {
      const holds = await run();
      this.times.push(performance.now() - start);
      outcome = holds === false ? "false" : "accepted";
    } catch (error) {
      if (!(error instanceof ZkgradError)) throw error;
      outcome = error.name;
    }
    if (outcome === "accepted") this.#accepted.push(name);
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
  }

  /** How many there were. */
  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Fails naming what was accepted, and where fewer than `least` were tried. */
  check(least: number): void {
    assert.deepEqual(this.#accepted, [], "changed, and still accepted");
    assert.ok(this.total >= least, `${this.total} changes were tried, expected ${least}`);
  }
}
