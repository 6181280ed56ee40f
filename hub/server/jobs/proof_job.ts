/**
 * From an input to a proof: witness, proof, and the proof's verification before anybody is
 * told that it is done. The input is deleted as soon as the witness is kept.
 * @module
 */
import {
  genWitness,
  type Price,
  proofFromJson,
  prove,
  type ProverName,
  ProvingKey,
  settingsFromJson,
  verify,
} from "../../ezkl/mod.ts";
import { HubError } from "../errors.ts";
import type { ArtifactRecord, ProofPatch, ProofStage } from "../store/records.ts";
import { srsName } from "./artifact_job.ts";
import { discreetly } from "./discreet.ts";
import type { JobContext } from "./job_context.ts";
import { JobRun } from "./job_run.ts";
import { provingGiB, waitingFor } from "./memory.ts";
import { outlasting } from "./outages.ts";
import type { JobRef } from "../queue.ts";
import { JobRefusal } from "./refusals.ts";
import { PROOF_UPLOADS } from "./uploads.ts";

/** A proof that does not hold may be a broken machine's. */
export class UnsoundProofError extends HubError {
  /** The class, as text. */
  override name = "UnsoundProofError";
  /** For programs. */
  override readonly code: string = "UNSOUND_PROOF";
}

const UNSOUND = "the proof that was made does not hold";

type Run = JobRun<ProofStage, ProofPatch>;

/**
 * Makes a proof, or goes on with it; writes the outcome to its record.
 * @throws what a further attempt may mend
 */
export async function proofJob(context: JobContext, id: string, signal: AbortSignal): Promise<void> {
  const { store, queue, config } = context.services;
  const begun = await outlasting({ seconds: context.outageSeconds, signal }, () => store.beginProof(id));
  if (begun === null) return;
  const { proof: record, artifact } = begun;
  const job: JobRef = { kind: "proof", id };
  const run: Run = new JobRun(
    context,
    job,
    { ...record, price: artifact.price },
    (patch) => store.patchProof(id, record.attempt, patch),
    signal,
  );
  await run.through([...PROOF_UPLOADS, "witness.json"], async () => {
    if (artifact.status !== "SUCCESS" || artifact.price === null) {
      throw new JobRefusal(
        `its artifact is ${artifact.status}, expected SUCCESS; wait for the artifact, then ask again`,
      );
    }
    const gib = provingGiB(artifact.price);
    if (gib > config.memoryGiB) {
      const waiting = await waitingFor(store, gib) || `it waits for a worker of ${gib} GiB`;
      await run.write(() => ({ waiting }));
      await queue.enqueue(job, gib);
      return;
    }
    const timings: Record<string, number> = record.timings === null ? {} : JSON.parse(record.timings);
    const values = await witness(run, artifact, timings);
    const file = await proof(run, artifact, values, timings);
    await verification(run, artifact, file, timings, record.waiting);
    const { proof: bytes, transcriptType } = proofFromJson(new TextDecoder().decode(file));
    await run.write(() => ({
      status: "SUCCESS",
      stage: "done",
      progress: 1,
      waiting: "",
      errors: [],
      files: run.files.all,
      proof: `0x${bytes.toHex()}`,
      instances: instancesOf(file),
      transcriptType,
      timings: JSON.stringify(timings),
    }));
  });
}

/** Who proves: who made the keys. Prices of former versions name nobody, and EZKL's engine made theirs. */
function proverOf(price: string | null): ProverName {
  return (JSON.parse(price!) as Partial<Price>).prover ?? "ezkljs";
}

/** The witness's bytes, or null where an attempt before this one has made it. */
async function witness(
  run: Run,
  { files, price }: ArtifactRecord,
  timings: Record<string, number>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const values = await run.stage("witness", async () => {
    if (run.files.all["witness.json"] !== undefined) return { kept: true, result: null };
    const [compiled, input] = await Promise.all([
      run.files.read("network.compiled", files),
      run.files.read("input.json"),
    ]);
    const made = await timed(
      timings,
      "witness",
      () => run.withProver(proverOf(price), null, (options) => discreetly(() => genWitness(compiled, input, options))),
    );
    run.signal.throwIfAborted();
    run.write(async () => {
      const ref = await run.files.putPrivate(made);
      return { files: run.files.with({ "witness.json": ref }), timings: JSON.stringify(timings) };
    });
    return { kept: false, result: made };
  });
  run.deletePrivate(PROOF_UPLOADS);
  return values;
}

async function proof(
  run: Run,
  { files, price }: ArtifactRecord,
  made: Uint8Array<ArrayBuffer> | null,
  timings: Record<string, number>,
): Promise<Uint8Array<ArrayBuffer>> {
  return await run.stage("proof", async () => {
    if (run.files.all["test.pf"] !== undefined) return { kept: true, result: await run.files.read("test.pf") };
    const { seconds } = JSON.parse(price!) as Price, prover = proverOf(price), withPk = prover === "ezkljs";
    const [values, compiled, string, key] = await Promise.all([
      made ?? run.files.read("witness.json"),
      run.files.read("network.compiled", files),
      run.files.read(srsName(files), files),
      run.files.read(withPk ? "key.pk" : "key.vk", files),
    ]);
    const file = await timed(
      timings,
      "proof",
      () =>
        run.withProver(
          prover,
          seconds.proof,
          (options) => discreetly(() => prove(values, withPk ? new ProvingKey(key) : key, compiled, string, options)),
        ),
    );
    run.signal.throwIfAborted();
    run.write(async () => {
      const ref = await run.files.put(file);
      return { files: run.files.with({ "test.pf": ref }), timings: JSON.stringify(timings) };
    });
    return { kept: false, result: file };
  });
}

/** `before` is what the attempt before this one failed with. */
async function verification(
  run: Run,
  { files }: ArtifactRecord,
  file: Uint8Array,
  timings: Record<string, number>,
  before: string,
): Promise<void> {
  await run.stage("verification", async () => {
    const [text, vk, string] = await Promise.all([
      run.files.read("settings.json", files),
      run.files.read("key.vk", files),
      run.files.read("verifier.srs", files),
    ]);
    const settings = settingsFromJson(new TextDecoder().decode(text));
    const holds = await timed(
      timings,
      "verification",
      () => verify(file, vk, settings, string),
    );
    if (holds !== true) {
      run.write(() => ({ files: run.files.without("test.pf") }));
      if (!before.includes(UNSOUND)) throw new UnsoundProofError(UNSOUND);
      throw new JobRefusal(
        `${UNSOUND}, and neither did the one before it, so this circuit cannot prove this input; deploy the model again ` +
          "with other run arguments or visibilities",
      );
    }
    return { kept: false, result: null };
  });
}

async function timed<T>(timings: Record<string, number>, step: string, body: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await body();
  timings[step] = Math.round(performance.now() - begun) / 1000;
  return result;
}

function instancesOf(file: Uint8Array): string {
  const { instances } = JSON.parse(new TextDecoder().decode(file)) as { instances: string[][] };
  return JSON.stringify(instances);
}
