import assert from "node:assert/strict";

const root = new URL("../../", import.meta.url);

interface Source {
  /** From the root: `core/graph/graph.ts`. */
  readonly path: string;
  readonly text: string;
}

async function sources(folder: string): Promise<Source[]> {
  const found: Source[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}${name}`;
    if (isDirectory) found.push(...await sources(`${path}/`));
    else if (name.endsWith(".ts")) found.push({ path, text: await Deno.readTextFile(new URL(path, root)) });
  }
  return found;
}

/** A file without its comments and, where only code is of interest, without what strings and templates say. */
function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "$1");
}

/** What a file imports: the module, and whether it is a type, a value or an import at run time. */
function imports(text: string): { kind: "type" | "static" | "dynamic"; module: string }[] {
  const plain = code(text);
  const statements = plain.matchAll(/^(?:import|export)\b(\s+type\b)?[^;"'`]*?\bfrom\s*["']([^"']+)["']/gm);
  const bare = plain.matchAll(/^import\s*["']([^"']+)["']/gm);
  const dynamic = plain.matchAll(/\bimport\(\s*["'`]([^"'`]+)["'`]/g);
  return [
    ...[...statements].map(([, type, module]) => ({ kind: type ? "type" as const : "static" as const, module })),
    ...[...bare].map(([, module]) => ({ kind: "static" as const, module })),
    ...[...dynamic].map(([, module]) => ({ kind: "dynamic" as const, module })),
  ];
}

/** The top folder that a relative import leads to. */
function folderOf(path: string, module: string): string {
  return new URL(module, new URL(path, root)).href.slice(root.href.length).split("/")[0];
}

const allowed: Record<string, readonly string[]> = {
  core: ["core"],
  ops: ["core", "ops"],
  onnx: ["core", "ops", "onnx"],
};

Deno.test("imports() reads every way of importing", () => {
  const text = 'import type { A } from "./a.ts";\nimport {\n  b,\n} from "./b.ts";\nimport "./c.ts";\n' +
    'export * from "./d.ts";\n// import { no } from "./no.ts"\nconst e = await import("./e.ts");\n' +
    'import { type F } from "npm:f";\n/** import { no } from "no"; */\n';
  assert.deepEqual(imports(text).map(({ kind, module }) => `${kind} ${module}`).sort(), [
    "dynamic ./e.ts",
    "static ./b.ts",
    "static ./c.ts",
    "static ./d.ts",
    "static npm:f",
    "type ./a.ts",
  ]);
});

for (const [folder, targets] of Object.entries(allowed)) {
  Deno.test(`${folder}/ imports from ${targets.join(", ")} alone, and no package`, async () => {
    const files = await sources(`${folder}/`);
    assert.ok(files.length > 5);
    for (const { path, text } of files) {
      for (const { kind, module } of imports(text)) {
        const where = `${path}: ${kind} import of ${module}`;
        if (module.startsWith(".")) {
          assert.ok(targets.includes(folderOf(path, module)), where);
          assert.ok(module.endsWith(".ts"), where);
        } else {
          // The pictures of MNIST are a package, which is fetched when they are asked for.
          assert.ok(path === "core/data/mnist_files.ts" && kind === "dynamic", where);
        }
      }
    }
  });
}

/** The rooms of core from the ground up: each imports from itself and from those before it. */
const rooms = ["base", "wasm", "data", "graph", "run", "train"];

Deno.test(`core/ is built upwards: ${rooms.join(", ")}`, async () => {
  const files = (await sources("core/")).filter(({ path }) => path !== "core/mod.ts");
  assert.deepEqual([...new Set(files.map(({ path }) => path.split("/")[1]))].sort(), rooms.toSorted());
  for (const { path, text } of files) {
    const floor = rooms.indexOf(path.split("/")[1]);
    for (const { module } of imports(text).filter(({ module }) => module.startsWith("."))) {
      const target = new URL(module, new URL(path, root)).href.slice(root.href.length).split("/")[1];
      assert.ok(rooms.slice(0, floor + 1).includes(target), `${path} imports ${module}, which lies higher`);
    }
  }
});

/** Types that cannot be said one without the other: a value knows its node, a node its operation, an operation nodes. */
const INHERENT = ["core/graph/graph.ts core/graph/op.ts"];

/** What leads from each file to others, and from those on. */
function reach(edges: ReadonlyMap<string, readonly string[]>): Map<string, Set<string>> {
  return new Map([...edges.keys()].map((from) => {
    const seen = new Set<string>();
    const visit = [...edges.get(from)!];
    for (let file = visit.pop(); file !== undefined; file = visit.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      visit.push(...edges.get(file) ?? []);
    }
    return [from, seen];
  }));
}

/** The circles of files, each with all that lies in it. */
function circles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const reached = reach(edges);
  const round = [...edges.keys()].filter((file) => reached.get(file)!.has(file));
  const found = round.map((file) =>
    round.filter((other) => reached.get(file)!.has(other) && reached.get(other)!.has(file))
  );
  return [...new Set(found.map((files) => files.sort().join(" ")))].sort();
}

Deno.test("files of core/, ops/ and onnx/ import one way, types as well", async () => {
  const chain = new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", ["a"]], ["d", []]]);
  assert.deepEqual(circles(chain), ["a b c"]);
  const files = (await Promise.all(Object.keys(allowed).map((folder) => sources(`${folder}/`)))).flat();
  const edges = files.map(({ path, text }): [string, string[]] => {
    const own = imports(text).filter(({ module }) => module.startsWith("."));
    return [path, own.map(({ module }) => new URL(module, new URL(path, root)).href.slice(root.href.length))];
  });
  assert.deepEqual(circles(new Map(edges)), INHERENT);
});

Deno.test("core/ and onnx/ know no operation by name", async () => {
  const names = ["Conv2d", "MaxPool2d", "AvgPool2d", "Sigmoid", "CrossEntropy", "Linear", "Flatten"];
  for (const { path, text } of await sources("core/")) {
    const plain = code(text);
    for (const name of names) assert.ok(!plain.includes(name), `${path} names ${name}`);
  }
});

Deno.test("core/, ops/ and onnx/ use no name of Deno's or Node's but by core/base/host.ts, where it may be missing", async () => {
  const names = /(?<!\.)\b(?:Deno|process|Buffer)(?:\??\.\w|\[)|\btypeof (?:Deno|process|Buffer)\b|"node:/;
  assert.match(code('if (typeof Deno !== "undefined") return Deno.exit(1);'), names);
  for (const folder of Object.keys(allowed)) {
    for (const { path, text } of await sources(`${folder}/`)) {
      const plain = code(text);
      const asks = /\bglobalThis\b.*\b(?:Deno|process)\b/.test(plain);
      if (path === "core/base/host.ts") assert.ok(asks);
      else assert.ok(!asks, `${path} asks what runtime there is`);
      // A module of the runtime is named where it is asked for: `builtin("node:crypto")`.
      const bare = plain.replaceAll(/\bbuiltin\("node:[\w/]+"\)/g, "")
        // A file that defines or imports a Buffer means that one, a tensor of a module's state.
        .replaceAll(/\bclass Buffer\b|\bimport \{[^}]*\bBuffer\b[^}]*\}/.test(plain) ? /\bBuffer\b/g : /$^/g, "Stored");
      if (path !== "core/base/host.ts") assert.doesNotMatch(bare, names, `${path} uses a name of one runtime`);
    }
  }
});

Deno.test("WebGPU's flags are the engine's own, for neither TypeScript 7 nor Node has them", async () => {
  const own: Record<string, Readonly<Record<string, number>>> = await import("../../core/run/usage.ts");
  for (const [name, flags] of Object.entries(own)) {
    const standard = (globalThis as unknown as Record<string, Record<string, number>>)[`GPU${name}`];
    for (const [flag, value] of Object.entries(flags)) assert.equal(value, standard[flag], `${name}.${flag}`);
  }
  for (const { path, text } of await sources("core/")) {
    assert.doesNotMatch(code(text), /\bGPU(?:BufferUsage|TextureUsage|MapMode|ShaderStage|ColorWrite)\b/, path);
  }
});

Deno.test("core/, ops/ and onnx/ load where there is no Deno", async () => {
  const modules = ["core/mod.ts", "ops/mod.ts", "onnx/mod.ts"].map((path) => new URL(path, root).href);
  const script = `const { log } = console; const { exit } = Deno; delete globalThis.Deno;
    for (const path of ${JSON.stringify(modules)}) await import(path);
    log(typeof Deno);`;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", script],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.equal(new TextDecoder().decode(stdout), "undefined\n");
});

Deno.test("the library writes nothing to the console", async () => {
  for (const folder of [...Object.keys(allowed), "hub"]) {
    for (const { path, text } of await sources(`${folder}/`)) {
      // It has the text of a program for visitors to copy.
      if (path === "hub/page/train/presets.ts") continue;
      assert.doesNotMatch(code(text), /\bconsole\.\w+\(|\bdebugger\b/, path);
    }
  }
});
