/** Schedules of the learning rate, beside PyTorch's rates and momenta. */
import assert from "node:assert/strict";
import {
  Adam,
  CosineAnnealingLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  type LRScheduler,
  MultiStepLR,
  nn,
  OneCycleLR,
  type Optimizer,
  SequentialLR,
  SGD,
  StepLR,
} from "../../mod.ts";
import { numbers, torch } from "../core/train/torch/reference.ts";

const SCHEDULES: Readonly<Record<keyof typeof torch.schedules, (optimizer: Optimizer) => LRScheduler>> = {
  "StepLR": (o) => new StepLR(o, 3, { gamma: 0.5 }),
  "MultiStepLR": (o) => new MultiStepLR(o, [2, 7], { gamma: 0.2 }),
  "ExponentialLR": (o) => new ExponentialLR(o, 0.8),
  "LinearLR": (o) => new LinearLR(o, { startFactor: 0.1, totalIters: 4 }),
  "LinearLR defaults": (o) => new LinearLR(o),
  "CosineAnnealingLR": (o) => new CosineAnnealingLR(o, 8, { etaMin: 0.001 }),
  "OneCycleLR": (o) => new OneCycleLR(o, 0.5, { totalSteps: 12 }),
  "OneCycleLR linear": (o) =>
    new OneCycleLR(o, [0.5, 0.1], {
      ...{ epochs: 3, stepsPerEpoch: 4, pctStart: 0.4, annealStrategy: "linear", threePhase: true },
      ...{ divFactor: 10, finalDivFactor: 100, baseMomentum: 0.7, maxMomentum: 0.8 },
    }),
  "OneCycleLR Adam": (o) => new OneCycleLR(o, 0.5, { totalSteps: 12 }),
  "OneCycleLR still": (o) => new OneCycleLR(o, 0.5, { totalSteps: 12, cycleMomentum: false }),
  "LambdaLR": (o) => new LambdaLR(o, [(t) => 1 / (t + 1), (t) => 0.9 ** t]),
  "SequentialLR": (o) =>
    new SequentialLR(o, [
      new LinearLR(o, { startFactor: 0.01, totalIters: 3 }),
      new CosineAnnealingLR(o, 5),
      new ExponentialLR(o, 0.5),
    ], [3, 8]),
};

for (const [name, make] of Object.entries(SCHEDULES)) {
  const expected = torch.schedules[name as keyof typeof SCHEDULES];

  Deno.test(`${name} has PyTorch's rates and momenta, step by step and from anywhere`, () => {
    const groups = [{ params: new nn.Linear(1, 1), lr: 0.1 }, { lr: 0.02 }];
    const optimizer = name.endsWith("Adam") ? new Adam(groups) : new SGD(groups, { momentum: 0.9 });
    const scheduler = make(optimizer);
    const now = (): number[] =>
      optimizer.paramGroups.flatMap((group) => [group.lr, "betas" in group ? group.betas[0] : group.momentum]);
    for (const [step, text] of expected.entries()) {
      assert.equal(scheduler.lastEpoch, step);
      numbers(text).forEach((value, k) =>
        assert.ok(Math.abs(now()[k] - value) < 1e-8, `${step}: ${now()}, not ${text}`)
      );
      if (step + 1 < expected.length) scheduler.step();
    }
    for (const step of [expected.length - 1, 4, 0]) {
      scheduler.goTo(step);
      numbers(expected[step]).forEach((value, k) => assert.ok(Math.abs(now()[k] - value) < 1e-8));
      assert.deepEqual(scheduler.getLastLr(), optimizer.paramGroups.map(({ lr }) => lr));
    }
  });
}

Deno.test("schedules refuse what does not fit, in sentences", () => {
  const optimizer = new SGD({ lr: 0.1 });
  const says = (make: () => unknown, message: RegExp): void => assert.throws(make, { name: "ArgumentError", message });
  says(() => new StepLR(optimizer, 0), /^StepLR: stepSize is 0, expected a positive integer$/);
  says(() => new StepLR({} as never, 1), /^StepLR: the optimizer is .*, expected an optimiser, made with new$/);
  says(() => new MultiStepLR(optimizer, [5, 5]), /^MultiStepLR: milestones is \[5, 5\], expected growing positive/);
  says(() => new OneCycleLR(optimizer, 1), /^OneCycleLR: totalSteps is undefined, expected it, or epochs and steps/);
  says(
    () => new OneCycleLR(optimizer, [1, 2], { totalSteps: 3 }),
    /^OneCycleLR: maxLr is \[1, 2\], expected a rate, or 1/,
  );
  says(
    () => new OneCycleLR(optimizer, 1, { totalSteps: 3 }).goTo(4),
    /its cycle of 3 steps is over, .* go on to step 4/,
  );
  says(() => new LambdaLR(optimizer, () => NaN), /^LambdaLR: what lrLambda gave for 0 is NaN, expected a finite/);
  const other = new StepLR(new SGD(), 1);
  says(
    () => new SequentialLR(optimizer, [other], []),
    /schedulers\[0\] is of another optimiser; make all for the same/,
  );
  says(() => new SequentialLR(optimizer, [new StepLR(optimizer, 1)], [2]), /milestones is \[2\], expected 0, one less/);
});
