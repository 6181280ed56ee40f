/**
 * The hub as a program: `deno task hub` and `deno task worker`; `--help` lists the flags.
 * @module
 */
import { ZkgradError } from "../../core/base/errors.ts";
import { runHub } from "./program.ts";

if (import.meta.main) {
  try {
    await runHub(Deno.args, { calls: { hub: "deno task hub", worker: "deno task worker" } });
    Deno.exit(0);
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
    Deno.exit(1);
  }
}
