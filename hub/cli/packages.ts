/**
 * Packages that parts of the npm package take beyond its own: npm leaves them to whoever uses such a part.
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { deno } from "../../core/base/host.ts";

/** By part; versions are those of the package's own package.json. */
export const PARTS = {
  server: [
    "@electric-sql/pglite",
    "@escape.tech/graphql-armor",
    "@fastify/busboy",
    "aws4fetch",
    "graphql",
    "graphql-yoga",
    "pg",
    "pg-boss",
    "prom-client",
    "rate-limiter-flexible",
  ],
  ethereum: ["@ethereumjs/evm", "@ethereumjs/common", "@ethereumjs/util"],
  pictures: ["vega", "vega-lite", "@resvg/resvg-wasm", "@expo-google-fonts/lato"],
} as const;

/**
 * What `npm install` is to be given before a part works, as in `["vega@6.4.0"]`; empty where nothing is missing, in Deno,
 * which fetches what it loads, and in a bundle, which has what it has.
 */
export async function missingPackages(part: keyof typeof PARTS): Promise<string[]> {
  if (deno() !== undefined) return [];
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8").catch(() => "{}");
  const { name, peerDependencies } = JSON.parse(text) as { name?: string; peerDependencies: Record<string, string> };
  if (name !== "@zkgrad/zkgrad") return [];
  const there = await Promise.all(PARTS[part].map(isInstalled));
  return PARTS[part].filter((_, i) => !there[i]).map((name) => `${name}@${peerDependencies[name]}`);
}

/** Whether a package lies where a module of this package would find it: in a `node_modules` above. */
async function isInstalled(name: string): Promise<boolean> {
  for (let below = import.meta.url;;) {
    const place = new URL(`node_modules/${name}/package.json`, below), above = new URL("..", below).href;
    if (await stat(place).then(() => true, () => false)) return true;
    if (above === below) return false;
    below = above;
  }
}
