/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * A card that opens to the circuits of the page's own network; what it shows is fetched then.
 * @module
 */
import type { ComponentType, JSX } from "npm:preact@10.29.8";
import { signal } from "npm:@preact/signals@2.11.4";
import { sentenceOf } from "../app/errors.ts";
import { network } from "../app/network.ts";

const Content = signal<ComponentType | null>(null), problem = signal("");

async function load(): Promise<void> {
  if (Content.value !== null) return;
  problem.value = "";
  try {
    const { CircuitPlot } = await import("./plot.tsx");
    Content.value = CircuitPlot;
  } catch (error) {
    problem.value = `The circuits could not be loaded: ${sentenceOf(error)}`;
  }
}

/** The card; nothing for a network that was trained here, whose circuits stand beside its training. */
export function CircuitsCard(): JSX.Element | null {
  const current = network.value;
  if (typeof WebAssembly !== "object") return null;
  if (current === null || !(current.shared ? current.about.hasCircuits : current.candidate !== undefined)) return null;
  const Shown = Content.value;
  return (
    <details class="card circuits" onToggle={({ currentTarget }) => void (currentTarget.open && load())}>
      <summary>
        <h2>Other circuits of this network</h2>
      </summary>
      {Shown ? <Shown /> : problem.value === "" && <p class="quiet" role="status">Loading…</p>}
      {problem.value && <p class="notice bad" role="alert">{problem.value}</p>}
    </details>
  );
}
