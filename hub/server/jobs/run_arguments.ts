/**
 * The run arguments that a user sends along with a model.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { refuseChosen } from "../../ezkl/calibrate/wishes.ts";
import { defaultRunArgs, HASHED, type RunArgs, runArgs, type Visibility } from "../../ezkl/mod.ts";

const VISIBILITIES: Readonly<Record<string, Visibility>> = {
  private: "Private",
  public: "Public",
  fixed: "Fixed",
  hashed: HASHED,
};

const readers: { [Name in keyof RunArgs]: (value: unknown, name: string) => RunArgs[Name] } = {
  inputScale: whole,
  paramScale: whole,
  scaleRebaseMultiplier: whole,
  lookupRange: range,
  logrows: whole,
  numInnerCols: whole,
  variables,
  inputVisibility: visibility,
  outputVisibility: visibility,
  paramVisibility: visibility,
  rebaseFracZeroConstants: truth,
  checkMode: (value, name) => oneOf(value, name, { safe: "SAFE", unsafe: "UNSAFE" }),
  commitment: (value, name) => oneOf(value, name, { kzg: "KZG" }),
  decompBase: whole,
  decompLegs: whole,
  boundedLogLookup: truth,
  ignoreRangeCheckInputsOutputs: truth,
};

/**
 * The arguments that a JSON text names, under ezkl's names in camel case.
 * @throws {ArgumentError} naming one that is unknown, or holds what it cannot
 */
export function parseRunArguments(text: string): Partial<RunArgs> {
  let json: unknown;
  try {
    json = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new ArgumentError('the run arguments are not JSON, expected an object such as {"inputScale": 7}');
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new ArgumentError('the run arguments are no JSON object, expected one such as {"inputScale": 7}');
  }
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    if (value === null || value === undefined) continue;
    if (!Object.hasOwn(readers, name)) {
      throw new ArgumentError(
        `the run arguments name ${JSON.stringify(name.slice(0, 40))}, expected some of ${
          Object.keys(defaultRunArgs).join(", ")
        }`,
      );
    }
    found[name] = readers[name as keyof RunArgs](value, name);
  }
  runArgs(found);
  return found;
}

/**
 * Refuses run arguments that a calibration for `target` would have to change; `logrows` bounds what it chooses.
 * @throws {ArgumentError} naming the first
 */
export function checkKept({ logrows: _, ...asked }: Partial<RunArgs>, target: string): void {
  refuseChosen(`the target ${target}`, target === "fidelity" ? "fidelity" : "native", asked);
}

function wrong(value: unknown, name: string, expected: string): ArgumentError {
  return new ArgumentError(
    `the run argument ${name} is ${(JSON.stringify(value) ?? "missing").slice(0, 80)}, expected ${expected}`,
  );
}

function whole(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw wrong(value, name, "a whole number");
}

function truth(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw wrong(value, name, "true or false");
}

function oneOf<T>(value: unknown, name: string, known: Readonly<Record<string, T>>): T {
  const key = typeof value === "string" ? value.toLowerCase() : "";
  if (Object.hasOwn(known, key)) return known[key];
  throw wrong(value, name, `one of ${Object.keys(known).join(", ")}`);
}

function visibility(value: unknown, name: string): Visibility {
  return oneOf(value, name, VISIBILITIES);
}

function range(value: unknown, name: string): [bigint, bigint] {
  const ends = Array.isArray(value) ? value.map(bigintOf) : [];
  if (ends.length === 2 && ends[0] !== null && ends[1] !== null) return [ends[0], ends[1]];
  throw wrong(value, name, "two whole numbers, as in [-32768, 32768]");
}

/** Whole numbers past 2^53 come as texts. */
function bigintOf(value: unknown): bigint | null {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  return typeof value === "string" && /^-?\d{1,38}$/.test(value) ? BigInt(value) : null;
}

function variables(value: unknown, name: string): [string, number][] {
  const isPair = (pair: unknown): pair is [string, number] =>
    Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string" && Number.isSafeInteger(pair[1]);
  if (Array.isArray(value) && value.every(isPair)) return value;
  throw wrong(value, name, 'pairs of a name and a number, as in [["batch_size", 1]]');
}
