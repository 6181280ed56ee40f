/** Which room of hub/ builds on which. */
import assert from "node:assert/strict";

const root = new URL("../../", import.meta.url);

/** Files that lie in hub/server/ itself: words that all rooms use, and what is made of several rooms for all others. */
const WORDS = ["config", "errors", "log", "metrics", "public_error", "queue"], PARTS = ["services", "upload"];

/** Every room, each below those that stand after it, with the rooms of hub/ that it may import from. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "ezkl/format": [],
  // The proof system: what EZKL makes of a circuit's settings, and what it proves with.
  "halo2/curve": ["ezkl/format"],
  "halo2/kernels": ["ezkl/format", "halo2/curve"],
  "halo2/circuit": ["ezkl/format", "halo2/curve"],
  "halo2/verify": ["ezkl/format", "halo2/curve", "halo2/circuit"],
  "halo2/evm": ["ezkl/format", "halo2/curve", "halo2/circuit", "halo2/verify"],
  "halo2/keys": ["ezkl/format", "halo2/curve", "halo2/circuit"],
  "halo2/prover": ["ezkl/format", "halo2/curve", "halo2/kernels", "halo2/circuit", "halo2/verify", "halo2/keys"],
  "ezkl/engine": ["ezkl/format"],
  "ezkl/srs": ["ezkl/format", "halo2/curve"],
  "ezkl/numbers": ["ezkl/format", "halo2/circuit"],
  // The grid of a circuit's cells: counted, or written with values, copies and selectors.
  "ezkl/cells": ["ezkl/format", "halo2/*", "ezkl/numbers"],
  // A circuit's operations, one file each: how it is laid and what it computes.
  "ezkl/operations": ["ezkl/format", "halo2/circuit", "ezkl/cells", "ezkl/numbers"],
  "ezkl/layout": ["ezkl/format", "halo2/*", "ezkl/cells", "ezkl/operations"],
  "ezkl/simulate": ["ezkl/format", "halo2/circuit", "ezkl/numbers", "ezkl/operations"],
  "ezkl/assign": ["ezkl/format", "halo2/*", "ezkl/cells", "ezkl/operations", "ezkl/layout"],
  "ezkl/network": ["ezkl/format", "halo2/circuit", "ezkl/numbers"],
  // ONNX's operators, one file each: what it becomes natively and frugally, and its meaning in floats.
  "ezkl/operators": ["ezkl/format", "halo2/circuit", "ezkl/numbers", "ezkl/network"],
  "ezkl/compile": [
    ...["ezkl/format", "halo2/circuit", "ezkl/cells", "ezkl/numbers", "ezkl/layout", "ezkl/simulate", "ezkl/network"],
    "ezkl/operators",
  ],
  "ezkl/calibrate": [
    ...["ezkl/format", "halo2/circuit", "ezkl/cells", "ezkl/numbers", "ezkl/layout", "ezkl/simulate", "ezkl/network"],
    ...["ezkl/operators", "ezkl/compile"],
  ],
  "ezkl/guard": [
    ...[
      "ezkl/format",
      "halo2/*",
      "ezkl/srs",
      "ezkl/cells",
      "ezkl/numbers",
      "ezkl/layout",
      "ezkl/simulate",
      "ezkl/network",
    ],
    "ezkl/compile",
  ],
  "ezkl/prover": [
    ...["ezkl/format", "halo2/*", "ezkl/engine", "ezkl/srs", "ezkl/numbers", "ezkl/assign", "ezkl/simulate"],
    "ezkl/guard",
  ],
  // The steps: one file each, under the names that EZKL gives them.
  "ezkl": [
    ...["ezkl/format", "halo2/*", "ezkl/engine", "ezkl/srs", "ezkl/numbers", "ezkl/layout", "ezkl/simulate"],
    ...["ezkl/network", "ezkl/compile", "ezkl/calibrate", "ezkl/guard", "ezkl/prover"],
  ],
  "ezkl/folder": ["ezkl/format", "halo2/curve", "ezkl/engine", "ezkl/srs", "ezkl/layout", "ezkl/guard", "ezkl"],
  "ezkl/mod.ts": ["ezkl/*", "halo2/*", "ezkl"],
  "verify.ts": ["ezkl/*", "ezkl"],
  "client": ["ezkl/*", "halo2/*", "ezkl"],
  "mod.ts": ["ezkl/mod.ts", "client"],
  "server": [],
  "server/store": ["server"],
  "server/files": ["server", "server/store"],
  "server/services": ["server", "server/store", "server/files"],
  "server/jobs": ["ezkl/*", "ezkl", "client", "server", "server/store", "server/files", "server/services"],
  "server/graphql": [
    ...["ezkl/mod.ts", "client", "server", "server/store", "server/files", "server/services"],
    "server/jobs",
  ],
  // The files of the built page as answers, for its task and the hub.
  "page/serve": [],
  "server/http": ["page/serve", "server", "server/store", "server/files", "server/services", "server/graphql"],
  "server/mod.ts": ["server", "server/*"],
  // All that runs in a browser, and what builds it.
  "page": ["page/*", "ezkl/*", "halo2/*", "ezkl", "verify.ts", "client", "mod.ts"],
  "cli": ["ezkl/*", "ezkl", "client", "server/mod.ts"],
};

/** Rooms outside hub/ that any room may import from. */
const BELOW = ["core", "ops", "onnx"];

