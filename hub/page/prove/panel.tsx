/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * From the answer to its proof: the button, the clock, what was made, and the verifier's side of it.
 * @module
 */
import { Fragment, type JSX } from "npm:preact@10.29.8";
import { effect } from "npm:@preact/signals@2.11.4";
import { network } from "../app/network.ts";
import { NextButton } from "../app/next_button.tsx";
import { Unfolding } from "../app/unfolding.tsx";
import { isEmpty } from "../draw/drawing.ts";
import { VerifierCard } from "../verify/card.tsx";
import { Clock } from "./clock.tsx";
import { Limits } from "./limits.tsx";
import { expectedSeconds, hindrance, prepare, proof, prove, state, stop } from "./proof.ts";
import { Share } from "../share/share.tsx";

// Once somebody draws the circuit is laid, while the hand is still at it.
effect(() => {
  if (!isEmpty.value && network.value !== null) prepare(network.value);
});

/** Prove, and verify. */
export function ProofPanel(): JSX.Element {
  const made = proof.value;
  return (
    <>
      <section class="card stack" aria-labelledby="prove-title">
        <h2 id="prove-title">Prove it</h2>
        <p class="measure">
          The proof shows that this very network gives this answer for some image. It does not show the image, which
          stays on this device unless you have a hub make the proof.
        </p>
        <Action />
        <Limits />
        <Unfolding
          class="by-hub"
          summary="By a hub instead"
          load={async () => (await import("../by_hub/by_hub.tsx")).ByHub}
        />
        <Outcome />
      </section>
      {made && (
        <Fragment key={made.proof}>
          <VerifierCard proof={made.proof} network={made.network} own />
          <Share made={made} />
        </Fragment>
      )}
      <Meaning />
    </>
  );
}

function Action(): JSX.Element {
  const now = state.value, current = network.value, why = hindrance();
  if (why !== null) return <p class="notice">{why}</p>;
  if (now.kind === "proving") return <Clock state={now} onStop={stop} />;
  const about = current === null ? "" : `, about ${inSeconds(expectedSeconds(current))}`;
  return (
    <div class="row">
      <NextButton
        class="main"
        onClick={prove}
        disabled={isEmpty.value || current === null || now.kind === "away"}
      >
        {proof.value ? "Prove again" : "Prove here"}
      </NextButton>
      <span class="quiet small">
        {isEmpty.value ? "Draw something first." : `In your browser${about}.`}
      </span>
    </div>
  );
}

function Outcome(): JSX.Element {
  const now = state.value, made = proof.value;
  return (
    <div role="status" class="outcome">
      {now.kind === "stopped" && <p class="quiet">The proof was stopped; nothing is left of it.</p>}
      {made && now.kind === "none" && (
        <p>
          Proved in <strong class="number">{made.seconds.toFixed(1)} s</strong> {made.hub
            ? `by ${made.hub}, and verified here before you saw it`
            : `with ${made.threads === 1 ? "one thread" : `${made.threads} threads`}`}.
        </p>
      )}
      {now.kind === "failed" && <p class="notice bad">No proof was made: {now.sentence}</p>}
    </div>
  );
}

/** What a proof shows, and what not. */
function Meaning(): JSX.Element {
  return (
    <section class="card stack" aria-labelledby="meaning-title">
      <h2 id="meaning-title">What a proof shows</h2>
      <ul class="plain measure">
        <li>
          It shows that somebody knows an image for which this network, with these weights, gives these ten numbers.
        </li>
        <li>It does not show the image, nor that the image is a digit, nor that the network is right about it.</li>
        <li>It does not show who made it, or when: whoever has it can pass it on.</li>
      </ul>
    </section>
  );
}

/** Seconds for people, as "3 s" or "1 min 20 s". */
export function inSeconds(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
