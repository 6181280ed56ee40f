/**
 * The page's files as answers to requests, with headers that isolate it and hold it to its own files.
 * @module
 */

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  json: "application/json",
  txt: "text/plain; charset=utf-8",
};

/**
 * Headers of the page. The prover's threads are Workers of a text that its script holds, so that no bundler has a file to
 * find: hence `blob:` beside 'self', for Workers alone.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; " +
    "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-cache",
};

/**
 * What speaks to a hub: its own pages, and the Worker that the page hands what a visitor has a hub prove. These alone may
 * ask other hosts, and of those in plain text only this machine; everything else, the page itself, has its own files and
 * no more, so that what is drawn has no way out but through that Worker.
 */
const SPEAKING: readonly string[] = ["hub.html", "by_hub/by_hub_worker.js"];
const HUBS = "connect-src 'self' https: http://localhost:* http://127.0.0.1:*";

function headersOf(name: string): Readonly<Record<string, string>> {
  if (!SPEAKING.includes(name)) return PAGE_HEADERS;
  const policy = `${PAGE_HEADERS["Content-Security-Policy"]}; ${HUBS}`;
  return { ...PAGE_HEADERS, "Content-Security-Policy": policy };
}

/** Names of the build's files; none of them needs decoding, and none leads out of the folder. */
const NAME = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*(?:[A-Za-z0-9_-][A-Za-z0-9._-]*)?$/;

/** The answer with a file of the folder, of the page itself for a path that ends with `/`; null where there is none. */
export async function pageFile(folder: string, method: string, pathname: string): Promise<Response | null> {
  const path = pathname.replace(/^\//, "");
  if (method !== "GET" && method !== "HEAD" || !NAME.test(path)) return null;
  const name = path === "" || path.endsWith("/") ? `${path}index.html` : path;
  try {
    const file = await Deno.open(`${folder}/${name}`), { size, isFile } = await file.stat();
    if (!isFile || method === "HEAD") file.close();
    if (!isFile) return null;
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    const headers = { ...headersOf(name), "Content-Type": type, "Content-Length": `${size}` };
    return new Response(method === "HEAD" ? null : file.readable, { headers });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}
