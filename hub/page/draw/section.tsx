/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * The first section: draw, see what the network says, prove it.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { said } from "../app/errors.ts";
import { network } from "../app/network.ts";
import { CircuitsCard } from "../circuits/card.tsx";
import { ProofPanel } from "../prove/panel.tsx";
import { answer, largest } from "./answer.ts";
import { Bars } from "./bars.tsx";
import { clear, isEmpty, showExample, undo } from "./drawing.ts";
import { Paper } from "./paper.tsx";
import { Seen } from "./seen.tsx";

/** Draw and prove. */
export function DrawSection(): JSX.Element {
  return (
    <div class="stack sections">
      <header class="stack intro">
        <h1>Draw a digit. Prove what the network said.</h1>
        <p class="lead">
          A neural network reads your drawing here, in your browser. Then your browser proves its answer to anybody,
          without showing them the drawing.
        </p>
      </header>
      <div class="drawing">
        <section class="card stack" aria-labelledby="draw-title">
          <h2 id="draw-title">Draw</h2>
          <Paper />
          <p id="paper-help" class="quiet small">
            By mouse, finger or pencil. By keyboard: arrows move, Space puts the pencil down and lifts it, Backspace
            takes a stroke back, Delete clears.
          </p>
          <div class="row">
            <button type="button" onClick={clear} disabled={isEmpty.value}>Clear</button>
            <button type="button" onClick={undo} disabled={isEmpty.value}>Undo</button>
            <button type="button" onClick={() => showExample()}>Show an example</button>
          </div>
        </section>
        <section class="card stack" aria-labelledby="answer-title">
          <div class="row spread">
            <h2 id="answer-title">What the network says</h2>
            <Seen />
          </div>
          <p class="verdict" role="status">
            <Verdict />
          </p>
          <Bars />
          <AboutNetwork />
        </section>
      </div>
      <ProofPanel />
      <CircuitsCard />
    </div>
  );
}

function Verdict(): JSX.Element {
  const said = answer.value;
  if (said === null) return <span class="quiet">Nothing yet: the paper is empty.</span>;
  return (
    <span>
      It is a <strong>{largest(said.circuit)}</strong>.
    </span>
  );
}

/** What the numbers are. */
function AboutNetwork(): JSX.Element | null {
  const about = network.value?.about, took = answer.value?.milliseconds;
  if (about === undefined) {
    return said.value === "" ? <p class="quiet small" role="status">The network is on its way…</p> : null;
  }
  const right = about.accuracy === null
    ? ""
    : ` Its circuit is right on ${(100 * about.accuracy).toFixed(1)} % of ${
      about.images.toLocaleString("en")
    } test images.`;
  return (
    <p class="quiet small">
      <strong>Circuit</strong> is what a proof is about: whole numbers, exact to the last bit{took === undefined
        ? ""
        : `, in ${took.toFixed(1)} ms`}. <strong>Float</strong> is the network as it was trained: {about.name}.{right}
    </p>
  );
}
