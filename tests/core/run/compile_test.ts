/** Compiling: told of, stopped on demand, bounded in time. */
import assert from "node:assert/strict";
import { DataLoader } from "../../../core/data/loader.ts";
import type { CompileProgress } from "../../../core/run/compile.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import { smallData, smallModel, smallTrainer } from "../small.ts";

for (const kind of ["cpu", "gpu"] as const) {
  Deno.test(`Trainer.fit() tells of each kernel that it compiles, once (${kind})`, async () => {
    using device = await GpuDevice.request({ profile: { kind, unroll: kind === "cpu" } });
    using trainer = await smallTrainer(device);
    const loader = new DataLoader(smallData(20), { batchSize: 4 });
    const told: CompileProgress[] = [];
    const onCompile = (progress: CompileProgress) => void told.push(progress);
    await trainer.fit(loader, { onCompile });
    const { total } = told[0];
    // On a GPU small kernels are parts of one.
    assert.ok(total >= (kind === "gpu" ? 2 : 5));
    assert.deepEqual(told.map(({ done }) => done), Array.from({ length: total + 1 }, (_, k) => k));
    assert.ok(told.every((progress) => progress.total === total && progress.kernel !== ""));
    const names = told.flatMap(({ kernel }) => kernel.split(/ [>|] /));
    assert.ok(names.filter((name) => name.startsWith("LinearBackwardWeight")).length >= 2);
    await trainer.fit(loader, { onCompile });
    assert.equal(told.length, total + 1, "nothing is compiled again");
  });

  Deno.test(`an AbortSignal stops compiling, and what was to come is as it was (${kind})`, async () => {
    const parameters = async (stop: boolean) => {
      using device = await GpuDevice.request({ profile: { kind, unroll: kind === "cpu" } });
      const model = smallModel();
      using trainer = await smallTrainer(device, model);
      const loader = new DataLoader(smallData(20), {
        batchSize: 4,
        sampler: (samples, epoch) => Uint32Array.from({ length: samples }, (_, i) => (i * 7 + epoch) % samples),
      });
      if (stop) {
        const before = device.liveBytes;
        const controller = new AbortController();
        const told: number[] = [];
        const onCompile = ({ done }: CompileProgress) => {
          told.push(done);
          if (done !== 1) return;
          const abort = () => controller.abort(new Error("enough"));
          // From a timer, as Ctrl-C or a button comes in; side by side, kernels so small are done before one fires.
          if (kind === "cpu") setTimeout(abort);
          else abort();
        };
        await assert.rejects(trainer.fit(loader, { signal: controller.signal, onCompile }), /^Error: enough$/);
        if (kind === "cpu") assert.deepEqual(told, [0, 1]);
        assert.equal(trainer.steps, 0);
        assert.equal(device.liveBytes, before);
        const aborted = { signal: AbortSignal.abort(new Error("before")) };
        await assert.rejects(trainer.fit(loader, aborted), /^Error: before$/);
      }
      await trainer.fit(loader);
      return [...model.stateDict().values()].map(({ data }) => data);
    };
    assert.deepEqual(await parameters(true), await parameters(false));
  });
}

Deno.test("the first step of a network with batches of 4096 takes seconds from a cold cache", async () => {
  const root = new URL("../../../mod.ts", import.meta.url).href;
  const script = `
    import { cpuUsage } from "node:process";
    import { Adam, DataLoader, nn, TensorDataset, Trainer } from "${root}";
    const layers = [new nn.Linear(20, 64), new nn.ReLU(), new nn.Linear(64, 64), new nn.ReLU(), new nn.Linear(64, 2)];
    const targets = Uint8Array.from({ length: 4096 }, (_, i) => i % 2);
    const data = new TensorDataset({ inputs: new Float32Array(20 * 4096).fill(0.1), shape: [20], targets });
    using trainer = await Trainer.create({
      model: new nn.Sequential(...layers), loss: new nn.CrossEntropyLoss(), optimizer: new Adam(),
      device: "gpu",
    });
    const before = cpuUsage();
    const { steps } = await trainer.fit(new DataLoader(data, { batchSize: 4096 }));
    const { user, system } = cpuUsage(before);
    console.log(JSON.stringify({ steps, seconds: (user + system) / 1e6 }));`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", script],
    env: { MESA_SHADER_CACHE_DISABLE: "true", XDG_RUNTIME_DIR: "/tmp", NO_COLOR: "1" },
  }).output();
  const { steps, seconds } = JSON.parse(new TextDecoder().decode(stdout) || `"${new TextDecoder().decode(stderr)}"`);
  assert.equal(steps, 1);
  // The processor's own seconds: they do not depend on who else computes. Written out in full it was a minute.
  assert.ok(seconds < 15, `${seconds} s`);
});
