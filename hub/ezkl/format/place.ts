/**
 * Where in a file a value stands, so that an error can name it.
 * @module
 */
import { ArgumentError, FormatError } from "../../../core/base/errors.ts";

/** Values inside values that are read or written at most; native files need about ten. */
export const MAX_DEPTH = 64;

/** A position in a file that is being read or written. */
export class Place {
  /** What to call the file in errors. */
  readonly file: string;
  readonly #writing: boolean;
  readonly #steps: (string | number)[] = [];

  /** The whole of `file`; errors are an `ArgumentError` where it is being written, else a `FormatError`. */
  constructor(file: string, doing: "reading" | "writing" = "reading") {
    this.file = file;
    this.#writing = doing === "writing";
  }

  /** Goes to the field or the element `step` of the value here. */
  enter(step: string | number): void {
    if (this.#steps.length === MAX_DEPTH) this.fail(`is nested deeper than ${MAX_DEPTH} levels, expected far fewer`);
    this.#steps.push(step);
  }

  /** Goes back to the value that holds the one here. */
  leave(): void {
    this.#steps.pop();
  }

  /** The position as text: `model.nodes[2].opkind`, or `the content` for the whole. */
  get path(): string {
    if (this.#steps.length === 0) return "the content";
    const steps = this.#steps.map((step) => typeof step === "number" ? `[${step}]` : `.${step}`);
    return steps.join("").replace(/^\./, "");
  }

  /** Throws the error that says `what` is wrong with the value here. */
  fail(what: string): never {
    const message = `${this.file}: ${this.path} ${what}`;
    throw this.#writing ? new ArgumentError(message) : new FormatError(message);
  }

  /** Throws the error for a value that is not what it must be. */
  refuse(value: unknown, expected: string): never {
    this.fail(`is ${quote(value)}, expected ${expected}`);
  }
}

/** A value as an error shows it: short, and on one line. */
export function quote(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 72 ? `${value.slice(0, 72)}...` : value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "function") return "a function";
  const text = String(value);
  return text.length > 72 ? `${text.slice(0, 72)}...` : text;
}
