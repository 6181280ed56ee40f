/**
 * Threads in a page need its isolation from others, by two headers that plain hosts do not send. The service worker adds
 * them, from the first reload on; it keeps the page's files too, so that it works without a connection.
 * @module
 */
import { type Signal, signal } from "npm:@preact/signals@2.11.4";

/** Remembers in this tab that it was reloaded, for a browser that stays as it is would be reloaded for ever. */
const RELOADED = "zkgrad reloaded";

/** False where the page is about to be loaded again, isolated. */
export async function isolate(): Promise<boolean> {
  const { serviceWorker } = navigator;
  if (serviceWorker === undefined) return true;
  try {
    const registration = await serviceWorker.register("service_worker.js", { type: "module" });
    if (crossOriginIsolated || sessionStorage.getItem(RELOADED) !== null) return true;
    await activated(registration);
    sessionStorage.setItem(RELOADED, "yes");
    location.reload();
    return false;
  } catch {
    return true; // a browser may forbid service workers; what then does not work has its sentence
  }
}

/** Whether the page's files are kept, so that it works without a connection. */
export const isKept: Signal<boolean> = signal(false);

/** Has them kept; called when nothing else is under way. */
export async function keepFiles(): Promise<void> {
  const { serviceWorker } = navigator;
  if (serviceWorker === undefined) return;
  serviceWorker.addEventListener("message", ({ data }) => {
    if (data === "kept") isKept.value = true;
  });
  (await serviceWorker.ready).active?.postMessage("keep");
}

function activated({ installing, waiting, active }: ServiceWorkerRegistration): Promise<void> {
  const worker = installing ?? waiting;
  if (active !== null || worker === null) return Promise.resolve();
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated" || worker.state === "redundant") resolve();
    });
  });
}
