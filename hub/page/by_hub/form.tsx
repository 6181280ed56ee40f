/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * Which hub, and a key to it.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { useEffect } from "npm:preact@10.29.8/hooks";
import { useSignal } from "npm:@preact/signals@2.11.4";
import { keptKey } from "../hub/kept.ts";
import { ownHub } from "./address.ts";
import { asking, connect } from "./hub.ts";

/** The form. The hub that serves the page is offered first. */
export function HubForm(): JSX.Element {
  const own = useSignal<string | null>(null), url = useSignal(keptKey()?.url ?? "");
  useEffect(() => {
    ownHub().then((found) => {
      own.value = found;
      if (url.value === "") url.value = found ?? "";
    });
  }, []);
  const submit = (event: Event): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    connect({ url: url.value.trim(), apiKey: (form.get("key") as string).trim() });
  };
  return (
    <form class="stack" onSubmit={submit}>
      <p class="measure">
        A hub makes the proof on its own machine, which a phone may be glad of, and sees the drawing for it.{" "}
        {own.value === null
          ? "Choose one that you trust with it."
          : "This page comes from a hub, so its address is here already."}
      </p>
      <div class="hub-fields">
        <label class="field">
          Hub
          <input
            name="url"
            type="url"
            required
            autocomplete="url"
            placeholder="https://hub.example.org"
            value={url.value}
            onInput={(event) => url.value = event.currentTarget.value}
          />
        </label>
        <label class="field">
          API key
          <input
            name="key"
            type="password"
            required
            autocomplete="off"
            placeholder="zkg_…"
            aria-describedby="hub-key-about"
          />
        </label>
      </div>
      <p class="quiet small measure" id="hub-key-about">
        The key goes to this hub alone, now; no drawing does before you ask for a proof. It lies in this tab's session
        storage and goes when the tab is closed.
      </p>
      <div class="row">
        <button type="submit" disabled={asking.value !== ""}>Connect</button>
      </div>
    </form>
  );
}
