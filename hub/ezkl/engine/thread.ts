/**
 * The Worker of one thread. It joins the engine's pool and stays inside WebAssembly
 * until the pool breaks down, which is also how it is ended.
 * @module
 */
import { initSync, wbg_rayon_start_worker } from "npm:@ezkljs/engine@21.0.0/web/ezkl.js";
import { type FromThread, type ToThread, wordsOf, workerScope } from "./messages.ts";
import { panicText } from "./panic.ts";

const scope = workerScope<ToThread | "stop", FromThread>();
const panicked = panicText();

scope.onmessage = ({ data }) => {
  let words = "the thread ended";
  try {
    if (data === "stop") throw new Error("it was stopped before it joined");
    initSync(data.module, data.memory);
    scope.postMessage({ kind: "ready" });
    wbg_rayon_start_worker(data.receiver);
  } catch (error) {
    words = panicked() ?? wordsOf(error);
  }
  scope.postMessage({ kind: "ended", error: words });
  scope.close();
};
