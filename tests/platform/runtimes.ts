/** The other runtimes of this machine, to run programs in. */
import assert from "node:assert/strict";
import { ROOT } from "./locks.ts";

/** Where Chromium is, if anywhere. */
export const CHROMIUM = "/usr/bin/chromium";

/** What a page is served with that is to have shared memory. */
export const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Runs a program; what it prints, or null where it is not there. */
export async function output(program: string, args: string[], cwd?: string): Promise<string | null> {
  const options = { args, ...cwd !== undefined && { cwd }, env: { NO_COLOR: "1" } };
  let result: Deno.CommandOutput;
  try {
    result = await new Deno.Command(program, options).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const decoder = new TextDecoder();
  assert.equal(result.code, 0, decoder.decode(result.stderr));
  return decoder.decode(result.stdout).trim();
}

/** Bun where it is installed, by hand or by npm. */
export async function findBun(): Promise<string | null> {
  const places = ["bun", ".bun/node_modules/@oven/bun-linux-x64-baseline/bin/bun"];
  for (const place of places) if (await output(place, ["--version"], ROOT.pathname) !== null) return place;
  return null;
}
