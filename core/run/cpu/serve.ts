/**
 * What a thread does: it takes modules, and runs them when it is told to. The function's own text is the thread's
 * program, so that bundlers have nothing to find and a runtime needs no permission to read it; it names nothing from
 * outside itself.
 * @module
 */
import type { ThreadPort } from "./thread.ts";

/** What a thread is told. */
export type ToThread =
  | {
    readonly kind: "module";
    readonly id: number;
    readonly module: WebAssembly.Module;
    readonly memory: WebAssembly.Memory;
  }
  | { readonly kind: "forget"; readonly id: number }
  | { readonly kind: "run"; readonly id: number; readonly run: readonly [number, number, number, number] };

/** What a thread says: that it is there, or has done what it was told; or why not. */
export type FromThread = { readonly kind: "ready" | "done" } | { readonly kind: "failed"; readonly reason: string };

/** The program of a thread. */
export function serve(port: ThreadPort<ToThread, FromThread>): void {
  const runs = new Map<number, (...given: readonly number[]) => void>();
  port.onmessage = ({ data }) => {
    try {
      if (data.kind === "module") {
        const { exports } = new WebAssembly.Instance(data.module, { env: { memory: data.memory } });
        runs.set(data.id, exports.run as (...given: readonly number[]) => void);
      } else if (data.kind === "forget") runs.delete(data.id);
      else {
        runs.get(data.id)!(...data.run);
        port.postMessage({ kind: "done" });
      }
    } catch (error) {
      port.postMessage({ kind: "failed", reason: String(error) });
    }
  };
}
