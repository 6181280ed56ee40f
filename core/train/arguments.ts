/**
 * What a trainer is made from and given, checked at the call.
 * @module
 */
import { callable, checkArguments, expect, finite, flag, instance, shape, whole } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { checkOptions, isOptions, namesOf, oneOf, show } from "../base/known.ts";
import { type Shape, shapesOf } from "../base/shape.ts";
import type { Dataset } from "../data/dataset.ts";
import { DataLoader } from "../data/loader.ts";
import { checkDataset } from "../data/samples.ts";
import { INPUT_NAME, OUTPUT_NAME } from "../graph/check.ts";
import type { Loss } from "../graph/loss.ts";
import { type AnyModule, Module, Parameter } from "../graph/module.ts";
import { learningRate, type Optimizer } from "../graph/optimizer.ts";
import { groupsOf } from "../graph/param_groups.ts";
import { checkMapping, type QConfigMapping } from "../graph/quantization.ts";
import { type Device, DEVICE_NAMES, type DeviceName, requestDevice } from "../run/choose.ts";
import { CpuDevice } from "../run/cpu/device.ts";
import { type DeviceOptions, GpuDevice } from "../run/device.ts";
import type { Metric } from "./metrics.ts";
import type { FitOptions } from "../run/epoch.ts";
import { LRScheduler } from "../graph/scheduler.ts";

/** What a trainer is made from. */
export interface TrainerOptions {
  /** The network. */
  readonly model: AnyModule;
  /** The loss. */
  readonly loss: Loss;
  /** The optimiser; its `lr` may be changed between epochs. */
  readonly optimizer: Optimizer;
  /** What sets the optimiser's rates as training goes on; kept in checkpoints. Default: nothing does. */
  readonly scheduler?: LRScheduler;
  /** Whether the scheduler goes on after every update of the parameters or after every epoch; for a scheduler alone. */
  readonly interval?: "step" | "epoch";
  /** The greatest norm of all gradients together, above which they are scaled down to it, as by PyTorch's `clip_grad_norm_`. */
  readonly clipGradNorm?: number;
  /** Batches whose samples make one update, as if they were one batch; default 1. */
  readonly accumulate?: number;
  /**
   * What is rounded where while the network is trained, evaluated and predicted with, so that it learns to do with
   * coarse numbers; gradients go through as if nothing was. Of a circuit, `quantizationOf` says it. Default: nothing is.
   */
  readonly quantizationAware?: QConfigMapping;
  /**
   * The most bytes of a data set that lie on the device as a whole; a larger one comes there in pieces, while others
   * are computed with, and results are the same. Default: 1 GiB on the CPU, what there is on a GPU.
   */
  readonly residentBytes?: number;
  /** A device to share, or the name of one of the trainer's own, destroyed with it; default `"auto"`. */
  readonly device?: Device | DeviceName;
  /** How to ask for a GPU, where no device is given, which is then `"gpu"`. */
  readonly request?: DeviceOptions;
  /** False runs one kernel per node: slower, for debugging. */
  readonly fusion?: boolean;
}

/** What a predictor is made from. */
export interface PredictorOptions {
  /** The network: a module of one's own, or a file's as `OnnxModule`. */
  readonly model: AnyModule;
  /** The shape of one input, `[1, 28, 28]`, or a list of shapes, for predictions of plain arrays; an `OnnxModule` has its own. */
  readonly shape?: Shape | readonly Shape[];
  /** A device to share, or the name of one of the predictor's own, destroyed with it; default `"auto"`. */
  readonly device?: Device | DeviceName;
  /** How to ask for a GPU, where no device is given, which is then `"gpu"`. */
  readonly request?: DeviceOptions;
  /** False runs one kernel per node: slower, for debugging. */
  readonly fusion?: boolean;
}

const TRAINER = namesOf<TrainerOptions>({
  model: true,
  loss: true,
  optimizer: true,
  scheduler: true,
  interval: true,
  clipGradNorm: true,
  accumulate: true,
  quantizationAware: true,
  residentBytes: true,
  device: true,
  request: true,
  fusion: true,
});
const FIT = namesOf<FitOptions>({ onProgress: true, onCompile: true, steps: true, signal: true });

