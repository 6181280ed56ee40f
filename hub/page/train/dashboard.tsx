/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * What is known while a network learns: how far it is, curves of loss and of right answers, and what a proof would take.
 * @module
 */
import { formatCount, formatPercent } from "../../../core/base/format.ts";
import { Curves } from "../charts/curves.tsx";
import { Figures } from "../charts/figures.tsx";
import type { Desk } from "./desk.ts";
import type { CircuitEstimate, EpochReport } from "./news.ts";

/** The dashboard. */
export function Dashboard({ desk }: { readonly desk: Desk }) {
  const epochs = desk.epochs.value, total = desk.task.value!.epochs;
  const circuits = epochs.map(({ circuit }) => typeof circuit === "string" ? null : circuit);
  const last = epochs.at(-1), why = typeof last?.circuit === "string" ? last.circuit : null;
  return (
    <section class="card stack" aria-label="Training">
      <Standing desk={desk} />
      {last !== undefined && <Newest last={last} />}
      {why !== null && <p class="quiet">No circuit is near enough to the network yet: {why}</p>}
      <div class="training-charts">
        <Curves
          title="Right answers on 1,000 test digits"
          epochs={total}
          most={1}
          curves={[
            { name: "circuit", look: "accent", values: circuits.map((circuit) => circuit?.accuracy ?? null) },
            { name: "float network", look: "dashed", values: epochs.map(({ accuracy }) => accuracy) },
          ]}
          text={(share) => `${(100 * share).toFixed(1)} %`}
          tick={(share) => `${Number((100 * share).toFixed(2))} %`}
        />
        <Curves
          title="Loss"
          epochs={total}
          fromZero
          curves={[
            { name: "test", look: "accent", values: epochs.map(({ testLoss }) => testLoss) },
            { name: "training", look: "dashed", values: epochs.map(({ loss }) => loss) },
          ]}
          text={(loss) => loss.toFixed(3)}
          tick={String}
        />
        <Curves
          title="Expected seconds of a proof, one thread"
          epochs={total}
          fromZero
          curves={[{ name: "proof", look: "accent", values: circuits.map((circuit) => circuit?.seconds ?? null) }]}
          text={(seconds) => `${seconds.toFixed(1)} s`}
          tick={String}
        />
        <Curves
          title="Cells of the circuit"
          epochs={total}
          curves={[{ name: "cells", look: "accent", values: circuits.map((circuit) => circuit?.cells ?? null) }]}
          text={formatCount}
          tick={formatCount}
        />
      </div>
    </section>
  );
}

/** One line: what is being done, how far it is, and how fast. */
function Standing({ desk }: { readonly desk: Desk }) {
  const stage = desk.stage.value, progress = desk.progress.value, { epochs } = desk.task.value!;
  const done = desk.epochs.value.length, within = progress === null ? 0 : progress.samples / progress.total;
  const share = stage === "weighing"
    ? desk.share.value
    : Math.min(1, (done + (progress?.epoch === done + 1 ? within : 0)) / epochs);
  const speeds = desk.epochs.value.slice(-3), seconds = speeds.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const rate = seconds === 0 ? null : speeds.length / seconds;
  const facts = [
    desk.device.value,
    rate === null ? null : `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} epochs a second`,
    progress === null ? null : `${formatCount(progress.rate)} digits a second`,
  ].filter((fact) => fact !== null);
  return (
    <div class="standing">
      <p role="status">{words(desk, done, epochs)}</p>
      {!["ready", "cancelled", "failed"].includes(stage) && <progress aria-label="Progress" value={share} max={1} />}
      <p class="quiet">{facts.join(" · ")}</p>
    </div>
  );
}

function words(desk: Desk, done: number, epochs: number): string {
  switch (desk.stage.value) {
    case "starting":
      return "Getting the digits and a device…";
    case "training":
      return `Learning, epoch ${Math.min(done + 1, epochs)} of ${epochs}`;
    case "pausing":
      return `Pausing after epoch ${Math.min(done + 1, epochs)} of ${epochs}`;
    case "paused":
      return `Paused after epoch ${done} of ${epochs}`;
    case "weighing":
      return "Learned; weighing circuits on digits that were held out";
    case "keys":
      return "Making the key of the circuit…";
    case "choosing":
      return "Making the circuit that you took…";
    case "cancelled":
      return done === 0 ? "Cancelled" : `Cancelled after epoch ${done} of ${epochs}; the network is dropped`;
    case "failed":
      return "It failed";
    default:
      return `Learned ${epochs === 1 ? "one epoch" : `${epochs} epochs`}, and weighed ${
        desk.weighed.value?.candidates.length ?? 0
      } circuits`;
  }
}

/** The newest numbers. */
function Newest({ last }: { readonly last: EpochReport }) {
  const circuit: CircuitEstimate | null = typeof last.circuit === "string" ? null : last.circuit;
  return (
    <Figures
      figures={[
        ["circuit is right", circuit === null ? "none yet" : formatPercent(circuit.accuracy)],
        ["float network is right", formatPercent(last.accuracy)],
        ["cells of the circuit", circuit === null ? "none yet" : formatCount(circuit.cells)],
        ["a proof, one thread", circuit === null ? "none yet" : `${circuit.seconds.toFixed(1)} s`],
      ]}
    />
  );
}
