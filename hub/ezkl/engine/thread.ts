/**
 * The Worker of one thread. It joins the engine's pool and stays inside WebAssembly
 * until the pool breaks down, which is also how it is ended.
 * @module
 */
import { initSync, wbg_rayon_start_worker } from "npm:@ezkljs/engine@21.0.0/web/ezkl.js";
import { type FromThread, hearKeeper, type ToThread, wordsOf, workerScope } from "./messages.ts";
import { panicText } from "./panic.ts";

const panicked = panicText();

hearKeeper<ToThread, FromThread>((message, post) => {
  let words = "the thread ended";
  try {
    if (message.kind === "join") {
      initSync(message.module, message.memory);
      post({ kind: "ready" });
      wbg_rayon_start_worker(message.receiver);
    }
  } catch (error) {
    words = panicked() ?? wordsOf(error);
  }
  post({ kind: "ended", error: words });
  workerScope().close();
});
