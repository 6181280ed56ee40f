/**
 * From a network to a proof by the package, in Node, old and new, and in Bun: by its functions one by one, by its
 * commands, and by one command. What is not blinded has to be, byte for byte, what Deno makes of the same files.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { calibrationJson, genSrs, inputJson, settingsFromJson, verify } from "../../hub/ezkl/mod.ts";
import { manualSeed, nn } from "../../mod.ts";
import { exportOnnx } from "../../onnx/mod.ts";
import { FROZEN } from "../frozen.ts";
import { nativeDone, nativePython } from "../hub/ezkl/native.ts";
import { bin, copyPrograms, PINNED, type Project, projectIn, withProjects } from "./project.ts";

/** What every way leaves, and nothing random is in. */
const EXACT = [
  "verifier.sol",
  "settings.json",
  "network.calibrated.onnx",
  "network.compiled",
  "key.vk",
  "witness.json",
];

/** EZKL's steps as commands, with what is not their default. */
const COMMANDS = [
  ["gen-settings"],
  ["calibrate-settings", "--target", "fidelity"],
  ["compile-circuit"],
  ["setup"],
  ["gen-witness"],
  ["prove"],
  ["verify"],
  ["create-evm-verifier"],
  ["encode-evm-calldata"],
];

/** A new folder with the files that all ways begin with. */
async function begin(from: string, to: string): Promise<string> {
  await Deno.mkdir(to);
  for (const name of ["network.onnx", "cal_data.json", "input.json", "kzg.srs"]) {
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
  return to;
}

/** What all ways begin with. */
async function writeNetwork(folder: string): Promise<void> {
  manualSeed(1);
  const model = new nn.Sequential(new nn.Linear(4, 6), new nn.Sigmoid(), new nn.Linear(6, 3));
  const samples = Array.from({ length: 16 }, (_, i) => Float32Array.of(i & 1, i >> 1 & 1, i >> 2 & 1, i >> 3));
  await Deno.mkdir(folder);
  await Deno.writeFile(`${folder}/network.onnx`, exportOnnx(model, [4]));
  await Deno.writeTextFile(`${folder}/cal_data.json`, calibrationJson(samples));
  await Deno.writeTextFile(`${folder}/input.json`, inputJson(samples[5]));
  await Deno.writeFile(`${folder}/kzg.srs`, await genSrs(9));
}

/** Compares a folder with Deno's, and has its proof judged here and, where it is installed, by native EZKL. */
async function judge(folder: string, denos: string): Promise<void> {
  for (const name of EXACT) {
    assert.deepEqual(await Deno.readFile(`${folder}/${name}`), await Deno.readFile(`${denos}/${name}`), name);
  }
  const [proof, vk, srs] = await Promise.all(
    ["test.pf", "key.vk", "kzg.srs"].map((n) => Deno.readFile(`${folder}/${n}`)),
  );
  const settings = settingsFromJson(await Deno.readTextFile(`${folder}/settings.json`));
  assert.equal(await verify(proof, vk, settings, srs), true);
  assert.ok((await Deno.stat(`${folder}/calldata`)).size > 1000);
  if (nativePython === null) return;
  const { result } = await nativeDone("verify", {
    proof_path: `${folder}/test.pf`,
    settings_path: `${folder}/settings.json`,
    vk_path: `${folder}/key.vk`,
    srs_path: `${folder}/kzg.srs`,
  });
  assert.equal(result, true);
}

/** All three ways in a runtime. */
async function checkRuntime(project: Project, runtime: string, from: string, denos: string): Promise<void> {
  const { folder } = project;
  const functions = await begin(from, `${folder}/functions`);
  await project.output(runtime, `${folder}/steps.js`, functions);
  await judge(functions, denos);

  const program = `${folder}/node_modules/@zkgrad/zkgrad/zkgrad.js`;
  const commands = await begin(from, `${folder}/commands`);
  for (const words of COMMANDS) await projectIn(commands).output(runtime, program, ...words);
  await judge(commands, denos);

  const one = await begin(from, `${folder}/one`);
  await Deno.copyFile(`${one}/kzg.srs`, `${one}/kzg.unsafe.srs`); // its own name for a test string
  const flags = ["--input", "input.json", "--data", "cal_data.json", "--evm"];
  const out = await projectIn(one).output(runtime, program, "prove", "network.onnx", ...flags);
  assert.match(out, /^verified: the outputs are \[/m);
  await judge(one, denos);
}

Deno.test("from a network to a proof by the package, step by step", (t) =>
  withProjects(async (make) => {
    let from: string, denos: string;
    await t.step("in Deno, from here", async () => {
      const { folder } = await make();
      await writeNetwork(from = `${folder}/network`);
      denos = await begin(from, `${folder}/deno`);
      const args = ["run", "-A", "-q", ...FROZEN, fileURLToPath(new URL("steps.ts", import.meta.url)), denos];
      const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      await judge(denos, denos);
    });
    for (const runtime of ["node", PINNED.node, PINNED.bun]) {
      await t.step(`in ${runtime}${runtime === "node" ? ", as it is installed" : ""}`, async () => {
        const project = await make(...runtime === "node" ? [] : [runtime]);
        await copyPrograms(project, ["steps"], { plain: true });
        const [name] = runtime.split("@"), own = `${project.folder}/node_modules/node/bin/node`;
        await checkRuntime(
          project,
          runtime === "node" ? name : name === "node" ? own : `${project.folder}/${bin(name)}`,
          from,
          denos,
        );
      });
    }
  }));
