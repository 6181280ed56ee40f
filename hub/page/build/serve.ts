/**
 * Serves the built page on this machine, with the headers that isolate it.
 * @module
 */
import { pageFile } from "../serve/page_file.ts";

/** Serves a folder until the program ends; tells the address. */
export function serve(folder: string, port: number, tell: (address: string) => void): Deno.HttpServer {
  return Deno.serve(
    { hostname: "127.0.0.1", port, onListen: ({ port }) => tell(`http://127.0.0.1:${port}/`) },
    async (request) => {
      const { pathname } = new URL(request.url);
      return await pageFile(folder, request.method, pathname) ?? new Response("there is no such file", { status: 404 });
    },
  );
}
