/** The examples as their readers run them: copied to an empty folder, with an import map and nothing else. */
import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { manualSeed, nn } from "../../mod.ts";
import { exportOnnx } from "../../onnx/mod.ts";
import { inFolder } from "../folder.ts";
import { FROZEN } from "../frozen.ts";

const ROOT = new URL("../../", import.meta.url);

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Copies an example, gives it the import map of a stranger, and runs it. */
async function runCopy(folder: string, example: string, ...args: string[]): Promise<Ran> {
  await Deno.copyFile(new URL(`examples/${example}`, ROOT), `${folder}/copy.ts`);
  const imports = Object.fromEntries(
    Object.entries(config.exports).map(([name, path]) => [`${config.name}${name.slice(1)}`, new URL(path, ROOT).href]),
  );
  await Deno.writeTextFile(`${folder}/imports.json`, JSON.stringify({ imports }));
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-config", "--import-map=imports.json", ...FROZEN, "-A", "copy.ts", ...args],
    cwd: folder,
    env: { NO_COLOR: "1", XDG_RUNTIME_DIR: "/tmp" },
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function runWell(folder: string, example: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCopy(folder, example, ...args);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** The number behind a word of the text. */
function numberAfter(text: string, words: string): number {
  return Number(text.slice(text.indexOf(words) + words.length).match(/-?[\d.]+/)![0]);
}

Deno.test("examples import the package's public names alone, each in at most 60 lines", async () => {
  const names = new Set(Object.keys(config.exports).map((name) => `${config.name}${name.slice(1)}`));
  const files = [...Deno.readDirSync(new URL("examples/", ROOT))].filter(({ name }) => name.endsWith(".ts"));
  assert.ok(files.length >= 4);
  for (const name of [...files.map(({ name }) => name), "mnist/mnist.ts"]) {
    const text = await Deno.readTextFile(new URL(`examples/${name}`, ROOT));
    const imported = [...text.matchAll(/\bfrom\s+"([^"]+)"|\bimport\("([^"]+)"\)/g)].map(([, a, b]) => a ?? b);
    assert.ok(imported.length > 0, name);
    for (const module of imported) assert.ok(names.has(module), `${name} imports ${module}`);
    if (!name.includes("/")) {
      assert.ok(text.trimEnd().split("\n").length <= 60, `${name} is too long`);
      assert.match(text, /^\/\*\*[\s\S]*?What to learn here/, name);
    }
  }
});

Deno.test("regression.ts comes near to the noise in its table", async () => {
  await inFolder(async (folder) => {
    const text = await runWell(folder, "regression.ts");
    // The noise is uniform on +-20 W: 11.5 W root mean square is the floor.
    const [error, naive] = [numberAfter(text, "off by "), numberAfter(text, "would be off by ")];
    assert.ok(error > 10 && error < 25, text);
    assert.ok(naive > 10 * error, text);
  });
});

for (const [example, least] of [["lstm.ts", 40], ["transformer.ts", 40], ["residual.ts", 60]] as const) {
  Deno.test(`${example} learns from few images; from all it goes far beyond that`, async () => {
    await inFolder(async (folder) => {
      const text = await runWell(folder, example, "2000");
      assert.ok(numberAfter(text.slice(text.indexOf("epoch 2")), ", ") > least, text);
    });
  });
}

Deno.test("own_operation.ts learns XOR and is read back with its operation", async () => {
  await inFolder(async (folder) => {
    const text = await runWell(folder, "own_operation.ts");
    assert.match(text, /accuracy 1\n/);
    assert.match(text, /1\/Softplus +\[4, 8\]/);
  });
});

Deno.test("fine_tune.ts learns what is new in a file of one's own, and leaves a file", async () => {
  await inFolder(async (folder) => {
    manualSeed(5);
    const given = exportOnnx(new nn.Sequential(new nn.Linear(2, 6), new nn.Tanh(), new nn.Linear(6, 2)), [2]);
    await Deno.writeFile(`${folder}/given.onnx`, given);
    const text = await runWell(folder, "fine_tune.ts", "given.onnx", "tuned.onnx");
    assert.ok(numberAfter(text, "fine-tuned: ") > 95, text);
    const tuned = await Deno.readFile(`${folder}/tuned.onnx`);
    assert.equal(tuned.length, numberAfter(text, "exported again: "));
    assert.notDeepEqual(tuned, given);
  });
});

Deno.test("prove_onnx.ts proves a file of one's own, and says what it takes", async () => {
  await inFolder(async (folder) => {
    manualSeed(3);
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Linear(4, 2));
    await Deno.writeFile(`${folder}/own.onnx`, exportOnnx(model, [3]));
    const text = await runWell(folder, "prove_onnx.ts", ".", "own.onnx", "0.5, -1, 0.25");
    const shown = text.match(/outputs are (.*)\n/)![1].split(", ").map(Number);
    const rows = [model.layers[0], model.layers[2]] as nn.Linear[];
    const layer = ({ weight, bias }: nn.Linear, x: number[]) =>
      Array.from(bias!.data, (b, o) => x.reduce((sum, v, i) => sum + v * weight.data[o * x.length + i], b));
    const expected = layer(rows[1], layer(rows[0], [0.5, -1, 0.25]).map((v) => Math.max(v, 0)));
    shown.forEach((value, k) => assert.ok(Math.abs(value - expected[k]) < 0.05, `${shown} for ${expected}`));
    const none = await runCopy(folder, "prove_onnx.ts");
    assert.deepEqual([none.code, none.stdout], [2, ""]);
  });
});
