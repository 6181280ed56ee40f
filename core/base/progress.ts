/**
 * Progress of a long computation as text: one line that redraws itself on a
 * terminal, plain lines elsewhere.
 *
 * Nothing here prints: every character goes to the writer that the caller gave.
 * {@linkcode terminalWriter} makes one for the standard output of Deno or Node.
 * @module
 */
import { callable, checkArguments, expect, finite, flag, text } from "./arguments.ts";
import { deno, type DenoLike, hostProcess } from "./host.ts";
import { checkOptions, namesOf } from "./known.ts";
import { formatCount, formatDuration } from "./format.ts";

/** Where text goes and what that place can show; see {@linkcode terminalWriter}. */
export interface TextOutput {
  /** Takes text as it is, line ends included. */
  write: (text: string) => void;
  /** Whether a carriage return redraws the line, as on a terminal. */
  terminal: boolean;
  /** Whether ANSI colours may be written. */
  color: boolean;
  /** The width in characters; asked before each redraw, for windows change. 80 when absent. */
  columns?: () => number;
}

/** What a {@linkcode ProgressBar} is made from. */
export interface ProgressOptions extends TextOutput {
  /** The number of items that make 100 %. */
  total: number;
  /** The words before the bar, for example `epoch 3/25`. */
  label: string;
  /** What an item is, in the plural; `items` when absent. */
  unit?: string;
  /** The clock in milliseconds; `performance.now` when absent. */
  now?: () => number;
}

const OPTIONS = namesOf<ProgressOptions>({
  write: true,
  terminal: true,
  color: true,
  columns: true,
  total: true,
  label: true,
  unit: true,
  now: true,
});
const UPDATE = namesOf<ProgressUpdate>({ done: true, loss: true, itemsPerSecond: true, label: true });

/** Throws an `ArgumentError` for what text cannot be written to. */
export function checkOutput(where: string, output: unknown): void {
  const given = output as Partial<TextOutput> | null | undefined;
  const sound = typeof given === "object" && typeof given?.write === "function";
  expect(sound, where, output, "{ write, terminal, color }, as terminalWriter() gives them");
  callable(`${where}, write`, given!.write, "that takes text");
  flag(`${where}, terminal`, given!.terminal);
  flag(`${where}, color`, given!.color);
  if (given!.columns !== undefined) callable(`${where}, columns`, given!.columns, "that gives the width");
}

/** How far a computation has come. */
export interface ProgressUpdate {
  /** Items done so far, of `total`. */
  done: number;
  /** The latest loss, when there is one. */
  loss?: number;
  /** Items per second; measured since the bar was made when absent. */
  itemsPerSecond?: number;
  /** Replaces the label from now on. */
  label?: string;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 30_000;
const BAR_MIN = 8;
const BAR_MAX = 30;

/**
 * A progress bar for training.
 *
 * On a terminal it is one line, drawn at most ten times a second and never wider
 * than the window: what has no room is left out, the rate first. Elsewhere
 * (a file, a CI log) it writes one plain line every 30 seconds.
 *
 * @example
 * ```ts
 * import { ProgressBar, terminalWriter } from "@zkgrad/zkgrad";
 *
 * const bar = new ProgressBar({ ...terminalWriter(), total: 60_000, label: "epoch 1/25", unit: "images" });
 * for (let done = 0; done <= 60_000; done += 6_000) bar.update({ done, loss: 2.3 });
 * bar.finish("epoch 1/25: loss 2.300");
 * ```
 */
export class ProgressBar {
  #options: ProgressOptions;
  #label: string;
  #now: () => number;
  #firstAt: number;
  #firstDone = 0;
  #lastDone = 0;
  #shownAt: number;
  #drawn = false;

  /**
   * A bar at zero; the clock for the measured rate starts now.
   * @param options The total, the label, and where and how to write.
   * @throws {ArgumentError} When the total is not a positive number.
   */
  constructor(options: ProgressOptions) {
    expect(options !== undefined, "ProgressBar: the options", options, "{ ...terminalWriter(), total, label }");
    checkArguments("ProgressBar", arguments, 0, OPTIONS);
    checkOutput("ProgressBar: the output", options);
    text("ProgressBar: label", options.label);
    if (options.unit !== undefined) text("ProgressBar: unit", options.unit);
    if (options.now !== undefined) callable("ProgressBar: now", options.now, "that gives milliseconds");
    const { total } = options;
    const sound = typeof total === "number" && total > 0 && Number.isFinite(total);
    expect(sound, "ProgressBar: total", total, "a positive number of items; count the items first");
    this.#options = options;
    this.#label = options.label;
    this.#now = options.now ?? (() => performance.now());
    this.#firstAt = this.#now();
    // The first redraw comes at once; the first plain line only after its interval.
    this.#shownAt = options.terminal ? -Infinity : this.#firstAt;
  }

