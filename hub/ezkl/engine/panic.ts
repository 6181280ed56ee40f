/**
 * The words of a panic. The engine prints them to the console of the Worker where it
 * happened, and throws only "unreachable".
 * @module
 */

const STACK = /\n\s*Stack:/;

/** Listens at this Worker's console; the result gives the last panic's words once. */
export function panicText(): () => string | null {
  let last: string | null = null;
  const listen = (...data: unknown[]) => {
    const text = String(data[0]);
    if (text.startsWith("panicked at")) last = text.split(STACK)[0]!.replaceAll(/\s+/g, " ").trim();
  };
  globalThis.console.error = listen;
  return () => {
    const text = last;
    last = null;
    return text;
  };
}
