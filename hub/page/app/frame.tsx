/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * What is around every section: the name, the navigation, the footer.
 * @module
 */
import type { ComponentType, JSX } from "npm:preact@10.29.8";
import { useEffect } from "npm:preact@10.29.8/hooks";
import { signal } from "npm:@preact/signals@2.11.4";
import { said } from "./errors.ts";
import { keepFocus } from "./focus.ts";
import { isKept } from "./isolate.ts";
import { section } from "./route.ts";
import { type Section, SECTIONS } from "./sections.ts";

const loaded = signal<ReadonlyMap<string, ComponentType>>(new Map());
/** Sections that could not be loaded. */
const missing = signal<ReadonlySet<string>>(new Set());

/** Starts loading a section; once it is there the frame shows it. */
async function load({ id, load }: Section): Promise<void> {
  const others = [...missing.value].filter((other) => other !== id);
  missing.value = new Set(others);
  try {
    const component = await load();
    loaded.value = new Map(loaded.value).set(id, component);
  } catch {
    missing.value = new Set([...others, id]);
  }
}

/** The page. */
export function Frame(): JSX.Element {
  const current = section.value, { id } = current, Content = loaded.value.get(id), isMissing = missing.value.has(id);
  useEffect(() => {
    if (!loaded.value.has(id)) load(current);
  }, [id]);
  useEffect(() => keepFocus(document.querySelector("#content")), [id]);
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>Skip to the content</a>
      <header class="top">
        <a class="name" href="#draw">zkgrad</a>
        <nav aria-label="Sections">
          {SECTIONS.map(({ id, title }) => (
            <a key={id} href={`#${id}`} aria-current={id === current.id ? "page" : undefined}>{title}</a>
          ))}
          <a href="./hub.html">Hub</a>
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        {said.value && <p class="notice bad" role="alert">{said.value}</p>}
        {Content ? <Content /> : isMissing
          ? (
            <div class="stack">
              <h1>{current.title}</h1>
              <p class="notice bad" role="alert">
                This part of the page could not be loaded: its host does not answer, or there is no connection.
              </p>
              <div class="row">
                <button type="button" class="main" onClick={() => load(current)}>Try again</button>
              </div>
            </div>
          )
          : <p class="quiet" role="status">Loading…</p>}
      </main>
      <footer class="bottom">
        <p>
          Everything on this page happens in your browser. No drawing, key or proof is sent anywhere, unless you have a
          hub make a proof.{" "}
          {isKept.value && <span class="kept">It is kept on this device now, and works without a connection.</span>}
        </p>
      </footer>
    </>
  );
}

/** The address names a section, so the link moves the focus alone. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#content")?.focus();
}
