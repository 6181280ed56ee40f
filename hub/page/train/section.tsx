/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * Train your own: choose a network, watch it learn, see what its circuit would cost, and let the page go on with it.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { Dashboard } from "./dashboard.tsx";
import { desk } from "./desk.ts";
import { Mistakes } from "./mistakes.tsx";
import { Outcome } from "./outcome.tsx";
import { Picker } from "./picker.tsx";

/** Train your own. */
export function TrainSection(): JSX.Element {
  const { stage, failure, mistakes, weighed } = desk;
  return (
    <div class="stack train">
      <h1>Train your own</h1>
      <p class="lead">
        A network learns from 10,000 handwritten digits on your machine. After every epoch the page asks what a circuit
        of it would answer, and what a proof would take.
      </p>
      {typeof WebAssembly === "object" ? <Picker desk={desk} /> : (
        <p class="notice">
          This browser has no WebAssembly, which networks and their circuits are computed in. To train, open this page
          in another browser.
        </p>
      )}
      {failure.value !== null && <p class="notice bad" role="alert">{failure.value}</p>}
      {stage.value !== "idle" && <Dashboard desk={desk} />}
      {weighed.value !== null && <Outcome desk={desk} />}
      <Mistakes mistakes={mistakes.value} />
    </div>
  );
}
