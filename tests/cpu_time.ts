/** Time as this process spends it, which other processes of a busy machine do not lengthen. */
import process from "node:process";

/** Milliseconds of all processors that this process has used since `start`, which is an earlier answer. */
export function cpuTime(start = 0): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 - start;
}
