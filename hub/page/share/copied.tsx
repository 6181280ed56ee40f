/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * Texts to be copied.
 * @module
 */
import type { ComponentChildren, JSX } from "npm:preact@10.29.8";
import { useSignal } from "npm:@preact/signals@2.11.4";

/** What a button is given. */
export interface CopiedProps {
  /** What is copied. */
  readonly text: string;
  /** What stands on the button. */
  readonly label?: string;
  /** What it copies, for those who hear the button without seeing what is beside it. */
  readonly what?: string;
  /** Buttons beside it. */
  readonly children?: ComponentChildren;
}

/** A button that copies `text`; where the browser forbids that, shows it to be copied by hand. */
export function Copied({ text, label = "Copy", what, children }: CopiedProps): JSX.Element {
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
      <button type="button" onClick={copy} disabled={text === ""} data-text={text}>
        {label}
        {what && <span class="hidden">{what}</span>}
      </button>
      {children}
      <span role="status" class="small quiet">
        {outcome.value === "copied" && "Copied."}
        {outcome.value === "forbidden" && "The browser does not let the page copy; here it is:"}
      </span>
      {outcome.value === "forbidden" && (
        <input
          readOnly
          value={text}
          aria-label="The text to copy"
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
      )}
    </div>
  );
}

/** A text in a box, with a button that copies it; `what` is its name. */
export function CopiedText({ text, what, shown = text, label }: {
  readonly text: string;
  readonly what: string;
  /** How the text is shown, where that is not as it is. */
  readonly shown?: ComponentChildren;
  readonly label?: string;
}): JSX.Element {
  return (
    <div class="stack copied">
      <pre tabIndex={0} role="region" aria-label={what}><code>{shown}</code></pre>
      <Copied text={text} {...label === undefined ? { what } : { label }} />
    </div>
  );
}

/** A command whose lines end before a flag alone: browsers would end one behind any of its hyphens. */
export function unbroken(command: string): ComponentChildren {
  return command.split(/ (?=--)/).flatMap((part, at) => [
    at > 0 && " ",
    <span key={at} class="unbroken">{part}</span>,
  ]);
}
