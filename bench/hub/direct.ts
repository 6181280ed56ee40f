/**
 * The toolchain without a hub, in a process of its own with a prover that is warm: for each
 * line of its input a witness, a proof and its verification, whose seconds it prints.
 *
 *     deno run -A bench/hub/direct.ts --compiled FILE --input FILE [--threads N]
 *
 * @module
 */
import { parseArgs } from "node:util";
import { readFile } from "../../core/base/files.ts";
import { decodeCircuit, genSrs, genWitness, prove, Prover, setup, verifierSrs, verify } from "../../hub/mod.ts";

const { values } = parseArgs({
  options: { compiled: { type: "string" }, input: { type: "string" }, threads: { type: "string" } },
});
const compiled = await readFile(values.compiled!), input = await readFile(values.input!);
const { settings } = decodeCircuit(compiled);
const srs = await genSrs(settings.runArgs.logrows);
const points = verifierSrs(srs);
await using prover = new Prover(values.threads === undefined ? {} : { threads: Number(values.threads) });
const { vk } = await setup(compiled, srs, { prover });

// Whoever asks waits for the answer before asking again, so each piece is one question.
for await (const _ of Deno.stdin.readable) {
  const begun = performance.now();
  const witness = await genWitness(compiled, input, { prover });
  const proof = await prove(witness, vk, compiled, srs, { prover });
  if (!await verify(proof, vk, settings, points)) throw new Error("the proof does not hold");
  const seconds = (performance.now() - begun) / 1000;
  Deno.stdout.writeSync(new TextEncoder().encode(`${seconds}\n`));
}
