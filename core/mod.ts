/**
 * The engine: tensors and graphs, differentiation, planning and running; modules,
 * training and data.
 * @module
 */
export * from "./base/errors.ts";
export { sameShape, type Shape, showShape, sizeOf } from "./base/shape.ts";
export { Graph, type Node, type Role, type Value } from "./graph/graph.ts";
export type {
  KernelCall,
  KernelEnd,
  KernelProfile,
  KernelStart,
  KernelText,
  OnnxAttribute,
  OnnxAttributes,
  OnnxMapping,
  OnnxNode,
  OnnxReader,
  OnnxValue,
  OnnxWriter,
  OpCase,
  OpDefinition,
  ProductTile,
  Profile,
  Stage,
} from "./graph/op.ts";
export type {
  CpuForm,
  MatricesForm,
  MatrixWalk,
  ProductsForm,
  RowsForm,
  SampleInput,
  SampleOutput,
  SamplesForm,
  SideBySide,
  SumsForm,
  WeightsForm,
  WindowAxis,
} from "./graph/cpu_form.ts";
export type { Cell, RecurrenceForm, RecurrenceSizes } from "./graph/recurrence.ts";
export type { WgslFunction } from "./graph/wgsl.ts";
export { type Binding, Epilogue, type EpilogueStep } from "./graph/epilogue.ts";
export { Prologue } from "./graph/prologue.ts";
export { elementwise } from "./graph/elementwise.ts";
export { type ElementSums, type OverBatch, overBatch } from "./graph/over_batch.ts";
export type { Lanes } from "./graph/lanes.ts";
export { type PerSample, perSample } from "./graph/per_sample.ts";
export { STEP_WGSL } from "./run/step.ts";
export { differentiate } from "./graph/grad.ts";
export { type Counts, type DeviceOptions, GpuDevice } from "./run/device.ts";
export { CpuDevice, type CpuOptions } from "./run/cpu/device.ts";
export type { Device, DeviceName } from "./run/choose.ts";
export type { Optimizer, ParamGroup, Params } from "./graph/optimizer.ts";
export { GroupedOptimizer, type GroupRules } from "./graph/param_groups.ts";
export { FactorLR, LRScheduler, type Scheduled } from "./graph/scheduler.ts";
export type { Loss } from "./graph/loss.ts";
export {
  type AnyModule,
  Buffer,
  type HostTensor,
  Module,
  Parameter,
  Sequential,
  type Tensor,
  type Trace,
  trace,
  type TraceOptions,
} from "./graph/module.ts";
export { convert, type QConfigMapping, type Quantizer } from "./graph/quantization.ts";
export type { LoadOptions, LoadResult, StateTensor } from "./graph/state_dict.ts";
export { defaultGenerator, Generator, type GeneratorState, manualSeed } from "./base/random.ts";
export {
  type Dataset,
  type Field,
  sampleInput,
  type Samples,
  subset,
  TensorDataset,
  type TensorOptions,
} from "./data/dataset.ts";
export {
  type Batch,
  type BatchRange,
  DataLoader,
  type LoaderOptions,
  type LoaderState,
  type Sampler,
} from "./data/loader.ts";
export { randomSplit, type RandomSplitOptions } from "./data/random_split.ts";
export { type ImageFiles, ImageSet, type ImageTransforms } from "./data/images.ts";
export { MNIST, type MnistBytes, type MnistOptions } from "./data/mnist.ts";
export {
  EMNIST,
  type EmnistOptions,
  type EmnistSplit,
  FashionMNIST,
  type FolderOptions,
  KMNIST,
  QMNIST,
} from "./data/mnist_like.ts";
export {
  type EpochResult,
  type FitOptions,
  type RestoreOptions,
  Trainer,
  type TrainerOptions,
} from "./train/trainer.ts";
export {
  binaryAccuracy,
  type BinaryAccuracyOptions,
  type ErrorOptions,
  meanAbsoluteError,
  meanSquaredError,
  type Metric,
  type Predicted,
  r2Score,
  topKAccuracy,
} from "./train/metrics.ts";
export { EarlyStopping, type EarlyStoppingOptions, type EarlyStoppingState } from "./train/early_stopping.ts";
export { Predictor, type PredictorInputs } from "./train/predictor.ts";
export type { EvaluateOptions, PredictorOptions } from "./train/arguments.ts";
export type { Progress } from "./run/tally.ts";
export type { CompileProgress } from "./run/compile.ts";
export type { DispatchTime } from "./run/profile.ts";
export type { Traffic } from "./run/traffic.ts";
export { type EpochRecord, TrainingRun, type TrainingRunOptions } from "./train/training_run.ts";
export { formatBytes, formatCount, formatDuration, formatPercent } from "./base/format.ts";
export {
  ProgressBar,
  type ProgressOptions,
  type ProgressUpdate,
  terminalWriter,
  type TextOutput,
} from "./base/progress.ts";
export {
  readSafetensors,
  type Safetensors,
  type TensorArray,
  type TensorData,
  writeSafetensors,
} from "./train/safetensors.ts";
export { readWeights } from "./train/checkpoint.ts";
export { readFile, setAside, writeFileAtomic } from "./base/files.ts";
