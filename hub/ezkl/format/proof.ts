/**
 * `proof.json`, and the numbers that a proof shows.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { type Codec, converted, list, option, struct } from "./codec.ts";
import { feltToFloat, unsignedOf } from "./field.ts";
import { bytesToHex } from "./hex.ts";
import { formatJson, parseJson } from "./json.ts";
import { Place, quote } from "./place.ts";
import { anyJson, field, text, u128 } from "./scalars.ts";
import { isHashed, type Visibility } from "./run_args.ts";
import type { GraphSettings } from "./settings.ts";
import { prettyCodec, type PrettyElements } from "./witness.ts";

/** A proof, with what it shows. The verifier reads only `instances`, `proof` and `transcriptType`. */
export interface Proof {
  /** Null in every proof of one circuit. */
  protocol: unknown;
  /** The public numbers, one column; signed whole numbers. */
  instances: bigint[][];
  /** The proof itself. */
  proof: Uint8Array<ArrayBuffer>;
  /** How the verifier's challenges are drawn: `EVM`. */
  transcriptType: string;
  /** Null in every proof of one circuit. */
  split: unknown;
  /** The public numbers for people. Nothing checks it; show {@linkcode decodeInstances} instead. */
  prettyPublicInputs: PrettyElements | null;
  /** Milliseconds since 1970, where it is said. */
  timestamp: bigint | null;
  /** The commitment scheme: `KZG`. */
  commitment: string | null;
  /** Version of the program that made it. */
  version: string | null;
}

/** What a proof shows, tensor by tensor. */
export interface ProvenValues {
  /** The public inputs as floats, row-major; absent where inputs are not public. */
  inputs?: Float64Array[];
  /** The public outputs as floats, row-major; absent where outputs are not public. */
  outputs?: Float64Array[];
  /** The same as the whole numbers that are proven. */
  integers: { inputs?: bigint[][]; outputs?: bigint[][] };
  /** Hashes that the proof shows, elements of the field from 0 to r - 1; absent where it shows none. */
  hashes?: bigint[];
  /**
   * Of Hashed inputs the hash of each tensor. A proof whose `outputHashes` are these took what it gave out: the numbers
   * are the same whole numbers, so both circuits must have them at one scale.
   */
  inputHashes?: bigint[];
  /** Of Hashed outputs the hash of each tensor; see `inputHashes`. */
  outputHashes?: bigint[];
}

/** The field has fewer than 2^254 numbers; 2^scale must stay a finite float. */
const MAX_SCALE = 512;

interface ProofFile extends Omit<Proof, "proof"> {
  proof: Uint8Array<ArrayBuffer>;
  hexProof: string | null;
}

const byteList: Codec<Uint8Array<ArrayBuffer>> = converted<Uint8Array<ArrayBuffer>, unknown>(
  anyJson,
  (json, place) => {
    if (!Array.isArray(json)) return place.refuse(json, "a list of bytes");
    const wrong = json.findIndex((byte) => !(Number.isInteger(byte) && byte >= 0 && byte <= 255));
    if (wrong >= 0) place.fail(`has ${quote(json[wrong])} at ${wrong}, expected whole numbers from 0 to 255`);
    return Uint8Array.from(json);
  },
  (bytes, place) => bytes instanceof Uint8Array ? Array.from(bytes) : place.refuse(bytes, "a Uint8Array"),
);

const proofFile: Codec<ProofFile> = struct<ProofFile>({
  protocol: anyJson,
  instances: list(list(field)),
  proof: byteList,
  hexProof: option(text),
  transcriptType: text,
  split: anyJson,
  prettyPublicInputs: option(prettyCodec),
  timestamp: option(u128),
  commitment: option(text),
  version: option(text),
});

/**
 * The proof in the text of a `proof.json`; `file` is its name for errors.
 * @throws {FormatError} naming the key that is missing or holds what it may not, and for a
 * `hex_proof` that is not the proof: the verifier does not read it, people do
 */
export function proofFromJson(text: string, file: string = "proof.json"): Proof {
  const { hexProof, ...proof } = proofFile.fromJson(parseJson(text, file), new Place(file));
  if (hexProof !== null && hexProof.toLowerCase() !== `0x${bytesToHex(proof.proof)}`) {
    throw new FormatError(`${file}: hex_proof is not the bytes of proof, expected the same; the file was changed`);
  }
  return proof;
}

/**
 * The text of a `proof.json`, as the engine's verifier reads it.
 * @throws {ArgumentError} naming the property that its type cannot hold
 */
