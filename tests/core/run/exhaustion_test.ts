import assert from "node:assert/strict";

const at = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** Trains, lets the system grant it no more than 200 MB on top, and asks for more; nothing of it is ever touched. */
const SCRIPT = `
import { DataLoader } from ${at("../../core/data/loader.ts")};
import { GpuDevice } from ${at("../../core/device.ts")};
import { smallData, smallTrainer } from ${at("./small.ts")};
using device = await GpuDevice.request();
if (device.profile.kind !== "cpu") Deno.exit(0); // a GPU's own memory has no such limit
using trainer = await smallTrainer(device);
const data = smallData(64);
const small = new DataLoader(data, { batchSize: 16 });
await trainer.fit(small);
const before = device.liveBytes;
const size = Number(Deno.readTextFileSync("/proc/self/status").match(/VmSize:\\s+(\\d+)/)[1]) * 1024;
const limit = ["--pid", String(Deno.pid), "--as=" + (size + 200e6)];
if (!new Deno.Command("prlimit", { args: limit }).outputSync().success) Deno.exit(1);
for (let attempt = 0; attempt < 2; attempt++) {
  try {
    await trainer.fit(new DataLoader(data, { batchSize: 100_000 }));
    console.log("no error");
  } catch (error) {
    console.log(error.name + ": " + error.message);
  }
  console.log(device.liveBytes - before);
}
console.log((await trainer.fit(small)).steps, trainer.steps);
`;

function hasPrlimit(): boolean {
  try {
    return Deno.build.os === "linux" && new Deno.Command("prlimit", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "Trainer says what did not fit where the memory runs out, frees it and goes on",
  ignore: !hasPrlimit(),
  async fn() {
    const path = await Deno.makeTempFile({ suffix: ".ts" });
    await Deno.writeTextFile(path, SCRIPT);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--no-check", path],
      stderr: "inherit",
    }).output();
    await Deno.remove(path);
    assert.equal(code, 0);
    const text = new TextDecoder().decode(stdout);
    if (text === "") return;
    const lines = text.trim().split("\n");
    const wanted =
      /^DeviceError: the GPU ran out of memory: a batch needs \d{9} bytes beside \d+ in use \(.*\); use a smaller/;
    assert.match(lines[0], wanted);
    assert.match(lines[2], wanted);
    assert.deepEqual([lines[1], lines[3], lines[4]], ["0", "0", "4 8"]);
  },
});
