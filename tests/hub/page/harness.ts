/**
 * The built page in Chromium: built once a test run, served as a plain host or with the headers that isolate it.
 * @module
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "npm:playwright-core@1.65.1";
import { pageFile } from "../../../hub/page/serve/page_file.ts";

const CHROMIUM = "/usr/bin/chromium";
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const ARGUMENTS = [
  "--no-sandbox",
  "--no-first-run",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/** Whether there is a browser to test in. */
export const there: boolean = await Deno.stat(CHROMIUM).then(() => true, () => false);

let built: Promise<string> | null = null;

/** The folder of the page; built by its own task, which keeps the network that it made. */
export function builtPage(): Promise<string> {
  return built ??= (async () => {
    const folder = `${ROOT}out/page-tests`;
    const args = ["run", "-A", "-q", `--lock=${ROOT}hub/page/deno.lock`, "--frozen", `${ROOT}hub/page/build.ts`];
    const command = new Deno.Command(Deno.execPath(), {
      args: [...args, "--build-only", "--out", folder],
      cwd: ROOT,
    });
    const { success, stderr } = await command.output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return folder;
  })();
}

/** A host of the page. */
export interface Host extends AsyncDisposable {
  /** Its address, with a slash at the end. */
  readonly address: string;
  /** What was asked of it. */
  readonly asked: string[];
}

/** Serves the page; a plain host sends no header but types. */
export function host(folder: string, { plain = false }: { plain?: boolean } = {}): Host {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const response = await pageFile(folder, request.method, pathname) ?? new Response("none", { status: 404 });
    if (!plain) return response;
    const type = response.headers.get("content-type") ?? "text/plain";
    return new Response(response.body, { status: response.status, headers: { "content-type": type } });
  });
  const address = `http://127.0.0.1:${server.addr.port}/`;
  return { address, asked, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Starts a browser. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: ARGUMENTS });
}

/** A page of a profile of its own, with what went wrong in it, and what it asked of whom. */
export interface Opened {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly said: string[];
  readonly requests: string[];
}

/** Opens an address in a new profile, and waits for the first section. */
export async function open(
  browser: Browser,
  address: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage(), said: string[] = [], requests: string[] = [];
  page.on("console", (message) => void said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => void said.push(error.message));
  context.on("request", (request) => void requests.push(request.url()));
  await page.goto(address);
  await page.waitForSelector("main h1", { timeout: 60_000 });
  return { context, page, said, requests };
}

/** Draws lines on the paper by the mouse, in parts of its width and height. */
export async function draw(page: Page, lines: readonly (readonly [x: number, y: number])[][]): Promise<void> {
  const paper = page.locator("canvas");
  await paper.scrollIntoViewIfNeeded();
  const { x, y, width } = (await paper.boundingBox())!;
  for (const line of lines) {
    const places = line.map(([across, down]) => [x + across * width, y + down * width] as const);
    await page.mouse.move(...places[0]);
    await page.mouse.down();
    for (const place of places.slice(1)) await page.mouse.move(...place, { steps: 4 });
    await page.mouse.up();
  }
}

/** A seven and a one, as a hand draws them. */
export const SEVEN: [number, number][][] = [[[0.28, 0.25], [0.72, 0.25], [0.62, 0.45], [0.5, 0.65], [0.44, 0.82]]];
export const ONE: [number, number][][] = [[[0.5, 0.2], [0.5, 0.5], [0.5, 0.8]]];

/** Waits for the network's answer to be a digit. */
export async function answered(page: Page): Promise<string> {
  await page.waitForSelector(".verdict strong", { timeout: 60_000 });
  return await page.locator(".verdict strong").innerText();
}

/** The hash of bytes, for comparisons. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
