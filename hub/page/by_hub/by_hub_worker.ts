/**
 * The Worker that speaks to hubs, the only part of the page that other hosts are open to: its script has a policy of its
 * own. It sends what it is handed and no more: a key to say who asks, a network to deploy, an input to prove.
 * @module
 */
import {
  cancelHubArtifact,
  cancelHubProof,
  createHubArtifact,
  deleteHubArtifact,
  deleteHubProof,
  downloadArtifactFile,
  downloadProof,
  getHubArtifact,
  getHubArtifactLine,
  getHubCredentials,
  getHubKey,
  getHubProof,
  getHubProofLine,
  type HubArtifact,
  type HubCredentials,
  type HubLine,
  type HubProof,
  type HubRecord,
  type HubScope,
  listHubArtifacts,
  proveHub,
  waitForArtifact,
  waitForProof,
} from "../../client/mod.ts";
import { serveCalls } from "../app/calls.ts";
import { followed, type Following } from "../hub/followed.ts";
import type { KeptKey } from "../hub/kept.ts";

/** A hub that took the key. */
export interface Connected {
  /** Its address for people. */
  readonly place: string;
  /** Whose the key is. */
  readonly organization: string;
  /** What the key may do. */
  readonly scopes: readonly HubScope[];
}

/** The hashes that a network is found by. */
export interface Hashes {
  readonly compiled: string;
  readonly calibrated: string;
  readonly settings: string;
}

/** A network on the hub. */
export interface Deployed {
  readonly id: string;
  /** Whether its keys are made. */
  readonly isReady: boolean;
  /** The hash of its key, where they are. */
  readonly vk: string | null;
  /** The name of its reference string, where it has one. */
  readonly srs: string | null;
}

/** How far a job is. */
export interface News {
  /** The record's id, by which it can be cancelled. */
  readonly id: string;
  readonly stage: string;
  /** The stage's share that is done. */
  readonly progress: number;
  /** Why it waits; empty where it does not. */
  readonly waiting: string;
  readonly line: HubLine | null;
}

/** How long the hub keeps a proof that nobody fetched; a device may sleep meanwhile. */
const KEEP_SECONDS = 600;

let credentials: HubCredentials | null = null;
const access = () => ({ credentials: credentials! });

function hashOf({ files = [] }: HubArtifact, name: string): string | null {
  return files.find((file) => file.name === name)?.sha256 ?? null;
}

function deployed(artifact: HubArtifact): Deployed {
  const srs = ["kzg.srs", "kzg.unsafe.srs"].find((name) => hashOf(artifact, name) !== null) ?? null;
  return { id: artifact.id, isReady: artifact.status === "SUCCESS", vk: hashOf(artifact, "key.vk"), srs };
}

/** Follows a record until it is over; throws for one that did not end well. */
async function ended<T extends HubRecord>(
  id: string,
  { ask, wait, line }: Pick<Following<T>, "ask" | "wait" | "line">,
  tell: (news: News) => void,
): Promise<T> {
  let last: T | null = null, place: HubLine | null = null;
  const record = await new Promise<T>((resolve, reject) => {
    const say = (): void =>
      void (last && tell({
        id,
        stage: last.stage ?? "queued",
        progress: last.progress ?? 0,
        waiting: last.waiting ?? "",
        line: place,
      }));
    const show = (record: T): void => {
      last = record;
      if (record.status === "PENDING") say();
      else resolve(record);
    };
    // A change that tells of the end has not all fields; what the wait itself gives has.
    const change = (told: (record: T) => void) => (record: T): void =>
      void (record.status === "PENDING" && told(record));
    const waited = (signal: AbortSignal, told: (record: T) => void) => wait(signal, change(told));
    followed<T>({ ask, wait: waited, line, show, showLine: (line) => (place = line, say()), failed: reject });
  });
  if (record.status === "SUCCESS") return record;
  throw new Error(
    record.status === "CANCELLED"
      ? "somebody cancelled it at the hub"
      : record.errors.join("; ") || `the hub says no more of it than ${record.status}`,
  );
}

