/**
 * Records that were asked for lately, so that hundreds of clients who ask for the same ones again and again do not each
 * keep the embedded database busy. Only for that one: it belongs to this process alone, and tells every change before
 * whoever made it is answered. On a shared Postgres word of a change may come late.
 * @module
 */
import { createHash } from "node:crypto";
import type { Changes } from "./changes.ts";
import type { ArtifactRecord, ProofRecord } from "./records.ts";
import type { KnownKey, Store } from "./store.ts";

/** What is answered from memory, and what makes it forget. */
type RecentStore = Pick<Store, "artifact" | "proof" | "authenticate" | "revokeApiKey">;

/** Records of each kind, some ten kilobytes each. */
const RECORDS = 500;

/** Keys that were right. */
const KEYS = 1000;

/** The same answers as `store` gives, from memory where nothing has changed since. */
export function recentStore(store: RecentStore, changes: Changes): RecentStore {
  const artifacts = new Recent<ArtifactRecord>(RECORDS), proofs = new Recent<ProofRecord>(RECORDS);
  const keys = new Recent<KnownKey>(KEYS);
  changes.onAny((id) => {
    artifacts.forget(id);
    proofs.forget(id);
  });
  return {
    artifact: (id, organizationId) =>
      artifacts.recall(id.toLowerCase(), organizationId, () => store.artifact(id, organizationId)),
    proof: (id, organizationId) =>
      proofs.recall(id.toLowerCase(), organizationId, () => store.proof(id, organizationId)),

    // Under its hash, so that no key lies in memory; and only a right one is remembered, so that how long the answer
    // to a wrong one takes says nothing still.
    authenticate: (key) =>
      keys.recall(createHash("sha256").update(key).digest("hex"), "", () => store.authenticate(key)),

    revokeApiKey: async (keyId) => {
      const revoked = await store.revokeApiKey(keyId);
      keys.clear();
      return revoked;
    },
  };
}

/** The last answers, and those that are under way: whoever asks for the same meanwhile waits for the same. */
class Recent<T extends object> {
  readonly #most: number;
  readonly #answers = new Map<string, { asker: string; answer: Promise<T | null> }>();

  constructor(most: number) {
    this.#most = most;
  }

  /** What `asker` was answered before, or what `read` finds. */
  recall(key: string, asker: string, read: () => Promise<T | null>): Promise<T | null> {
    const known = this.#answers.get(key);
    if (known) {
      // Whoever else asks for it may not see it: the database says so.
      if (known.asker !== asker) return read();
      this.#answers.delete(key);
      this.#answers.set(key, known);
      return known.answer;
    }
    const entry = { asker, answer: read() };
    this.#answers.set(key, entry);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= this.#most) break;
      this.#answers.delete(oldest);
    }
    // One that was forgotten while it was read is not brought back: it may be from before the change.
    const drop = (): void => {
      if (this.#answers.get(key) === entry) this.#answers.delete(key);
    };
    entry.answer.then((found) => found === null ? drop() : Object.freeze(found), drop);
    return entry.answer;
  }

  /** Something of it changed. */
  forget(key: string): void {
    this.#answers.delete(key);
  }

  /** Anything may have changed. */
  clear(): void {
    this.#answers.clear();
  }
}
