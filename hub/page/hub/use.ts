/**
 * What the hub's pages do with what takes a while: something asked for, and something that is followed.
 * @module
 */
import { useEffect, useState } from "npm:preact@10.29.8/hooks";
import type { HubLine } from "../../client/mod.ts";
import { Calls } from "../app/calls.ts";
import { sentence } from "../app/errors.ts";
import type { HubFunctions } from "./hub_worker.ts";

/** The Worker that checks and verifies. */
export const work: Calls<HubFunctions> = new Calls("hub/hub_worker.js");

/** An error for the visitor, who called no function and sees which hub it is. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const said = text.replace(/^\w+\(\): /, "").replace(/^\S+ refuses: /, "").replace(/; check apiKey, which .*$/, "");
  return sentence(said);
}

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

/** A record that is followed to its end. */
export interface Following<T extends { status: string }> {
  ask(signal: AbortSignal): Promise<T>;
  /** Waits for its end and tells its changes. */
  wait(signal: AbortSignal, onProgress: (record: T) => void): Promise<T>;
  line(signal: AbortSignal): Promise<HubLine | null>;
  show(record: T): void;
  showLine(line: HubLine | null): void;
  failed(error: unknown): void;
}

/** Milliseconds between two looks at the place in the line, of which no event tells. */
const LOOK = 2000;

/** Follows a record until it is over, or the returned function is called. */
export function followed<T extends { status: string }>(
  { ask, wait, line, show, showLine, failed }: Following<T>,
): () => void {
  const end = new AbortController(), { signal } = end;
  const look = (): void => void line(signal).then(showLine, () => {});
  let timer: ReturnType<typeof setInterval> | undefined;
  const follow = async (): Promise<void> => {
    let record = await ask(signal);
    show(record);
    if (record.status !== "PENDING") return;
    look();
    timer = setInterval(look, LOOK);
    try {
      const first = record;
      // A change tells how far it is and no more, so what else is known stays.
      record = await wait(signal, (change) => show({ ...first, ...change }));
    } catch (error) {
      if (signal.aborted) return;
      record = await ask(signal);
      // One that failed says why itself.
      if (record.status === "PENDING") throw error;
    }
    show(record);
  };
  follow().catch((error) => signal.aborted || failed(error)).finally(() => clearInterval(timer));
  return () => {
    clearInterval(timer);
    end.abort();
  };
}
