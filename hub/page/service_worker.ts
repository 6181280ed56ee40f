/// <reference lib="webworker" />
/**
 * Stands between the page and its host: adds the headers that isolate the page, and keeps its files.
 * @module
 */
const scope = globalThis as unknown as ServiceWorkerGlobalScope;

/** The build writes it above this script. */
declare const BUILD: {
  /** Changes with any file. */
  readonly mark: string;
  /** Files that are taken at once. */
  readonly now: readonly string[];
  /** Those that are kept once they were asked for. */
  readonly later: readonly string[];
};

/** One for each build; those of others are deleted. */
const KEPT = `zkgrad ${BUILD.mark}`;
const OWN = new URL("./", scope.location.href);
/** Addresses of the build's files: what else the host has, such as a hub's proofs, is not touched. */
const ADDRESSES = new Set([...BUILD.now, ...BUILD.later].map((file) => new URL(file, OWN).pathname));

// At once, so that the page need not wait to be isolated: its files are kept when it asks for that, once it is there.
scope.addEventListener("install", () => void scope.skipWaiting());
scope.addEventListener("activate", (event) => event.waitUntil(begin()));
scope.addEventListener("message", (event) => event.waitUntil(keep().then(() => event.source?.postMessage("kept"))));

scope.addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== OWN.origin) return;
  if (pathname === OWN.pathname ? request.mode === "navigate" : ADDRESSES.has(pathname)) {
    event.respondWith(answer(request, pathname));
  }
});

/** Takes the files that the page begins with, and what it proves with. */
async function keep(): Promise<void> {
  const cache = await caches.open(KEPT), there = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  await Promise.all(BUILD.now.map(async (file) => {
    if (there.has(new URL(file, OWN).pathname)) return;
    const response = await fetch(file, { cache: "no-cache" });
    if (!response.ok) throw new Error(`${file} answers with ${response.status}`);
    await cache.put(new URL(file, OWN).pathname, response);
  }));
}

async function begin(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith("zkgrad ") && name !== KEPT) await caches.delete(name);
  }
  await scope.clients.claim();
}

/** The build's file where it is kept, whatever the host says. */
async function answer(request: Request, pathname: string): Promise<Response> {
  const cache = await caches.open(KEPT);
  const name = pathname === OWN.pathname ? `${pathname}index.html` : pathname;
  const kept = await cache.match(name);
  if (kept !== undefined) return isolated(kept);
  const response = await fetch(request);
  if (response.ok) await cache.put(name, response.clone());
  return isolated(response);
}

function isolated(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
