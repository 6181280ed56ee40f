/**
 * The main job as a user runs it, whole: 25 epochs, then the exported file in ONNX
 * Runtime (WebAssembly and native) against the engine on all test images, and the
 * circuit and its proof. Takes minutes, so it has a task of its own: `deno task test:full`.
 */
import assert from "node:assert/strict";
import * as native from "npm:onnxruntime-node@1.30.0";
import * as web from "npm:onnxruntime-web@1.30.0/wasm";
import { Adam, MNIST, nn, readFile, sampleInput, Trainer } from "../../mod.ts";
import { LeNet } from "../../examples/mnist/mnist.ts";
import { checkProof } from "./proof_steps.ts";
import { FROZEN } from "../frozen.ts";

web.env.wasm.numThreads = 1;
const ROOT = new URL("../../", import.meta.url).pathname;
const CLASSES = 10;

function classes(logits: ArrayLike<number>): number[] {
  return Array.from({ length: logits.length / CLASSES }, (_, n) => {
    let best = 0;
    for (let k = 1; k < CLASSES; k++) if (logits[n * CLASSES + k] > logits[n * CLASSES + best]) best = k;
    return best;
  });
}

/** Runs it to its good end and returns the most memory that it held. */
async function mainJob(out: string, ...flags: string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...FROZEN, `${ROOT}examples/mnist/mnist.ts`, "--out", out, ...flags],
    cwd: ROOT,
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  let peak = 0;
  const watch = setInterval(() => {
    try {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      peak = Math.max(peak, 1024 * Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has just ended.
    }
  }, 200);
  const { code } = await child.status;
  clearInterval(watch);
  assert.equal(code, 0);
  return peak;
}

Deno.test("the tutorial trains to 97.5 % and its file means the same elsewhere", async (t) => {
  const out = await Deno.makeTempDir({ prefix: "zkgrad-" });
  try {
    const peakBytes = await mainJob(out);

    const test = await MNIST.load({ train: false, transform: Math.round });
    const model = new LeNet();
    using trainer = await Trainer.create({ model, loss: new nn.CrossEntropyLoss(), optimizer: new Adam() });
    const notes = await trainer.restore(await readFile(`${out}/last.safetensors`));
    const logits = await trainer.predict(test);
    const own = classes(logits);

    await t.step("accuracy by epoch", () => {
      const history: { epoch: number; testAccuracy: number }[] = JSON.parse(notes.history);
      assert.equal(history.length, 25);
      const right = own.filter((digit, n) => digit === test.targets.data[n]).length;
      assert.equal(right / test.length, history[24].testAccuracy);
      assert.ok(right >= 9750, `${right} of 10,000 right`);
    });

    const onnx = await readFile(`${out}/network_lenet.onnx`);
    const webSession = await web.InferenceSession.create(onnx);
    const nativeSession = await native.InferenceSession.create(onnx, { intraOpNumThreads: 1 });
    const runners: [string, (data: Float32Array) => Promise<Float32Array>][] = [
      ["onnxruntime-web", async (data) => {
        const { output } = await webSession.run({ input_0: new web.Tensor("float32", data, [1, 1, 28, 28]) });
        return output.data as Float32Array;
      }],
      ["onnxruntime-node", async (data) => {
        const { output } = await nativeSession.run({ input_0: new native.Tensor("float32", data, [1, 1, 28, 28]) });
        return output.data as Float32Array;
      }],
    ];
    for (const [name, run] of runners) {
      await t.step(`${name}: logits and classes`, async () => {
        let worst = 0;
        const found: number[] = [];
        for (let n = 0; n < test.length; n++) {
          const output = await run(sampleInput(test, n));
          found.push(...classes(output));
          if (n >= 1000) continue;
          for (let k = 0; k < CLASSES; k++) worst = Math.max(worst, Math.abs(output[k] - logits[n * CLASSES + k]));
        }
        assert.ok(worst < 1e-5, `a logit differs by ${worst}`);
        const differing = found.filter((digit, n) => digit !== own[n]).length;
        assert.ok(differing <= 1, `${differing} images are classified differently`);
      });
    }
    await webSession.release();
    await nativeSession.release();

    await checkProof(t, { out, test, floatDigits: own, peakBytes });

    await t.step("a second run makes nothing again", async () => {
      const files = [
        "settings.json",
        "network.compiled",
        "kzg.unsafe.srs",
        "key.vk",
        "witness.json",
        "test.pf",
        "verifier.json",
      ];
      const times = () => files.map((file) => Number(Deno.statSync(`${out}/${file}`).mtime));
      const before = times();
      await mainJob(out, "--resume");
      assert.deepEqual(times(), before);
    });
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});
