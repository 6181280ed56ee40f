/**
 * A witness: what a circuit computed for one input, as `witness.json` and the end of the
 * compiled circuit hold it.
 * @module
 */
import { type Codec, list, option, struct } from "./codec.ts";
import { formatJson, parseJson } from "./json.ts";
import { Place } from "./place.ts";
import { anyJson, field, i128, text } from "./scalars.ts";

/** The tensors of a witness or a proof as people read them. Nothing checks them against the numbers that are proven. */
export interface PrettyElements {
  /** The inputs as decimal fractions. */
  rescaledInputs: string[][];
  /** The inputs as `0x` and hexadecimal digits, highest first. */
  inputs: string[][];
  /** Hashes and commitments of the inputs. */
  processedInputs: string[][];
  /** Hashes and commitments of the weights. */
  processedParams: string[][];
  /** Hashes and commitments of the outputs. */
  processedOutputs: string[][];
  /** The outputs as decimal fractions. */
  rescaledOutputs: string[][];
  /** The outputs as `0x` and hexadecimal digits, highest first. */
  outputs: string[][];
}

/** What the hashing and commitment modules made of a tensor. */
export interface ModuleResult {
  /** The hash, where there is one. */
  poseidonHash: bigint[] | null;
  /** The commitment as JSON has it, where there is one. */
  polycommit: unknown;
}

/** What a circuit computed for one input. Field elements are signed whole numbers. */
export interface GraphWitness {
  /** The quantised inputs, flat. */
  inputs: bigint[][];
  /** The same for people. */
  prettyElements: PrettyElements | null;
  /** The quantised outputs, flat. */
  outputs: bigint[][];
  /** Hashes and commitments of the inputs. */
  processedInputs: ModuleResult | null;
  /** Hashes and commitments of the weights. */
  processedParams: ModuleResult | null;
  /** Hashes and commitments of the outputs. */
  processedOutputs: ModuleResult | null;
  /** Largest input of a lookup table; one above `lookupRange` cannot be proven. */
  maxLookupInputs: bigint;
  /** Smallest input of a lookup table; one below `lookupRange` cannot be proven. */
  minLookupInputs: bigint;
  /** Largest range that was checked. */
  maxRangeSize: bigint;
  /** Version of the program that made it. */
  version: string | null;
}

const texts: Codec<string[][]> = list(list(text));
const fields: Codec<bigint[][]> = list(list(field));

/** The tensors for people. */
export const prettyCodec: Codec<PrettyElements> = struct<PrettyElements>({
  rescaledInputs: texts,
  inputs: texts,
  processedInputs: texts,
  processedParams: texts,
  processedOutputs: texts,
  rescaledOutputs: texts,
  outputs: texts,
});

const moduleResult: Codec<ModuleResult> = struct<ModuleResult>({
  poseidonHash: option(list(field)),
  polycommit: option(anyJson),
});

/** A witness. */
export const witnessCodec: Codec<GraphWitness> = struct<GraphWitness>({
  inputs: fields,
  prettyElements: option(prettyCodec),
  outputs: fields,
  processedInputs: option(moduleResult),
  processedParams: option(moduleResult),
  processedOutputs: option(moduleResult),
  maxLookupInputs: i128,
  minLookupInputs: i128,
  maxRangeSize: i128,
  version: option(text),
});

/**
 * The text of a `witness.json`, as the engine's prover reads it.
 * @throws {ArgumentError} naming the property that its type cannot hold
 */
export function witnessToJson(witness: GraphWitness): string {
  const file = "witness.json";
  return formatJson(witnessCodec.toJson(witness, new Place(file, "writing")), file);
}

/**
 * The witness in the text of a `witness.json`; `file` is its name for errors.
 * @throws {FormatError} naming the key that is missing or holds what it may not
 */
export function witnessFromJson(text: string, file: string = "witness.json"): GraphWitness {
  return witnessCodec.fromJson(parseJson(text, file), new Place(file));
}