/** Throws an `ArgumentError` that names the part of a trainer that is missing or something else. */
export function checkTrainer(given: ArrayLike<unknown>): void {
  const where = "Trainer.create()";
  expect(given[0] !== undefined, `${where}: the options`, given[0], "{ model, loss, optimizer }");
  checkArguments(where, given, 0, TRAINER, ["model", "loss", "optimizer"]);
  const options = given[0] as Partial<TrainerOptions>;
  checkRunning(where, options);
  checkExportable(where, options.model!);
  part(`${where}: loss`, options.loss, ["apply", "targetShape"], "a loss out of nn, made with new");
  part(`${where}: optimizer`, options.optimizer, ["scalars"], "an optimiser, made with new, such as new SGD()");
  checkRate(options.optimizer!);
  groupsOf(options.optimizer!, options.model!.namedParameters());
  if (options.quantizationAware !== undefined) checkMapping(`${where}: quantizationAware`, options.quantizationAware);
  checkUpdates(where, options as TrainerOptions);
}

/** When and how parameters are updated. */
function checkUpdates(
  where: string,
  { optimizer, scheduler, interval, clipGradNorm, accumulate, residentBytes }: TrainerOptions,
): void {
  if (accumulate !== undefined) whole(`${where}: accumulate`, accumulate);
  if (residentBytes !== undefined) whole(`${where}: residentBytes`, residentBytes, 0);
  if (clipGradNorm !== undefined) {
    const most = finite(`${where}: clipGradNorm`, clipGradNorm, 0);
    expect(most > 0, `${where}: clipGradNorm`, clipGradNorm, "a norm greater than 0");
  }
  if (scheduler === undefined) {
    return expect(interval === undefined, `${where}: interval`, interval, "none without a scheduler; give both");
  }
  instance(`${where}: scheduler`, scheduler, LRScheduler, ", such as new StepLR(optimizer, 30)");
  if (scheduler.optimizer !== optimizer) {
    throw new ArgumentError(`${where}: the scheduler is that of another optimiser; make it with the one given here`);
  }
  const known = interval === "step" || interval === "epoch";
  expect(known, `${where}: interval`, interval, '"step" or "epoch", after which the scheduler goes on');
}

const PREDICTOR = namesOf<PredictorOptions>({ model: true, shape: true, device: true, request: true, fusion: true });

/** Throws an `ArgumentError` that names the part of a predictor that is missing or something else. */
export function checkPredictor(given: ArrayLike<unknown>): void {
  const where = "Predictor.create()";
  expect(given[0] !== undefined, `${where}: the options`, given[0], "{ model }");
  checkArguments(where, given, 0, PREDICTOR, ["model"]);
  const options = given[0] as Partial<PredictorOptions>;
  if (options.shape !== undefined) {
    shapesOf(options.shape).forEach((one) => shape(`${where}: shape`, one));
  }
  checkRunning(where, options);
}

/** What a trainer and a predictor run, and on what. */
function checkRunning(where: string, { model, device, request, fusion }: Partial<PredictorOptions>): void {
  const hint = ": a layer, a Sequential, an OnnxModule, or a class of your own that extends Module";
  instance(`${where}: model`, model, Module, hint);
  if (device !== undefined) checkDevice(where, device);
  if (fusion !== undefined) flag(`${where}: fusion`, fusion);
  if (device !== undefined && device !== "gpu" && device !== "auto" && request !== undefined) {
    throw new ArgumentError(`${where}: device and request were both given, expected one of them`);
  }
}

function checkDevice(where: string, device: unknown): void {
  if (typeof device === "string") oneOf(`${where}: device`, device, DEVICE_NAMES);
  else if (!(device instanceof CpuDevice)) {
    instance(
      `${where}: device`,
      device,
      GpuDevice,
      ', as GpuDevice.wrap() makes one of yours, or "auto", "gpu" or "cpu"',
    );
  }
}

/** The device that was given, or one of the kind that was asked for. */
export async function deviceOf({ device, request }: Pick<TrainerOptions, "device" | "request">): Promise<Device> {
  if (typeof device === "object") return device;
  return await requestDevice(device ?? (request === undefined ? "auto" : "gpu"), request);
}

/** A parameter by the name that an ONNX file has for something else could be trained, and then not be exported. */
function checkExportable(where: string, model: AnyModule): void {
  for (const [name, what] of [[INPUT_NAME, "input"], [OUTPUT_NAME, "output"]]) {
    if (!((model as unknown as Readonly<Record<string, unknown>>)[name] instanceof Parameter)) continue;
    throw new ArgumentError(
      `${where}: model: the parameter ${name} has the name of the model's ${what} in an ONNX file, ` +
        "so it could not be exported; rename the property",
    );
  }
}

