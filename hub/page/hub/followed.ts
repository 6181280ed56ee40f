/**
 * A record of a hub that is followed to its end, with its place in the line.
 * @module
 */
import type { HubLine } from "../../client/mod.ts";

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
