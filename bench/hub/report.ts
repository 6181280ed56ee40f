/**
 * What the bench of the hub found, as a table.
 * @module
 */
import { median } from "../report.ts";

/** One proof each way, one right after the other; in seconds. */
export interface Pair {
  /** The toolchain alone. */
  direct: number;
  /** From the question to the proof in the client's hands. */
  hub: number;
  /** Of that, what the hub spent in the toolchain. */
  toolchain: number;
}

/** A model's rounds. */
export interface Row {
  /** What the model is. */
  title: string;
  /** log2 of the rows of its circuit. */
  logrows: number;
  /** Bytes of its proving key. */
  pkBytes: number;
  /** One round after another. */
  pairs: Pair[];
}

/** The rows below each other. */
export function table(rows: readonly Row[]): string {
  const head = ["model", "2^k", "pk MB", "direct s", "hub s", "overhead", "of it beside the toolchain"];
  const cells = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])).join("  ")
  ).join("\n");
}

function cellsOf({ title, logrows, pkBytes, pairs }: Row): string[] {
  const direct = median(pairs.map(({ direct }) => direct)), hub = median(pairs.map(({ hub }) => hub));
  const beside = median(pairs.map(({ hub, toolchain }) => hub - toolchain));
  return [
    title,
    `${logrows}`,
    (pkBytes / 1e6).toFixed(1),
    direct.toFixed(3),
    hub.toFixed(3),
    percent((hub - direct) / direct),
    `${(1000 * beside).toFixed(0)} ms, ${percent(beside / direct)}`,
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
