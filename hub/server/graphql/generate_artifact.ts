/**
 * The mutation that deploys a model.
 * @module
 */
import { BadRequestError } from "../errors.ts";
import type { Upload } from "../upload.ts";
import type { ArtifactRecord } from "../store/records.ts";
import { checkDescription, checkName, checkRunArgs, checkTarget, checkTolerance, type Visibilities } from "./checks.ts";
import { checkOnnx } from "./check_onnx.ts";
import { checkSamples } from "./check_samples.ts";
import { checkSettings } from "./check_settings.ts";
import type { HubContext } from "./context.ts";
import { enqueue } from "./enqueue.ts";
import { checkOrganization } from "./find.ts";
import { keepFiles, type Kept } from "./keep_files.ts";
import { uploadTurns } from "./turns.ts";

/** What the mutation is given. */
export interface GenerateArtifactArgs extends Visibilities {
  /** Of the artifact. */
  name: string;
  /** Of the artifact. */
  description?: string | null;
  /** An ONNX file. */
  uncompiledModel: Upload;
  /** One sample. */
  input: Upload;
  /** One or more samples. */
  calibrationInput?: Upload | null;
  /** The owner. */
  organizationId: string;
  /** What the calibration is for. */
  calibrationTarget: string;
  /** The contract's tolerance. */
  tolerance: number;
  /** JSON. */
  runArgs?: string | null;
  /** The settings of a circuit that was calibrated before. */
  settings?: Upload | null;
}

/** Stores the uploads and asks for the artifact's job. */
export async function generateArtifact(
  _: unknown,
  args: GenerateArtifactArgs,
  context: HubContext,
): Promise<ArtifactRecord> {
  const fields = {
    organizationId: checkOrganization(args.organizationId, context),
    name: checkName(args.name),
    description: checkDescription(args.description),
    target: checkTarget(args.calibrationTarget),
    tolerance: checkTolerance(args.tolerance),
    runArgs: checkRunArgs(args.runArgs, args, checkTarget(args.calibrationTarget)),
  };
  const record = await uploadTurns.take(async () => {
    const kept = await checkedUploads(args);
    return await keepFiles(
      kept,
      context,
      (files) =>
        context.services.store.createArtifact({
          id: crypto.randomUUID(),
          ...fields,
          files,
          keyId: context.caller.keyId,
        }),
    );
  });
  await enqueue({ kind: "artifact", id: record.id }, context);
  return record;
}

async function checkedUploads(args: GenerateArtifactArgs): Promise<Kept[]> {
  const model = await args.uncompiledModel.bytes();
  checkOnnx(model);
  const input = await args.input.bytes();
  const sizes = await checkSamples(input, "input");
  const given = args.calibrationInput ?? args.input;
  const calibration = given === args.input ? input : await given.bytes();
  if (calibration !== input) checkCalibration(await checkSamples(calibration, "calibrationInput"), sizes);
  if (args.settings) {
    const settings = await args.settings.bytes();
    checkSettings(settings, args);
    // Nothing is calibrated, so no sample is needed.
    return [
      { name: "network.onnx", bytes: model, isPrivate: false },
      { name: "settings.json", bytes: settings, isPrivate: false },
    ];
  }
  // The job calibrates with either, and what is not needed is not kept.
  return [
    { name: "network.onnx", bytes: model, isPrivate: false },
    { name: calibration === input ? "input.json" : "cal_data.json", bytes: calibration, isPrivate: true },
  ];
}

/** Of each input as many samples as of the others, each as large as `input` has it. */
function checkCalibration(counts: readonly number[], sizes: readonly number[]): void {
  if (counts.length !== sizes.length) {
    throw new BadRequestError(
      `calibrationInput has ${counts.length} lists under "input_data" and input has ${sizes.length}, expected as many, one ` +
        "for each input of the model",
    );
  }
  const which = (index: number): string => sizes.length === 1 ? "" : ` in list ${index}`;
  counts.forEach((count, index) => {
    if (count % sizes[index] === 0) return;
    throw new BadRequestError(
      `calibrationInput has ${count} numbers${which(index)}, expected a multiple of ${
        sizes[index]
      }, which input has for ` +
        "one sample",
    );
  });
  const samples = counts.map((count, index) => count / sizes[index]);
  const odd = samples.findIndex((count) => count !== samples[0]);
  if (odd < 0) return;
  throw new BadRequestError(
    `calibrationInput has ${samples[odd]} samples in list ${odd}, expected ${samples[0]} as in list 0`,
  );
}
