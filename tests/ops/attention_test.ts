/** Attention and the encoder's layer against PyTorch: vectors by `.venv-torch/bin/python tests/ops/attention.py`. */
import assert from "node:assert/strict";
import { ArgumentError, ShapeError } from "../../core/base/errors.ts";
import { trace } from "../../core/graph/module.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { exportOnnx } from "../../onnx/model.ts";
import { nn } from "../../mod.ts";
import { judge } from "../onnx/judge.ts";
import vectors from "./attention.json" with { type: "json" };
import { CpuExecution } from "./cpu_harness.ts";
import { uniform } from "./harness.ts";
import { checkTorch, type TorchCase } from "./torch_cases.ts";

const MASK = [[0, -1, 0.5, -Infinity], [0.25, 0, 0, 0], [0, -Infinity, 0, 0], [0, 0, -2, 0]];

for (const given of vectors as unknown as (TorchCase & { kind: string; options: Record<string, boolean> })[]) {
  const { kind, options, ...one } = given;
  Deno.test(`attention, ${kind} ${JSON.stringify(options)}, is PyTorch's, forward and back, on both back ends`, async () => {
    if (kind === "encoder") {
      const layer = new nn.TransformerEncoderLayer(6, 3, { dimFeedforward: 5, dropout: 0, ...options });
      return await checkTorch(layer, one, ([x]) => layer.forward(x));
    }
    const layer = new nn.MultiheadAttention(6, 2, options);
    await checkTorch(layer, one, ([q, k = q, v = k]) => {
      if (kind === "causal") return layer.run(q, k, v, { isCausal: true });
      return kind === "masked" ? layer.run(q, k, v, { attnMask: MASK }) : layer.forward(q, k, v);
    });
  });
}

Deno.test("an encoder's layer is exported: ONNX Runtime computes the same", async () => {
  const model = new nn.Sequential(
    new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 12, batchFirst: true, activation: "gelu" }),
    new nn.TransformerEncoderLayer(8, 4, { dimFeedforward: 12, batchFirst: true, normFirst: true }),
  );
  const { input, output, parameters } = trace(model, [3, 5, 8]);
  const state = model.stateDict();
  const { data } = uniform([3, 5, 8], 4);
  const given = new Map([...parameters].map(([name, value]) => [value, Float32Array.from(state.get(name)!.data)]));
  given.set(input, data);
  using cpu = await CpuDevice.request({ threads: 1 });
  using execution = await CpuExecution.create(cpu, { given, wanted: [output] });
  execution.run();
  const bytes = exportOnnx(model, [5, 8], { batch: "batch_size" });
  const one = { name: "encoder", bytes, input: { shape: [3, 5, 8], data }, output: execution.read(output) };
  assert.deepEqual(await judge([one]), []);
});

Deno.test("attention refuses what does not fit, by name", () => {
  const graph = trace(new nn.Linear(3, 3), [2, 3]).graph;
  const x = graph.source("x", [2, 5, 4], "input");
  assert.throws(
    () => new nn.MultiheadAttention(6, 2, { batchFirst: true }).forward(x),
    (error) =>
      error instanceof ShapeError &&
      /^MultiheadAttention: query is \[2, 5, 4\], expected \[N, T, 6\]/.test(error.message),
  );
  for (
    const [make, message] of [
      [
        () => new nn.MultiheadAttention(6, 4),
        /MultiheadAttention: numHeads is 4, expected a divisor of embedDim, which is 6/,
      ],
      [() => new nn.MultiheadAttention(6, 2, { dropout: 1.2 }), /MultiheadAttention: dropout is 1.2/],
      [
        () => new nn.TransformerEncoderLayer(6, 2, { activation: "tanh" as "relu" }),
        /TransformerEncoderLayer: activation/,
      ],
      [() => new nn.TransformerEncoderLayer(6, 2, { dropout: -1 }), /dropout is -1, expected a probability/],
    ] as const
  ) assert.throws(make, (error) => error instanceof ArgumentError && message.test(error.message));
});
