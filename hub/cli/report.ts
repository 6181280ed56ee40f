/**
 * What a proving run tells in text: tables, the price, the verdict.
 * @module
 */
import { formatBytes, formatCount, formatDuration } from "../../core/base/format.ts";
import type { Price } from "../ezkl/layout/price.ts";

/**
 * Rows of cells, the first the headings, each column as wide as its widest cell. A cell behind which a row has nothing
 * more, for two columns or more, is a remark and may be longer.
 */
export function tableText(table: readonly (readonly string[])[]): string {
  const isRemark = (row: readonly string[], column: number) =>
    column + 2 < row.length && row.slice(column + 1).every((cell) => cell === "");
  const widths = table[0].map((_, column) =>
    Math.max(...table.map((row) => isRemark(row, column) ? 0 : row[column].length))
  );
  const lines = table.map((row) => row.map((cell, column) => cell.padStart(widths[column])).join("  ").trimEnd());
  return lines.map((line) => `${line}\n`).join("");
}

/** What a verified proof shows: the seconds that verifying took, a sentence about the outputs, the outputs. */
export function verdictText(outputs: ArrayLike<number>, seconds: number, verdict: string): string {
  return `proof verified in ${formatDuration(seconds)}: ${verdict}\n` +
    `  outputs ${Array.from(outputs, (output) => output.toFixed(2)).join(" ")}\n`;
}

/** What the contract took on an Ethereum in this process, in gas. */
export function evmText(deployGas: number, verifyGas: number): string {
  return `the contract accepts the proof too: ${formatCount(verifyGas)} gas to verify it, ${
    formatCount(deployGas)
  } to ` +
    "deploy the contract\n";
}

/** The part of a price that is told. */
export type ToldPrice =
  & Pick<Price, "cells" | "rows" | "logrows" | "adviceColumns" | "fixedColumns" | "pkBytes" | "heapBytes">
  & Partial<Pick<Price, "prover">>
  & { seconds: Pick<Price["seconds"], "keys" | "proof"> };

/** What proving will take, before it is paid. */
export function priceText(price: ToldPrice): string {
  const { prover, cells, rows, logrows, adviceColumns, fixedColumns, pkBytes, heapBytes, seconds } = price;
  const key = prover === "zkgrad" ? "" : `key ${formatBytes(pkBytes)}, `;
  const by = prover === "ezkljs" ? " by EZKL's engine" : "";
  return `the circuit has ${formatCount(cells)} cells in ${
    formatCount(rows)
  } rows, laid in ${adviceColumns} columns of ` +
    `2^${logrows} and ${fixedColumns} fixed ones; expected on one thread${by}: ${key}memory ` +
    `${formatBytes(heapBytes)}, keys ${formatDuration(seconds.keys)}, proof ${formatDuration(seconds.proof)}\n`;
}
