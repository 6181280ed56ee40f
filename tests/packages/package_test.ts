/** The npm package's modules, without the declarations: what is in them, what they weigh, that Node runs its command. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import * as esbuild from "npm:esbuild@0.28.2";
import { inFolder } from "../folder.ts";
import { VERSION } from "../../hub/cli/command/version.ts";
import { PARTS } from "../../hub/cli/packages.ts";
import { subject } from "../hub/halo2/prover/subjects.ts";
import { output } from "../platform/runtimes.ts";
import { ROOT } from "../platform/locks.ts";
import { packageFiles, writePackage } from "./build.ts";
import { projectIn } from "./project.ts";
import { importsOf, renamed } from "./sources.ts";

const NAME = "node_modules/@zkgrad/zkgrad";
const files = await packageFiles({ types: false });
const { dependencies, exports } = JSON.parse(files.get("package.json")!);
const node = await output("node", ["--version"]);

/** Calls `body` with a project that has the package and what it depends on, from where Deno keeps that. */
async function inProject(body: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/package.json`, '{ "private": true, "type": "module" }');
    await writePackage(`${folder}/${NAME}`, files);
    for (const module of ["@noble/hashes@2.4.0/sha3.js", "commander@14.0.3"]) {
      const [, name] = /^((?:@[^/]+\/)?[^@]+)@/.exec(module)!;
      await import(`npm:${module}`); // until then it may not be in the cache
      const path = fileURLToPath(import.meta.resolve(`npm:${module}`)), link = `${folder}/node_modules/${name}`;
      await Deno.mkdir(link.slice(0, link.lastIndexOf("/")), { recursive: true });
      await Deno.symlink(path.slice(0, path.lastIndexOf("/")), link);
    }
    await body(folder);
  });
}

Deno.test("renamed() and importsOf() read every way of naming a module, and no other text", () => {
  const code = `import a from "./a.ts"; export * from '../b.ts'; import("NPM@s/c@1.2.3/d.js"); import "NPMe@1";
new URL("./f.ts", import.meta.url); import.meta.resolve("NPMg@2.0.0"); new URL("./h", address); x = "./i.ts";`;
  const now = `import a from "./a.js"; export * from '../b.js'; import("@s/c/d.js"); import "e";
new URL("./f.js", import.meta.url); import.meta.resolve("g"); new URL("./h", address); x = "./i.ts";`;
  assert.equal(renamed(code.replaceAll("NPM", "npm:")), now);
  assert.deepEqual(importsOf(now), ["./a.js", "../b.js", "@s/c/d.js", "e", "./f.js", "g"]);
});

Deno.test("the command tells the package's version, and what it says to install are optional peers", () => {
  const { version, peerDependencies } = JSON.parse(files.get("package.json")!);
  assert.equal(VERSION, version);
  for (const name of Object.values(PARTS).flat()) assert.ok(name in peerDependencies, name);
  const server = [...files].filter(([path]) => /^hub\/server\/.*\.js$/.test(path)).flatMap(([, text]) =>
    importsOf(text)
  );
  const names = server.filter((name) => !/^(\.|node:)/.test(name)).map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0]);
  assert.deepEqual([...new Set(names)].filter((name) => !(name in dependencies)).sort(), [...PARTS.server].sort());
});

Deno.test("the package depends on two packages, by exact version, and core, ops and onnx on none", () => {
  assert.deepEqual(Object.keys(dependencies), ["@noble/hashes", "commander"]);
  for (const version of Object.values(dependencies) as string[]) assert.match(version, /^\d+\.\d+\.\d+$/);
  for (const [path, text] of files) {
    if (!/^(mod|core|ops|onnx)\b.*\.js$/.test(path)) continue;
    for (const name of importsOf(text)) assert.match(name, /^\./, path);
  }
  for (const { default: path } of Object.values(exports).slice(0, -1) as { default: string }[]) {
    assert.ok(files.has(path.slice(2)), path);
  }
});

/** What an app names and never uses. */
const UNUSED = {
  "": "nn, Trainer",
  "/ops": "relu",
  "/onnx": "exportOnnx",
  "/ezkl": "prove, Engine, runEvmVerifier",
  "/verify": "readProof",
  "/hub": "getHubCredentials, pinArtifact",
};

/** What an app weighs that uses these names, minified and compressed, in bytes. */
async function weight(folder: string, names: string, entry: string): Promise<number> {
  const contents = `import { ${names} } from "@zkgrad/zkgrad/${entry}";\nglobalThis.app = { ${names} };`;
  const { outputFiles: [{ contents: bytes }] } = await esbuild.build({
    stdin: { contents, resolveDir: folder },
    ...{ bundle: true, write: false, minify: true, format: "esm", target: "es2022", logLevel: "silent" },
  });
  return gzipSync(bytes, { level: 9 }).length;
}

Deno.test("an app takes what it uses: the verifier in 40 kB, a hub's client in 20, nothing in nothing", () =>
  inProject(async (folder) => {
    try {
      const verifier = "verify, readProof, settingsFromJson, proofFromJson";
      const client = "getHubCredentials, createHubArtifact, waitForArtifact, proveHub, waitForProof, downloadProof";
      assert.ok(await weight(folder, verifier, "verify") < 40_000);
      // Also from the entry that has everything.
      assert.ok(await weight(folder, "verify, readProof, settingsFromJson", "ezkl") < 40_000);
      assert.ok(await weight(folder, client, "hub") < 20_000);
      const unused = Object.entries(UNUSED).map(([entry, names]) =>
        `import { ${names} } from "@zkgrad/zkgrad${entry}";`
      );
      const { outputFiles: [{ contents }] } = await esbuild.build({
        stdin: { contents: unused.join("\n"), resolveDir: folder },
        ...{ bundle: true, write: false, format: "esm", logLevel: "silent" },
      });
      assert.equal(contents.length, 0);
    } finally {
      await esbuild.stop();
    }
  }));

Deno.test({
  name: `the package's command judges in Node: 0 for a proof, 1 for a changed one, 2 for a wrong flag${
    node === null ? " (ignored: Node is not installed)" : ""
  }`,
  ignore: node === null,
  fn: () =>
    inProject(async (folder) => {
      const { run } = projectIn(folder), made = new URL("tests/hub/ezkl/made/gemm/", ROOT);
      const proof = JSON.parse(await Deno.readTextFile(new URL("proof.json", made)));
      const last = proof.hex_proof.at(-1) === "0" ? "1" : "0";
      proof.hex_proof = proof.hex_proof.slice(0, -1) + last;
      proof.proof[proof.proof.length - 1] = parseInt(proof.hex_proof.slice(-2), 16);
      await Deno.writeTextFile(`${folder}/changed.json`, JSON.stringify(proof));
      const { srs } = await subject("gemm");
      await Deno.writeFile(`${folder}/kzg.srs`, srs);
      const path = (name: string) => fileURLToPath(new URL(name, made));
      const given = ["--settings-path", path("settings.json"), "--vk-path", path("vk.key"), "--srs-path", "kzg.srs"];
      const judge = (proof: string) => run("node", `${NAME}/zkgrad.js`, "verify", "--proof-path", proof, ...given);
      assert.deepEqual(await judge(path("proof.json")), { code: 0, out: "the proof holds\n", err: "" });
      assert.equal((await judge("changed.json")).code, 1);
      const cut = await run("bash", "-c", `node ${NAME}/zkgrad.js completion bash | head -n 1`);
      assert.deepEqual(cut, { code: 0, out: "_zkgrad() {\n", err: "" });
      // What is missing is the package's to tell, and a bundle is none.
      const missing = (file: string) =>
        run("node", "-e", `import("./${file}").then(async (m) => console.log(await m.missingPackages("ethereum")))`);
      const own = `${NAME}/hub/cli/packages.js`;
      await Deno.mkdir(`${folder}/app/dist/out`, { recursive: true });
      await esbuild.build({
        entryPoints: [`${folder}/${own}`],
        outfile: `${folder}/app/dist/out/app.js`,
        ...{ bundle: true, platform: "node", format: "esm", logLevel: "silent" },
      }).finally(() => esbuild.stop());
      assert.match((await missing(own)).out, /^\[\s*'@ethereumjs\/evm@\d/);
      assert.deepEqual(await missing("app/dist/out/app.js"), { code: 0, out: "[]\n", err: "" });
      const { code, err } = await run("node", `${NAME}/zkgrad.js`, "verify", "--prooof-path", "x");
      assert.equal(code, 2);
      assert.match(err, /--proof-path/);
    }),
});