/** Throws an `ArgumentError` for options of an epoch that nobody reads or that make no sense. */
export function checkFit(given: ArrayLike<unknown>): void {
  checkLoader("fit()", given[0]);
  const { epochs } = (given[1] ?? {}) as { epochs?: unknown };
  if (epochs !== undefined) {
    throw new ArgumentError(
      "fit(): there is no option epochs: it goes through the data once; call it once an epoch, in a loop",
    );
  }
  checkArguments("fit()", given, 1, FIT);
  const { onProgress, onCompile, steps, signal } = (given[1] ?? {}) as Partial<FitOptions>;
  if (onProgress !== undefined) callable("fit(): onProgress", onProgress, "that is told how far it is");
  if (onCompile !== undefined) callable("fit(): onCompile", onCompile, "that is told of each kernel");
  if (steps !== undefined) whole("fit(): steps", steps);
  const stops = signal === undefined || typeof signal?.throwIfAborted === "function";
  expect(stops, "fit(): signal", signal, "an AbortSignal, as new AbortController().signal is");
}

/** Options of an evaluation. */
export interface EvaluateOptions {
  /** Samples in a batch, default 256; a loader has its own. */
  readonly batchSize?: number;
  /** What else is to be known, by names of one's own. */
  readonly metrics?: Readonly<Record<string, Metric>>;
}

const EVALUATE = namesOf<EvaluateOptions>({ batchSize: true, metrics: true });

/** The loader and the metrics of an evaluation; throws an `ArgumentError` for what are none. */
export function evaluation(
  where: string,
  data: unknown,
  options: number | EvaluateOptions | undefined,
): { readonly loader: DataLoader; readonly metrics: Readonly<Record<string, Metric>> } {
  const own = isOptions(options);
  if (own) checkOptions(where, options, EVALUATE);
  const { batchSize, metrics = {} } = own ? options as EvaluateOptions : { batchSize: options as number | undefined };
  expect(isOptions(metrics), `${where}: metrics`, metrics, "an object of functions, by names of your own");
  for (const [name, metric] of Object.entries(metrics)) {
    callable(`${where}: metrics.${name}`, metric, "of what was predicted");
  }
  return { loader: asLoader(where, data, batchSize), metrics };
}

/** Throws an `ArgumentError` for what is no loader of a data set with targets. */
export function checkLoader(where: string, loader: unknown): asserts loader is DataLoader {
  const hint = typeof loader === "object" && loader !== null && "inputs" in loader
    ? "; write new DataLoader(dataset, { batchSize })"
    : "";
  instance(`${where}: the loader`, loader, DataLoader, hint);
  checkDataset(where, loader.dataset);
  whole("DataLoader: batchSize", loader.batchSize);
}

/** The loader, or one of the data set; throws an `ArgumentError` for what is neither, and for a batch size beside a loader. */
export function asLoader(where: string, data: unknown, batchSize: number | undefined): DataLoader {
  if (data instanceof DataLoader) {
    if (batchSize !== undefined) {
      throw new ArgumentError(
        `${where}: the batch size ${show(batchSize)} is for a data set; a DataLoader has its own`,
      );
    }
    checkLoader(where, data);
    return data;
  }
  checkDataset(where, data);
  return new DataLoader(data as Dataset, {
    batchSize: whole(`${where}: batchSize`, batchSize === undefined ? 256 : batchSize),
  });
}

/** Throws an `ArgumentError` for a learning rate that was set to something that is none. */
export function checkRate(optimizer: Optimizer): void {
  optimizer.paramGroups.forEach(({ lr }) => learningRate(optimizer.name, lr));
}

/** Throws an `ArgumentError` for notes that are no record of texts. */
export function checkNotes(where: string, notes: unknown): void {
  const expected = "; turn other values into JSON text first";
  if (!isOptions(notes)) return expect(false, `${where}: notes`, notes, `an object of texts${expected}`);
  for (const [name, note] of Object.entries(notes)) {
    expect(typeof note === "string", `${where}: notes.${name}`, note, `a text${expected}`);
  }
}

function part(what: string, value: unknown, methods: readonly string[], expected: string): void {
  const { prototype, name } = (value ?? {}) as { prototype?: unknown; name?: unknown };
  const sound = (object: unknown): boolean =>
    typeof object === "object" && object !== null &&
    methods.every((method) => typeof (object as Record<string, unknown>)[method] === "function");
  const isClass = typeof value === "function" && sound(prototype);
  expect(sound(value), what, value, isClass ? `an instance of it; write new ${name}()` : expected);
}
