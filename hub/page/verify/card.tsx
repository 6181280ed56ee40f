/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * The verifier's side: what a verifier gets, what it finds, and what one changed bit does.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { useEffect } from "npm:preact@10.29.8/hooks";
import { useSignal } from "npm:@preact/signals@2.11.4";
import { sentenceOf } from "../app/errors.ts";
import type { PageNetwork } from "../app/network.ts";
import { Findings } from "./findings.tsx";
import type { Verdict } from "./verify_worker.ts";
import { verifier } from "./verifier.ts";

/** What the card is given. */
export interface VerifierCardProps {
  /** `test.pf`. */
  readonly proof: Uint8Array;
  /** Where key, settings and reference string come from: the verifier's own. */
  readonly network: Pick<PageNetwork, "vk" | "settings" | "srs">;
  /** Whether the page's own prover made the proof just now. */
  readonly own?: boolean;
}

/** What was verified: the proof as it came, or with a bit changed. */
interface Tried {
  readonly verdict: Verdict;
  readonly changed: { readonly bit: number; readonly bits: number } | null;
}

/** Verifies at once. */
export function VerifierCard({ proof, network, own = false }: VerifierCardProps): JSX.Element {
  const tried = useSignal<Tried | null>(null), problem = useSignal("");
  const { vk, settings, srs } = network;
  const check = async (change: boolean) => {
    try {
      const changed = change ? await verifier.call("changeBit", proof) : null;
      const verdict = await verifier.call("verify", { proof: changed?.proof ?? proof, vk, settings, srs });
      tried.value = { verdict, changed };
    } catch (error) {
      problem.value = sentenceOf(error);
    }
  };
  useEffect(() => void check(false), [proof, network]);
  const found = tried.value;
  return (
    <section class="card stack verifier" aria-labelledby="verifier-title">
      <h2 id="verifier-title">The verifier's side</h2>
      <p class="measure">
        {own
          ? "A verifier elsewhere would get no more than this, and no drawing"
          : "This is all that the verifier gets"}:
      </p>
      <ul class="files" aria-label="What the verifier gets">
        <File name="Proof" bytes={proof} note="from the prover" />
        <File name="Key" bytes={vk} note="the network with its weights" />
        <File name="Settings" bytes={settings} note="what is shown, in what scale" />
        <File name="Reference string" bytes={srs} note="516 bytes of it are used" />
      </ul>
      <div role="status" class="stack">
        {found === null && problem.value === "" && <p class="quiet">Verifying…</p>}
        {found && <Findings verdict={found.verdict} changed={found.changed} />}
        {problem.value && <p class="notice bad">{problem.value}</p>}
      </div>
      {found && (
        <div class="row">
          <button type="button" onClick={() => check(true)}>
            {found.changed ? "Change another bit" : "Change one bit"}
          </button>
          {found.changed && <button type="button" onClick={() => check(false)}>Verify the proof as it was</button>}
        </div>
      )}
    </section>
  );
}

function File({ name, bytes, note }: { name: string; bytes: Uint8Array; note: string }): JSX.Element {
  return (
    <li>
      <strong>{name}</strong>
      <span class="number quiet">{sizeText(bytes.length)}</span>
      <span class="quiet small">{note}</span>
    </li>
  );
}

/** Bytes for people. */
export function sizeText(bytes: number): string {
  return bytes < 1000
    ? `${bytes} bytes`
    : bytes < 1e6
    ? `${(bytes / 1e3).toFixed(1)} kB`
    : `${(bytes / 1e6).toFixed(1)} MB`;
}
