import { fileURLToPath } from "node:url";

/** What a `deno` that a test starts is given, so that it takes the packages of the lock file and no others. */
export const FROZEN: readonly string[] = [
  `--lock=${fileURLToPath(new URL("deno.lock", import.meta.url))}`,
  "--frozen",
];