const functions = {
  /** Asks a hub whether it takes a key; from then on it is the hub. */
  async connect({ url, apiKey }: KeptKey): Promise<Connected> {
    const found = await getHubCredentials({ url, apiKey, patience: 0 });
    const { scopes } = await getHubKey({ credentials: found, patience: 0 });
    credentials = found;
    return { place: new URL(url).host, organization: found.organization, scopes };
  },

  /** The network with this circuit; one whose keys are made before one that is on its way. */
  async find({ compiled, calibrated, settings }: Hashes): Promise<Deployed | null> {
    const having = (sha256: string) => listHubArtifacts({ ...access(), sha256, patience: 0 });
    for await (const artifact of having(compiled)) {
      if (artifact.status === "SUCCESS" && hashOf(artifact, "network.compiled") === compiled) return deployed(artifact);
    }
    for await (const artifact of having(calibrated)) {
      if (artifact.status === "PENDING" && hashOf(artifact, "settings.json") === settings) return deployed(artifact);
    }
    return null;
  },

  /** Deploys a network as the very circuit of its settings; `sample` says no more than how many numbers it takes. */
  async deploy({ name, model, settings, sample }: {
    name: string;
    model: Uint8Array;
    settings: Uint8Array;
    sample: string;
  }): Promise<Deployed> {
    return deployed(await createHubArtifact({ ...access(), name, model, settings, data: sample }));
  },

  /** Waits for its keys. */
  async made(id: string, tell: (news: News) => void): Promise<Deployed> {
    return deployed(
      await ended<HubArtifact>(id, {
        ask: (signal) => getHubArtifact(id, { ...access(), signal }),
        wait: (signal, onProgress) => waitForArtifact(id, { ...access(), signal, onProgress }),
        line: (signal) => getHubArtifactLine(id, { ...access(), signal }),
      }, tell),
    );
  },

  /** The reference string of its keys. */
  async srs({ id, srs }: Deployed): Promise<Uint8Array<ArrayBuffer>> {
    return await downloadArtifactFile(id, srs!, { ...access(), patience: 0 });
  },

  /**
   * Has an input proved; what the hub kept of it goes when the proof is here, or will not come. Where this page is closed
   * before, the hub deletes it by itself.
   */
  async prove({ id: artifact, input }: { id: string; input: string }, tell: (news: News) => void): Promise<{
    readonly proof: Uint8Array<ArrayBuffer>;
    /** Why the hub may still have the witness; null where it has deleted it. */
    readonly kept: string | null;
  }> {
    const { id } = await proveHub({ ...access(), id: artifact, data: input, keepSeconds: KEEP_SECONDS, patience: 0 });
    tell({ id, stage: "queued", progress: 0, waiting: "", line: null });
    const remove = () => deleteHubProof(id, access()).then(() => null, (error: Error) => error.message);
    try {
      await ended<HubProof>(id, {
        ask: (signal) => getHubProof(id, { ...access(), signal }),
        wait: (signal, onProgress) => waitForProof(id, { ...access(), signal, onProgress }),
        line: (signal) => getHubProofLine(id, { ...access(), signal }),
      }, tell);
      const proof = await downloadProof(id, access());
      return { proof, kept: await remove() };
    } catch (error) {
      const kept = await remove();
      if (kept === null) throw error;
      throw new Error(`${(error as Error).message}; and what was sent may still be there: ${kept}`, { cause: error });
    }
  },

  /** Stops a proof or a deployment, and has what was sent deleted. */
  async cancel({ kind, id }: { kind: "artifact" | "proof"; id: string }): Promise<void> {
    const [stop, remove] = kind === "proof"
      ? [cancelHubProof, deleteHubProof] as const
      : [cancelHubArtifact, deleteHubArtifact] as const;
    // One that is over by now is only deleted.
    await stop(id, access()).catch(() => {});
    await remove(id, access());
  },
};

/** What the page may call. */
export type HubFunctions = typeof functions;

serveCalls(functions);
