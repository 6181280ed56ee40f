/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * One proof, under an address of its own, verified by this browser.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { useEffect, useState } from "npm:preact@10.29.8/hooks";
import { formatBytes, formatDuration } from "../../../core/base/format.ts";
import {
  deleteHubProof,
  downloadProof,
  getHubProof,
  getHubProofLine,
  type HubLine,
  type HubProof,
  pinArtifact,
  waitForProof,
} from "../../client/mod.ts";
import { sentenceOf } from "../app/errors.ts";
import { CopiedText } from "../share/copied.tsx";
import { save } from "../share/save.ts";
import { followed } from "./followed.ts";
import type { ToVerify, Verified } from "./hub_worker.ts";
import { Alert, Moment, StatusMark, Sure, Timeline } from "./parts.tsx";
import { may, session } from "./session.ts";
import { useDoing, work } from "./use.ts";

const STEPS = ["queued", "witness", "proof", "verification", "done"];

/** The page of a proof. */
export function ProofPage({ id }: { id: string }): JSX.Element {
  const { credentials } = session.value!;
  const [proof, setProof] = useState<HubProof | null>(null), [error, setError] = useState("");
  const [line, setLine] = useState<HubLine | null>(null);
  const removing = useDoing();
  useEffect(() => {
    if (!may("read")) {
      return setError(`This key has no scope to read, so the proof is not shown; its id is ${id}.`);
    }
    setProof(null);
    return followed<HubProof>({
      ask: (signal) => getHubProof(id, { credentials, signal }),
      wait: (signal, onProgress) => waitForProof(id, { credentials, signal, onProgress }),
      line: (signal) => getHubProofLine(id, { credentials, signal }),
      show: setProof,
      showLine: setLine,
      failed: (error) => setError(sentenceOf(error)),
    });
  }, [id]);
  if (proof === null) {
    return error ? <Alert text={error} /> : <p class="quiet" role="status">Asking for the proof…</p>;
  }
  const remove = (): void =>
    removing.start(async () => {
      await deleteHubProof(id, { credentials });
      location.hash = `artifact/${proof.artifact.id}`;
    });
  return (
    <div class="stack wide-gap">
      <div class="between">
        <h1>
          Proof of <a href={`#artifact/${proof.artifact.id}`}>{proof.artifact.name || "a model"}</a>
        </h1>
        <StatusMark status={proof.status} />
      </div>
      <section class="card stack">
        <Timeline record={proof} steps={STEPS} line={line} />
        <p class="quiet small">
          Asked for on <Moment at={proof.createdAt} />
          {seconds(proof)}.
        </p>
      </section>
      {proof.status === "SUCCESS" && <Verification proof={proof} />}
      {proof.status === "SUCCESS" && (
        <section class="card stack" aria-labelledby="link-title">
          <h2 id="link-title">Its address</h2>
          <p>Whoever has a key of this organisation that may read opens it, and their browser verifies it again.</p>
          <CopiedText what="the address" text={location.href} />
        </section>
      )}
      {may("prove") && (
        <div class="row">
          <Sure label="Delete the proof" question="Delete it with its witness" act={remove} disabled={removing.busy} />
        </div>
      )}
      <Alert text={removing.error || error} />
    </div>
  );
}

function seconds({ timings = {} }: HubProof): string {
  const steps = Object.entries(timings).map(([step, took]) => `${step} ${formatDuration(took)}`);
  return steps.length === 0 ? "" : `; ${steps.join(", ")}`;
}

function Verification({ proof: { id, artifact } }: { proof: HubProof }): JSX.Element {
  const { credentials } = session.value!, checking = useDoing();
  const [files, setFiles] = useState<ToVerify & { proof: Uint8Array<ArrayBuffer> } | null>(null);
  const [found, setFound] = useState<Verified & { changed: boolean } | null>(null);
  const check = (files: ToVerify, changed: boolean): Promise<void> =>
    work.call("verify", files).then((found) => setFound({ ...found, changed }));
  useEffect(() => {
    checking.start(async () => {
      const [pin, proof] = await Promise.all([
        pinArtifact(artifact.id, { credentials }),
        downloadProof(id, { credentials }),
      ]);
      const files = { proof, vk: pin.vk, settings: pin.settingsFile, srs: pin.srs };
      setFiles(files);
      await check(files, false);
    });
  }, [id]);
  return (
    <section class="card stack" aria-labelledby="verify-title">
      <h2 id="verify-title">Verified here</h2>
      <p class="quiet">
        Your browser took the key, the settings and the proof, and checks them itself; the hub's word counts for
        nothing.
      </p>
      {found && (
        <p class={found.holds ? "notice outcome" : "notice bad outcome"} role="status">
          {found.holds
            ? "✓ The proof holds."
            : `✕ ${found.changed ? "With one bit changed it does not hold" : "The proof does not hold"}: ${found.why}.`}
        </p>
      )}
      {checking.busy && <p role="status">Verifying…</p>}
      <Alert text={checking.error} />
      {found?.holds && <Public found={found} />}
      {files && (
        <div class="row">
          <button
            type="button"
            disabled={checking.busy}
            onClick={() => checking.start(() => check(changedBit(files), true))}
          >
            Change one bit
          </button>
          <button type="button" disabled={checking.busy} onClick={() => checking.start(() => check(files, false))}>
            Verify again
          </button>
          <button type="button" onClick={() => save("test.pf", files.proof)}>
            Download the proof, {formatBytes(files.proof.length)}
          </button>
        </div>
      )}
    </section>
  );
}

function Public({ found: { inputs, outputs, unsafe } }: { found: Verified }): JSX.Element {
  const shown = (tensors: readonly (readonly number[])[]): string =>
    tensors.map((tensor) =>
      tensor.slice(0, 20).map((value) => +value.toFixed(4)).join(", ") + (tensor.length > 20 ? ", …" : "")
    )
      .join("; ");
  return (
    <>
      <dl class="facts wide">
        <div>
          <dt>Public outputs</dt>
          <dd>{outputs ? shown(outputs) : "none: they stay private"}</dd>
        </div>
        <div>
          <dt>Public inputs</dt>
          <dd>{inputs ? shown(inputs) : "none: they stay private"}</dd>
        </div>
      </dl>
      {unsafe && (
        <p class="quiet small">
          Its reference string is a test string, so this shows that all parts work, and proves nothing to others.
        </p>
      )}
    </>
  );
}

/** The files with one bit of the proof's own bytes flipped. */
function changedBit(files: ToVerify): ToVerify {
  const json = JSON.parse(new TextDecoder().decode(files.proof)) as { proof: number[]; hex_proof?: string | null };
  const at = json.proof.length >> 1;
  json.proof[at]! ^= 1;
  json.hex_proof = null;
  return { ...files, proof: new TextEncoder().encode(JSON.stringify(json)) };
}
