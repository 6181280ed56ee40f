/**
 * What a model takes, read from its ONNX file: a form for a sample can be made of it.
 * @module
 */
import { decodeModel } from "../../../onnx/proto.ts";
import type { ArtifactRecord } from "../store/records.ts";
import type { HubContext } from "./context.ts";
import { countRead } from "./find.ts";

/** An input. */
export interface ModelInput {
  /** Its name. */
  name: string;
  /** Its sizes; null for one that is open. */
  shape: (number | null)[];
}

/** Models whose inputs are remembered, by their hash: a file of some megabytes is read for a few numbers. */
const MOST = 500;

const known = new Map<string, ModelInput[]>();

/** The inputs of an artifact's model, without weights that are listed as such. */
export async function modelInputs({ files }: ArtifactRecord, context: HubContext): Promise<ModelInput[]> {
  const file = files["network.onnx"];
  if (file === undefined) return [];
  const remembered = known.get(file.sha256);
  if (remembered !== undefined) return remembered;
  countRead(context);
  const found = inputsOf(await context.services.blobs.read(file));
  known.set(file.sha256, found);
  for (const oldest of known.keys()) {
    if (known.size <= MOST) break;
    known.delete(oldest);
  }
  return found;
}

function inputsOf(onnx: Uint8Array): ModelInput[] {
  const { input = [], initializer = [] } = decodeModel(onnx, "network.onnx").graph ?? {};
  const weights = new Set(initializer.map(({ name }) => name));
  return input.filter(({ name }) => !weights.has(name)).map(({ name = "", type }) => ({
    name,
    shape: (type?.tensorType?.shape?.dim ?? []).map(({ dimValue }) =>
      dimValue === undefined || Number(dimValue) <= 0 ? null : Number(dimValue)
    ),
  }));
}
