/**
 * A thread of the prover: a module Worker, as every bundler takes it.
 * @module
 */
import { Kernels } from "../kernels/kernels.ts";
import { doJob } from "./jobs.ts";
import type { FromThread, ToThread } from "./messages.ts";
import { Tools } from "./tools.ts";

/** The little of a Worker's scope that is used. */
interface Scope {
  onmessage: ((event: { readonly data: ToThread }) => void) | null;
  postMessage(message: FromThread): void;
}

const scope = globalThis as unknown as Scope;
let tools: Tools | null = null;

scope.onmessage = ({ data }) => {
  try {
    if (data.kind === "join") {
      const { kernels, domain, points } = data.tools;
      tools = new Tools(Kernels.join(kernels, data.from, data.to), domain, points);
      scope.postMessage({ kind: "ready" });
    } else scope.postMessage({ kind: "done", result: doJob(tools!, data.job) });
  } catch (error) {
    // The kind of error alone: a message could have a number of the witness in it.
    scope.postMessage({ kind: "failed", reason: error instanceof Error ? error.name : "something thrown" });
  }
};
