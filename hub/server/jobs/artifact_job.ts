/**
 * From an uploaded model to its keys: calibration, circuit, reference string, keys. Every
 * stage's results are kept by what went into them, so that a stage is run once, by whoever
 * comes first, and a killed attempt is taken up where it was.
 * @module
 */
import { ArgumentError, FormatError } from "../../../core/base/errors.ts";
import {
  createEvmVerifier,
  type EvmVerifier,
  evmVerifierJson,
  type GraphSettings,
  type Price,
  settingsFromJson,
  setup,
  verifierSrs,
} from "../../ezkl/mod.ts";
import type { ArtifactPatch, ArtifactRecord, ArtifactStage } from "../store/records.ts";
import { canonicalJson, stageFingerprint } from "./fingerprint.ts";
import type { JobContext } from "./job_context.ts";
import { JobRun, type StageResult } from "./job_run.ts";
import { provingGiB, waitingFor } from "./memory.ts";
import { outlasting } from "./outages.ts";
import type { JobRef } from "../queue.ts";
import { referenceString, srsSource } from "./reference_string.ts";
import { JobRefusal } from "./refusals.ts";
import { ARTIFACT_UPLOADS } from "./uploads.ts";
import type { CalibrateResult } from "./compiler_messages.ts";

type Run = JobRun<ArtifactStage, ArtifactPatch>;

/**
 * Makes an artifact's files, or goes on with them; writes the outcome to its record.
 * @throws what a further attempt may mend
 */
export async function artifactJob(context: JobContext, id: string, signal: AbortSignal): Promise<void> {
  const { store } = context.services;
  const waiting = { seconds: context.outageSeconds, signal };
  const record = await outlasting(waiting, () => store.beginArtifact(id));
  if (record === null) return;
  const job: JobRef = { kind: "artifact", id };
  const patch = (patch: ArtifactPatch) => store.patchArtifact(id, record.attempt, patch);
  const run: Run = new JobRun(context, job, record, patch, signal);
  await run.through(ARTIFACT_UPLOADS, async () => {
    const found = await calibration(context, run, record);
    const price = await circuit(context, run, found);
    const gib = provingGiB(price);
    const { memoryGiB } = context.services.config;
    if (gib > memoryGiB) {
      const waiting = await waitingFor(store, gib) || `it waits for a worker of ${gib} GiB`;
      await run.write(() => ({ progress: 0, waiting }));
      await context.services.queue.enqueue(job, gib);
      return;
    }
    await referenceStringOf(context, run, price);
    await keys(run, price);
    await contract(run);
    await run.write(() => (
      { status: "SUCCESS", stage: "done", progress: 1, waiting: "", errors: [], files: run.files.all }
    ));
  });
}

/** Returns the circuit too, where it was found just now. */
async function calibration(context: JobContext, run: Run, record: ArtifactRecord): Promise<CalibrateResult | null> {
  const { target, tolerance } = record;
  const runArgs = canonicalJson(record.runArgs);
  const network = run.files.all["network.onnx"],
    dataName = ARTIFACT_UPLOADS.find((name) => run.files.all[name] !== undefined);
  if (network === undefined) throw new JobRefusal("the artifact has no network.onnx; deploy the model again");
  // Without uploads they were deleted by an attempt that had kept its calibration.
  if (dataName === undefined && run.files.all["settings.json"] === undefined) {
    throw new JobRefusal("the artifact has no calibration input any more; deploy the model again");
  }
  if (dataName === undefined) return null;
  let inHand: CalibrateResult | null = null;
  const fingerprint = await stageFingerprint("calibration", [
    network.sha256,
    run.files.all[dataName].sha256,
    target,
    String(tolerance),
    runArgs,
  ]);
  const { files, note } = await run.keptStage("calibration", fingerprint, async () => {
    const [onnx, data] = [await run.files.read("network.onnx"), await run.files.read(dataName)];
    inHand = await context.compiler.call(
      "calibrate",
      { onnx, data, target, tolerance, runArgs },
      { signal: run.signal, onProgress: (done) => run.progress(done) },
    );
    const { settings, onnx: calibrated, report } = inHand;
    return {
      files: {
        "settings.json": await run.files.put(settings),
        ...(calibrated === null ? {} : { "network.calibrated.onnx": await run.files.put(calibrated) }),
      },
      note: JSON.stringify(report),
    };
  });
  await run.write(() => ({ files: run.files.with(files), report: note }));
  run.deletePrivate(ARTIFACT_UPLOADS);
  return inHand;
}

