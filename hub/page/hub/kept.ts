/**
 * The key to a hub that this tab has: in its session storage, so that a reload keeps it and the tab's end forgets it.
 * @module
 */

const KEPT = "zkgrad hub";

/** A hub and a key to it. */
export interface KeptKey {
  /** The hub's address. */
  readonly url: string;
  /** The key. */
  readonly apiKey: string;
}

/** What was kept; null where nothing was, or the browser lets pages keep nothing. */
export function keptKey(): KeptKey | null {
  try {
    const kept = sessionStorage.getItem(KEPT);
    return kept === null ? null : JSON.parse(kept) as KeptKey;
  } catch {
    return null;
  }
}

/** Keeps a key; null forgets it. Where the browser lets pages keep nothing, a reload forgets it too. */
export function keepKey(key: KeptKey | null): void {
  try {
    if (key === null) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, JSON.stringify(key));
  } catch {
    // Nothing is kept.
  }
}
