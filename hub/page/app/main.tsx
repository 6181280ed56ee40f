/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * Where the page begins in a browser.
 * @module
 */
import { render } from "npm:preact@10.29.8";
import { Frame } from "./frame.tsx";
import { isolate, keepFiles } from "./isolate.ts";
import { openNetwork } from "./network.ts";

if (await isolate()) {
  const place = document.querySelector("#app")!;
  place.replaceChildren();
  render(<Frame />, place);
  await openNetwork();
  setTimeout(keepFiles, 1000);
}
