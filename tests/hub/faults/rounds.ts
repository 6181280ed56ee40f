/** How often each fault is tried: ZKGRAD_FAULT_ROUNDS, or 20 times. */
export const ROUNDS = Math.max(1, Number(Deno.env.get("ZKGRAD_FAULT_ROUNDS") ?? 20));

/**
 * Tries a fault again and again and tells how each round went. A round that answers "late" met what it was meant for no
 * more; it is tried again.
 */
export async function inRounds(
  name: string,
  round: (number: number, note: (text: string) => void) => Promise<"late" | undefined | void>,
  rounds: number = ROUNDS,
): Promise<void> {
  let late = 0;
  for (let number = 1; number <= rounds;) {
    const begun = performance.now();
    const notes: string[] = [];
    try {
      const met = await round(number, (text) => notes.push(text)) !== "late";
      tell(`${name}: round ${number} of ${rounds}${met ? "" : ", too late"}, ${seconds(begun)} s: ${notes.join(", ")}`);
      if (met) number++;
      else if (++late > 2 * rounds + 5) throw new Error("too many rounds were too late");
    } catch (error) {
      tell(`${name}: round ${number} FAILED after ${notes.join(", ")}: ${(error as Error).stack}`);
      throw error;
    }
  }
}

/** How long something takes, so that faults meet it at any moment. */
export class Usual {
  readonly #seen: number[] = [];

  /** It took so many seconds. */
  took(seconds: number): void {
    this.#seen.push(seconds);
  }

  /** A moment, in milliseconds, within the time that it takes on a machine that does nothing else. */
  moment(): number {
    const sorted = this.#seen.toSorted((a, b) => a - b);
    return upTo(1000 * (sorted[sorted.length >> 2] ?? 0.5));
  }
}

/** Seconds since a time of `performance.now()`. */
export function seconds(begun: number): string {
  return ((performance.now() - begun) / 1000).toFixed(1);
}

/** A whole number from 0 to before `end`. */
export function upTo(end: number): number {
  return Math.floor(Math.random() * end);
}

/** At once; what is written to Deno.stderr, a test shows at its end. */
function tell(text: string): void {
  using terminal = Deno.openSync("/dev/stderr", { append: true });
  terminal.writeSync(new TextEncoder().encode(`${text}\n`));
}
