/**
 * What a call in the table is, what is put in the place of its arguments, and which calls it leaves out.
 */

/** What is put in the place of an argument. */
export const JUNK = {
  undefined: undefined,
  null: null,
  number: -1.5,
  nan: NaN,
  text: "junk",
  true: true,
  list: [],
  lists: [[undefined]],
  object: {},
  map: new Map(),
  class: class Junk {},
  function: () => {},
  bigint: 1n,
  symbol: Symbol("junk"),
};

/** The name of a piece of junk. */
export type Junk = keyof typeof JUNK;

/** A call that is right. */
export interface Call {
  /** Calls it. */
  // deno-lint-ignore no-explicit-any
  readonly call: (...given: any[]) => unknown;
  /** Arguments that are right. */
  readonly args: readonly unknown[];
  /** Junk that is right too: by the argument's place, or the place and the option. An option may always be undefined. */
  readonly fine?: Readonly<Record<string, readonly Junk[]>>;
  /** The places of arguments that are objects of the engine's own, not options. */
  readonly whole?: readonly number[];
  /** More arguments are left unread, as JavaScript does, where nobody would give them. */
  readonly loose?: boolean;
}

/** Every piece of junk. */
export const ANYTHING = Object.keys(JUNK) as Junk[];
/** What an argument may be that has a default. */
export const OPTIONAL: readonly Junk[] = ["undefined"];
/** What options may be. */
export const OPTIONS: readonly Junk[] = ["undefined", "object"];

/** Callables that this table leaves out, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  "GpuDevice.buffer": "WebGPU's own objects, for those who write kernels; WebGPU checks them",
  "GpuDevice.upload": "as GpuDevice.buffer",
  "GpuDevice.write": "as GpuDevice.buffer",
  "GpuDevice.free": "as GpuDevice.buffer",
  "GpuDevice.checkAlive": "as GpuDevice.buffer",
  "GpuDevice.bindGroup": "as GpuDevice.buffer",
  "GpuDevice.pipeline": "as GpuDevice.buffer",
  "GpuDevice.withinMemory": "as GpuDevice.buffer",
  "GpuDevice.read": "as GpuDevice.buffer",
  "GpuDevice.map": "as GpuDevice.buffer",
  Epilogue: "the planner makes it and hands it to kernels",
  Prologue: "the planner makes it and hands it to kernels",
  "Prologue.text": "as Prologue",
  "Epilogue.elements": "as Epilogue; a kernel calls it",
  perSample: "text of a kernel, from what the planner hands to it",
  overBatch: "text of a kernel, from what the planner hands to it",
  elementwise: "text of a kernel, from what the planner hands to it",
  "GroupedOptimizer.scalars": "the trainer calls it with the number of a step",
  "LRScheduler.at": "as LRScheduler.goTo, which asks it",
  "FactorLR.at": "as LRScheduler.at",
  "CosineAnnealingLR.at": "as LRScheduler.at",
  "OneCycleLR.at": "as LRScheduler.at",
  "LambdaLR.at": "as LRScheduler.at",
  "SequentialLR.at": "as LRScheduler.at",
  "ClassLoss.weightOf": "the trainer calls it with labels of the data set",
  "ClassLoss.targetShape": "the trainer calls it with the shape of an output",
  "ElementLoss.targetShape": "as ClassLoss.targetShape",
  "SumLoss.targetShape": "as ClassLoss.targetShape",
  BatchNormLayer: "BatchNorm1d and BatchNorm2d are such layers",
  "BatchNormLayer.forward": "as BatchNormLayer",
  ConvLayer: "Conv1d and Conv2d are such layers",
  ConvTransposeLayer: "ConvTranspose1d and ConvTranspose2d are such layers",
  InstanceNormLayer: "InstanceNorm1d and InstanceNorm2d are such layers",
  "InstanceNormLayer.forward": "as InstanceNormLayer",
  RecurrentLayer: "RNN, GRU and LSTM are recurrent layers",
  elementLossOp: "an operation's definition, from a formula",
  prefixed: "runs what it is given, for errors of the engine's own",
};
