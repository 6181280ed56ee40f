/**
 * zkgrad: train a neural network in TypeScript on any GPU and export it as ONNX.
 *
 * Write a network as in PyTorch, train it with {@linkcode Trainer}, export it with
 * `exportOnnx` from `@zkgrad/zkgrad/onnx`. Kernels are hand-written WebGPU; there is
 * no dependency.
 *
 * @example Fit a network to XOR
 * ```ts
 * import { Adam, DataLoader, manualSeed, nn, TensorDataset, Trainer } from "@zkgrad/zkgrad";
 *
 * manualSeed(1);
 * const inputs = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]);
 * const data = new TensorDataset({ inputs, shape: [2], targets: new Uint8Array([0, 1, 1, 0]) });
 * const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 2));
 * const loss = new nn.CrossEntropyLoss();
 * using trainer = await Trainer.create({ model, loss, optimizer: new Adam({ lr: 0.1 }) });
 * const loader = new DataLoader(data, { batchSize: 4 });
 * for (let epoch = 0; epoch < 100; epoch++) await trainer.fit(loader);
 * const { accuracy } = await trainer.evaluate(data);
 * if (accuracy !== 1) throw new Error(`${accuracy}`);
 * ```
 * @module
 */
export * from "./core/mod.ts";
export * from "./ops/mod.ts";
