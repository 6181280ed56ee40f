/**
 * An operation of one's own: Softplus, y = log(1 + exp(x)), whose gradient is dy / (1 + exp(-x)).
 *
 * What to learn here: an operation is one object that says its shapes, its kernel in WGSL, its
 * gradient as nodes of the same graph, and its ONNX operator. It then trains, rides on the
 * kernel before it where it can, exports and is read back, as those in `ops/` do.
 * Run it with `deno run examples/own_operation.ts`.
 * @module
 */
import { Adam, DataLoader, elementwise, manualSeed, nn, type OpDefinition, operations } from "@zkgrad/zkgrad";
import { type Stage, type Tensor, TensorDataset, Trainer } from "@zkgrad/zkgrad";
import { exportOnnx, OnnxModule } from "@zkgrad/zkgrad/onnx";

const forward = {
  name: "softplus",
  text: "fn softplus(x: f32) -> f32 { return max(x, 0.0) + log(1.0 + exp(-abs(x))); }",
};
const backward = {
  name: "softplus_backward",
  text: "fn softplus_backward(dy: f32, x: f32) -> f32 { return dy / (1.0 + exp(-x)); }",
};

const SoftplusBackwardOp: OpDefinition<null> = {
  name: "SoftplusBackward",
  shapes: ([dy]) => [dy],
  kernel: (call) => elementwise("SoftplusBackward", call, backward),
};

const SoftplusOp: OpDefinition<null> = {
  name: "Softplus",
  shapes: ([x]) => [x],
  stage: (): Stage => ({ kind: "map", fn: forward, operands: [] }),
  carries: ["map"],
  kernel: (call) => elementwise("Softplus", call, forward),
  gradient: (node, [dy]) => node.inputs[0].graph.apply(SoftplusBackwardOp, [dy!, node.inputs[0]], null),
  onnx: { opType: "Softplus", write: () => ({}), read: () => null },
};

class Softplus extends nn.Module {
  override forward(x: Tensor): Tensor {
    return x.graph.apply(SoftplusOp, [x], null)[0];
  }
}

manualSeed(1);
const model = new nn.Sequential(new nn.Linear(2, 8), new Softplus(), new nn.Linear(8, 2));
const xor = new TensorDataset({ inputs: [0, 0, 0, 1, 1, 0, 1, 1], shape: [2], targets: [0, 1, 1, 0] });
using trainer = await Trainer.create({ model, loss: new nn.CrossEntropyLoss(), optimizer: new Adam({ lr: 0.1 }) });
const loader = new DataLoader(xor, { batchSize: 4 });
for (let epoch = 0; epoch < 100; epoch++) await trainer.fit(loader);
console.log(`XOR by way of Softplus: accuracy ${(await trainer.evaluate(xor)).accuracy}`);

const read = new OnnxModule(exportOnnx(model, [2]), { operations: [...operations, SoftplusOp] });
console.log(read.summary([4, 2]));
