/**
 * What a user may call things and ask for.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { BadRequestError } from "../errors.ts";
import { checkKept, parseRunArguments } from "../jobs/run_arguments.ts";

const MAX_NAME = 200, MAX_LABEL = 100, MAX_DESCRIPTION = 5000, MAX_RUN_ARGS = 10_000;

const YEAR = 366 * 24 * 3600;

/** What calibrations may be made for. */
const TARGETS = ["resources", "accuracy", "resources/col-overflow", "fidelity"];

/** The name of an artifact: any text of one line; it is never part of a path. */
export function checkName(name: string): string {
  return checkLine("name", name, MAX_NAME);
}

/** The label of an API key: any text of one line, or none. */
export function checkLabel(label: string): string {
  return label.trim() === "" ? "" : checkLine("label", label, MAX_LABEL);
}

function checkLine(what: string, text: string, most: number): string {
  const trimmed = text.trim();
  const length = [...trimmed].length;
  if (length === 0 || length > most) {
    throw new BadRequestError(`${what} has ${length} characters, expected 1 to ${most}`);
  }
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(trimmed)) {
    throw new BadRequestError(`${what} has a control character or a line break in it; leave it out`);
  }
  return trimmed;
}

/** A description: any text of some lines. */
export function checkDescription(description: string | null | undefined): string {
  const text = (description ?? "").trim();
  if (text.length > MAX_DESCRIPTION) {
    throw new BadRequestError(`description has ${text.length} characters, expected at most ${MAX_DESCRIPTION}`);
  }
  if (/(?![\n\r\t])[\p{Cc}\p{Cs}]/u.test(text)) {
    throw new BadRequestError("description has a control character in it; leave it out");
  }
  return text;
}

/** The calibration's target. */
export function checkTarget(target: string): string {
  if (TARGETS.includes(target)) return target;
  throw new BadRequestError(
    `calibrationTarget is ${JSON.stringify(target.slice(0, 40))}, expected one of ${TARGETS.join(", ")}`,
  );
}

/** The contract's tolerance. */
export function checkTolerance(tolerance: number): number {
  if (Number.isFinite(tolerance) && tolerance >= 0) return tolerance;
  throw new BadRequestError(`tolerance is ${tolerance}, expected a number from 0`);
}

/** Who sees what, as the old contract has it. */
export interface Visibilities {
  /** Of the inputs: private, public or fixed. */
  inputVisibility: string;
  /** Of the outputs. */
  outputVisibility: string;
  /** Of the weights. */
  paramVisibility: string;
}

/**
 * The run arguments as they are stored: JSON of what `text` names, with the visibilities; all of them must be ones that
 * a circuit for `target` can have.
 */
export function checkRunArgs(text: string | null | undefined, visibilities: Visibilities, target: string): string {
  if ((text?.length ?? 0) > MAX_RUN_ARGS) {
    throw new BadRequestError(`runArgs has ${text!.length} characters, expected at most ${MAX_RUN_ARGS}`);
  }
  try {
    const { inputVisibility, outputVisibility, paramVisibility } = visibilities;
    const json = { ...objectOf(text || "{}"), inputVisibility, outputVisibility, paramVisibility };
    checkKept(parseRunArguments(JSON.stringify(json)), target);
    return JSON.stringify(json);
  } catch (cause) {
    if (cause instanceof ArgumentError) throw new BadRequestError(cause.message, { cause });
    throw cause;
  }
}

function objectOf(text: string): Record<string, unknown> {
  // The visibilities are put over these, so text alone may name none that contradicts them.
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Said below, without the text.
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw new BadRequestError('runArgs is no JSON object, expected one such as {"inputScale": 7}');
}

/** How much of a list: 20 where nobody says. */
export function checkFirst(first: number | null | undefined): number {
  const count = first ?? 20;
  if (count >= 1 && count <= 100) return count;
  throw new BadRequestError(`first is ${count}, expected 1 to 100`);
}

/** Seconds that a proof is kept after its end; null for one that stays. */
export function checkKeepSeconds(seconds: number | null | undefined): number | null {
  if (seconds === null || seconds === undefined) return null;
  if (seconds >= 0 && seconds <= YEAR) return seconds;
  throw new BadRequestError(`keepSeconds is ${seconds}, expected 0 to ${YEAR}`);
}

/** Whether a text can be an id at all; others are not looked up. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
}
