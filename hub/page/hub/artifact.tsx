/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * One model: how far it is, what it costs, what it can be asked, and its end.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { useEffect, useState } from "npm:preact@10.29.8/hooks";
import { formatBytes, formatCount, formatDuration } from "../../../core/base/format.ts";
import {
  deleteHubArtifact,
  downloadArtifactFile,
  getHubArtifact,
  getHubArtifactLine,
  type HubArtifact,
  type HubLine,
  listHubProofs,
  waitForArtifact,
} from "../../client/mod.ts";
import { sentenceOf } from "../app/errors.ts";
import { save } from "../share/save.ts";
import { followed } from "./followed.ts";
import { Alert, Moment, StatusMark, Sure, Timeline } from "./parts.tsx";
import { Plot } from "./plot.tsx";
import { may, session } from "./session.ts";
import { Snippets } from "./snippets.tsx";
import { TryIt } from "./try_it.tsx";
import { useAsked, useDoing } from "./use.ts";

const STEPS = ["queued", "calibration", "circuit", "srs", "keys", "done"];

/** The page of an artifact. */
export function ArtifactPage({ id }: { id: string }): JSX.Element {
  const { credentials } = session.value!;
  const [artifact, setArtifact] = useState<HubArtifact | null>(null), [error, setError] = useState("");
  const [line, setLine] = useState<HubLine | null>(null);
  const removing = useDoing();
  useEffect(() => {
    if (!may("read")) return setError("This key has no scope to read, so the model is not shown.");
    setArtifact(null);
    return followed<HubArtifact>({
      ask: (signal) => getHubArtifact(id, { credentials, signal }),
      wait: (signal, onProgress) => waitForArtifact(id, { credentials, signal, onProgress }),
      line: (signal) => getHubArtifactLine(id, { credentials, signal }),
      show: setArtifact,
      showLine: setLine,
      failed: (error) => setError(sentenceOf(error)),
    });
  }, [id]);
  const remove = (): void =>
    removing.start(async () => {
      await deleteHubArtifact(id, { credentials });
      location.hash = "models";
    });
  if (artifact === null) {
    return error ? <Alert text={error} /> : <p class="quiet" role="status">Asking for the model…</p>;
  }
  const ready = artifact.status === "SUCCESS";
  return (
    <div class="stack wide-gap">
      <div class="between">
        <h1>{artifact.name}</h1>
        <StatusMark status={artifact.status} />
      </div>
      {artifact.description && <p class="measure description">{artifact.description}</p>}
      <section class="card">
        <Timeline record={artifact} steps={STEPS} line={line} />
      </section>
      {ready && artifact.srs?.unsafe && (
        <p class="notice">
          The reference string was made by the hub itself: who has its secret can forge proofs, so these prove nothing
          to others. Start the hub with <code>--srs</code> and a ceremony's string for proofs that do.
        </p>
      )}
      {ready && may("prove") && <TryIt artifact={artifact} />}
      {ready && <Proofs artifact={artifact} />}
      {artifact.price && <Price artifact={artifact} />}
      {artifact.report && <Plot report={artifact.report} />}
      {ready && <Snippets artifact={artifact} />}
      <Files artifact={artifact} />
      {may("deploy") && (
        <div class="row">
          <Sure
            label="Delete the model"
            question="Delete it with its proofs and files"
            act={remove}
            disabled={removing.busy}
          />
        </div>
      )}
      <Alert text={removing.error || error} />
    </div>
  );
}

function Price({ artifact }: { artifact: HubArtifact }): JSX.Element {
  const { cells, logrows, pkBytes, heapBytes, secondsKeys, secondsProof } = artifact.price!;
  const facts: readonly (readonly [string, string])[] = [
    ["Cells", formatCount(cells)],
    ["Rows", `2^${logrows}`],
    ["Proof, on one thread", formatDuration(secondsProof)],
    ["Keys, on one thread", formatDuration(secondsKeys)],
    ["Memory", formatBytes(heapBytes)],
    ["Proving key", formatBytes(pkBytes)],
  ];
  return (
    <section class="card stack" aria-labelledby="price-title">
      <h2 id="price-title">What it costs</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Proofs({ artifact }: { artifact: HubArtifact }): JSX.Element | null {
  const { credentials } = session.value!;
  const { value, error } = useAsked(
    artifact.id,
    async (signal) => await Array.fromAsync(listHubProofs({ credentials, artifactId: artifact.id, signal })),
  );
  if (error) return <Alert text={error} />;
  if (value === null || value.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="proofs-title">
      <h2 id="proofs-title">Proofs</h2>
      <ul class="plain-list">
        {value.map(({ id, status, createdAt }) => (
          <li key={id} class="between">
            <a href={`#proof/${id}`}>
              Proof of <Moment at={createdAt} />
            </a>
            <StatusMark status={status} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Files({ artifact: { id, files = [] } }: { artifact: HubArtifact }): JSX.Element {
  const { credentials } = session.value!, taking = useDoing();
  const take = (name: string): void =>
    taking.start(async () => save(name, await downloadArtifactFile(id, name, { credentials })));
  const total = files.reduce((sum, { size }) => sum + size, 0);
  return (
    <details class="card">
      <summary>Files, {formatBytes(total)}</summary>
      <ul class="plain-list">
        {files.map(({ name, size, url }) => (
          <li key={name} class="between">
            <span>
              {name} <span class="quiet">{formatBytes(size)}</span>
            </span>
            {url !== null && (
              <button type="button" disabled={taking.busy} onClick={() => take(name)}>
                Download<span class="hidden">{name}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      <Alert text={taking.error} />
    </details>
  );
}
