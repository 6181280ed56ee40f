/**
 * `artifacts.json`: what each file of a proving folder was made from.
 * @module
 */
import { readFileIfThere, writeFileAtomic } from "../../../core/base/files.ts";
import type { FileMark } from "./files.ts";

/** What a step read and wrote. */
export interface StepRecord {
  /** SHA-256 of every file that it read, by name. */
  inputs: Record<string, string>;
  /** Its options, as text. */
  options: string;
  /** The files that it wrote, by name. */
  outputs: Record<string, FileMark>;
  /** Text of the settings that a calibration started from, which it replaced. */
  base?: string;
}

/** Raised where a step makes something else of the same files than it used to. */
const EDITION = 1;

const LIMIT = 2 ** 24;

/** The records of a folder. A file that cannot be read counts as none: everything is then made again. */
export class Manifest {
  readonly #path: string;

  /** Over the file at `path`. */
  constructor(path: string) {
    this.#path = path;
  }

  /** All records, by step. */
  async read(): Promise<Record<string, StepRecord>> {
    const bytes = await readFileIfThere(this.#path, LIMIT);
    if (bytes === null) return {};
    try {
      const { edition, steps } = JSON.parse(new TextDecoder().decode(bytes));
      if (edition !== EDITION || typeof steps !== "object" || steps === null) return {};
      return Object.fromEntries(
        Object.entries(steps).filter((entry): entry is [string, StepRecord] => isRecord(entry[1])),
      );
    } catch {
      return {};
    }
  }

  /** Replaces the record of a step. */
  async write(step: string, record: StepRecord): Promise<void> {
    const steps = { ...await this.read(), [step]: record };
    const text = `${JSON.stringify({ edition: EDITION, steps }, null, 2)}\n`;
    await writeFileAtomic(this.#path, new TextEncoder().encode(text));
  }
}

function isRecord(value: unknown): value is StepRecord {
  const { inputs, options, outputs, base } = (value ?? {}) as Record<string, unknown>;
  return isMap(inputs, (hash) => typeof hash === "string") && typeof options === "string" &&
    isMap(outputs, (mark) => typeof (mark as FileMark | null)?.sha256 === "string") &&
    (base === undefined || typeof base === "string");
}

function isMap(value: unknown, check: (item: unknown) => boolean): boolean {
  return typeof value === "object" && value !== null && Object.values(value).every(check);
}
