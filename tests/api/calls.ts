/**
 * A call of every public function, constructor and method, with arguments that are right:
 * options with every name that there is.
 */
import * as api from "../../mod.ts";
import { exportGraph, exportOnnx, graphToModel, importGraph, OnnxModule } from "../../onnx/mod.ts";
import { formatIdx } from "../../core/data/idx.ts";
import { smallData, SmallNet } from "../core/small.ts";
import { ANYTHING, type Call, OPTIONAL, OPTIONS } from "./call.ts";
import { operationCalls } from "./operation_calls.ts";
import { convCalls } from "./conv_calls.ts";
import { movingCalls } from "./moving_calls.ts";
import { poolCalls } from "./pool_calls.ts";
import { normCalls } from "./norm_calls.ts";
import { sequenceCalls } from "./sequence_calls.ts";
import { randomCalls } from "./random_calls.ts";
import { textCalls } from "./text_calls.ts";
import { trainingCalls, updating } from "./training_calls.ts";

const EXPORT_FINE: NonNullable<Call["fine"]> = {
  "0.graphName": ["text"],
  "0.producerName": ["text"],
  "0.producerVersion": ["text"],
  "0.onNode": ["function"],
  "0.parameters": ANYTHING,
  "0.given": ANYTHING,
  "0.state": ANYTHING,
};