/** The room of a file, from the root: `hub/ezkl/setup.ts`. Rooms within a room are its own. */
function roomOf(path: string): string {
  const [top, ...rest] = path.split("/");
  if (top !== "hub") return top;
  const name = rest.pop()!.replace(/\.tsx?$/, "");
  const folder = rest.slice(0, 2).join("/");
  if (folder === "server") {
    return WORDS.includes(name) ? "server" : PARTS.includes(name) ? "server/services" : "server/mod.ts";
  }
  if (folder === "") return `${name}.ts`;
  if (folder.split("/")[0] === "page" && folder !== "page/serve") return "page";
  if (folder === "ezkl" && name === "mod") return "ezkl/mod.ts";
  return ["client", "cli"].find((room) => folder.split("/")[0] === room) ?? folder;
}

function mayImport(from: string, to: string): boolean {
  if (from === to || BELOW.includes(to)) return true;
  return ROOMS[from].some((room) => room.endsWith("/*") ? to.startsWith(room.slice(0, -1)) : room === to);
}

/** Every file of hub/ with the files that it imports, starts as a Worker, or exports from. */
async function importsOf(folder = "hub"): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}/${name}`;
    if (isDirectory) (await importsOf(path)).forEach((targets, file) => found.set(file, targets));
    else if (/\.tsx?$/.test(name)) found.set(path, targetsOf(path, await Deno.readTextFile(new URL(path, root))));
  }
  return found;
}

function targetsOf(path: string, text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "$1");
  const modules = [
    ...code.matchAll(/^(?:import|export)\b[^;"]*?\bfrom "(\.[^"]+)"/gm),
    ...code.matchAll(/^import "(\.[^"]+)"/gm),
    ...code.matchAll(/\b(?:import|new URL)\("(\.[^"]+\.ts)"/g),
  ].map(([, module]) => module);
  return modules.map((module) => new URL(module, new URL(path, root)).href.slice(root.href.length));
}

/** What a program that starts with a file loads at once: no types, and nothing that is imported later. */
async function loadedBy(entry: string, loaded: Set<string> = new Set()): Promise<Set<string>> {
  if (loaded.has(entry)) return loaded;
  loaded.add(entry);
  const text = await Deno.readTextFile(new URL(entry, root));
  for (const [, module] of text.matchAll(/^(?:import|export)\b(?! type\b)(?:[^;"]*?\bfrom)? "(\.[^"]+)"/gm)) {
    await loadedBy(new URL(module, new URL(entry, root)).href.slice(root.href.length), loaded);
  }
  return loaded;
}

/** One circle in a graph, from its first member round to it again, or nothing. */
function circle(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const walk = (at: string, way: string[]): string[] => {
    if (way.includes(at)) return [...way.slice(way.indexOf(at)), at];
    if (done.has(at)) return [];
    for (const next of graph.get(at) ?? []) {
      const found = walk(next, [...way, at]);
      if (found.length > 0) return found;
    }
    done.add(at);
    return [];
  };
  for (const start of graph.keys()) {
    const found = walk(start, []);
    if (found.length > 0) return found;
  }
  return [];
}

/** The rooms that each room really imports from. */
async function roomGraph(): Promise<Map<string, string[]>> {
  const graph = new Map<string, string[]>();
  for (const [path, targets] of await importsOf()) {
    const room = roomOf(path), others = targets.map(roomOf).filter((other) => other !== room);
    graph.set(room, [...new Set([...graph.get(room) ?? [], ...others])]);
  }
  return graph;
}

Deno.test("circle() finds one, targetsOf() reads every way of importing, roomOf() knows every room", () => {
  assert.deepEqual(circle(new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", []]])), []);
  assert.deepEqual(circle(new Map([["a", ["b"]], ["b", ["c", "d"]], ["d", ["b"]]])), ["b", "d", "b"]);
  const text = 'import type { A } from "./a.ts";\nimport {\n  b,\n} from "../b.ts";\nimport "./c.ts";\n' +
    'export * from "./d.ts";\n// import { no } from "./no.ts"\nimport fs from "node:fs";\n' +
    'const e = new Worker(new URL("./e.ts", import.meta.url));\nawait import("./f.ts");\n';
  assert.deepEqual(targetsOf("hub/x/y.ts", text), [
    ...["hub/x/a.ts", "hub/b.ts", "hub/x/d.ts", "hub/x/c.ts", "hub/x/e.ts", "hub/x/f.ts"],
  ]);
  const files = ["hub/mod.ts", "hub/ezkl/mod.ts", "hub/ezkl/setup.ts", "hub/ezkl/format/codec.ts", "core/run/plan.ts"];
  assert.deepEqual(files.map(roomOf), ["mod.ts", "ezkl/mod.ts", "ezkl", "ezkl/format", "core"]);
  assert.deepEqual(["hub/cli/mod.ts", "hub/cli/figures/draw.ts", "hub/client/wait.ts"].map(roomOf), [
    ...["cli", "cli", "client"],
  ]);
  assert.deepEqual(["hub/server/log.ts", "hub/server/upload.ts", "hub/server/hub.ts"].map(roomOf), [
    ...["server", "server/services", "server/mod.ts"],
  ]);
});

Deno.test("the table of rooms has no circle in it, and each room builds on those before it", () => {
  const names = Object.keys(ROOMS);
  for (const [index, from] of names.entries()) {
    for (const to of names.slice(index + 1)) assert.ok(!mayImport(from, to), `${from} may import from ${to}`);
  }
  // What the order alone would not say.
  assert.ok(names.filter((name) => name.startsWith("server")).every((name) => !mayImport("client", name)));
  assert.ok(!mayImport("ezkl/compile", "ezkl/engine") && !mayImport("ezkl/mod.ts", "client"));
});

Deno.test("rooms of hub/ import from the rooms that the table allows, and nobody from tests, benches or examples", async () => {
  const files = await importsOf();
  assert.ok(files.size > 250);
  const wrong: string[] = [];
  for (const [path, targets] of files) {
    assert.ok(roomOf(path) in ROOMS, `${path} is in no room of the table`);
    wrong.push(
      ...targets.filter((target) => !mayImport(roomOf(path), roomOf(target))).map((target) => `${path}: ${target}`),
    );
  }
  assert.deepEqual(wrong, []);
  // A room that nobody enters any more leaves the table.
  assert.deepEqual(Object.keys(ROOMS).filter((room) => !files.keys().some((path) => roomOf(path) === room)), []);
});

Deno.test("rooms of hub/ import from each other without circles", async () => {
  assert.deepEqual(circle(await roomGraph()), []);
});

Deno.test("hub/cli loads the server only when a hub is to be started", async () => {
  const loaded = [...await loadedBy("hub/cli/mod.ts")];
  assert.ok(loaded.includes("hub/cli/local_hub.ts") && loaded.includes("hub/client/pin.ts"), loaded.join());
  assert.deepEqual(loaded.filter((path) => path.startsWith("hub/server/")), []);
  assert.ok((await loadedBy("hub/server/mod.ts")).has("hub/server/jobs/worker.ts"));
});

Deno.test("the command loads neither server nor trainer before somebody serves or trains", async () => {
  // The assembler and threads are the prover's too.
  const loaded = [...await loadedBy("hub/cli/command/main.ts")];
  assert.ok(loaded.includes("hub/cli/command/serve.ts") && loaded.includes("hub/cli/command/prove.ts"), loaded.join());
  assert.deepEqual(
    loaded.filter((path) => /^(hub\/server|ops|examples|core\/(?!base\/|wasm\/|run\/cpu\/thread\.ts))/.test(path)),
    [],
  );
});

Deno.test("rooms below hub/ do not know it", async () => {
  for (const folder of BELOW) {
    for (const [path, targets] of await importsOf(folder)) {
      assert.deepEqual(targets.filter((target) => target.startsWith("hub/")), [], path);
    }
  }
});

Deno.test("files of hub/ import each other without circles", async () => {
  assert.deepEqual(circle(await importsOf()), []);
});