async function circuit(context: JobContext, run: Run, inHand: CalibrateResult | null): Promise<Price> {
  const name = run.files.all["network.calibrated.onnx"] === undefined ? "network.onnx" : "network.calibrated.onnx";
  const fingerprint = await stageFingerprint("circuit", [
    run.files.all[name].sha256,
    run.files.all["settings.json"].sha256,
  ]);
  const { files, note } = await run.keptStage("circuit", fingerprint, async () => {
    const { compiled, price } = inHand ?? await context.compiler.call(
      "compile",
      { onnx: await run.files.read(name), settings: await run.files.read("settings.json") },
      { signal: run.signal },
    );
    return { files: { "network.compiled": await run.files.put(compiled) }, note: JSON.stringify(price) };
  });
  await run.write(() => ({ files: run.files.with(files), price: note }));
  return JSON.parse(note) as Price;
}

async function referenceStringOf(context: JobContext, run: Run, { logrows }: Price): Promise<void> {
  const source = srsSource(context.services.config.srs);
  const fingerprint = await stageFingerprint("srs", [source, String(logrows)]);
  const { files, note } = await run.keptStage("srs", fingerprint, async (): Promise<StageResult> => {
    const { name, bytes, note } = await referenceString(context, logrows, {
      signal: run.signal,
      onProgress: (done) => run.progress(done),
    });
    // Who verifies needs 516 bytes of what may be hundreds of megabytes.
    const files = { [name]: await run.files.put(bytes), "verifier.srs": await run.files.put(verifierSrs(bytes)) };
    return { files, note: JSON.stringify(note) };
  });
  await run.write(() => ({ files: run.files.with(files), srs: note }));
}

async function keys(run: Run, price: Price): Promise<void> {
  const srs = srsName(run.files.all);
  const fingerprint = await stageFingerprint("keys", [
    run.files.all["network.compiled"].sha256,
    run.files.all[srs].sha256,
  ]);
  const { files } = await run.keptStage("keys", fingerprint, async () => {
    const [compiled, string] = [await run.files.read("network.compiled"), await run.files.read(srs)];
    const { vk, pk } = await run.withProver(
      price.prover ?? "ezkljs",
      price.seconds.keys,
      (options) => setup(compiled, string, options),
    );
    const files = { "key.vk": await run.files.put(vk) };
    return { files: pk === null ? files : { ...files, "key.pk": await run.files.put(pk.bytes) }, note: "" };
  });
  run.files.with(files);
}

/** The contract that verifies the artifact's proofs on Ethereum; none for a circuit that is too wide for one. */
async function contract(run: Run): Promise<void> {
  const [settings, vk, srs] = await Promise.all(
    ["settings.json", "key.vk", "verifier.srs"].map((name) => run.files.read(name)),
  );
  const made = evmVerifier(vk, settingsFromJson(new TextDecoder().decode(settings)), srs);
  if (made === null) return;
  const put = (text: string) => run.files.put(new TextEncoder().encode(text));
  run.files.with({ "verifier.sol": await put(made.solidity), "verifier.json": await put(evmVerifierJson(made)) });
}

/** One contract, or where Ethereum allows no contract so large one of the circuit's data beside a verifier; or null. */
function evmVerifier(...files: [vk: Uint8Array, settings: GraphSettings, srs: Uint8Array]): EvmVerifier | null {
  for (const reusable of [false, true]) {
    try {
      return createEvmVerifier(...files, { reusable });
    } catch (error) {
      if (!(error instanceof ArgumentError || error instanceof FormatError)) throw error;
    }
  }
  return null;
}

/** The name under which an artifact keeps its reference string. */
export function srsName(files: ArtifactRecord["files"]): string {
  return files["kzg.srs"] === undefined ? "kzg.unsafe.srs" : "kzg.srs";
}
