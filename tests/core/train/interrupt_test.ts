import assert from "node:assert/strict";
import { readSafetensors } from "../../../core/train/safetensors.ts";

const at = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** Trains for very many epochs and ends in order once it is told to. */
const SCRIPT = `
import { DataLoader } from ${at("../../core/data/loader.ts")};
import { GpuDevice } from ${at("../../core/device.ts")};
import { TrainingRun } from ${at("../../core/training_run.ts")};
import { smallData, smallTrainer } from ${at("./small.ts")};
using device = await GpuDevice.request();
using trainer = await smallTrainer(device);
const loader = new DataLoader(smallData(200), { batchSize: 8, shuffle: true });
const write = (text) => Deno.stdout.writeSync(new TextEncoder().encode(text));
const output = { write, terminal: false, color: false };
const run = await TrainingRun.open({ trainer, loader, folder: Deno.args[0], epochs: 100000, output });
for (const epoch of run.epochs()) {
  await run.record(epoch, await trainer.fit(loader, run.progress(epoch)), { loss: 1, accuracy: 0.5 });
}
write("ended " + run.interrupted + " after " + run.history.length + "\\n");
`;

Deno.test({
  name: "TrainingRun ends in order after the epoch in which Ctrl-C came",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/train.ts`, SCRIPT);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--no-check", `${folder}/train.ts`, folder],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const deadline = setTimeout(() => child.kill("SIGKILL"), 120_000);
    let text = "";
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      const before = text;
      text += part;
      const second = "epoch      2/100000  ";
      if (text.includes(second) && !before.includes(second)) child.kill("SIGINT");
    }
    const { code, signal } = await child.status;
    clearTimeout(deadline);
    assert.deepEqual([code, signal], [0, null], text);
    assert.equal(text.match(/stopping after this epoch and its checkpoint/g)?.length, 1, text);
    const epochs = Number(text.match(/ended true after (\d+)\n$/)![1]);
    assert.ok(epochs >= 2 && epochs < 100000);
    const { metadata } = readSafetensors(await Deno.readFile(`${folder}/last.safetensors`));
    assert.equal(JSON.parse(metadata["note.history"]).length, epochs);
    assert.equal(metadata.step, String(25 * epochs));
    await Deno.remove(folder, { recursive: true });
  },
});