/** The calls; those of a trainer need a GPU. */
export async function makeCalls(device: api.GpuDevice, folder: string): Promise<Record<string, Call>> {
  const { nn } = api;
  const data = smallData(6);
  const generator = new api.Generator(1);
  const model = new SmallNet();
  const parts = { model, loss: new nn.CrossEntropyLoss(), optimizer: new api.Adam() };
  const trainer = await api.Trainer.create({ ...parts, device });
  const predictor = await api.Predictor.create({ model, shape: [12], device });
  const loader = new api.DataLoader(data, { batchSize: 3 });
  const quiet = { write: () => {}, terminal: false, color: false, columns: () => 80 };
  const run = { trainer, loader, folder, epochs: 1, resume: false, output: quiet, unit: "points" };
  const traced = api.trace(model, [2, 12]);
  const { graph, input: x } = traced;
  const image = graph.source("image", [1, 1, 6, 6], "input");
  const filter = graph.source("filter", [2, 1, 3, 3], "parameter");
  const bias = graph.source("bias", [2], "parameter");
  const matrix = graph.source("matrix", [2, 12], "parameter");
  const classes = graph.source("classes", [2], "target", "u32");
  const numbers = graph.source("numbers", [2, 3], "target");
  const kept = api.Buffer.from([2], new Float32Array(2));
  class Stateful extends api.Module {
    readonly running = kept;
    override forward(input: api.Tensor): api.Tensor {
      return api.relu(input);
    }
  }
  const inModule = api.trace(new Stateful(), [1, 2]).state.get("running")!;
  const stateful = new api.Graph();
  const running = stateful.source("running", [2], "buffer");
  const convolution = new nn.Conv2d(1, 2, 3);
  const [loss] = new nn.CrossEntropyLoss().apply(traced.output, classes);
  const bytes = api.writeSafetensors(new Map([["a", { shape: [1], data: new Float32Array(1) }]]));
  const checkpoint = await trainer.checkpoint();
  const file = `${folder}/file.bin`;
  await api.writeFileAtomic(file, bytes);
  const images = formatIdx({ shape: [2, 4, 4], bytes: new Uint8Array(32) });
  const labels = formatIdx({ shape: [2], bytes: Uint8Array.of(0, 1) });
  const sets = {
    "train-images-idx3-ubyte": images,
    "train-labels-idx1-ubyte": labels,
    "emnist-mnist-train-images-idx3-ubyte": images,
    "emnist-mnist-train-labels-idx1-ubyte": labels,
    "qmnist-train-images-idx3-ubyte": images,
    "qmnist-train-labels-idx2-int": labels,
  };
  for (const [name, contents] of Object.entries(sets)) await api.writeFileAtomic(`${folder}/${name}`, contents);
  const onnx = exportOnnx(model, [12]);
  const fitted = { loss: 1, accuracy: 0.5, samples: 6, steps: 2, seconds: 1, hostMs: 1 };
  const own = { transform: (pixel: number) => pixel, targetTransform: (label: number) => label };
  const same = (value: number): number => value;
  const imageSet = (load: Call["call"], more: Record<string, unknown> = {}): Call => ({
    call: load,
    args: [{ root: folder, train: true, ...own, ...more }],
    fine: { "0.train": ["true"] },
  });
  const layer = (made: api.nn.Module, input: unknown): Call => ({
    call: (value) => made.forward(value),
    args: [input],
    loose: true,
  });
  const none = (call: Call["call"]): Call => ({ call, args: [] });
  const ofLoader = (call: Call["call"]): Call => ({ call, args: [loader], loose: true });

  return {
    // Shapes and graphs.
    sameShape: {
      call: api.sameShape,
      args: [[1], [1]],
      fine: { 0: ["list", "lists"], 1: ["list", "lists"] },
      loose: true,
    },
    showShape: { call: api.showShape, args: [[1]], fine: { 0: ["list", "lists"] }, loose: true },
    sizeOf: { call: api.sizeOf, args: [[1]], fine: { 0: ["list", "lists"] }, loose: true },
    "Graph.source": {
      call: (...given: Parameters<api.Graph["source"]>) => new api.Graph().source(...given),
      args: ["x", [1], "input", "f32"],
      fine: { 0: ["text"], 1: ["list"], 3: OPTIONAL },
      loose: true,
    },
    Graph: {
      call: (...given: ConstructorParameters<typeof api.Graph>) => new api.Graph(...given),
      args: [{ training: true }],
      fine: { 0: OPTIONS, "0.training": ["true"] },
    },
    "Graph.constant": {
      call: (...given: Parameters<api.Graph["constant"]>) => new api.Graph().constant(...given),
      args: [[1], [1], "one"],
      fine: { 0: ["list"], 1: ["lists"], 2: ["text", "undefined"] },
      loose: true,
    },
    "Graph.update": { call: (a, b) => stateful.update(a, b), args: [running, running], loose: true },
    "Graph.apply": {
      call: (...given: Parameters<api.Graph["apply"]>) => graph.apply(...given),
      args: [api.ReLUOp, [x], null],
      fine: { 2: ANYTHING },
      whole: [0],
      loose: true,
    },
    "Graph.within": {
      call: (name, body) => graph.within(name, body),
      args: ["name", () => 1],
      fine: { 0: ["text"], 1: ["function"] },
      loose: true,
    },
    differentiate: {
      call: api.differentiate,
      args: [loss, [...traced.parameters.values()]],
      fine: { 1: ["list"] },
      loose: true,
    },
    trace: { call: api.trace, args: [model, [1, 12]], loose: true },
    // Modules.
    "Module.loadStateDict": {
      call: (state, options) => model.loadStateDict(state, options),
      args: [model.stateDict(), { strict: true, allowNonFinite: false }],
      fine: { 1: OPTIONS, "1.strict": ["true"], "1.allowNonFinite": ["true"] },
      loose: true,
    },
    "Module.summary": { call: (shape) => model.summary(shape), args: [[1, 12]], loose: true },
    "Module.forward": layer(model, x),
    Parameter: {
      call: (...given: ConstructorParameters<typeof api.Parameter>) => new api.Parameter(...given),
      args: [[2], 1, generator],
      fine: { 0: ["list"], 2: OPTIONAL },
      loose: true,
    },
    "Parameter.from": { call: api.Parameter.from, args: [[2], new Float32Array(2)], loose: true },
    "Buffer.from": { call: api.Buffer.from, args: [[2], new Float32Array(2)], loose: true },
    "Buffer.update": { call: (value) => kept.update(value), args: [inModule], loose: true },
    "Parameter.in": { call: (graph) => model.fc1.weight.in(graph), args: [graph], loose: true },
    Sequential: { call: (...given) => new api.Sequential(...given), args: [new nn.ReLU()] },
    "Sequential.forward": layer(new api.Sequential(new nn.ReLU()), x),
    // Layers and operations.
    Linear: {
      call: (...given: ConstructorParameters<typeof nn.Linear>) => new nn.Linear(...given),
      args: [2, 3, { bias: true }],
      fine: { 2: OPTIONS, "2.bias": ["true"] },
    },
    "Linear.forward": layer(model.fc1, x),
    linear: { call: api.linear, args: [x, matrix, bias], fine: { 2: ["undefined", "null"] } },
    Conv2d: {
      call: (...given: ConstructorParameters<typeof nn.Conv2d>) => new nn.Conv2d(...given),
      args: [1, 2, 3, { stride: 1, padding: [0, 1], bias: false, groups: 1, dilation: 1 }],
      fine: { 3: OPTIONS, "3.bias": ["true"] },
    },
    "Conv2d.forward": layer(convolution, api.trace(convolution, [1, 1, 6, 6]).input),
    conv2d: {
      call: api.conv2d,
      args: [image, filter, bias, { stride: 1, padding: 1, dilation: 1, groups: 1 }],
      fine: { 2: ["undefined", "null"], 3: OPTIONS },
    },
    Sigmoid: none((...given: []) => new nn.Sigmoid(...given)),
    "Sigmoid.forward": layer(new nn.Sigmoid(), x),
    sigmoid: { call: api.sigmoid, args: [x] },
    add: { call: api.add, args: [x, x], fine: { 0: ["number"], 1: ["number"] } },
    sub: { call: api.sub, args: [x, x], fine: { 0: ["number"], 1: ["number"] } },
    mul: { call: api.mul, args: [x, x], fine: { 0: ["number"], 1: ["number"] } },
    div: { call: api.div, args: [x, x], fine: { 0: ["number"], 1: ["number"] } },
    neg: { call: api.neg, args: [x] },
    Tanh: none((...given: []) => new nn.Tanh(...given)),
    "Tanh.forward": layer(new nn.Tanh(), x),
    tanh: { call: api.tanh, args: [x] },
    ReLU: none((...given: []) => new nn.ReLU(...given)),
    "ReLU.forward": layer(new nn.ReLU(), x),
    relu: { call: api.relu, args: [x] },
    "AvgPool2d.forward": layer(new nn.AvgPool2d(2), image),
    "MaxPool2d.forward": layer(new nn.MaxPool2d(2), image),
    Flatten: {
      call: (...given: [number?, number?]) => new nn.Flatten(...given),
      args: [1, -1],
      fine: { 0: OPTIONAL, 1: OPTIONAL },
    },
    "Flatten.forward": layer(new nn.Flatten(), image),
    flatten: { call: api.flatten, args: [image, 1, -1], fine: { 1: OPTIONAL, 2: OPTIONAL } },
    ...operationCalls(x),
    ...trainingCalls({ model, output: traced.output, classes, numbers }),
    ...randomCalls(generator, data),
    // Data.
    TensorDataset: {
      call: (...given: [api.TensorOptions]) => new api.TensorDataset(...given),
      args: [{
        inputs: new Uint8Array(4),
        shape: [2],
        targets: [0, 1],
        targetShape: [],
        classes: 2,
        transform: same,
      }],
      fine: { "0.targetShape": ["list"] },
    },
    subset: { call: api.subset, args: [data, 3] },
    sampleInput: { call: api.sampleInput, args: [data, 3], loose: true },
    DataLoader: {
      call: (...given: [api.Dataset, api.LoaderOptions?]) => new api.DataLoader(...given),
      args: [data, { batchSize: 2, shuffle: false, dropLast: true, generator, sampler: "random" }],
      fine: { 1: OPTIONS, "1.dropLast": ["true"], "1.sampler": ["function"] },
    },
    "DataLoader.restore": {
      call: (state) => new api.DataLoader(data).restore(state),
      args: [{ epoch: 1, generator: { seed: 1, counter: 0 } }],
      whole: [0],
      loose: true,
    },
    "MNIST.load": {
      ...imageSet((...given: [api.MnistOptions?]) => api.MNIST.load(...given), { download: false }),
      fine: { 0: OPTIONS, "0.train": ["true"], "0.download": ["true"] },
    },
    "MNIST.fromBytes": {
      call: (...given: [api.MnistBytes]) => api.MNIST.fromBytes(...given),
      args: [{ images, labels, ...own, transpose: false }],
      fine: { "0.transpose": ["true"] },
      loose: true,
    },
    "FashionMNIST.load": imageSet((...given: [api.FolderOptions]) => api.FashionMNIST.load(...given)),
    "KMNIST.load": imageSet((...given: [api.FolderOptions]) => api.KMNIST.load(...given)),
    "QMNIST.load": imageSet((...given: [api.FolderOptions]) => api.QMNIST.load(...given)),
    "EMNIST.load": imageSet((...given: [api.EmnistOptions]) => api.EMNIST.load(...given), { split: "mnist" }),
    // Devices and training.
    "GpuDevice.request": {
      call: async (...given: [api.DeviceOptions?]) => (await api.GpuDevice.request(...given))[Symbol.dispose](),
      args: [{ gpu: navigator.gpu, profile: { kind: "cpu", unroll: false, workgroupMemory: 16384 } }],
      fine: { 0: OPTIONS, "0.profile": ["object"] },
    },
    "GpuDevice.wrap": {
      call: api.GpuDevice.wrap,
      args: [device.gpu, device.info, {
        kind: "gpu",
        unroll: true,
        workgroupMemory: 16384,
        tile: { rows: 64, columns: 64, depth: 16, lane: [8, 4] },
      }],
      fine: { 2: OPTIONS, "2.unroll": ["true"] },
      loose: true,
    },
    "CpuDevice.request": {
      call: async (...given: [api.CpuOptions?]) => (await api.CpuDevice.request(...given))[Symbol.dispose](),
      args: [{ threads: 1 }],
      fine: { 0: OPTIONS },
    },
    "Trainer.create": {
      call: async (...given: [api.TrainerOptions]) => (await api.Trainer.create(...given))[Symbol.dispose](),
      args: [{ ...parts, ...updating(parts.optimizer), device, request: undefined, fusion: true }],
      fine: { "0.fusion": ["true"], "0.quantizationAware": ["object"] },
    },
    "Trainer.fit": {
      call: (...given: [api.DataLoader, api.FitOptions?]) => trainer.fit(...given),
      args: [loader, { onProgress: () => {}, onCompile: () => {}, steps: 1, signal: new AbortController().signal }],
      fine: { 1: OPTIONS, "1.onProgress": ["function"], "1.onCompile": ["function"] },
    },
    "Trainer.evaluate": {
      call: (set, options) => trainer.evaluate(set, options),
      args: [data, { batchSize: 3, metrics: { one: api.topKAccuracy(1) } }],
      fine: { 1: OPTIONS, "1.metrics": ["object"] },
      loose: true,
    },
    "Trainer.predict": {
      call: (set, batch) => trainer.predict(set, batch),
      args: [data, 3],
      fine: { 1: OPTIONAL },
      loose: true,
    },
    "Trainer.gradients": ofLoader((given) => trainer.gradients(given)),
    "Trainer.inspect": ofLoader((given) => trainer.inspect(given)),
    "Trainer.describe": ofLoader((given) => trainer.describe(given)),
    "Trainer.profile": {
      call: (given, steps) => trainer.profile(given, steps),
      args: [loader, 1],
      fine: { 1: OPTIONAL },
      loose: true,
    },
    "Trainer.checkpoint": {
      call: (notes) => trainer.checkpoint(notes),
      args: [{ epoch: "1" }],
      fine: { 0: OPTIONS, "0.epoch": ["text"] },
      whole: [0],
      loose: true,
    },
    "Trainer.restore": {
      call: (bytes, name, options) => trainer.restore(bytes, name, options),
      args: [checkpoint, "it", { weightsOnly: false }],
      fine: { 1: ["undefined", "text"], 2: OPTIONS, "2.weightsOnly": ["true"] },
      loose: true,
    },
    "Predictor.create": {
      call: async (...given: [api.PredictorOptions]) => (await api.Predictor.create(...given))[Symbol.dispose](),
      args: [{ model, shape: [12], device, request: undefined, fusion: true }],
      fine: { "0.fusion": ["true"], "0.shape": ["list"] },
    },
    "Predictor.predictAll": {
      call: (inputs) => predictor.predictAll(inputs),
      args: [new Float32Array(12)],
      loose: true,
    },
    "Predictor.predict": {
      call: (inputs) => predictor.predict(inputs),
      args: [new Float32Array(12)],
      loose: true,
    },
    readWeights: {
      call: api.readWeights,
      args: [checkpoint, "it"],
      fine: { 1: ["undefined", "text"] },
      loose: true,
    },
    setAside: { call: api.setAside, args: [folder, ["nothing.bin"]], fine: { 0: ["text"], 1: ["list"] }, loose: true },
    "TrainingRun.open": {
      call: (...given: [api.TrainingRunOptions]) => api.TrainingRun.open(...given),
      args: [run],
      fine: { "0.resume": ["true"], "0.folder": ["text"], "0.unit": ["text"] },
    },
    "TrainingRun.progress": {
      call: async (epoch) => (await api.TrainingRun.open(run)).progress(epoch),
      args: [1],
      loose: true,
    },
    "TrainingRun.record": {
      call: async (...given: Parameters<api.TrainingRun["record"]>) =>
        (await api.TrainingRun.open(run)).record(...given),
      args: [1, fitted, fitted],
      whole: [1, 2],
      loose: true,
    },
    ...convCalls(x),
    ...movingCalls(x),
    ...normCalls(x),
    ...poolCalls(x),
    ...sequenceCalls(x),
    ...textCalls(file, bytes, quiet),
    // ONNX.
    exportOnnx: {
      call: exportOnnx,
      args: [model, [12], { batch: 1, graphName: "it" }],
      fine: { 2: OPTIONS, "2.graphName": ["text"] },
    },
    exportGraph: {
      call: exportGraph,
      args: [exportOptions()],
      fine: EXPORT_FINE,
      loose: true,
    },
    graphToModel: {
      call: graphToModel,
      args: [exportOptions()],
      fine: EXPORT_FINE,
      loose: true,
    },
    importGraph: {
      call: importGraph,
      args: [onnx, api.operations, { batch: 1, name: "it", externalData: {} }],
      fine: { 2: OPTIONS, "2.name": ["text"], "2.externalData": ["object", "function"] },
    },
    OnnxModule: {
      call: (...given: ConstructorParameters<typeof OnnxModule>) => new OnnxModule(...given),
      args: [onnx, { operations: api.operations, name: "it", externalData: {} }],
      fine: { 1: OPTIONS, "1.name": ["text"], "1.externalData": ["object", "function"] },
    },
  };

  function exportOptions(): Record<string, unknown> {
    const weights = new Map(model.namedParameters());
    return {
      ...api.trace(model, [1, 12]),
      weights: (name: string) => weights.get(name)!.data,
      batch: 1,
      graphName: "it",
      producerName: "it",
      producerVersion: "1",
      onNode: () => {},
    };
  }
}
