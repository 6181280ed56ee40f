/**
 * What a proving run tells in text: the circuits that were weighed, the price, the verdict.
 * @module
 */
import { formatBytes, formatCount, formatDuration, formatPercent } from "../../core/base/format.ts";
import type { CalibrationReport } from "../client/calibration_report.ts";
import type { Candidate, FidelityReport } from "../ezkl/calibrate/fidelity.ts";
import type { Price } from "../ezkl/layout/price.ts";

/** Headings of circuits that fidelity weighed. */
const WEIGHED = ["", "bits", "dropped", "zero below", "images", "accuracy", "float", "logit error", "cells", "memory"];

/** The fidelity report, a line for each circuit that was weighed. */
export function fidelityText({ candidates, chosen, test }: FidelityReport): string {
  const rows = candidates.map((candidate) => [candidate === chosen ? "*" : "", ...cellsOf(candidate)]);
  const tested = test === null
    ? ""
    : `on ${formatCount(test.samples)} test images, which chose nothing, the circuit has ${
      shown(test.accuracy, formatPercent)
    } and the float network ${shown(test.floatAccuracy, formatPercent)}; largest logit error ${
      test.largestError.toFixed(2)
    }\n`;
  return "circuits weighed on images held out of the training set, exact integers, cheapest first; * the cheapest " +
    `within the tolerance\n${tableText([WEIGHED, ...rows])}${tested}`;
}

/** Rows of cells, the first the headings, each column as wide as its widest cell. */
export function tableText(table: readonly (readonly string[])[]): string {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) => row.map((cell, column) => cell.padStart(widths[column])).join("  ").trimEnd());
  return lines.map((line) => `${line}\n`).join("");
}

function cellsOf({ scheme, deadZone, evaluation, price, dropped }: Candidate): string[] {
  const numbers = [String(scheme.tableScale), String(scheme.dropBits), String(deadZone)];
  if (evaluation === null || price === null) return [...numbers, dropped ?? "dropped", "", "", "", "", ""];
  return [
    ...numbers,
    formatCount(evaluation.samples),
    shown(evaluation.accuracy, formatPercent),
    shown(evaluation.floatAccuracy, formatPercent),
    evaluation.largestError.toFixed(2),
    formatCount(price.cells),
    formatBytes(price.heapBytes),
  ];
}

/** What was weighed, a line for each circuit; where EZKL's own does not fit, why. */
export function hubReportText({ target, used, why, candidates = [], points = [] }: CalibrationReport): string {
  const instead = why === ""
    ? ""
    : `${target} finds no circuit that fits (${why.split("; ")[0]}); ${used} is taken instead\n`;
  if (candidates.length > 0) {
    const rows = candidates.map((row) => [
      row.chosen ? "*" : "",
      String(row.bits),
      String(row.dropBits),
      String(row.deadZone),
      ...row.dropped === null || row.cells !== null
        ? [
          shown(row.samples, formatCount),
          shown(row.accuracy, formatPercent),
          shown(row.floatAccuracy, formatPercent),
          shown(row.largestError, (error) => error.toFixed(2)),
          shown(row.cells, formatCount),
          shown(row.pkBytes, formatBytes),
        ]
        : [row.dropped, "", "", "", "", ""],
    ]);
    return `${instead}circuits weighed on cal_data.json, exact integers, cheapest first; * the chosen one\n${
      tableText([[...WEIGHED.slice(0, -1), "key"], ...rows])
    }`;
  }
  if (points.length === 0) return instead;
  const head = ["", "input scale", "weight scale", "rebase", "rows", "cells"];
  const rows = points.map(({ chosen, inputScale, paramScale, scaleRebaseMultiplier, logrows, cells }) => [
    chosen ? "*" : "",
    String(inputScale),
    String(paramScale),
    String(scaleRebaseMultiplier),
    logrows === null ? "dropped" : `2^${logrows}`,
    shown(cells, formatCount),
  ]);
  return `${instead}circuits weighed by EZKL's rules for ${used}; * the chosen one\n${tableText([head, ...rows])}`;
}

function shown(value: number | null, format: (value: number) => string): string {
  return value === null ? "" : format(value);
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
