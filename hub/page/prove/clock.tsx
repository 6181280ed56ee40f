/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * How far a proof is, and what the rest takes.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { useEffect } from "npm:preact@10.29.8/hooks";
import { useSignal } from "npm:@preact/signals@2.11.4";
import { NextButton } from "../app/next_button.tsx";
import type { ProofState } from "./proof.ts";

/** The clock of a proof that is being made, with a button that stops it. */
export function Clock(
  { state, onStop, label = "Stop" }: {
    state: Omit<ProofState & { kind: "proving" }, "kind">;
    onStop: () => void;
    label?: string;
  },
): JSX.Element {
  const now = useSignal(performance.now());
  useEffect(() => {
    const timer = setInterval(() => now.value = performance.now(), 100);
    return () => clearInterval(timer);
  }, []);
  const { begun, expected, progress } = state, seconds = Math.max(0, (now.value - begun) / 1000);
  const done = progress?.step === "proving" ? 0.1 + 0.9 * progress.done : 0.1 * Math.min(1, seconds / expected * 5);
  const left = progress?.secondsLeft ?? Math.max(0, expected - seconds);
  const step = progress?.step ?? "starting";
  return (
    <div class="stack clock">
      <div class="row">
        <NextButton onClick={onStop}>{label}</NextButton>
        <span class="number" aria-hidden="true">
          <strong>{seconds.toFixed(1)} s</strong> <span class="quiet">{step}, about {Math.ceil(left)} s left</span>
        </span>
      </div>
      <progress max={1} value={done} aria-label={`The proof: ${step}`}>{Math.round(100 * done)} %</progress>
    </div>
  );
}
