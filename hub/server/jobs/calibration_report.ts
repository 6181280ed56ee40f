/**
 * How a circuit was chosen, as the report's rows.
 * @module
 */
import type { CandidateRow, PointRow } from "../../client/calibration_report.ts";
import { figuresOf } from "../../ezkl/calibrate/measure.ts";
import type { Candidate, FidelityReport, NativeCalibration } from "../../ezkl/mod.ts";
import { withoutValues } from "./discreet.ts";

/** What fidelity weighed, as rows. */
export function candidateRows({ candidates, chosen }: FidelityReport): CandidateRow[] {
  return candidates.map((candidate) => rowOf(candidate, candidate === chosen));
}

function rowOf({ scheme, deadZone, evaluation, price, dropped }: Candidate, chosen: boolean): CandidateRow {
  return {
    bits: scheme.tableScale,
    dropBits: scheme.dropBits,
    deadZone,
    samples: evaluation?.samples ?? null,
    ...figuresOf(evaluation),
    cells: price?.cells ?? null,
    pkBytes: price?.pkBytes ?? null,
    chosen,
    dropped: droppedOf(dropped),
  };
}

/** A report is kept in plain, and the samples are private. */
function droppedOf(dropped: string | null): string | null {
  return dropped === null ? null : withoutValues(dropped);
}

/** What EZKL's rules weighed, as rows; `chosen` has the settings of one of them. */
export function pointRows({ points, settings: chosen }: NativeCalibration): PointRow[] {
  const { inputScale, paramScale, scaleRebaseMultiplier } = chosen.runArgs;
  return points.map((point) => ({
    inputScale: point.inputScale,
    paramScale: point.paramScale,
    scaleRebaseMultiplier: point.scaleRebaseMultiplier,
    logrows: point.settings?.runArgs.logrows ?? null,
    cells: point.settings?.totalAssignments ?? null,
    chosen: point.settings !== null && point.inputScale === inputScale && point.paramScale === paramScale &&
      point.scaleRebaseMultiplier === scaleRebaseMultiplier,
    dropped: droppedOf(point.dropped),
  }));
}
