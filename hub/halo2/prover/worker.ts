/**
 * What a thread of the prover does. Its text with all that it needs, made by `tests/hub/halo2/prover/bundle_worker.ts`,
 * is `worker_text.ts`.
 * @module
 */
import type { ThreadPort } from "../../../core/run/cpu/thread.ts";
import { Kernels } from "../kernels/kernels.ts";
import { doJob } from "./jobs.ts";
import type { FromThread, ToThread } from "./messages.ts";
import { Tools } from "./tools.ts";

/** The program of a thread. */
export function serveProver(port: ThreadPort<ToThread, FromThread>): void {
  let tools: Tools | null = null;
  port.onmessage = ({ data }) => {
    try {
      if (data.kind === "join") {
        const { kernels, domain, points } = data.tools;
        tools = new Tools(Kernels.join(kernels, data.from, data.to), domain, points);
        port.postMessage({ kind: "joined" });
      } else port.postMessage({ kind: "done", result: doJob(tools!, data.job) });
    } catch (error) {
      // The kind of error alone: a message could have a number of the witness in it.
      port.postMessage({ kind: "failed", reason: error instanceof Error ? error.name : "something thrown" });
    }
  };
}
