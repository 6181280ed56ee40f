/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * A trained network's circuits on a plot, the one that is taken, and what may be done with it.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { formatPercent } from "../../../core/base/format.ts";
import { CandidatePlot } from "../charts/candidates.tsx";
import { save } from "../share/save.ts";
import { choicesOf } from "./choices.ts";
import type { Desk } from "./desk.ts";
import { useNetwork, withKey } from "./use.ts";

/** The plot and the buttons. */
export function Outcome({ desk }: { readonly desk: Desk }): JSX.Element {
  const weighed = desk.weighed.value!, circuit = desk.circuit.value!, stage = desk.stage.value;
  const busy = stage !== "ready", isOwn = circuit.candidate === weighed.chosen;
  return (
    <section class="card stack" aria-labelledby="outcome-title">
      <h2 id="outcome-title">Its circuits</h2>
      <p>
        Each dot is a circuit that computes the network in whole numbers, run on 500 digits that were held out.{" "}
        {isOwn ? "The page took the cheapest one that loses next to nothing" : "You took this one"}: on 1,000 test
        digits it is right on {formatPercent(circuit.accuracy)}, the float network on{" "}
        {formatPercent(weighed.floatAccuracy)}. Choose another dot to take another circuit.
      </p>
      <CandidatePlot
        choices={choicesOf(weighed, circuit.candidate)}
        chosen={circuit.candidate}
        floatAccuracy={weighed.candidates[weighed.chosen].evaluation!.floatAccuracy!}
        disabled={busy}
        onChoose={(index) => desk.choose(index)}
      />
      <div class="row">
        <button type="button" class="main" disabled={busy} onClick={() => useNetwork(desk)}>
          {stage === "keys" ? "Making its key…" : "Use this network"}
        </button>
        <span class="quiet">The page then draws, proves and verifies with it.</span>
      </div>
      <div class="row" role="group" aria-label="Files to save">
        <Saving name="network.onnx" busy={busy} content={() => circuit.onnx} />
        <Saving name="settings.json" busy={busy} content={() => circuit.settings} />
        <Saving name="network.compiled" busy={busy} content={() => circuit.compiled} />
        <Saving name="key.vk" busy={busy} content={async () => (await withKey(desk))?.vk ?? null} />
      </div>
    </section>
  );
}

function Saving({ name, busy, content }: {
  readonly name: string;
  readonly busy: boolean;
  readonly content: () => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer> | null>;
}) {
  const give = async () => {
    const bytes = await content();
    if (bytes !== null) save(name, bytes);
  };
  return <button type="button" class="small" disabled={busy} onClick={give}>Save {name}</button>;
}
