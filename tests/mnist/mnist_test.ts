/** `mnist.ts` as a user runs it: a process with the task's permissions and no more, its output, its files, its ends. */
import assert from "node:assert/strict";
import { readSafetensors } from "../../mod.ts";
import { parseCalibrationJson, parseInputJson } from "../../hub/mod.ts";
import { decodeModel, loadWeights, OnnxModule } from "../../onnx/mod.ts";
import { inFolder } from "../folder.ts";
import { writeSet } from "./image_set.ts";

const ROOT = new URL("../../", import.meta.url);
const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
const FLAGS: string[] = tasks.mnist.command.match(/deno run ([^&]*) examples\/mnist\/mnist\.ts$/)[1].split(" ");
const FILES = [
  "best.safetensors",
  "cal_data.json",
  "input.json",
  "last.safetensors",
  "network_lenet.onnx",
  "parameters.png",
  "parameters.svg",
  "training.png",
  "training.svg",
];

function command(args: readonly string[], env: Record<string, string> = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    // Quiet, for the first run on a machine tells what it fetches. Proofs have tests of their own; a LeNet's takes a minute.
    args: ["run", "--quiet", "--no-prompt", ...FLAGS, "examples/mnist/mnist.ts", "--no-prove", ...args],
    cwd: ROOT,
    env: { DENO_NO_UPDATE_CHECK: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await command(args).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs to the end, which must be a good one; returns the lines. */
async function runWell(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run(...args);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout.split("\n").slice(0, -1);
}

/** Runs into an error, which must be one sentence; returns it. */
async function runBadly(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^error: [^\n]+[^.\n]\n$/);
  assert.doesNotMatch(stdout, /^epoch/m);
  return stderr.slice("error: ".length, -1);
}

const list = (folder: string): string[] => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** A checkpoint without what depends on the time that it took. */
function checkpoint(path: string) {
  const { tensors, metadata: { checksum: _, ...metadata } } = readSafetensors(Deno.readFileSync(path));
  const history = JSON.parse(metadata["note.history"]).map((record: Record<string, number>) => {
    const { seconds, rate, ...lasting } = record;
    assert.ok(seconds > 0 && rate > 0);
    return lasting;
  });
  return { tensors, metadata: { ...metadata, "note.history": history } };
}

Deno.test("mnist.ts trains, exports and checks, and goes on where it stopped to the same bytes", async (t) => {
  await inFolder(async (folder) => {
    const [out, whole] = [`${folder}/a/b`, `${folder}/whole`];
    const fixed = ["--limit", "2560", "--shuffle", "--seed", "4", "--lr", "0.003"];

    await t.step("two epochs, in plain lines", async () => {
      const lines = await runWell("--epochs", "2", "--out", out, ...fixed);
      assert.match(lines[0], /^LeNet, 44426 parameters, 2560 images rounded to 0\/1, ./);
      const epoch = /^epoch \d\/2 {2}loss \d\.\d{4} {2}test accuracy \d+\.\d\d % {2}[\d,.]+ images\/s {2}[\d.]+ m?s$/;
      assert.match(lines[1], epoch);
      assert.match(lines[2], epoch);
      assert.match(lines[3], /network_lenet\.onnx was read back: 1000 images, largest difference of a logit \d/);
      const rest = lines.slice(4);
      assert.deepEqual(rest.map((line) => line.split(" ")[0].slice(out.length + 1)).sort(), FILES);
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(lines.join("\n"), /[\r\x1b]/);
    });

    await t.step("leaves every file and nothing else", () => {
      assert.deepEqual(list(out), FILES);
      const bytes = (name: string) => Deno.readFileSync(`${out}/${name}`);
      const model = decodeModel(bytes("network_lenet.onnx"));
      assert.deepEqual(model.opsetImport?.map(({ version }) => Number(version)), [12]);
      const types = model.graph!.node!.map(({ opType }) => opType);
      assert.deepEqual(types.filter((type) => type === "Conv").length, 2);
      assert.equal(new OnnxModule(bytes("network_lenet.onnx")).parameterCount(), 44_426);
      const input = parseInputJson(Deno.readTextFileSync(`${out}/input.json`), 784);
      assert.deepEqual(new Set(input), new Set([0, 1]));
      const calibration = parseCalibrationJson(Deno.readTextFileSync(`${out}/cal_data.json`), 784);
      assert.equal(calibration.length, 8);
      assert.deepEqual(calibration[0], input);
      for (const name of ["training", "parameters"]) {
        assert.match(Deno.readTextFileSync(`${out}/${name}.svg`), /^<svg[^]*<\/svg>\s*$/);
        assert.deepEqual([...bytes(`${name}.png`).subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
      }
      assert.equal(checkpoint(`${out}/last.safetensors`).metadata["note.history"].length, 2);
    });

    await t.step("--resume takes the third epoch alone", async () => {
      const lines = await runWell("--epochs", "3", "--out", out, "--resume", ...fixed);
      assert.equal(lines[1], `going on from ${out}/last.safetensors after epoch 2`);
      assert.match(lines[2], /^epoch 3\/3 {2}/);
      assert.match(lines[3], /was read back/);
    });

    await t.step("three epochs at once come to the same", async () => {
      await runWell("--epochs", "3", "--out", whole, ...fixed);
      for (const name of ["last", "best"]) {
        const found = checkpoint(`${out}/${name}.safetensors`);
        assert.equal(found.tensors.size, 30);
        assert.deepEqual(found, checkpoint(`${whole}/${name}.safetensors`));
      }
      for (const name of ["network_lenet.onnx", "input.json", "cal_data.json", "parameters.svg", "training.svg"]) {
        assert.deepEqual(Deno.readFileSync(`${out}/${name}`), Deno.readFileSync(`${whole}/${name}`), name);
      }
    });

    await t.step("--quantization-aware leaves weights where the circuit has them, and goes on too", async () => {
      const coarse = `${folder}/coarse`;
      const args = ["--epochs", "1", "--out", coarse, ...fixed];
      const lines = await runWell("--quantization-aware", "1", ...args);
      assert.equal(lines[2], "from here on numbers are rounded as the circuit will round them");
      assert.match(lines[3], /^epoch 1\/1 {2}/);
      assert.match(lines[4], /was read back: 1000 images, largest difference of a logit \d/);
      assert.deepEqual(list(coarse), [...FILES, "quantized"].sort());
      assert.deepEqual(list(`${coarse}/quantized`), ["best.safetensors", "last.safetensors"]);
      const weights = loadWeights(Deno.readFileSync(`${coarse}/network_lenet.onnx`));
      for (
        const [name, bits] of [["conv1.weight", 8], ["conv2.weight", 3], ["fc2.weight", 5], ["fc3.bias", 13]] as const
      ) {
        assert.ok(weights.get(name)!.data.every((weight) => Number.isInteger(weight * 2 ** bits)), name);
      }
      const later = await runWell("--quantization-aware", "2", ...args, "--resume");
      assert.ok(later.includes(`going on from ${coarse}/quantized/last.safetensors after epoch 1`), later.join("\n"));
      assert.equal(later.filter((line) => line.startsWith("epoch")).length, 1);
    });

    await t.step("--resume with nothing left to train writes the files again", async () => {
      await Deno.remove(`${out}/network_lenet.onnx`);
      const lines = await runWell("--epochs", "3", "--out", out, "--resume", ...fixed);
      assert.equal(lines.filter((line) => line.startsWith("epoch")).length, 0);
      assert.deepEqual(
        Deno.readFileSync(`${out}/network_lenet.onnx`),
        Deno.readFileSync(`${whole}/network_lenet.onnx`),
      );
    });
  });
});

Deno.test("mnist.ts takes a set of one's own, and prints nothing when it is told to be quiet", async () => {
  await inFolder(async (folder) => {
    await writeSet(`${folder}/data`);
    const out = `${folder}/out`;
    const args = ["--data", `${folder}/data`, "--epochs", "2", "--calibration", "3", "--quiet", "--resume"];
    assert.deepEqual(await runWell(...args, "--out", out), []);
    assert.deepEqual(list(out), FILES);
    assert.equal(checkpoint(`${out}/last.safetensors`).metadata["note.history"].length, 2);
    const pixels = Deno.readFileSync(`${folder}/data/train-images-idx3-ubyte`).subarray(16);
    const image = (n: number) =>
      Float32Array.from(pixels.subarray(784 * n, 784 * (n + 1)), (byte) => byte < 128 ? 0 : 1);
    assert.deepEqual(parseInputJson(Deno.readTextFileSync(`${out}/input.json`), 784), image(0));
    const calibration = parseCalibrationJson(Deno.readTextFileSync(`${out}/cal_data.json`), 784);
    assert.deepEqual(calibration, [0, 1, 2].map(image));

    // A second run, of other weights, loses nothing of the first.
    const before = ["best.safetensors", "last.safetensors", "network_lenet.onnx"].map((name) => [
      name.replace(/\.(?=\w+$)/, ".1."),
      Deno.readFileSync(`${out}/${name}`),
    ]);
    await Deno.writeTextFile(`${out}/test.pf`, "a proof");
    await runWell("--data", `${folder}/data`, "--epochs", "1", "--quiet", "--seed", "7", "--out", out);
    assert.deepEqual(before.map(([name]) => [name, Deno.readFileSync(`${out}/${name}`)]), before);
    assert.equal(Deno.readTextFileSync(`${out}/test.1.pf`), "a proof");
    assert.deepEqual(list(out), [...FILES, ...before.map(([name]) => name), "test.1.pf"].sort());
  });
});

Deno.test("mnist.ts keeps the greys of the pixels when it is told to, and says so", async () => {
  await inFolder(async (folder) => {
    await writeSet(`${folder}/data`);
    const out = `${folder}/out`;
    const [first] = await runWell("--data", `${folder}/data`, "--epochs", "1", "--grey", "--out", out);
    assert.match(first, / images in greys, /);
    const pixels = Deno.readFileSync(`${folder}/data/train-images-idx3-ubyte`).subarray(16, 16 + 784);
    const input = parseInputJson(Deno.readTextFileSync(`${out}/input.json`), 784);
    assert.deepEqual(input, Float32Array.from(pixels, (byte) => Math.fround(byte / 255)));
    assert.ok(new Set(input).size > 100);
  });
});

Deno.test("mnist.ts says in one sentence what is wrong", async (t) => {
  await inFolder(async (folder) => {
    await writeSet(`${folder}/data`);
    const small = ["--data", `${folder}/data`, "--epochs", "1"];
    const out = `${folder}/out`;

    await t.step("a folder below a file", async () => {
      await Deno.writeTextFile(`${folder}/file`, "");
      const message = await runBadly(...small, "--out", `${folder}/file/out`);
      assert.ok(message.startsWith(`${folder}/file/out/`), message);
      assert.match(message, /cannot be written: a part of the path is a file/);
    });
    await t.step("no data there", async () => {
      assert.match(await runBadly("--data", `${folder}/none`, "--out", out), /the images are missing in .*\/none: /);
    });
    await t.step("images of another size", async () => {
      await writeSet(`${folder}/tiny`, 24);
      assert.match(await runBadly("--data", `${folder}/tiny`, "--out", out), /\[\d+, 256\]|256/);
    });
    await t.step("more classes than the network has", async () => {
      await writeSet(`${folder}/eleven`, 28, 11);
      assert.match(await runBadly("--data", `${folder}/eleven`, "--out", out), /11 classes/);
    });
    await t.step("a learning rate that blows up, with no checkpoint yet", async () => {
      const message = await runBadly(...small, "--lr", "1e38", "--out", `${folder}/blown`);
      assert.match(message, /a lower learning rate than 1e\+38 may help/);
      assert.doesNotMatch(message, /checkpoint is/);
    });
    await t.step("a damaged checkpoint", async () => {
      await runWell(...small, "--out", out);
      const path = `${out}/last.safetensors`;
      const sound = await Deno.readFile(path);
      const flipped = sound.slice();
      flipped[flipped.length - 1000] ^= 1;
      for (
        const [bytes, what] of [[flipped, / is damaged: its checksum /], [sound.subarray(0, 9000), /9000/]] as const
      ) {
        await Deno.writeFile(path, bytes);
        const message = await runBadly(...small, "--epochs", "2", "--out", out, "--resume");
        assert.ok(message.startsWith(path), message);
        assert.match(message, what);
        assert.deepEqual(await Deno.readFile(path), bytes);
      }
      await Deno.writeFile(path, sound);
    });
  });
});

/** Reads lines as they come. */
async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split("\n");
    text = parts.pop()!;
    yield* parts;
  }
}

Deno.test("mnist.ts ends after the epoch on Ctrl-C, and goes on later", async () => {
  await inFolder(async (folder) => {
    await writeSet(`${folder}/data`);
    const args = ["--data", `${folder}/data`, "--out", `${folder}/out`];
    const child = command([...args, "--epochs", "2000"]).spawn();
    const seen: string[] = [];
    for await (const line of lines(child.stdout)) {
      seen.push(line);
      if (line.startsWith("epoch    3/")) child.kill("SIGINT");
    }
    const { code, signal } = await child.status;
    assert.equal(await new Response(child.stderr).text(), "");
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
    assert.ok(seen.includes("stopping after this epoch and its checkpoint; press Ctrl-C again to leave at once"));
    assert.equal(seen.at(-1), "stopped; the same command with --resume goes on");
    const epochs = seen.filter((line) => line.startsWith("epoch ")).length;
    assert.ok(epochs >= 3 && epochs < 2000, `${epochs} epochs`);
    assert.deepEqual(list(`${folder}/out`).filter((name) => name !== "best.safetensors"), ["last.safetensors"]);
    assert.equal(checkpoint(`${folder}/out/last.safetensors`).metadata["note.history"].length, epochs);
    const later = await runWell(...args, "--epochs", `${epochs + 1}`, "--resume");
    assert.ok(later.includes(`going on from ${folder}/out/last.safetensors after epoch ${epochs}`));
    assert.deepEqual(list(`${folder}/out`), FILES);
  });
});

Deno.test("mnist.ts leaves at once on a second Ctrl-C", async () => {
  await inFolder(async (folder) => {
    const child = command(["--out", folder, "--epochs", "1000", "--batch-size", "64"]).spawn();
    const seen: string[] = [];
    for await (const line of lines(child.stdout)) {
      seen.push(line);
      if (line.startsWith("LeNet")) setTimeout(() => child.kill("SIGINT"), 4000);
      if (line.startsWith("stopping")) child.kill("SIGINT");
    }
    const { code, signal } = await child.status;
    assert.deepEqual({ code, signal }, { code: 130, signal: null });
    assert.equal(await new Response(child.stderr).text(), "");
    assert.ok(seen.at(-1)!.startsWith("stopping after this epoch"), `${seen.at(-1)}`);
    assert.ok(list(folder).every((name) => name.endsWith(".safetensors")), list(folder).join());
  });
});

/** Runs a command on a terminal of its own, by util-linux's script. */
function onTerminal(command: string, env: Record<string, string>): Promise<Deno.CommandOutput> {
  const { NO_COLOR: _, ...rest } = Deno.env.toObject();
  return new Deno.Command("script", {
    args: ["--quiet", "--return", "--command", command, "/dev/null"],
    cwd: ROOT,
    clearEnv: true,
    env: { ...rest, TERM: "xterm", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).output();
}

// Containers may have the program and no terminal to give.
const hasTerminal = Deno.build.os === "linux" &&
  await onTerminal("test -t 1", {}).then(({ success }) => success, () => false);

Deno.test({
  name: "mnist.ts draws a bar on a terminal, in colour unless NO_COLOR is set (needs script and a pseudo-terminal)",
  ignore: !hasTerminal,
  async fn() {
    await inFolder(async (folder) => {
      await writeSet(`${folder}/data`);
      const line = [
        Deno.execPath(),
        "run",
        "--quiet",
        "--no-prompt",
        ...FLAGS,
        "examples/mnist/mnist.ts",
        "--no-prove",
        "--data",
        `${folder}/data`,
        "--epochs",
      ];
      const inner = [...line, "1", "--out", `${folder}/out`].join(" ");
      for (const env of [{ NO_COLOR: "1" }, {}] as Record<string, string>[]) {
        const { code, stdout } = await onTerminal(inner, env);
        const text = new TextDecoder().decode(stdout);
        assert.equal(code, 0, text);
        assert.match(text, /\repoch 1\/1 .*[━─]{8}/);
        assert.equal(text.includes("\x1b[36m"), env.NO_COLOR === undefined);
        // The second run keeps what the first one made.
        // deno-lint-ignore no-control-regex
        assert.match(text, /\r\x1b\[K(an earlier run's checkpoints are kept as \S+ and \S+\r\n)?epoch 1\/1 {2}loss /);
        assert.equal(text.includes("an earlier run's checkpoints are kept"), env.NO_COLOR === undefined);
      }
    });
  },
});

Deno.test("mnist.ts --hub local says which task brings the hub's packages, and that task starts one", () =>
  inFolder(async (folder) => {
    const start = async (flags: readonly string[]) => {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-prompt", ...flags, "--out", folder],
        cwd: ROOT,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const said = new Response(child.stderr).text();
      for await (const line of lines(child.stdout)) {
        if (!line.startsWith("a hub of our own at ")) continue;
        child.kill("SIGKILL");
        await Promise.all([said, child.status]);
        return line;
      }
      await child.status;
      return await said;
    };
    assert.equal(
      await start([...FLAGS, "examples/mnist/mnist.ts", "--hub", "local"]),
      "error: --hub local needs the hub's packages, which the program was not started with; run it as " +
        "deno task mnist:hub, which fetches them too\n",
    );
    const hubFlags = tasks["mnist:hub"].command.match(/deno run ([^&]*)$/)[1].split(" ");
    assert.match(await start(hubFlags), /^a hub of our own at http:/);
  }));
