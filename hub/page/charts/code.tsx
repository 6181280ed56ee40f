/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * A text that opens, with buttons to copy and to save it.
 * @module
 */
import { Copied } from "../share/copied.tsx";
import { save } from "../share/save.ts";

/** The text, in a box of its own that scrolls. */
export function Code({ title, text, file, shown = text }: {
  readonly title: string;
  /** What is copied and saved. */
  readonly text: string;
  /** The name that it is saved under. */
  readonly file: string;
  /** What is shown, where that is less. */
  readonly shown?: string;
}) {
  return (
    <details class="code">
      <summary>{title}</summary>
      <Copied text={text}>
        <button type="button" class="small" onClick={() => save(file, new TextEncoder().encode(text))}>
          Save {file}
        </button>
      </Copied>
      <pre tabIndex={0} role="region" aria-label={title}><code>{shown}</code></pre>
    </details>
  );
}
