/**
 * The circuits that a calibration weighed, in text: what each does by the measure that they were held to, and its price.
 * @module
 */
import { formatBytes, formatCount, formatPercent } from "../../core/base/format.ts";
import type { CalibrationReport, CandidateRow } from "../client/calibration_report.ts";
import { figuresOf, lossOf } from "../ezkl/calibrate/measure.ts";
import type { Candidate, Evaluation, FidelityReport, Measure } from "../ezkl/mod.ts";
import { tableText } from "./report.ts";

/** What the samples are, for people. */
export interface Weighed {
  /** The samples that choose. */
  readonly chosenBy?: string;
  /** Those that choose nothing, behind their number. */
  readonly tested?: string;
}

type Told = Pick<CandidateRow, "accuracy" | "floatAccuracy" | "largestError" | "r2" | "floatR2" | "rootMeanSquare">;

/** Columns of what a circuit does, by the measure. */
const FIGURES: Readonly<Record<Measure["name"], readonly (readonly [head: string, cell: (row: Told) => string])[]>> = {
  accuracy: [
    ["accuracy", (row) => shown(row.accuracy, formatPercent)],
    ["float", (row) => shown(row.floatAccuracy, formatPercent)],
    ["largest error", (row) => shown(row.largestError, (error) => error.toFixed(2))],
  ],
  R2: [
    ["R2", (row) => shown(row.r2, r2Text)],
    ["float", (row) => shown(row.floatR2, r2Text)],
    ["error", (row) => shown(row.rootMeanSquare, short)],
    ["largest error", (row) => shown(row.largestError, short)],
  ],
  "largest error": [
    ["error", (row) => shown(row.rootMeanSquare, short)],
    ["largest error", (row) => shown(row.largestError, short)],
  ],
};

const SCHEME = ["", "bits", "dropped", "zero below", "samples"];

/**
 * The fidelity report: how circuits were judged, a line for each that was weighed, and what the chosen one does on the
 * samples that chose it and on those that did not.
 */
export function fidelityText(
  report: FidelityReport,
  { chosenBy = "the samples", tested = "samples" }: Weighed = {},
): string {
  const { measure, candidates, chosen, test } = report, figures = FIGURES[measure.name];
  const kept = nearest(report);
  const rows = kept.map((candidate) => {
    const { scheme, deadZone, evaluation, price, dropped } = candidate;
    const first = [
      candidate === chosen ? "*" : "",
      String(scheme.tableScale),
      String(scheme.dropBits),
      String(deadZone),
    ];
    if (evaluation === null || price === null) {
      return [
        ...first,
        dropped ?? "dropped",
        ...figures.map(() => ""),
        "",
        "",
      ];
    }
    const told = figuresOf(evaluation);
    return [
      ...first,
      formatCount(evaluation.samples),
      ...figures.map(([, cell]) => cell(told)),
      formatCount(price.cells),
      formatBytes(price.heapBytes),
    ];
  });
  const left = candidates.length - kept.length;
  const others = left === 0 ? "" : `and ${formatCount(left)} more, which come less near or cannot be proved\n`;
  const heads = [...SCHEME, ...figures.map(([head]) => head), "cells", "memory"];
  const chose = formatCount(chosen.evaluation!.samples);
  return `circuits weighed on ${chosenBy}, exact integers, cheapest first; * the cheapest ${within(measure)}\n` +
    tableText([heads, ...rows]) + others + report.remarks.map((remark) => `${remark}\n`).join("") +
    doesText(`on the ${chose} that chose it`, measure, chosen.evaluation!) +
    (test === null ? "" : doesText(`on ${formatCount(test.samples)} ${tested}, which chose nothing`, measure, test));
}

/** Lines that somebody reads. */
const MOST = 12;

/** The chosen circuit and those that come nearest to the network, cheapest first. */
function nearest({ measure, candidates, chosen }: FidelityReport): Candidate[] {
  const loss = ({ evaluation, price }: Candidate) =>
    evaluation === null || price === null ? Infinity : lossOf(measure, evaluation);
  const others = candidates.filter((candidate) => candidate !== chosen).toSorted((a, b) => loss(a) - loss(b));
  const kept = new Set([chosen, ...others.slice(0, MOST - 1)]);
  return candidates.filter((candidate) => kept.has(candidate));
}

/** What a circuit does on samples, `on` which it was run, as the measure tells it. */
function doesText(on: string, measure: Measure, evaluation: Evaluation): string {
  const { accuracy, floatAccuracy, largestError, errors } = evaluation;
  if (measure.name === "accuracy") {
    return `${on}, the circuit has ${shown(accuracy, formatPercent)} and the float network ${
      shown(floatAccuracy, formatPercent)
    }; largest error of an output ${short(largestError)}\n`;
  }
  const each = errors.map(({ rootMeanSquare, spread, r2, floatR2 }, index) => {
    const output = errors.length === 1 ? "the circuit's output" : `output ${index}`;
    // Without targets the float network's own outputs are what it explains, all of them.
    const explained = r2 === null
      ? "the same for all samples"
      : floatR2 === 1
      ? `R2 ${r2Text(r2)} to the float network's`
      : `R2 ${r2Text(r2)} where the float network has ${r2Text(floatR2!)}`;
    return `${output} is ${short(rootMeanSquare)} off, root mean square, in a spread of ${
      short(spread)
    } (${explained})`;
  });
  return `${on}, ${each.join("; ")}; largest error of an output ${short(largestError)}\n`;
}

function within(measure: Measure): string {
  switch (measure.name) {
    case "accuracy":
      return "within the tolerance";
    case "R2":
      return `that loses at most ${measure.tolerance} of the float network's R2`;
    case "largest error":
      return `whose outputs are at most ${measure.maxError} off`;
  }
}

/** What was weighed, a line for each circuit; where EZKL's own does not fit, why. */
export function hubReportText(report: CalibrationReport): string {
  const { target, used, why, candidates = [], points = [], measure = "accuracy", remarks = [] } = report;
  const instead = why === ""
    ? ""
    : `${target} finds no circuit that fits (${why.split("; ")[0]}); ${used} is taken instead\n`;
  if (candidates.length > 0) {
    const figures = FIGURES[measure as Measure["name"]] ?? FIGURES.accuracy;
    const rows = candidates.map((row) => [
      row.chosen ? "*" : "",
      String(row.bits),
      String(row.dropBits),
      String(row.deadZone),
      ...row.dropped === null || row.cells !== null
        ? [
          shown(row.samples, formatCount),
          ...figures.map(([, cell]) => cell(row)),
          shown(row.cells, formatCount),
          shown(row.pkBytes, formatBytes),
        ]
        : [row.dropped, ...figures.map(() => ""), "", ""],
    ]);
    const heads = [...SCHEME, ...figures.map(([head]) => head), "cells", "key"];
    return `${instead}circuits weighed on cal_data.json, exact integers, cheapest first; * the chosen one\n` +
      tableText([heads, ...rows]) + remarks.map((remark) => `${remark}\n`).join("");
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

function shown(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "" : format(value);
}

function r2Text(r2: number): string {
  return r2.toFixed(4);
}

/** Three digits, as many as an error has to say. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
