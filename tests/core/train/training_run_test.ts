import assert from "node:assert/strict";
import { DataLoader } from "../../../core/data/loader.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { readSafetensors } from "../../../core/train/safetensors.ts";
import { Generator } from "../../../core/base/random.ts";
import type { Trainer } from "../../../core/train/trainer.ts";
import { type EpochRecord, TrainingRun } from "../../../core/train/training_run.ts";
import { smallData, smallModel, smallTrainer } from "../small.ts";
import { inFolder } from "../../folder.ts";

const [train, test] = [smallData(100), smallData(60, 6)];

interface Outcome {
  history: EpochRecord[];
  text: string;
  end: Uint8Array;
}

function shuffled(seed: number): DataLoader {
  return new DataLoader(train, { batchSize: 16, shuffle: true, generator: new Generator(seed) });
}

async function run(trainer: Trainer, folder: string, epochs: number, resume: boolean, seed = 3): Promise<Outcome> {
  const loader = shuffled(seed);
  let text = "";
  const output = { write: (part: string) => void (text += part), terminal: false, color: false };
  const running = await TrainingRun.open({ trainer, loader, folder, epochs, resume, output });
  for (const epoch of running.epochs()) {
    const trained = await trainer.fit(loader, running.progress(epoch));
    const record = await running.record(epoch, trained, await trainer.evaluate(test));
    assert.equal(record, running.history.at(-1));
    assert.equal(record.epoch, epoch);
  }
  assert.equal(running.interrupted, false);
  return { history: running.history, text, end: await trainer.checkpoint() };
}

/** An epoch without what depends on the clock. */
function essence({ epoch, trainLoss, testLoss, testAccuracy }: EpochRecord): (number | null)[] {
  return [epoch, trainLoss, testLoss, testAccuracy];
}

Deno.test("TrainingRun goes on after a break as if there had been none, bit for bit", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    using whole = await smallTrainer(device, smallModel(1));
    const expected = await run(whole, `${folder}/a/b`, 5, false);
    assert.deepEqual(expected.history.map(({ epoch }) => epoch), [1, 2, 3, 4, 5]);
    using first = await smallTrainer(device, smallModel(1));
    await run(first, `${folder}/c`, 2, true);
    using second = await smallTrainer(device, smallModel(8));
    const resumed = await run(second, `${folder}/c`, 5, true, 99);
    assert.ok(resumed.text.startsWith(`going on from ${folder}/c/last.safetensors after epoch 2\n`), resumed.text);
    assert.deepEqual(resumed.history.map(essence), expected.history.map(essence));
    assert.deepEqual(resumed.end, expected.end);
    const done = await run(second, `${folder}/c`, 5, true);
    assert.equal(done.history.length, 5, "nothing is left to do");
  }));

Deno.test("TrainingRun shows that kernels are compiled, and then the epoch again", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    using trainer = await smallTrainer(device, smallModel(1));
    const [loader, shown] = [shuffled(3), [] as string[]];
    const output = { write: (part: string) => void shown.push(part), terminal: true, color: false };
    const running = await TrainingRun.open({ trainer, loader, folder, epochs: 3, output });
    await trainer.fit(loader, running.progress(1));
    const compiling = shown.findIndex((text) => /^\repoch 1\/3, compiling kernels 0\/\d+ /.test(text));
    assert.ok(compiling !== -1, shown.join());
    assert.ok(shown.slice(compiling).some((text) => text.startsWith("\repoch 1/3  ")), shown.join());
  }));

Deno.test("TrainingRun keeps the last epoch and the best one, and writes a line for each", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    const model = smallModel(1);
    using trainer = await smallTrainer(device, model);
    const loader = shuffled(3);
    let text = "";
    const output = { write: (part: string) => void (text += part), terminal: false, color: false };
    const running = await TrainingRun.open({ trainer, loader, folder, epochs: 12, output });
    const weights: Float32Array[] = [];
    // The second epoch is the best, and the fourth as good: the first of the two stays.
    for (const [index, accuracy] of [0.5, 0.75, 0.25, 0.75].entries()) {
      const trained = await trainer.fit(loader, running.progress(index + 1));
      await running.record(index + 1, trained, { loss: 1, accuracy });
      weights.push(model.fc1.weight.data.slice());
    }
    const read = async (name: string) => readSafetensors(await Deno.readFile(`${folder}/${name}.safetensors`));
    const [best, last] = [await read("best"), await read("last")];
    assert.deepEqual(best.tensors.get("fc1.weight")!.data, weights[1]);
    assert.deepEqual(last.tensors.get("fc1.weight")!.data, weights[3]);
    assert.deepEqual(JSON.parse(last.metadata["note.history"]), running.history);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "best.safetensors",
      "last.safetensors",
    ]);
    assert.match(text, /epoch {2}2\/12 {2}loss \d\.\d{4} {2}test accuracy 75\.00 % {2}\S+ samples\/s/);
    assert.equal(text.match(/epoch .*test accuracy/g)!.length, 4);
  }));

Deno.test("TrainingRun keeps the epoch of the smallest loss where there is no accuracy", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    using trainer = await smallTrainer(device);
    const loader = shuffled(3);
    const output = { write: () => {}, terminal: false, color: false };
    const running = await TrainingRun.open({ trainer, loader, folder, epochs: 3, output });
    for (const [index, loss] of [3, 1, 2].entries()) {
      await running.record(index + 1, await trainer.fit(loader), { loss, accuracy: null });
    }
    const { metadata } = readSafetensors(await Deno.readFile(`${folder}/best.safetensors`));
    assert.equal(JSON.parse(metadata["note.history"]).length, 2);
  }));

