/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * Which network to train, its code, and the buttons that begin, hold and end a training.
 * @module
 */
import { useSignal } from "npm:@preact/signals@2.11.4";
import { NextButton } from "../app/next_button.tsx";
import { Code } from "../charts/code.tsx";
import { BUSY, type Desk } from "./desk.ts";
import { codeOf, type PresetId, presetOf, PRESETS } from "./presets.ts";

/** Epochs that one may ask for. */
const MOST_EPOCHS = 40;

/** The form. */
export function Picker({ desk }: { readonly desk: Desk }) {
  const preset = useSignal<PresetId>("convolution"), epochs = useSignal(12);
  const stage = desk.stage.value, busy = BUSY.includes(stage);
  const begin = (event: Event) => {
    event.preventDefault();
    if (!busy) desk.start({ preset: preset.value, epochs: epochs.value });
  };
  return (
    <form class="card stack" onSubmit={begin}>
      <fieldset disabled={busy}>
        <legend>Network</legend>
        <div class="presets">
          {PRESETS.map(({ id, title, about }) => (
            <label key={id} class="preset">
              <input
                type="radio"
                name="preset"
                value={id}
                checked={preset.value === id}
                onChange={() => preset.value = id}
              />
              <span>
                <b>{title}</b>
                <small>{about}</small>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="row">
        <label class="epochs">
          Epochs{" "}
          <input
            type="number"
            min="1"
            max={MOST_EPOCHS}
            required
            value={epochs.value}
            disabled={busy}
            onInput={({ currentTarget }) => {
              if (currentTarget.validity.valid) epochs.value = currentTarget.valueAsNumber;
            }}
          />
        </label>
        {!busy && (
          <NextButton type="submit" disabled={stage === "choosing" || stage === "keys"} class="main">
            {stage === "idle" ? "Train" : "Train again"}
          </NextButton>
        )}
        {(stage === "training" || stage === "pausing") && (
          <NextButton
            disabled={stage === "pausing"}
            onClick={() => desk.pause()}
          >
            {stage === "pausing" ? "Pausing after this epoch…" : "Pause"}
          </NextButton>
        )}
        {stage === "paused" && <NextButton class="main" onClick={() => desk.resume()}>Go on</NextButton>}
        {busy && <NextButton onClick={() => desk.cancel()}>Cancel</NextButton>}
      </div>
      <Code title="The code of this network" text={codeOf(presetOf(preset.value), epochs.value)} file="train.ts" />
    </form>
  );
}
