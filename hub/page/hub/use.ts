/**
 * What the hub's pages do with what takes a while: something asked for, and something that is done.
 * @module
 */
import { useEffect, useState } from "npm:preact@10.29.8/hooks";
import { Calls } from "../app/calls.ts";
import { sentenceOf } from "../app/errors.ts";
import type { HubFunctions } from "./hub_worker.ts";

/** The Worker that checks and verifies. */
export const work: Calls<HubFunctions> = new Calls("hub/hub_worker.js");

/** Something that was asked for. */
export interface Asked<T> {
  /** It, once it has come. */
  readonly value: T | null;
  /** Why it has not, or an empty text. */
  readonly error: string;
  /** Asks again; the old value stays until the new one has come. */
  reload(): void;
}

/** Asks when `key` changes; the answer to an earlier question is dropped. */
export function useAsked<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Asked<T> {
  const [found, setFound] = useState<{ key: string; value: T | null; error: string }>({ key, value: null, error: "" });
  const [again, setAgain] = useState(0);
  useEffect(() => {
    const end = new AbortController();
    ask(end.signal).then(
      (value) => end.signal.aborted || setFound({ key, value, error: "" }),
      (error) => end.signal.aborted || setFound({ key, value: null, error: sentenceOf(error) }),
    );
    return () => end.abort();
  }, [key, again]);
  const { value, error } = found.key === key ? found : { value: null, error: "" };
  return { value, error, reload: () => setAgain((times) => times + 1) };
}

/** Something that is done once at a time, by a button. */
export interface Doing {
  /** Whether it is under way. */
  readonly busy: boolean;
  /** Why it did not go well, or an empty text. */
  readonly error: string;
  /** Does it. */
  start(body: () => Promise<void>): void;
}

/** For one button, or one form. */
export function useDoing(): Doing {
  const [busy, setBusy] = useState(false), [error, setError] = useState("");
  const start = (body: () => Promise<void>): void => {
    setBusy(true);
    setError("");
    body().catch((error) => setError(sentenceOf(error))).finally(() => setBusy(false));
  };
  return { busy, error, start };
}
