/**
 * Six networks against PyTorch in float64: what they say, their gradients, their weights after three steps of AdamW, and
 * the exported file in ONNX Runtime, on both back ends.
 */
import assert from "node:assert/strict";
import { AdamW, DataLoader, GpuDevice, nn, TensorDataset, Trainer } from "../../../mod.ts";
import { exportOnnx } from "../../../onnx/model.ts";
import { judge } from "../../onnx/judge.ts";
import { assertClose } from "../harness.ts";
import { NETWORKS, numbers } from "./networks.ts";
import vectors from "./vectors.json" with { type: "json" };

Deno.env.set("XDG_RUNTIME_DIR", Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp"); // the driver warns without it

const SAMPLES = 11;

interface Vectors {
  readonly shape: readonly number[];
  readonly parameters: readonly string[];
  readonly before: readonly number[];
  readonly losses: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly state: Readonly<Record<string, readonly number[]>>;
  readonly after: readonly number[];
}

const norm = (data: ArrayLike<number>): number => Math.hypot(...Array.from(data));

for (const [name, make] of Object.entries(NETWORKS)) {
  const expected = (vectors as unknown as Record<string, Vectors>)[name];
  for (const kind of ["cpu", "gpu"] as const) {
    Deno.test(`${name} is PyTorch's: outputs, gradients, three steps of AdamW, and as a file, on the ${kind.toUpperCase()}`, async () => {
      using gpu = kind === "gpu" ? await GpuDevice.request() : null;
      const device = gpu ?? "cpu";
      const model = make();
      const state = model.stateDict();
      expected.parameters.forEach((parameter, index) => {
        const { shape, data } = state.get(parameter)!;
        const offset = shape.length === 1 && parameter.includes("norm") && parameter.endsWith("weight") ? 1 : 0;
        data.set(numbers(shape, index).map((value) => value + offset));
      });
      model.loadStateDict(state);
      assert.deepEqual(model.namedParameters().map(([own]) => own).sort(), [...expected.parameters].sort());

      const inputs = numbers([SAMPLES, ...expected.shape], 1000).map((value) => 4 * value);
      const isRegression = name === "Autoencoder";
      const targets = isRegression
        ? { targets: inputs.map((value) => 1 / (1 + Math.exp(-value))), targetShape: expected.shape }
        : { targets: Uint8Array.from({ length: SAMPLES }, (_, n) => n % 3), classes: 3 };
      const data = new TensorDataset({ inputs, shape: expected.shape, ...targets });
      const loss = isRegression ? new nn.MSELoss() : new nn.CrossEntropyLoss();
      // Gradients that are zero but for rounding would be as large as any other with the usual eps.
      const optimizer = new AdamW({ lr: 0.01, eps: 1e-4, weightDecay: 0.1 });
      using trainer = await Trainer.create({ model, loss, optimizer, device });
      const loader = new DataLoader(data, { batchSize: SAMPLES });
      assertClose(await trainer.predict(data), expected.before, 1e-5, "output at first");

      const gradients = await trainer.gradients(loader);
      const largest = Math.max(...Object.values(expected.gradients).map(norm));
      for (const [parameter, gradient] of Object.entries(expected.gradients)) {
        const own = gradients.get(parameter)!.data;
        const distance = norm(own.map((value, k) => value - gradient[k]));
        // What is zero in exact arithmetic, such as a bias before a norm, has no norm to be judged by.
        const allowed = 1e-5 * Math.max(norm(gradient), 0.1 * largest);
        assert.ok(distance <= allowed, `gradient of ${parameter}: ${distance} off, ${norm(gradient)} long`);
      }

      for (const wanted of expected.losses) {
        const { loss } = await trainer.fit(loader);
        assert.ok(Math.abs(loss - wanted) <= 1e-5 * wanted, `the loss is ${loss}, expected ${wanted}`);
      }
      const trained = model.stateDict();
      for (const [tensor, values] of Object.entries(expected.state)) {
        assertClose(trained.get(tensor)!.data, values, 1e-4, `${tensor} after three steps`);
      }
      const output = await trainer.predict(data);
      assertClose(output, expected.after, 1e-4, "output after three steps");

      const bytes = exportOnnx(model, expected.shape, { batch: "batch_size" });
      const input = { shape: [SAMPLES, ...expected.shape], data: inputs };
      assert.deepEqual(await judge([{ name, bytes, input, output }]), []);
    });
  }
}
