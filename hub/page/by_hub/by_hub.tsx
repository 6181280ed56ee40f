/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * A proof by a hub: which hub, whether it has this network, what is sent, and how far the proof is.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { useEffect } from "npm:preact@10.29.8/hooks";
import { network } from "../app/network.ts";
import { isEmpty } from "../draw/drawing.ts";
import { placeText } from "../hub/parts.tsx";
import { Clock } from "../prove/clock.tsx";
import { isUnderWay } from "../prove/proof.ts";
import type { Connected, News } from "./by_hub_worker.ts";
import { HubForm } from "./form.tsx";
import { asking, cancelDeploying, deploy, forget, hub, place, problem, reconnect } from "./hub.ts";
import { cancel, type Job, job, prove } from "./proof.ts";

/** The hub's stages in words. */
const STEPS: Readonly<Record<string, string>> = {
  queued: "waiting in the line",
  witness: "computing the witness",
  proof: "proving",
  verification: "verifying",
};

/** All of it. */
export function ByHub(): JSX.Element {
  useEffect(reconnect, []);
  const chosen = hub.value, now = job.value;
  return (
    <div class="stack">
      {chosen === null ? <HubForm /> : (
        <>
          <div class="row spread">
            <p>
              Connected to <strong>{chosen.place}</strong>, organisation {chosen.organization}.
            </p>
            <button type="button" class="plain" onClick={forget} disabled={now !== null}>Forget it</button>
          </div>
          {now === null ? <ThisNetwork at={chosen} /> : <Proving now={now} />}
        </>
      )}
      {asking.value && <p role="status" class="quiet">{asking.value}</p>}
      {problem.value && <p class="notice bad" role="alert">{problem.value}</p>}
    </div>
  );
}

function ThisNetwork({ at }: { at: Connected }): JSX.Element | null {
  const found = place.value;
  const missing = (["prove", "read"] as const).filter((scope) => !at.scopes.includes(scope));
  if (missing.length > 0) {
    return (
      <p class="notice bad">
        This key may not {missing.join(" and not ")}, and a proof takes both; have one made with prove and read.
      </p>
    );
  }
  if (found.kind === "none") return <NotThere at={at} />;
  if (found.kind === "deploying") return <Deploying news={found.news} isMine={found.isMine} />;
  if (found.kind !== "there") return null;
  return (
    <>
      <p class="notice">
        <strong>Your drawing leaves this device.</strong> {at.place}{" "}
        is sent its 784 pixels, and whoever runs it can look at them. It deletes them, and what it computed of them,
        once the proof is here; if you close this page before, within minutes of the proof's end. Others who get the
        proof see no pixel of them.
      </p>
      <p class="quiet small measure">
        Whatever the hub sends is verified here before you see it, {found.network.shared
          ? "with this page's own key."
          : "with a key that your browser made of this page's circuit; the reference string is the hub's."}
      </p>
      <div class="row">
        <button type="button" onClick={prove} disabled={isEmpty.value || isUnderWay.value}>
          Send the drawing and prove
        </button>
        {isEmpty.value && <span class="quiet small">Draw something first.</span>}
      </div>
    </>
  );
}

function NotThere({ at }: { at: Connected }): JSX.Element {
  const may = at.scopes.includes("deploy");
  return (
    <>
      <p class="measure">
        <strong>{at.place} does not have this network.</strong> {may
          ? "It can be deployed there: the network and its settings are sent, and no drawing. Its keys are made in seconds or minutes, once."
          : "Your key may not deploy it; ask for a key with the scope deploy, or whoever has one to open this page."}
      </p>
      {may && (
        <div class="row">
          <button type="button" onClick={deploy}>Deploy it there</button>
        </div>
      )}
    </>
  );
}

function Deploying({ news, isMine }: { news: News | null; isMine: boolean }): JSX.Element {
  return (
    <div class="stack clock">
      <p role="status">
        {news === null ? "The network is sent…" : `The hub makes its keys. ${placeText(news, news.line)}`}
      </p>
      <progress aria-label="The network's keys" />
      {isMine && (
        <div class="row">
          <button type="button" onClick={cancelDeploying} disabled={news === null}>Cancel</button>
        </div>
      )}
    </div>
  );
}

function Proving({ now: { begun, news } }: { now: Job }): JSX.Element {
  const expected = network.value?.about.seconds ?? 1;
  const progress = news && {
    step: STEPS[news.stage] ?? news.stage,
    done: news.progress,
    secondsLeft: news.line?.expectedSeconds ?? null,
  };
  return (
    <>
      <Clock state={{ begun, expected, progress }} onStop={cancel} label="Cancel at the hub" />
      <p role="status" class="quiet small">{news === null ? "The drawing is sent…" : placeText(news, news.line)}</p>
    </>
  );
}
