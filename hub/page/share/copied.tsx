/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * A button that copies a text.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { useSignal } from "npm:@preact/signals@2.11.4";

/** Copies `text`; where the browser forbids that, shows it to be copied by hand. */
export function Copied({ text, label }: { text: string; label: string }): JSX.Element {
  const outcome = useSignal<"" | "copied" | "forbidden">("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      outcome.value = "copied";
    } catch {
      outcome.value = "forbidden";
    }
  };
  return (
    <div class="row">
      <button type="button" onClick={copy} disabled={text === ""} data-text={text}>{label}</button>
      <span role="status" class="small quiet">
        {outcome.value === "copied" && "Copied."}
        {outcome.value === "forbidden" && "The browser does not let the page copy; here it is:"}
      </span>
      {outcome.value === "forbidden" && <input readOnly value={text} aria-label="The text to copy" />}
    </div>
  );
}
