/**
 * Waiting for what a hub works on.
 * @module
 */
import { namesOf } from "../../core/base/known.ts";
import { checkAccess, type Hub, type HubAccess, hubOf } from "./access.ts";
import { askArtifact } from "./artifacts.ts";
import { checkText } from "./call.ts";
import { Changes } from "./changes.ts";
import { HubFailedError, HubTimeoutError } from "./errors.ts";
import { backoff, limited } from "./patience.ts";
import { askProof } from "./proofs.ts";
import { ARTIFACT_FIELDS, ARTIFACT_PROGRESS, PROOF_FIELDS } from "./fields.ts";
import { artifactOf, proofOf } from "./read_records.ts";
import { type HubArtifact, type HubProof, type HubRecord, isGood, isOver } from "./records.ts";

/** How a wait is told of. */
export interface WaitOptions<T extends HubRecord> {
  /** Called with the record whenever something of it changed; what it throws ends the wait. */
  onProgress?: ((record: T) => void) | undefined;
}

const WAIT_OPTIONS = namesOf<WaitOptions<HubRecord>>({ onProgress: true });

/** How one kind of record is asked for. */
interface Kind<T extends HubRecord> {
  what: "artifact" | "proof";
  caller: string;
  progress: string;
  fields: string;
  read: (caller: string, value: unknown) => T;
  ask: (caller: string, hub: Hub, id: string, fields: string, signal: AbortSignal, patience: number) => Promise<T>;
}

/** Milliseconds through which a hub may be away while something is waited for: it may be starting anew. */
const WAITING_PATIENCE = 120_000;

/** Milliseconds between two questions while changes are heard of anyway. */
const RARELY = 15_000;

/**
 * Waits until an artifact is done, and gives all that the hub knows of it. Changes are told
 * by the hub's subscription where it has one; else it is asked, every five seconds in the end.
 *
 * @example
 * ```ts ignore
 * // Not run: it asks a hub that runs elsewhere; the module's own example runs.
 * const artifact = await waitForArtifact(id, {
 *   credentials,
 *   timeout: 600_000,
 *   onProgress: ({ stage, progress }) => show(stage, progress),
 * });
 * ```
 * @throws {HubFailedError} where it failed or was cancelled: with the stage, and the hub's sentences
 * @throws {HubTimeoutError} where it takes longer than `timeout`
 * @throws {HubUnreachableError} where no hub answered for two minutes, or as long as `patience` says
 */
export async function waitForArtifact(
  id: string,
  options: HubAccess & WaitOptions<HubArtifact>,
): Promise<HubArtifact> {
  return await wait(id, options, {
    what: "artifact",
    caller: "waitForArtifact()",
    progress: ARTIFACT_PROGRESS,
    fields: ARTIFACT_FIELDS,
    read: artifactOf,
    ask: askArtifact,
  });
}

/**
 * Waits until a proof is done, and gives it; as {@linkcode waitForArtifact}.
 *
 * @throws {HubFailedError} where it failed or was cancelled: with the stage, and the hub's sentences
 * @throws {HubTimeoutError} where it takes longer than `timeout`
 * @throws {HubUnreachableError} where no hub answered for two minutes, or as long as `patience` says
 */
export async function waitForProof(id: string, options: HubAccess & WaitOptions<HubProof>): Promise<HubProof> {
  return await wait(id, options, {
    what: "proof",
    caller: "waitForProof()",
    // A proof that is not done has few fields to send, so the news of its end may bring it along.
    progress: PROOF_FIELDS,
    fields: PROOF_FIELDS,
    read: proofOf,
    ask: askProof,
  });
}

async function wait<T extends HubRecord>(
  id: string,
  options: HubAccess & WaitOptions<T>,
  kind: Kind<T>,
): Promise<T> {
  const { caller, what } = kind;
  checkAccess(caller, options, WAIT_OPTIONS);
  checkText(caller, "id", id);
  const hub = hubOf(caller, options);
  let last: T | null = null;
  const late = () => {
    const { stage = null } = last ?? {};
    const where = stage === null ? "not done" : `at the stage ${stage}`;
    return new HubTimeoutError(
      `${caller}: ${what} ${id} was ${where} after the ${options.timeout} ms allowed; the hub goes on, so wait again`,
      { stage },
    );
  };
  return await limited(caller, options, late, async (signal) => {
    const ask = (fields: string) => kind.ask(caller, hub, id, fields, signal, WAITING_PATIENCE);
    const changes = new Changes(hub, `${what}Changed`, id, kind.progress);
    try {
      for (let asked = 0;;) {
        const heard = changes.take();
        const record: T = heard === null ? await ask(kind.progress) : kind.read(caller, heard);
        if (heard === null) asked++;
        // An event may have been under way while the hub was asked.
        else if ((record.updatedAt ?? "") < (last?.updatedAt ?? "")) continue;
        if (JSON.stringify(record) !== JSON.stringify(last)) {
          last = record;
          options.onProgress?.(record);
        }
        if (isOver(record)) break;
        await changes.wait(changes.live ? RARELY : backoff(asked - 1, 100, 1.3), signal);
      }
    } finally {
      await changes.stop();
    }
    const done = kind.progress === kind.fields ? last! : await ask(kind.fields);
    if (isGood(done)) return done;
    throw failed(caller, hub, what, done);
  });
}

function failed(caller: string, hub: Hub, what: string, record: HubRecord): HubFailedError {
  const { id, status, errors, stage = null } = record;
  const name = (record as Partial<HubArtifact>).name;
  const named = name === undefined ? `${what} ${id}` : `${what} ${JSON.stringify(name)} (${id})`;
  const where = stage === null ? "" : ` at the stage ${stage}`;
  const how = /cancel/i.test(status) ? "was cancelled" : "failed";
  const why = errors.length > 0
    ? errors.join("; ")
    : how === "failed"
    ? `its status is ${status}`
    : "somebody asked for that";
  return new HubFailedError(`${caller}: ${named} on ${hub.place} ${how}${where}: ${why}`, id, status, errors, {
    stage,
  });
}
