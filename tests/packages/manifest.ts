/**
 * What the npm package says of itself.
 * @module
 */

/** The part of `deno.json` that is the package's too. */
export interface Config {
  /** The package's name. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** Its licence. */
  readonly license: string;
  /** Its entries, by the name behind its own. */
  readonly exports: Readonly<Record<string, string>>;
}

/** What everybody gets: hashes for proofs, and what reads the command's words. Neither brings others with it. */
const DEPENDENCIES = ["@noble/hashes", "commander"];

/** Packages of types alone, which declarations of the hub's inner rooms name. */
const TYPES = ["@types/pg"];

/** The package.json, with `packages` by version as the sources name them. */
export function manifest(config: Config, packages: ReadonlyMap<string, string>): Record<string, unknown> {
  const { name, version, license } = config;
  const all = [...packages].sort(([a], [b]) => a < b ? -1 : 1);
  const own = all.filter(([name]) => DEPENDENCIES.includes(name));
  const others = all.filter(([name]) => !DEPENDENCIES.includes(name) && !TYPES.includes(name));
  return {
    name,
    version,
    description: "Train a neural network in TypeScript, export it as ONNX and prove what it computed",
    keywords: ["machine-learning", "webgpu", "onnx", "zero-knowledge", "ezkl", "zkml"],
    license,
    type: "module",
    engines: { node: ">=20.16" },
    sideEffects: ["./zkgrad.js", "./hub/ezkl/engine/*.js"],
    bin: { zkgrad: "./zkgrad.js" },
    exports: {
      ...Object.fromEntries(Object.entries(config.exports).map(([entry, path]) => [entry, entryOf(path)])),
      "./package.json": "./package.json",
    },
    dependencies: Object.fromEntries(own),
    // What a hub's server, a contract's trial, pictures and EZKL's engine take: for those who use them.
    peerDependencies: Object.fromEntries(others),
    peerDependenciesMeta: Object.fromEntries(others.map(([name]) => [name, { optional: true }])),
  };
}

function entryOf(path: string): Record<string, string> {
  return { types: path.replace(/\.ts$/, ".d.ts"), default: path.replace(/\.ts$/, ".js") };
}
