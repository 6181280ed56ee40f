/** How often each fault is tried: ZKGRAD_FAULT_ROUNDS, or 20 times. */
export const ROUNDS = Math.max(1, Number(Deno.env.get("ZKGRAD_FAULT_ROUNDS") ?? 20));

/** Tries a fault again and again and tells how each round went. */
export async function inRounds(
  name: string,
  round: (number: number, note: (text: string) => void) => Promise<void>,
  rounds: number = ROUNDS,
): Promise<void> {
  for (let number = 1; number <= rounds; number++) {
    const begun = performance.now();
    const notes: string[] = [];
    try {
      await round(number, (text) => notes.push(text));
    } catch (error) {
      tell(`${name}: round ${number} FAILED after ${notes.join(", ")}: ${(error as Error).stack}`);
      throw error;
    }
    tell(`${name}: round ${number} of ${rounds}, ${seconds(begun)} s: ${notes.join(", ")}`);
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
