/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * A card that opens to the circuits of the page's own network; what it shows is fetched then.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { network } from "../app/network.ts";
import { Unfolding } from "../app/unfolding.tsx";

/** The card; nothing for a network that was trained here, whose circuits stand beside its training. */
export function CircuitsCard(): JSX.Element | null {
  const current = network.value;
  if (typeof WebAssembly !== "object") return null;
  if (current === null || !(current.shared ? current.about.hasCircuits : current.candidate !== undefined)) return null;
  return (
    <Unfolding
      class="card circuits"
      summary={<h2>Other circuits of this network</h2>}
      load={async () => (await import("./plot.tsx")).CircuitPlot}
    />
  );
}
