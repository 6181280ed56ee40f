/**
 * What a thread of a calibration does. Its text with all that it needs, made by
 * `tests/hub/halo2/prover/bundle_worker.ts`, is `weighing_text.ts`.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";
import type { ThreadPort } from "../../../core/run/cpu/thread.ts";
import { Weigher } from "./weigher.ts";
import type { FromThread, ToThread } from "./weighing_messages.ts";

/** The program of a thread. */
export function serveWeighing(port: ThreadPort<ToThread, FromThread>): void {
  let weigher: Weigher | null = null;
  port.onmessage = ({ data }) => {
    try {
      if (data.kind === "open") weigher = new Weigher(data.study);
      else port.postMessage({ kind: "done", answer: weigher!.do(data.piece) });
    } catch (error) {
      if (error instanceof ZkgradError) {
        port.postMessage({ kind: "refused", name: error.name, message: error.message });
      } else port.postMessage({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
    }
  };
}
