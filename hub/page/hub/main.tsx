/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * Where the hub's pages begin in a browser.
 * @module
 */
import { render } from "npm:preact@10.29.8";
import { HubFrame } from "./frame.tsx";
import { reconnect } from "./session.ts";

const app = document.querySelector("#app")!;
app.replaceChildren();
render(<HubFrame />, app);
reconnect();
