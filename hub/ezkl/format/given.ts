/**
 * What a step is given, where no types are checked: bytes that are none and settings that are a text are refused by name
 * before anything deep inside breaks on them. What was given is not told, for it can be a witness.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";

/**
 * Refuses all but bytes; each argument under its name.
 * @throws {ArgumentError} naming the first that is none, and what it is
 */
export function checkFiles(caller: string, files: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(files)) {
    if (value instanceof Uint8Array) continue;
    throw new ArgumentError(
      `${caller}: ${name} is ${kindOf(value)}, expected the bytes themselves, a Uint8Array${adviceFor(value)}`,
    );
  }
}

/**
 * Refuses all but bytes and texts.
 * @throws {ArgumentError} naming the argument, and what it is
 */
export function checkJson(caller: string, name: string, value: unknown): void {
  if (typeof value === "string" || value instanceof Uint8Array) return;
  throw new ArgumentError(
    `${caller}: ${name} is ${kindOf(value)}, expected the JSON as a text or its bytes${adviceFor(value)}`,
  );
}

/**
 * Refuses all but texts.
 * @throws {ArgumentError} naming the argument, and what it is
 */
export function checkText(caller: string, name: string, value: unknown): void {
  if (typeof value === "string") return;
  const advice = value instanceof Uint8Array ? "; decode its bytes with new TextDecoder()" : adviceFor(value);
  throw new ArgumentError(`${caller}: ${name} is ${kindOf(value)}, expected a text${advice}`);
}

/**
 * Refuses all but settings as they are read.
 * @throws {ArgumentError} saying what it is
 */
export function checkSettings(caller: string, settings: unknown): void {
  const { runArgs } = (settings ?? {}) as { runArgs?: unknown };
  if (typeof runArgs === "object" && runArgs !== null) return;
  const isFile = typeof settings === "string" || settings instanceof Uint8Array;
  throw new ArgumentError(
    `${caller}: settings is ${
      kindOf(settings)
    }, expected what genSettings(), calibrateSettings() as its settings, or ` +
      `settingsFromJson() gives${
        isFile ? "; read the text of settings.json with settingsFromJson()" : adviceFor(settings)
      }`,
  );
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === "string") return "a text";
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = value.constructor?.name ?? "";
  return name === "" || name === "Object" ? "an object" : /^[AEIO]/.test(name) ? `an ${name}` : `a ${name}`;
}

function adviceFor(value: unknown): string {
  return value instanceof Promise
    ? "; await it"
    : value instanceof ArrayBuffer
    ? "; wrap it, as new Uint8Array(buffer)"
    : "";
}
