/**
 * Which section is shown: the address behind #, which no server ever sees. A proof in a link stands there too, as
 * `#proof=…`, and is the verifier's section with something to verify.
 * @module
 */
import { computed, type ReadonlySignal, signal } from "npm:@preact/signals@2.11.4";
import { type Section, SECTIONS } from "./sections.ts";

const address = signal(location.hash.slice(1));
addEventListener("hashchange", () => address.value = location.hash.slice(1));

/** What a link brings, by its name, as `proof`; null where the address has none. */
export const brought: ReadonlySignal<{ readonly name: string; readonly text: string } | null> = computed(() => {
  const at = address.value.indexOf("=");
  return at < 0 ? null : { name: address.value.slice(0, at), text: address.value.slice(at + 1) };
});

/** The section that is shown. */
export const section: ReadonlySignal<Section> = computed(() => {
  const id = brought.value?.name === "proof" ? "verify" : address.value;
  return SECTIONS.find((section) => section.id === id) ?? SECTIONS[0];
});
