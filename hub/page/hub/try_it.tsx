/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * A form for an input of the model's shape.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { getHubModelInputs, type HubArtifact, type HubModelInput, proveHub } from "../../client/mod.ts";
import { Alert } from "./parts.tsx";
import { session } from "./session.ts";
import { useAsked, useDoing } from "./use.ts";

/** Inputs with more numbers than this are one text, not a field for each. */
const FIELDS = 16;

/** The form; its proof is shown on a page of its own. */
export function TryIt({ artifact: { id } }: { artifact: HubArtifact }): JSX.Element {
  const { credentials } = session.value!, proving = useDoing();
  const { value: inputs, error } = useAsked(id, (signal) => getHubModelInputs(id, { credentials, signal }));
  const submit = (event: Event): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    proving.start(async () => {
      const lists = inputs!.map((input, at) => numbersOf(form.getAll(`input ${at}`) as string[], input));
      const proof = await proveHub({ credentials, id, data: JSON.stringify({ input_data: lists }) });
      location.hash = `proof/${proof.id}`;
    });
  };
  return (
    <section class="card stack" aria-labelledby="try-title">
      <h2 id="try-title">Try it</h2>
      <Alert text={error} />
      {inputs && (
        <form class="stack" onSubmit={submit}>
          {inputs.map((input, at) => <Input key={at} input={input} at={at} />)}
          <p class="quiet small">
            The hub sees these numbers. It deletes them once the witness is made, and keeps the witness encrypted; the
            proof shows only what is public.
          </p>
          <Alert text={proving.error} />
          <div class="row">
            <button type="submit" class="main" disabled={proving.busy}>{proving.busy ? "Asking…" : "Prove"}</button>
          </div>
        </form>
      )}
    </section>
  );
}

function Input({ input, at }: { input: HubModelInput; at: number }): JSX.Element {
  const size = sizeOf(input), name = `input ${at}`;
  const legend = `${input.name || name}: ${size} numbers, shape ${input.shape.map((each) => each ?? 1).join(" × ")}`;
  if (size > FIELDS) {
    return (
      <label class="field">
        {legend}
        <textarea name={name} rows={4} required spellcheck={false} placeholder="0.1, 0.2, …" />
      </label>
    );
  }
  return (
    <fieldset>
      <legend>{legend}</legend>
      <div class="numbers">
        {Array.from(
          { length: size },
          (_, index) => (
            <input
              key={index}
              name={name}
              type="number"
              step="any"
              required
              value="0"
              aria-label={`number ${index + 1}`}
            />
          ),
        )}
      </div>
    </fieldset>
  );
}

function sizeOf({ shape }: HubModelInput): number {
  return shape.reduce((product: number, size) => product * (size ?? 1), 1);
}

function numbersOf(texts: readonly string[], input: HubModelInput): number[] {
  const numbers = texts.flatMap((text) => text.split(/[\s,;[\]]+/)).filter((text) => text !== "").map(Number);
  const size = sizeOf(input), wrong = numbers.findIndex((number) => !Number.isFinite(number));
  if (wrong >= 0) throw new Error(`number ${wrong + 1} of ${input.name} is none; write it as 0.25`);
  if (numbers.length !== size) throw new Error(`${input.name} takes ${size} numbers, and there are ${numbers.length}`);
  return numbers;
}
