/**
 * What a prover of the bench says of itself, one line of JSON on its standard output, and
 * what the bench makes of it and of the files that it left.
 * @module
 */
import { formatPercent } from "../../core/base/format.ts";

/** The timed steps, in their order. */
export const STEPS = ["calibrate", "compile", "keys", "witness", "prove", "verify"] as const;

/** One of the {@linkcode STEPS}. */
export type Step = typeof STEPS[number];

/** A prover's line. */
export interface ProverReport {
  /** Seconds of the steps that it made. */
  readonly seconds: Partial<Record<Step, number>>;
  /** The most memory that a process of it held, in MB of 10^6 bytes. */
  readonly peakRssMb: number;
  /** Threads that it used for keys and proof. */
  readonly threads: number;
  /** Why it went no further. */
  readonly failure?: string;
}

/** Sizes of what a prover left in its folder. */
export interface Sizes {
  /** Cells of the circuit. */
  readonly cells: number;
  /** log2 of the rows of its grid. */
  readonly logrows: number;
  /** Bytes of the proving key. */
  readonly pkBytes?: number;
  /** Bytes of the verifying key. */
  readonly vkBytes?: number;
  /** Bytes of the proof itself, without the JSON around it. */
  readonly proofBytes?: number;
}

/** How a circuit answers on the test images. */
export interface Judgement {
  /** Images that it was run on. */
  readonly images: number;
  /** Share of them that the circuit answers rightly. */
  readonly accuracy: number;
  /** Share of them that the float network answers rightly. */
  readonly floatAccuracy: number;
  /** Whether the values of all of them stay within its tables and digits; others have no proof. */
  readonly provable: boolean;
}

/** A row of the table; all that is missing was not reached, and `failure` says why. */
export interface Row extends Partial<ProverReport> {
  /** The name that `--only` takes. */
  readonly name: string;
  /** What it is. */
  readonly title: string;
  /** Sizes of its files, where there is a circuit. */
  readonly sizes?: Sizes;
  /** Its circuit's answers. */
  readonly judgement?: Judgement;
}

/** The object among a prover's output that has `seconds`, whatever else was printed; null: there is none. */
export function findReport(output: string): ProverReport | null {
  for (const line of output.split("\n").reverse()) {
    if (!line.startsWith("{")) continue;
    try {
      const report = JSON.parse(line);
      if (typeof report.seconds === "object" && "peakRssMb" in report) return report;
    } catch {
      // A library's own line that opens with a brace.
    }
  }
  return null;
}

/** The rows below each other; where a row went no further, why. */
export function table(rows: readonly Row[]): string {
  const head = ["prover", "threads", "cells", "2^k", ...STEPS.map((step) => `${step} s`), "peak MB"];
  head.push("pk MB", "vk kB", "proof kB", "accuracy");
  const cells = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const lines = cells.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])).join("  ")
  );
  const failures = rows.flatMap(({ title, failure }) => failure === undefined ? [] : [`${title}: ${failure}`]);
  return [...lines.map((line) => line.trimEnd()), ...failures].join("\n");
}

function cellsOf({ title, threads, seconds, peakRssMb, sizes, judgement }: Row): string[] {
  const number = (value: number | undefined, unit = 1, digits = 0): string =>
    value === undefined ? "-" : (value / unit).toLocaleString("en", {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  return [
    title,
    number(threads),
    number(sizes?.cells),
    number(sizes?.logrows),
    ...STEPS.map((step) => number(seconds?.[step], 1, (seconds?.[step] ?? 0) < 10 ? 2 : 1)),
    number(peakRssMb),
    number(sizes?.pkBytes, 1e6),
    number(sizes?.vkBytes, 1e3),
    number(sizes?.proofBytes, 1e3, 1),
    judgement === undefined ? "-" : `${formatPercent(judgement.accuracy)}${judgement.provable ? "" : " *"}`,
  ];
}