Deno.test("TrainingRun keeps an earlier run's files under numbers, from its own first epoch on", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    using trainer = await smallTrainer(device);
    const files = () => Object.fromEntries([...Deno.readDirSync(folder)].map(({ name }) => [name, bytes(name)]));
    const bytes = (name: string) => Deno.readFileSync(`${folder}/${name}`);
    const [best, last] = ["best.safetensors", "last.safetensors"];
    await run(trainer, folder, 2, false);
    const first = files();
    assert.deepEqual(Object.keys(first).sort(), [best, last]);
    const output = { write: () => {}, terminal: false, color: false };
    await TrainingRun.open({ trainer, loader: shuffled(3), folder, epochs: 2, output });
    assert.deepEqual(files(), first, "nothing has happened yet");
    const { text } = await run(trainer, folder, 2, false);
    const line =
      `an earlier run's checkpoints are kept as ${folder}/best.1.safetensors and ${folder}/last.1.safetensors\n`;
    assert.ok(text.includes(line), text);
    const second = files();
    assert.deepEqual([second["best.1.safetensors"], second["last.1.safetensors"]], [first[best], first[last]]);
    await Deno.remove(`${folder}/${last}`);
    await run(trainer, folder, 1, true);
    const third = files();
    assert.deepEqual(third["best.2.safetensors"], second[best], "nor is a best without a last written over");
    assert.deepEqual(third["best.1.safetensors"], first[best]);
    await run(trainer, folder, 3, true);
    assert.equal(Object.keys(files()).length, 5, "a run that is resumed goes on with its own");
  }));

Deno.test("TrainingRun resumes a run without accuracy", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    using trainer = await smallTrainer(device);
    const loader = shuffled(3);
    const options = { trainer, loader, folder, epochs: 3, output: { write: () => {}, terminal: false, color: false } };
    const running = await TrainingRun.open(options);
    await running.record(1, await trainer.fit(loader), { loss: 3, accuracy: null });
    const resumed = await TrainingRun.open({ ...options, resume: true });
    assert.deepEqual(resumed.history, running.history);
  }));

Deno.test("TrainingRun says that it starts anew where there is nothing to go on from", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    using trainer = await smallTrainer(device);
    const { text, history } = await run(trainer, folder, 1, true);
    assert.ok(text.startsWith(`${folder}/last.safetensors is not there; starting anew\n`), text);
    assert.equal(history.length, 1);
  }));

Deno.test("TrainingRun refuses a folder that cannot be written before it trains", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    using trainer = await smallTrainer(device);
    await Deno.writeTextFile(`${folder}/file`, "");
    await assert.rejects(run(trainer, `${folder}/file/below`, 1, false), (error: Error) => {
      assert.equal(error.name, "ArgumentError");
      assert.match(error.message, /cannot be written: a part of the path is a file, not a folder/);
      return true;
    });
    assert.equal(trainer.steps, 0);
  }));

Deno.test("TrainingRun leaves the last file alone when an epoch fails", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    using trainer = await smallTrainer(device);
    await run(trainer, folder, 1, false);
    const before = await Deno.readFile(`${folder}/last.safetensors`);
    const loader = shuffled(3);
    const output = { write: () => {}, terminal: false, color: false };
    const running = await TrainingRun.open({ trainer, loader, folder, epochs: 3, resume: true, output });
    trainer.optimizer.lr = 1e38;
    const rest = async () => {
      for (const epoch of running.epochs()) {
        const trained = await trainer.fit(loader, running.progress(epoch));
        await running.record(epoch, trained, trained);
      }
    };
    await assert.rejects(rest(), { name: "NonFiniteError" });
    assert.deepEqual(await Deno.readFile(`${folder}/last.safetensors`), before);
  }));

Deno.test("TrainingRun refuses notes that are not its own, and a file that is damaged", () =>
  inFolder(async (folder) => {
    using device = await GpuDevice.request();
    using trainer = await smallTrainer(device);
    const path = `${folder}/last.safetensors`;
    const state = JSON.stringify(shuffled(3).state());
    const notes: Record<string, string>[] = [
      {},
      { history: "[]" },
      { history: "[", loader: state },
      { history: "{}", loader: state },
      { history: "[7]", loader: state },
      { history: '[{"epoch":2,"testAccuracy":1}]', loader: state },
      { history: "[]", loader: "null" },
      { history: "[]", loader: '{"epoch":0}' },
      { history: "[]", loader: '{"epoch":-1,"generator":{"seed":1,"counter":0}}' },
      { history: "[]", loader: '{"epoch":0,"generator":{"seed":-1,"counter":0}}' },
    ];
    for (const note of notes) {
      await Deno.writeFile(path, await trainer.checkpoint(note));
      await assert.rejects(run(trainer, folder, 1, true), (error: Error) => {
        assert.equal(error.name, "FormatError", `${JSON.stringify(note)}: ${error}`);
        assert.ok(error.message.startsWith(`${path} holds no usable history of epochs (`), error.message);
        assert.ok(error.message.endsWith("; start without --resume"), error.message);
        return true;
      });
    }
    await Deno.writeFile(path, (await trainer.checkpoint()).slice(0, 500));
    await assert.rejects(run(trainer, folder, 1, true), { name: "FormatError", message: /last\.safetensors: / });
  }));
