/**
 * Requests before proofs: the threads that compute give way to the one that answers. Without this a request waits for
 * its turn beside as many computing threads as there are cores.
 * @module
 */
import { setPriority } from "node:os";

/** Linux lets each thread be nice by itself, and shows them here. */
const TASKS = "/proc/self/task";

/** Deno calls the threads of Workers worker-1 and so on; all of them compute, and none answers. */
const NAME = /^worker-/;

/** Between 0, where they are everybody's equals, and 19, where any other program would stop them. */
const NICE = 5;

/** Milliseconds between two looks for new ones: an engine may start anew for each proof. */
const LOOK = 250;

/** Makes all Workers of this process nicer from now on, where the system can; returns what ends it. */
export function giveWay(): () => void {
  if (Deno.build.os !== "linux") return () => {};
  let known = new Set<string>();
  const look = (): void => {
    const threads = new Set<string>();
    try {
      for (const { name } of Deno.readDirSync(TASKS)) threads.add(name);
      for (const thread of threads) if (!known.has(thread)) beNice(thread);
      known = threads;
    } catch {
      // A system that hides its threads leaves them as they are.
    }
  };
  look();
  const timer = setInterval(look, LOOK);
  return () => clearInterval(timer);
}

function beNice(thread: string): void {
  try {
    if (NAME.test(Deno.readTextFileSync(`${TASKS}/${thread}/comm`))) setPriority(Number(thread), NICE);
  } catch {
    // It ended meanwhile.
  }
}
