/** The package in projects of Node, Bun and TypeScript, which have nothing but it. */
import assert from "node:assert/strict";
import { verify } from "../../hub/ezkl/verify.ts";
import { settingsFromJson } from "../../hub/ezkl/format/settings_json.ts";
import { bin, copyPrograms, PINNED, type Project, withProjects } from "./project.ts";
import type { XorOutcome } from "./xor.ts";

const VERIFY = ["--proof-path", "--settings-path", "--vk-path", "--srs-path"];

/** The command's verification of a proof that lies in a folder with its other files. */
function verifyIn(folder: string, proof: string): string[] {
  const files = [proof, "settings.json", "key.vk", "kzg.srs"];
  return ["verify", ...VERIFY.flatMap((flag, i) => [flag, `${folder}/${files[i]}`])];
}

/** Trains and proves XOR in a runtime, and has the proof judged by this repository and by the package's command. */
async function checkXor(project: Project, runtime: string): Promise<void> {
  const { folder } = project, out = await Deno.makeTempDir({ dir: folder });
  const { device, accuracy, outputs, holds } = JSON.parse(
    await project.output(runtime, "program.js", out),
  ) as Omit<XorOutcome, "files">;
  assert.match(device, /^CPU, [2-9]\d* threads/);
  assert.equal(accuracy, 1);
  assert.ok(outputs[1] - outputs[0] > 2, `${outputs}`);
  assert.deepEqual(holds, [true, false]);
  const [proof, changed, vk, srs] = ["test.pf", "changed.pf", "key.vk", "kzg.srs"].map((name) =>
    Deno.readFileSync(`${out}/${name}`)
  );
  const settings = settingsFromJson(Deno.readTextFileSync(`${out}/settings.json`));
  assert.equal(await verify(proof, vk, settings, srs), true);
  assert.equal(await verify(changed, vk, settings, srs), false);
  assert.deepEqual(await project.run(bin("zkgrad"), ...verifyIn(out, "test.pf")), {
    code: 0,
    out: "the proof holds\n",
    err: "",
  });
  assert.equal((await project.run(bin("zkgrad"), ...verifyIn(out, "changed.pf"))).code, 1);
}

Deno.test("the package in projects of others", (t) =>
  withProjects(async (make) => {
    let project: Project;

    await t.step("comes with hashes and the words of a command, and no more", async () => {
      project = await make();
      const names = Array.from(Deno.readDirSync(`${project.folder}/node_modules`), ({ name }) => name);
      assert.deepEqual(names.filter((name) => !name.startsWith(".")).sort(), ["@noble", "@zkgrad", "commander"]);
      await copyPrograms(project, ["xor", "program"], { plain: true });
    });

    await t.step("trains XOR in Node, proves it and verifies that", () => checkXor(project, "node"));

    await t.step("prices, proves and refuses by the command in Node", async () => {
      const { folder } = project;
      const out = Array.from(Deno.readDirSync(folder)).find(({ name, isDirectory }) =>
        isDirectory && name !== "node_modules"
      )!;
      const network = `${out.name}/network.onnx`, input = ["--input", `${out.name}/input.json`];
      const { target, ...look } = JSON.parse(await project.output(bin("zkgrad"), "look", network, "--json"));
      assert.ok(JSON.stringify({ target, ...look }).includes("fidelity"));
      const mocked = JSON.parse(await project.output(bin("zkgrad"), "mock", network, ...input, "--json"));
      assert.ok(Array.isArray(mocked.outputs), JSON.stringify(mocked));
      const { code, err } = await project.run(bin("zkgrad"), "serve");
      assert.equal(code, 2);
      assert.match(
        err,
        /^error: serve needs packages that are not installed; npm install @electric-sql\/pglite@[^\n]+\n$/,
      );
    });

    await t.step("trains XOR in Bun, proves it and verifies that", async () => {
      project = await make(PINNED.bun);
      await copyPrograms(project, ["xor", "program"], { plain: true });
      await checkXor(project, bin("bun"));
    });

    for (const compiler of PINNED.typescript) {
      await t.step(`has declarations in which ${compiler} finds nothing, its own files included`, async () => {
        const old = compiler.startsWith("typescript@5");
        project = await make(compiler, ...old ? [PINNED.webgpu] : []);
        await copyPrograms(project, ["xor"], { plain: false });
        const { exports } = JSON.parse(
          await Deno.readTextFile(`${project.folder}/node_modules/@zkgrad/zkgrad/package.json`),
        );
        const entries = Object.keys(exports).filter((name) => !name.endsWith(".json"));
        const lines = entries.map((name, i) => `import * as entry${i} from "@zkgrad/zkgrad${name.slice(1)}";\n`);
        const uses = `const wrong: number = entry0.nn.Linear;\nconsole.log(wrong, ${
          entries.map((_, i) => `entry${i}`)
        });\n`;
        await Deno.writeTextFile(`${project.folder}/main.ts`, lines.join("") + uses);
        const compilerOptions = {
          ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false },
          ...{ target: "es2022", lib: ["es2022", "dom", "dom.iterable"], module: "nodenext" },
          types: old ? ["@webgpu/types"] : [],
        };
        await Deno.writeTextFile(
          `${project.folder}/tsconfig.json`,
          JSON.stringify({ compilerOptions, files: ["main.ts", "xor.ts"] }),
        );
        for (const resolution of [[], ["--module", "esnext", "--moduleResolution", "bundler"]]) {
          // One mistake of ours, so that silence cannot come from not looking.
          const { out } = await project.run(bin("tsc"), "--pretty", "false", ...resolution);
          assert.match(out, /^main\.ts\(9,7\): error TS2322: [^\n]*\n( [^\n]*\n)*$/);
        }
      });
    }
  }));
