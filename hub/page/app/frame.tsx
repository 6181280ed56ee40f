/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * What is around every section: the name, the navigation, the footer.
 * @module
 */
import type { ComponentType, JSX } from "npm:preact@10.29.8";
import { signal } from "npm:@preact/signals@2.11.4";
import { said, sentenceOf } from "./errors.ts";
import { isKept } from "./isolate.ts";
import { section } from "./route.ts";
import { type Section, SECTIONS } from "./sections.ts";

const loaded = signal<ReadonlyMap<string, ComponentType>>(new Map());

/** Starts loading a section; once it is there the frame shows it. */
async function load({ id, load }: Section): Promise<void> {
  try {
    const component = await load();
    loaded.value = new Map(loaded.value).set(id, component);
  } catch (error) {
    said.value = `This part of the page could not be loaded: ${sentenceOf(error)}`;
  }
}

/** The page. */
export function Frame(): JSX.Element {
  const current = section.value, Content = loaded.value.get(current.id);
  if (Content === undefined) load(current);
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
        {Content ? <Content /> : <p class="quiet" role="status">Loading…</p>}
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
