/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * Small parts that the hub's pages share.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { useState } from "npm:preact@10.29.8/hooks";
import { formatDuration } from "../../../core/base/format.ts";
import { NextButton } from "../app/next_button.tsx";
import type { HubLine, HubRecord } from "../../client/mod.ts";
import { sentence } from "../app/errors.ts";

/** A sentence where something went wrong. */
export function Alert({ text }: { text: string }): JSX.Element | null {
  return text === "" ? null : <p class="notice bad" role="alert">{text}</p>;
}

/** A record's status as a word with a mark, which is not told by its colour alone. */
export function StatusMark({ status }: { status: string }): JSX.Element {
  const [mark, word] = STATUS[status] ?? ["·", status.toLowerCase()];
  return (
    <span class={`status ${status.toLowerCase()}`}>
      <span aria-hidden="true">{mark}</span> {word}
    </span>
  );
}

const STATUS: Readonly<Record<string, readonly [mark: string, word: string]>> = {
  PENDING: ["○", "under way"],
  SUCCESS: ["●", "ready"],
  FAILED: ["✕", "failed"],
  CANCELLED: ["–", "cancelled"],
};

/** The steps of a job, from queued to done, with its place and the time expected. */
export function Timeline(
  { record, steps, line }: { record: HubRecord; steps: readonly string[]; line: HubLine | null },
): JSX.Element {
  const at = steps.indexOf(record.stage ?? "queued"), over = record.status !== "PENDING";
  return (
    <div class="stack">
      <ol class="timeline" aria-label="Steps">
        {steps.map((step, index) => {
          const state = index < at || record.status === "SUCCESS" ? "past" : index === at ? "now" : "later";
          return (
            <li
              key={step}
              class={state === "now" && record.status === "FAILED" ? "now failed" : state}
              aria-current={state === "now" && !over ? "step" : undefined}
            >
              <span>{step}</span>
              {state === "now" && !over && step !== "queued" && (
                <progress aria-label={`Share of ${step} that is done`} max={1} value={record.progress ?? 0} />
              )}
            </li>
          );
        })}
      </ol>
      {!over && <p role="status">{placeText(record, line)}</p>}
      {record.errors.map((error) => <Alert key={error} text={sentence(error)} />)}
    </div>
  );
}

/** Where a job stands, as a sentence or two. */
export function placeText({ waiting }: Pick<HubRecord, "waiting">, line: HubLine | null): string {
  if (waiting) return `It waits: ${waiting}.`;
  if (line === null) return "Asking for its place in the line…";
  const { ahead, expectedSeconds } = line;
  const place = ahead === 0 ? "Nothing is before it" : `${ahead} ${ahead === 1 ? "job is" : "jobs are"} before it`;
  const when = expectedSeconds === null
    ? "how long it takes is not known yet"
    : `done in about ${formatDuration(Math.max(1, Math.round(expectedSeconds)))}`;
  return `${place}; ${when}.`;
}

/** A button that asks once more before it does something that cannot be undone. */
export function Sure(
  { label, question, act, disabled = false }: {
    label: string;
    question: string;
    act: () => void;
    disabled?: boolean;
  },
): JSX.Element {
  const [asked, setAsked] = useState(false);
  if (!asked) return <NextButton disabled={disabled} onClick={() => setAsked(true)}>{label}</NextButton>;
  return (
    <span class="row">
      <button type="button" class="danger" disabled={disabled} onClick={() => (setAsked(false), act())}>
        {question}
      </button>
      <NextButton class="plain" onClick={() => setAsked(false)}>Keep</NextButton>
    </span>
  );
}

/** A moment as the visitor writes it. */
export function Moment({ at }: { at: string | undefined }): JSX.Element {
  return at === undefined
    ? <>—</>
    : <time dateTime={at}>{new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}</time>;
}
