/**
 * How a command speaks: lines for people, one object of JSON for programs, progress beside either.
 * @module
 */
import { formatBytes, formatDuration } from "../../../core/base/format.ts";
import { ZkgradError } from "../../../core/base/errors.ts";
import type { InputRounding, StepResult, ToolProgress } from "../../ezkl/mod.ts";
import { statusLine } from "../status_line.ts";

/** Where a command writes, and how it ends. */
export interface Surroundings {
  /** Writes to standard output. */
  readonly out: (text: string) => void;
  /** Writes to standard error. */
  readonly err: (text: string) => void;
  /** Whether standard error is a terminal, on which progress is shown. */
  readonly terminal: boolean;
}

/** The voice of one command. */
export class Telling {
  readonly #around: Surroundings;
  readonly #json: boolean;
  readonly #files: Record<string, unknown>[] = [];

  /** With `json`, text is kept back and the result is all that is written to standard output. */
  constructor(around: Surroundings, json: boolean) {
    this.#around = around;
    this.#json = json;
  }

  /** Says something to people. */
  say(text: string): void {
    if (!this.#json) this.#around.out(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Shows what is being done, on a terminal. */
  show(text: string): void {
    statusLine({ write: this.#around.err, terminal: this.#around.terminal, color: false, columns: () => 80 }, text);
  }

  /** Shows how far a step of the engine is. */
  progress({ step, elapsed, expected }: ToolProgress): void {
    const left = expected === null ? "" : `, about ${formatDuration(Math.max(1, Math.round(expected - elapsed)))} left`;
    this.show(`${step}: ${formatDuration(Math.round(elapsed))}${left}`);
  }

  /** Tells of the files of a step. */
  step({ step, made, seconds, files }: StepResult): void {
    this.show("");
    for (const { name, path, bytes } of files) {
      this.#files.push({ step, file: path, bytes, made });
      const how = made ? `made in ${formatDuration(seconds)}` : "kept, it fits";
      this.say(`${name.padEnd(24)} ${formatBytes(bytes).padStart(10)}  ${how}`);
    }
  }

  /** Tells that the circuit computes with other numbers than the input's, where it does. */
  rounding(found: InputRounding | null): void {
    if (found !== null) this.say(`the circuit's grid moves ${found.rounded} elements of the input`);
  }

  /** Ends with a result, which programs get as JSON together with the files. */
  end(result: Readonly<Record<string, unknown>>): void {
    this.show("");
    if (!this.#json) return;
    const files = this.#files.length === 0 ? {} : { files: this.#files };
    this.#around.out(`${JSON.stringify({ ...result, ...files }, (_, value) => jsonOf(value))}\n`);
  }
}

function jsonOf(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Float32Array) : value;
}

/** What is wrong, in one sentence, with the exit code: 2 for what was asked wrongly, or a file that does not fit. */
export function sentenceOf(error: unknown): string | null {
  if (error instanceof ZkgradError) return error.message;
  // What the system says of files already names the file.
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.message;
  return null;
}
