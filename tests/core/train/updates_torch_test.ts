/** Optimisers, groups, frozen parameters, clipping, accumulation and schedules, beside PyTorch's own steps. */
import assert from "node:assert/strict";
import { CpuDevice } from "../../../core/run/cpu/device.ts";
import type { Device } from "../../../core/run/choose.ts";
import { GpuDevice } from "../../../core/run/device.ts";
import type { Optimizer } from "../../../core/graph/optimizer.ts";
import { Module, nn, OneCycleLR, StepLR, tanh, type Tensor, type TrainerOptions } from "../../../mod.ts";
import { Trainer } from "../../../core/train/trainer.ts";
import { Adam, AdamW, CrossEntropyLoss, RMSprop, SGD } from "../../../ops/mod.ts";
import "../small.ts";
import { difference, loader, Net, numbers, torch } from "./torch/reference.ts";

interface Run {
  readonly optimizer: (model: Net) => Optimizer;
  readonly options?: (optimizer: Optimizer) => Partial<TrainerOptions>;
  readonly before?: (model: Net, epoch: number) => void;
}

const groups = (model: Net) => [
  { params: model.head.weight, lr: 0.05 },
  { params: (name: string) => name.endsWith("bias"), weightDecay: 0 },
  {},
];
const thaw = (model: Net, epoch: number): void => {
  model.body.requiresGrad = epoch > 0;
};

const RUNS: Readonly<Record<keyof typeof torch.training.after, Run>> = {
  "Adam": { optimizer: () => new Adam({ lr: 0.02 }) },
  "Adam weightDecay": { optimizer: () => new Adam({ lr: 0.02, weightDecay: 0.1 }) },
  "AdamW": { optimizer: (model) => new AdamW(model.parameters(), { lr: 0.02 }) },
  "AdamW settings": {
    optimizer: (model) => new AdamW(model, { lr: 0.02, betas: [0.8, 0.95], eps: 1e-3, weightDecay: 0.3 }),
  },
  "SGD": { optimizer: () => new SGD({ lr: 0.1 }) },
  "SGD momentum": { optimizer: () => new SGD({ lr: 0.1, momentum: 0.9 }) },
  "SGD dampening": { optimizer: () => new SGD({ lr: 0.1, momentum: 0.9, dampening: 0.4, weightDecay: 0.05 }) },
  "SGD nesterov": { optimizer: () => new SGD({ lr: 0.1, momentum: 0.9, weightDecay: 0.05, nesterov: true }) },
  "SGD dampening alone": { optimizer: () => new SGD({ lr: 0.1, dampening: 0.4 }) },
  "RMSprop": { optimizer: () => new RMSprop({ lr: 0.02 }) },
  "RMSprop centered": { optimizer: () => new RMSprop({ lr: 0.02, alpha: 0.9, centered: true }) },
  "RMSprop momentum": { optimizer: () => new RMSprop({ lr: 0.02, momentum: 0.5, weightDecay: 0.1, eps: 1e-3 }) },
  "RMSprop all": {
    optimizer: () => new RMSprop({ lr: 0.02, alpha: 0.8, momentum: 0.5, weightDecay: 0.1, centered: true }),
  },
  "AdamW groups": { optimizer: (model) => new AdamW(groups(model), { lr: 0.01, weightDecay: 0.2 }) },
  "SGD groups": { optimizer: (model) => new SGD(groups(model), { lr: 0.1, momentum: 0.5, weightDecay: 0.2 }) },
  "Adam head alone": { optimizer: (model) => new Adam(model.head, { lr: 0.02 }) },
  "Adam thawed": { optimizer: () => new Adam({ lr: 0.02 }), before: thaw },
  "SGD thawed": { optimizer: () => new SGD({ lr: 0.1, momentum: 0.9, dampening: 0.4 }), before: thaw },
  "clipped": { optimizer: () => new SGD({ lr: 0.5, momentum: 0.5 }), options: () => ({ clipGradNorm: 0.2 }) },
  "clipped never": { optimizer: () => new SGD({ lr: 0.5, momentum: 0.5 }), options: () => ({ clipGradNorm: 1e3 }) },
  "accumulated": { optimizer: () => new AdamW({ lr: 0.02 }), options: () => ({ accumulate: 2 }) },
  "accumulated, clipped": {
    optimizer: () => new SGD({ lr: 0.5, momentum: 0.5 }),
    options: () => ({ accumulate: 2, clipGradNorm: 0.2 }),
  },
  "OneCycleLR": {
    optimizer: () => new AdamW({ lr: 0.02 }),
    options: (optimizer) => ({ scheduler: new OneCycleLR(optimizer, 0.1, { totalSteps: 10 }), interval: "step" }),
  },
  "StepLR": {
    optimizer: () => new SGD({ lr: 0.1 }),
    options: (optimizer) => ({ scheduler: new StepLR(optimizer, 1, { gamma: 0.5 }), interval: "epoch" }),
  },
};

let cpu: CpuDevice;
let gpu: GpuDevice;
Deno.test.beforeAll(async () => {
  cpu = await CpuDevice.request({ threads: 2 });
  gpu = await GpuDevice.request();
});
Deno.test.afterAll(() => [cpu, gpu].forEach((device) => device[Symbol.dispose]()));

for (const [name, run] of Object.entries(RUNS)) {
  const after = torch.training.after[name as keyof typeof RUNS];

  Deno.test(`${name}: parameters are PyTorch's after each of ${after.length} epochs, on both back ends`, async () => {
    for (const device of [cpu, gpu] as Device[]) {
      const model = new Net();
      const optimizer = run.optimizer(model);
      const loss = new CrossEntropyLoss();
      using trainer = await Trainer.create({ model, loss, optimizer, device, ...run.options?.(optimizer) });
      for (const [epoch, expected] of after.entries()) {
        run.before?.(model, epoch);
        await trainer.fit(loader());
        const most = difference(model, expected);
        assert.ok(most < 3e-6, `${device.description}, epoch ${epoch + 1}: a parameter is off by ${most}`);
      }
    }
  });
}

/** The network with a norm whose statistics are no parameters. */
class Normed extends Module {
  body = new nn.Linear(5, 4, { bias: false });
  norm = new nn.BatchNorm1d(4);
  head = new Net().head;

  constructor() {
    super();
    this.body.weight.data.set(new Net().body.weight.data);
  }

  override forward(x: Tensor): Tensor {
    return this.head.forward(tanh(this.norm.forward(this.body.forward(x))));
  }
}

Deno.test("statistics follow every batch, and neither decay, clipping nor accumulation touches them", async () => {
  for (const device of [cpu, gpu] as Device[]) {
    const model = new Normed();
    const optimizer = new AdamW({ lr: 0.02, weightDecay: 0.3 });
    const rest = { device, accumulate: 2, clipGradNorm: 0.3 };
    using trainer = await Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer, ...rest });
    for (let epoch = 0; epoch < 2; epoch++) await trainer.fit(loader());
    const expected: Readonly<Record<string, string>> = torch.training.normed;
    for (const [name, { data }] of model.stateDict()) {
      const wanted = numbers(expected[name]);
      data.forEach((value, k) =>
        assert.ok(Math.abs(value - wanted[k]) < 1e-5, `${device.description}: ${name}, ${data}`)
      );
    }
  }
});