  /**
   * Notes the progress, and shows it when the last showing is long enough ago.
   * @param progress How far the computation has come.
   */
  update(progress: ProgressUpdate): void {
    expect(progress !== undefined, "ProgressBar.update(): the progress", progress, "{ done }");
    checkOptions("ProgressBar.update()", progress, UPDATE);
    finite("ProgressBar.update(): done", progress.done);
    for (const name of ["loss", "itemsPerSecond"] as const) {
      const value = progress[name];
      expect(value === undefined || typeof value === "number", `ProgressBar.update(): ${name}`, value, "a number");
    }
    if (progress.label !== undefined) text("ProgressBar.update(): label", progress.label);
    const now = this.#now();
    if (progress.label !== undefined && progress.label !== this.#label) {
      this.#label = progress.label;
      // Other words come at once: what they tell of may keep this thread from drawing for a while.
      if (this.#options.terminal) this.#shownAt = -Infinity;
    }
    // Fewer items than before: the next epoch began under the same bar, and with it the rate.
    if (progress.done < this.#lastDone) {
      this.#firstAt = now;
      this.#firstDone = progress.done;
    }
    this.#lastDone = progress.done;
    if (now - this.#shownAt < (this.#options.terminal ? REDRAW_MS : PLAIN_LINE_MS)) return;
    this.#shownAt = now;
    const parts = this.#parts(progress, now);
    if (this.#options.terminal) {
      this.#options.write(`\r${this.#fit(progress, parts)}\x1b[K`);
      this.#drawn = true;
    } else {
      this.#options.write([this.#label, ...parts.map((part) => part.text)].join("  ") + "\n");
    }
  }

  /**
   * Writes a line that stays, above the bar; the next update draws the bar again.
   * @param line The line, without its end.
   */
  print(line: string): void {
    text("ProgressBar.print(): the line", line);
    this.#clear();
    this.#options.write(line + "\n");
    if (this.#options.terminal) this.#shownAt = -Infinity;
  }

  /**
   * Takes the bar away and leaves a line in its place, or nothing.
   * @param line The line that stays, without its end.
   */
  finish(line?: string): void {
    if (line !== undefined) text("ProgressBar.finish(): the line", line);
    this.#clear();
    if (line !== undefined) this.#options.write(line + "\n");
  }

  #clear(): void {
    if (this.#drawn) this.#options.write("\r\x1b[K");
    this.#drawn = false;
  }

  /** The texts after the bar in reading order, each with its rank: the highest goes first when space is short. */
  #parts(progress: ProgressUpdate, now: number): { text: string; rank: number }[] {
    const { total, unit = "items" } = this.#options;
    const share = Math.min(Math.max(progress.done / total, 0), 1);
    const rate = progress.itemsPerSecond ?? (progress.done - this.#firstDone) / ((now - this.#firstAt) / 1000);
    // Rounded down, so that 100 % means done.
    const parts = [{ text: `${String(Math.floor(share * 100)).padStart(3)} %`, rank: 0 }];
    if (progress.loss !== undefined) parts.push({ text: `loss ${progress.loss.toFixed(4)}`, rank: 1 });
    if (rate > 0 && Number.isFinite(rate)) {
      parts.push({ text: `${formatCount(rate)} ${unit}/s`, rank: 3 });
      const left = Math.max(total - progress.done, 0) / rate;
      parts.push({ text: `${formatDuration(Math.ceil(left))} left`, rank: 2 });
    }
    return parts;
  }

  #fit(progress: ProgressUpdate, parts: { text: string; rank: number }[]): string {
    // The last column stays empty: a terminal that wraps early would break the line in two.
    const columns = Math.max((this.#options.columns?.() ?? 80) - 1, 1);
    const width = (kept: typeof parts) => kept.reduce((sum, part) => sum + 2 + part.text.length, this.#label.length);
    let kept = parts;
    while (kept.length > 1 && width(kept) + 2 + BAR_MIN > columns) {
      const worst = Math.max(...kept.map((part) => part.rank));
      kept = kept.filter((part) => part.rank !== worst);
    }
    const room = columns - width(kept) - 2;
    const texts = kept.map((part) => part.text);
    if (room < BAR_MIN) return [this.#label, ...texts].join("  ").slice(0, columns);
    const length = Math.min(room, BAR_MAX);
    const full = Math.round(Math.min(Math.max(progress.done / this.#options.total, 0), 1) * length);
    const [on, rest, off] = this.#options.color ? ["\x1b[36m", "\x1b[2m", "\x1b[0m"] : ["", "", ""];
    const bar = on + "━".repeat(full) + off + rest + "─".repeat(length - full) + off;
    return [this.#label, bar, ...texts].join("  ");
  }
}

/**
 * The standard output of this process, on Deno or Node, with what it can show.
 * Colour is off when the output is no terminal or `NO_COLOR` is set. It needs
 * no permission.
 * @returns The output. In a browser page there is none: what is written is dropped.
 */
export function terminalWriter(): TextOutput {
  const runtime = deno();
  if (runtime?.stdout !== undefined) {
    const terminal = runtime.stdout.isTerminal();
    return {
      write: (text) => writeDeno(runtime, text),
      terminal,
      color: terminal && !runtime.noColor,
      columns: () => denoColumns(runtime),
    };
  }
  const node = hostProcess();
  const stdout = node?.stdout;
  if (stdout === undefined) return { write: () => {}, terminal: false, color: false };
  const terminal = stdout.isTTY === true;
  return {
    write: (text) => void stdout.write(text),
    terminal,
    color: terminal && !node?.env?.NO_COLOR,
    columns: () => stdout.columns || 80,
  };
}

function writeDeno({ stdout, errors }: DenoLike, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stdout!.writeSync(bytes));
  } catch (error) {
    // A reader that went away (`| head`) must not end a training run.
    if (!(error instanceof errors.BrokenPipe)) throw error;
  }
}

function denoColumns(runtime: DenoLike): number {
  try {
    // A terminal that does not know its size says 0.
    return runtime.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}
