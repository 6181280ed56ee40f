/**
 * The picture of a training run's course.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { formatCount, formatPercent } from "../../../core/base/format.ts";
import { COLORS, draw, WIDTH } from "./draw.ts";
import type { Figure } from "./figure.ts";

/** How a network stood after an epoch. */
export interface CurvePoint {
  /** The number of the epoch, from 1. */
  epoch: number;
  /** Mean loss over the training set. */
  trainLoss: number;
  /** Correct answers on the test set, as a share from 0 to 1. */
  testAccuracy: number;
  /** Mean loss over the test set, when it was measured. */
  testLoss?: number;
}

/**
 * Draws loss and test accuracy over the epochs, one panel above the other.
 * @param history One entry per epoch, in order; the test loss is drawn when any entry has it.
 * @returns The picture.
 * @throws {ArgumentError} When the history is empty.
 */
export function trainingCurve(history: CurvePoint[]): Promise<Figure> {
  if (history.length === 0) {
    throw new ArgumentError("trainingCurve: history is empty, expected at least one epoch; train first");
  }
  const best = history.reduce((a, b) => b.testAccuracy > a.testAccuracy ? b : a);
  const last = history[history.length - 1];
  const epochs = history.map((entry) => entry.epoch);
  const domain = epochs.some((epoch) => epoch !== epochs[0])
    ? [Math.min(...epochs), Math.max(...epochs)]
    : [last.epoch - 0.5, last.epoch + 0.5];
  const losses = history.flatMap(({ epoch, trainLoss, testLoss }) => [
    { epoch, loss: trainLoss, set: "training" },
    ...(testLoss === undefined ? [] : [{ epoch, loss: testLoss, set: "test" }]),
  ]);
  const sets = new Set(losses.map((entry) => entry.set));
  const x = (title: string | null, labels: boolean) => ({
    field: "epoch",
    type: "quantitative" as const,
    scale: { domain, nice: false },
    axis: { title, labels, values: epochTicks(epochs), format: "d", grid: false, ticks: labels, labelFlush: false },
  });
  // Every point is shown while there is room between them.
  const point = { filled: true, size: history.length <= 60 ? 26 : 0, opacity: 1 };
  return draw({
    title: {
      text: "Loss and test accuracy by epoch",
      subtitle: `${formatCount(history.length)} ${history.length === 1 ? "epoch" : "epochs"} · ` +
        `final training loss ${last.trainLoss.toFixed(4)} · ` +
        `best test accuracy ${formatPercent(best.testAccuracy)} (epoch ${best.epoch})`,
    },
    spacing: 22,
    vconcat: [
      {
        width: WIDTH,
        height: 200,
        data: { values: losses },
        mark: { type: "line", strokeWidth: 2, point },
        encoding: {
          x: x(null, false),
          y: {
            field: "loss",
            type: "quantitative",
            scale: { zero: true },
            axis: { title: sets.size > 1 ? "mean loss" : "mean training loss", tickCount: 5 },
          },
          color: {
            field: "set",
            type: "nominal",
            scale: { domain: ["training", "test"], range: [COLORS.blue, COLORS.orange] },
            legend: sets.size > 1 ? { title: null, orient: "top-right", symbolType: "stroke" } : null,
          },
        },
      },
      {
        width: WIDTH,
        height: 150,
        data: { values: history.map(({ epoch, testAccuracy }) => ({ epoch, testAccuracy })) },
        mark: { type: "line", strokeWidth: 2, color: COLORS.green, point: { ...point, color: COLORS.green } },
        encoding: {
          x: x("epoch", true),
          y: {
            field: "testAccuracy",
            type: "quantitative",
            scale: { zero: false },
            axis: { title: "test accuracy (%)", tickCount: 5, labelExpr: "format(datum.value * 100, '.4~r')" },
          },
        },
      },
    ],
  });
}

/** The first epoch and the round numbers after it, about ten at most. */
function epochTicks(epochs: number[]): number[] {
  const [first, last] = [Math.min(...epochs), Math.max(...epochs)];
  let step = 1;
  for (let i = 0; (last - first) / step > 10; i++) step *= [2, 2.5, 2][i % 3];
  const ticks = [first];
  for (let at = Math.ceil(first / step) * step; at <= last; at += step) if (at - first >= step / 2) ticks.push(at);
  return ticks;
}
