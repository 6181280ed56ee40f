/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * Circuits of the page's own network on a plot, one of which is in use.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { useEffect } from "npm:preact@10.29.8/hooks";
import { formatPercent } from "../../../core/base/format.ts";
import { network } from "../app/network.ts";
import { CandidatePlot } from "../charts/candidates.tsx";
import { choicesOf } from "../train/choices.ts";
import { failure, making, openCircuits, take, weighed } from "./desk.ts";

/** The plot with what is to be known of it. */
export function CircuitPlot(): JSX.Element {
  useEffect(() => void openCircuits(), []);
  const all = weighed.value, current = network.value!;
  return (
    <div class="stack">
      <p class="measure">
        Each dot is a circuit that computes this network in whole numbers, run on 500 digits that were held out. The one
        that came with the page learnt its own rounding. Choose another dot, and its circuit and key are made here, in
        some seconds. Proofs with it are private tries: a link would not find the key.
      </p>
      {all === null ? failure.value === "" && <p class="quiet" role="status">Loading…</p> : (
        <>
          <CandidatePlot
            choices={choicesOf(all, current.candidate ?? all.chosen)}
            chosen={current.candidate ?? all.chosen}
            floatAccuracy={all.candidates[0].evaluation!.floatAccuracy!}
            disabled={making.value !== null}
            onChoose={take}
          />
          <p role="status" class="quiet">
            {making.value !== null
              ? "Making the circuit that you took, and its key…"
              : `The circuit in use is right on ${formatPercent(current.about.accuracy!)} of ${
                current.about.images.toLocaleString("en")
              } test digits.`}
          </p>
        </>
      )}
      {failure.value && <p class="notice bad" role="alert">{failure.value}</p>}
    </div>
  );
}