export function proofToJson(proof: Proof): string {
  const file = "proof.json";
  const whole: ProofFile = {
    ...proof,
    hexProof: proof.proof instanceof Uint8Array ? `0x${bytesToHex(proof.proof)}` : null,
  };
  return formatJson(proofFile.toJson(whole, new Place(file, "writing")), file);
}

/**
 * What a proof shows, from its instances and the circuit's settings alone: hashes of inputs
 * and weights, public inputs, public outputs, and hashes of outputs. Says nothing about whether the proof holds.
 * @throws {FormatError} where the instances are not as many as the settings' shapes and hashes have
 */
export function decodeInstances(proof: Proof, settings: GraphSettings): ProvenValues {
  const { runArgs, modelInstanceShapes: shapes } = settings;
  const { inputScales, scales } = shownScales(settings);
  const sizes = shapes.map(sizeOf);
  const column = proof.instances[0] ?? []; // a circuit that shows nothing has no column
  if (!hasAllInstances(proof, settings)) {
    throw new FormatError(
      `the proof has instances in columns of [${proof.instances.map(({ length }) => length)}], expected one of ${
        instancesOf(settings)
      }, ` +
        `the size of the settings' shapes ${
          JSON.stringify(shapes)
        } and hashes; it belongs to other settings, or was changed`,
    );
  }
  const total = hashesOf(settings), { inputVisibility, outputVisibility } = runArgs;
  const isShown = (seen: Visibility) => isHashed(seen) && seen.Hashed.hashIsPublic;
  const after = isShown(outputVisibility) ? Math.min(total, settings.modelOutputScales.length) : 0;
  let at = total - after;
  // What is shown of the outputs' hashes stands behind all other numbers.
  const before = column.slice(0, at).map(unsignedOf), last = column.slice(column.length - after).map(unsignedOf);
  const hashes = [...before, ...last];
  const integers = sizes.map((size) => column.slice(at, at += size));
  const floats = integers.map((tensor, index) =>
    Float64Array.from(tensor, (value) => feltToFloat(value, scales[index]))
  );
  const shown: ProvenValues = { integers: {}, ...(hashes.length > 0 ? { hashes } : {}) };
  if (isShown(inputVisibility)) shown.inputHashes = before.slice(0, settings.modelInputScales.length);
  if (after > 0) shown.outputHashes = last;
  if (runArgs.inputVisibility === "Public") {
    shown.inputs = floats.slice(0, inputScales.length);
    shown.integers.inputs = integers.slice(0, inputScales.length);
  }
  if (runArgs.outputVisibility === "Public") {
    shown.outputs = floats.slice(inputScales.length);
    shown.integers.outputs = integers.slice(inputScales.length);
  }
  return shown;
}

/**
 * Whether a proof has as many instances as the settings' shapes have elements and it has hashes, in one column.
 * @throws {FormatError} for settings whose shapes are not those of their public tensors
 */
export function hasAllInstances({ instances }: Proof, settings: GraphSettings): boolean {
  shownScales(settings);
  return instances.length <= 1 && (instances[0]?.length ?? 0) === instancesOf(settings);
}

/** How many numbers a circuit shows: its hashes, and the elements of its public tensors. */
export function instancesOf(settings: GraphSettings): number {
  return settings.modelInstanceShapes.map(sizeOf).reduce((sum, size) => sum + size, hashesOf(settings));
}

function hashesOf({ moduleSizes }: GraphSettings): number {
  return moduleSizes.poseidon[1].reduce((sum, count) => sum + count, 0);
}

/** The scales of the public inputs, and of all public tensors. */
function shownScales(settings: GraphSettings): { inputScales: number[]; scales: number[] } {
  const { runArgs, modelInputScales, modelOutputScales, modelInstanceShapes: shapes } = settings;
  const inputScales = runArgs.inputVisibility === "Public" ? modelInputScales : [];
  const outputScales = runArgs.outputVisibility === "Public" ? modelOutputScales : [];
  const scales = [...inputScales, ...outputScales];
  if (scales.length !== shapes.length) {
    throw new FormatError(
      `The settings have ${shapes.length} instance shapes and ${scales.length} public tensors, expected as many of both`,
    );
  }
  const scale = scales.find((scale) => Math.abs(scale) > MAX_SCALE);
  if (scale !== undefined) {
    throw new FormatError(
      `The settings have a public tensor of scale ${scale}, expected from -${MAX_SCALE} to ${MAX_SCALE}; ` +
        `no float holds such values`,
    );
  }
  return { inputScales, scales };
}
