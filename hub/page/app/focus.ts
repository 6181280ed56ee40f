/// <reference lib="dom" />
/**
 * Where the keyboard is, when what had it is gone: a button that made room for another leaves the focus to nothing, and
 * whoever goes by keyboard would begin again at the top.
 * @module
 */
import type { RefObject } from "npm:preact@10.29.8";
import { useEffect, useRef } from "npm:preact@10.29.8/hooks";

let last: EventTarget | null = null;
document.addEventListener("focusin", ({ target }) => last = target);

/** Gives the focus to an element where it fell to nothing: what had it is gone, or was the element while it was disabled. */
export function keepFocus(element: HTMLElement | null): void {
  if (document.activeElement !== document.body || !(last instanceof Element)) return;
  if (last === element || !last.isConnected) element?.focus({ preventScroll: true });
}

/** For an element that comes in place of another, and takes the focus over once it is enabled. */
export function useKeptFocus<T extends HTMLElement>(disabled: boolean): RefObject<T> {
  const ref = useRef<T>(null);
  useEffect(() => keepFocus(ref.current), [disabled]);
  return ref;
}
