/**
 * Calls that are right: losses, optimisers and schedules.
 */
import * as api from "../../mod.ts";
import { type Call, OPTIONS } from "./call.ts";

const { nn } = api;

/** What the calls are made with. */
export interface Traced {
  readonly model: api.nn.Module;
  readonly output: api.Value;
  readonly classes: api.Value;
  readonly numbers: api.Value;
}

/** The options of a trainer that say how parameters are updated. */
export function updating(optimizer: api.Optimizer): Partial<api.TrainerOptions> {
  const scheduler = new api.StepLR(optimizer, 2);
  const quantizationAware = { reads: { fc2: new api.nn.FakeQuantize({ scale: 1 }) } };
  return { scheduler, interval: "step", clipGradNorm: 1, accumulate: 2, residentBytes: 1 << 20, quantizationAware };
}

// deno-lint-ignore no-explicit-any
type Free = any;

/** The calls by name. */
export function trainingCalls({ model, output, classes, numbers }: Traced): Record<string, Call> {
  const groups = { "0": ["undefined", "object", "function"] } as const;
  const optimizer = new api.SGD({ lr: 0.1, momentum: 0.5 });
  const made = (Class: Free): Call["call"] => (...given: unknown[]) => new Class(...given);
  const applied = (loss: api.Loss, target: api.Value): Call => ({
    call: (output, target) => loss.apply(output, target),
    args: [output, target],
    loose: true,
  });
  const optimiser = (Class: Free, options: Record<string, unknown>, fine: Call["fine"] = {}): Call => ({
    call: made(Class),
    args: [options],
    fine: { ...groups, ...fine },
  });
  const step = new api.StepLR(optimizer, 2);
  const stopping = new api.EarlyStopping(model);
  return {
    CrossEntropyLoss: {
      call: made(nn.CrossEntropyLoss),
      args: [{ weight: [1, 2, 3], ignoreIndex: 5, labelSmoothing: 0.1 }],
      fine: { 0: OPTIONS, "0.weight": ["list"] },
    },
    NLLLoss: {
      call: made(nn.NLLLoss),
      args: [{ weight: [1, 2, 3], ignoreIndex: 5 }],
      fine: { 0: OPTIONS, "0.weight": ["list"] },
    },
    BCELoss: { call: made(nn.BCELoss), args: [] },
    BCEWithLogitsLoss: { call: made(nn.BCEWithLogitsLoss), args: [{ posWeight: 2 }], fine: { 0: OPTIONS } },
    L1Loss: { call: made(nn.L1Loss), args: [] },
    SmoothL1Loss: { call: made(nn.SmoothL1Loss), args: [{ beta: 2 }], fine: { 0: OPTIONS } },
    HuberLoss: { call: made(nn.HuberLoss), args: [{ delta: 2 }], fine: { 0: OPTIONS } },
    SumLoss: { call: made(nn.SumLoss), args: [[[1, new nn.MSELoss()]]] },
    "SumLoss.apply": applied(new nn.SumLoss([[1, new nn.MSELoss()]]), numbers),
    "ClassLoss.apply": applied(new nn.CrossEntropyLoss(), classes),
    MSELoss: { call: made(nn.MSELoss), args: [] },
    "ElementLoss.apply": applied(new nn.MSELoss(), numbers),
    Adam: optimiser(api.Adam, { lr: 0.1, betas: [0.9, 0.99], eps: 1e-8, weightDecay: 0.1 }),
    AdamW: {
      call: made(api.AdamW),
      args: [[{ params: model, lr: 0.1 }], { lr: 0.1 }],
      fine: { 0: ["function"], 1: OPTIONS },
      whole: [1],
    },
    SGD: optimiser(
      api.SGD,
      { lr: 0.1, momentum: 0.9, dampening: 0, weightDecay: 0.1, nesterov: true },
      { "0.nesterov": ["true"], "0.dampening": ["undefined"] },
    ),
    RMSprop: optimiser(
      api.RMSprop,
      { lr: 0.1, alpha: 0.9, eps: 1e-8, weightDecay: 0.1, momentum: 0.9, centered: true },
      { "0.centered": ["true"] },
    ),
    StepLR: { call: made(api.StepLR), args: [optimizer, 3, { gamma: 0.1 }], fine: { 2: OPTIONS } },
    MultiStepLR: {
      call: made(api.MultiStepLR),
      args: [optimizer, [3, 4], { gamma: 0.1 }],
      fine: { 1: ["list"], 2: OPTIONS },
    },
    ExponentialLR: { call: made(api.ExponentialLR), args: [optimizer, 0.9] },
    LinearLR: {
      call: made(api.LinearLR),
      args: [optimizer, { startFactor: 0.1, endFactor: 1, totalIters: 3 }],
      fine: { 1: OPTIONS },
    },
    CosineAnnealingLR: {
      call: made(api.CosineAnnealingLR),
      args: [optimizer, 3, { etaMin: 0.1 }],
      fine: { 2: OPTIONS },
    },
    OneCycleLR: {
      call: made(api.OneCycleLR),
      args: [optimizer, 0.1, {
        totalSteps: 10,
        epochs: 2,
        stepsPerEpoch: 5,
        pctStart: 0.4,
        annealStrategy: "cos",
        cycleMomentum: true,
        baseMomentum: 0.8,
        maxMomentum: 0.9,
        divFactor: 10,
        finalDivFactor: 10,
        threePhase: true,
      }],
      fine: { "2.cycleMomentum": ["true"], "2.threePhase": ["true"] },
    },
    convert: {
      call: api.convert,
      args: [new nn.Linear(2, 2), { values: { weight: new nn.FakeQuantize({ scale: 1 }) }, reads: {} }],
      fine: { 1: ["object"], "1.values": ["object"], "1.reads": ["object"] },
    },
    LambdaLR: { call: made(api.LambdaLR), args: [optimizer, () => 1] },
    SequentialLR: { call: made(api.SequentialLR), args: [optimizer, [step, step], [2]] },
    topKAccuracy: { call: api.topKAccuracy, args: [2] },
    binaryAccuracy: {
      call: api.binaryAccuracy,
      args: [{ threshold: 0.5 }],
      fine: { 0: OPTIONS, "0.threshold": ["number"] },
    },
    meanAbsoluteError: {
      call: api.meanAbsoluteError,
      args: [{ scale: 2 }],
      fine: { 0: OPTIONS, "0.scale": ["number"] },
    },
    meanSquaredError: { call: api.meanSquaredError, args: [{ scale: 2 }], fine: { 0: OPTIONS, "0.scale": ["number"] } },
    r2Score: { call: api.r2Score, args: [] },
    EarlyStopping: {
      call: made(api.EarlyStopping),
      args: [model, { patience: 2, minDelta: 0.1, mode: "max" }],
      fine: { 1: OPTIONS },
    },
    "EarlyStopping.stops": {
      call: (value) => stopping.stops(value),
      args: [1],
      fine: { 0: ["number", "nan"] },
      loose: true,
    },
    "EarlyStopping.restore": {
      call: (state) => stopping.restore(state),
      args: [{ best: 1, waited: 0 }],
      whole: [0],
      loose: true,
    },
    "LRScheduler.goTo": { call: (count) => step.goTo(count), args: [3], loose: true },
  };
}
