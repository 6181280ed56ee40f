/**
 * The page for browsers, where one was built. Programs see nothing of it: they are answered as ever.
 * @module
 */
import { pageFile } from "../../page/serve/page_file.ts";
import { hasRoute } from "./routes.ts";

/** The page's file at an address, or null where the hub itself answers there. */
export async function pageFor(request: Request, pathname: string, folder: string | null): Promise<Response | null> {
  const { method, headers } = request;
  if (folder === null || (method !== "GET" && method !== "HEAD")) return null;
  // Only who can read it is shown the page; curl and others take anything, and get the text.
  if (pathname === "/" ? !takesHtml(headers.get("accept")) : hasRoute(pathname)) return null;
  const response = await pageFile(folder, method, pathname);
  if (pathname === "/") response?.headers.set("Vary", "Accept");
  return response;
}

function takesHtml(accept: string | null): boolean {
  return (accept ?? "").split(",").some((type) => type.split(";")[0]!.trim().toLowerCase() === "text/html");
}
