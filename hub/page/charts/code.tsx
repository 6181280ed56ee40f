/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * A text that opens, with buttons to copy and to save it.
 * @module
 */
import { useSignal } from "npm:@preact/signals@2.11.4";
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
  const said = useSignal("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.value = "copied";
    } catch {
      said.value = "the browser does not let the page copy; save it instead";
    }
    setTimeout(() => said.value = "", 4000);
  };
  return (
    <details class="code">
      <summary>{title}</summary>
      <div class="row">
        <button type="button" class="small" onClick={copy}>Copy</button>
        <button type="button" class="small" onClick={() => save(file, new TextEncoder().encode(text))}>
          Save {file}
        </button>
        <span role="status" class="quiet">{said.value}</span>
      </div>
      <pre tabIndex={0} role="region" aria-label={title}><code>{shown}</code></pre>
    </details>
  );
}
