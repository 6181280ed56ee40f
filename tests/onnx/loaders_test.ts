/** Exported files in the three loaders that matter: ONNX Runtime in WebAssembly, ONNX Runtime native, tract. */
import assert from "node:assert/strict";
import * as native from "npm:onnxruntime-node@1.30.0";
import * as web from "npm:onnxruntime-web@1.30.0/wasm";
import { exportGraph } from "../../onnx/export.ts";
import { lenet, random } from "./lenet.ts";
import { FROZEN } from "../frozen.ts";

web.env.wasm.numThreads = 1;

type Run = (model: Uint8Array, data: Float32Array, shape: readonly number[]) => Promise<Float32Array>;

const runWeb: Run = async (model, data, shape) => {
  const session = await web.InferenceSession.create(model);
  const { output } = await session.run({ input_0: new web.Tensor("float32", data, shape) });
  await session.release();
  return output.data as Float32Array;
};

const runNative: Run = async (model, data, shape) => {
  const session = await native.InferenceSession.create(model, { intraOpNumThreads: 1 });
  const { output } = await session.run({ input_0: new native.Tensor("float32", data, shape) });
  await session.release();
  return output.data as Float32Array;
};

const runTract: Run = async (model, data, shape) => {
  const script = new URL("loaders_tract.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", ...FROZEN, "--allow-read", script],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify([{ model: model.toBase64(), data: [...data], shape }])));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return Float32Array.from(JSON.parse(new TextDecoder().decode(stdout))[0]);
};

/** The logits computed here, in 64 bits, from the definition of each layer. */
function reference(parameters: ReadonlyMap<string, Float32Array>, sample: Float32Array): number[] {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const convolve = (x: readonly number[], side: number, channels: number, name: string) => {
    const weight = parameters.get(`${name}.weight`)!;
    const bias = parameters.get(`${name}.bias`)!;
    const half = (side - 4) / 2;
    const result: number[] = [];
    for (let to = 0; to < bias.length; to++) {
      for (let row = 0; row < half; row++) {
        for (let column = 0; column < half; column++) {
          let mean = 0;
          for (const [dr, dc] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
            let sum = bias[to];
            for (let from = 0; from < channels; from++) {
              for (let k = 0; k < 25; k++) {
                const at = (from * side + 2 * row + dr + Math.floor(k / 5)) * side + 2 * column + dc + k % 5;
                sum += x[at] * weight[(to * channels + from) * 25 + k];
              }
            }
            mean += sigmoid(sum) / 4;
          }
          result.push(mean);
        }
      }
    }
    return result;
  };
  const connect = (x: readonly number[], name: string) => {
    const weight = parameters.get(`${name}.weight`)!;
    return Array.from(
      parameters.get(`${name}.bias`)!,
      (bias, to) => x.reduce((sum, value, from) => sum + value * weight[to * x.length + from], bias),
    );
  };
  const features = convolve(convolve([...sample], 28, 1, "conv1"), 12, 6, "conv2");
  const hidden = connect(features, "fc1").map(sigmoid);
  return connect(connect(hidden, "fc2").map(sigmoid), "fc3");
}

const model = lenet(64);
const next = random(11);
for (const [batch, size] of [[1, 1], ["batch_size", 5]] as const) {
  const data = Float32Array.from({ length: size * 784 }, next);
  const expected = Array.from({ length: size }, (_, i) => data.subarray(i * 784, (i + 1) * 784))
    .flatMap((sample) => reference(model.parameters, sample));
  for (
    const [name, run] of Object.entries({ "onnxruntime-web": runWeb, "onnxruntime-node": runNative, tract: runTract })
  ) {
    Deno.test(`${name} computes the exported LeNet's logits within 1e-5, declared batch ${batch}, run at ${size}`, async () => {
      const actual = await run(exportGraph({ ...model, batch }), data, [size, 1, 28, 28]);
      assert.equal(actual.length, expected.length);
      for (const [i, value] of actual.entries()) {
        assert.ok(Math.abs(value - expected[i]) < 1e-5, `logit ${i} is ${value}, expected ${expected[i]}`);
      }
    });
  }
}
