/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * What is around the hub's pages, and the form that takes a key.
 * @module
 */
import { signal } from "npm:@preact/signals@2.11.4";
import type { JSX } from "npm:preact@10.29.8";
import { ArtifactPage } from "./artifact.tsx";
import { KeysPage } from "./keys.tsx";
import { ModelsPage } from "./models.tsx";
import { ProofPage } from "./proof.tsx";
import { connect, connecting, forget, may, refused, session } from "./session.ts";
import { WorkersPage } from "./workers.tsx";

const address = signal(location.hash.slice(1));
addEventListener("hashchange", () => address.value = location.hash.slice(1));

const LINKS = [["models", "Models"], ["keys", "Keys and usage"], ["workers", "Workers"]] as const;

/** The pages. */
export function HubFrame(): JSX.Element {
  const [place = "", id = ""] = address.value.split("/");
  const current = LINKS.find(([name]) => name === place)?.[0] ?? "models";
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>Skip to the content</a>
      <header class="top">
        <a class="name" href="#models">zkgrad hub</a>
        <nav aria-label="Pages">
          {session.value &&
            LINKS.map(([name, title]) => (
              <a key={name} href={`#${name}`} aria-current={name === current ? "page" : undefined}>{title}</a>
            ))}
          <a href="./index.html">Draw and prove</a>
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        {session.value === null ? <KeyForm /> : <Content place={place} id={id} />}
      </main>
      <footer class="bottom">
        {session.value === null ? <p>Proofs are verified in your browser, not by the hub's word.</p> : (
          <p class="row">
            Your key lies in this tab's session storage and goes when the tab is closed.{" "}
            <button type="button" class="plain" onClick={forget}>Forget it now</button>
          </p>
        )}
      </footer>
    </>
  );
}

function Content({ place, id }: { place: string; id: string }): JSX.Element {
  if (place === "workers" && may("read")) return <WorkersPage />;
  if (place === "keys" && may("read")) return <KeysPage />;
  if (place === "artifact") return <ArtifactPage id={id} />;
  if (place === "proof") return <ProofPage id={id} />;
  return <ModelsPage />;
}

function KeyForm(): JSX.Element {
  const submit = (event: Event): void => {
    event.preventDefault();
    const { url, key } = Object.fromEntries(new FormData(event.target as HTMLFormElement)) as Record<string, string>;
    connect(url!.trim(), key!.trim());
  };
  return (
    <div class="stack narrow">
      <h1>Prove what your network computes</h1>
      <p class="lead">
        Drop an ONNX file, and this hub makes its circuit and keys. It proves what the network says of an input, and
        your browser verifies the proof.
      </p>
      <form class="card stack" onSubmit={submit}>
        <label class="field">
          Hub
          <input name="url" type="url" required value={location.origin} autocomplete="url" />
        </label>
        <label class="field">
          API key
          <input
            name="key"
            type="password"
            required
            autocomplete="off"
            placeholder="zkg_…"
            aria-describedby="key-about"
          />
        </label>
        <p class="quiet small" id="key-about">
          The hub showed a key at its first start; <code>deno task hub keys create local</code>{" "}
          makes another. It stays in this tab's session storage.
        </p>
        {refused.value && <p class="notice bad" role="alert">{refused.value}</p>}
        <div class="row">
          <button type="submit" class="main" disabled={connecting.value}>
            {connecting.value ? "Asking the hub…" : "Open the hub"}
          </button>
        </div>
      </form>
    </div>
  );
}

/** The address names a page, so the link moves the focus alone. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#content")?.focus();
}
