/**
 * What the trainer and the predictor ask of whatever computes for them: a GPU by way of WebGPU, or the CPU.
 * @module
 */
import { DeviceError } from "../base/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Shape } from "../base/shape.ts";
import type { Graph, Value } from "../graph/graph.ts";
import type { WholeInput } from "../graph/whole.ts";
import type { AnyModule } from "../graph/module.ts";
import type { Compiling } from "./compile.ts";
import type { TrainingState } from "./mirror.ts";
import type { DispatchTime } from "./profile.ts";
import type { StepFields } from "./step.ts";
import type { TraceRequest } from "./traced.ts";
import type { UpdateRequest } from "./update.ts";

/** A step has ended halfway: what lies on the device is of neither side of it, and the device goes on. */
export class TornStepError extends DeviceError {}

/** Losses and hits of some steps, one of each per sample, `batch` for each step. */
export interface Rows {
  /** The loss of each sample. */
  readonly losses: Float32Array;
  /** 1 where the class was right. */
  readonly hits: Float32Array;
}

/** What steps come to, where their outputs are wanted. */
export interface Outputs {
  /** The outputs, sample after sample. */
  readonly outputs: Float32Array<ArrayBuffer>;
  /** Losses and hits. */
  readonly rows: Rows;
}

/** What a program is made from. */
export interface StepRequest extends TraceRequest, Compiling {
  /** The update at the end of a step; null unless training. */
  readonly update: UpdateRequest | null;
  /** False: one kernel per node. */
  readonly fusion: boolean;
  /** Whether each kernel's results must stay to be looked at. */
  readonly apart?: boolean;
}

/** A data set where the device reads it. */
export interface ResidentData {
  /** Samples in it. */
  readonly length: number;
  /** Sets the order of the epoch to come; null: as they lie. */
  setOrder(order: Uint32Array | null): void;
  /** Gives the memory back. */
  dispose(): void;
}

/** Room for some samples of a data set, which are written there when they are needed, one after another. */
export interface DataPiece extends ResidentData {
  /**
   * Writes `count` samples of a data set like that which it was made for, at most {@linkcode ResidentData.length}.
   *
   * @param order Places to samples; null: they are the same.
   * @param first The first place.
   */
  write(dataset: Dataset, order: Uint32Array | null, first: number, count: number): void;
}

/** A model at one batch size, ready to run. */
export interface StepProgram<Data extends ResidentData = ResidentData> {
  /** The whole graph. */
  readonly graph: Graph;
  /** The model's output. */
  readonly output: Value;
  /** Samples in a step. */
  readonly batch: number;
  /** Whether the loss counts hits. */
  readonly countsHits: boolean;
  /** The plan in words. */
  describe(): string;
  /** Makes what running over a data set needs. */
  prepare(data: Data): Promise<void>;
  /** Runs steps over a prepared data set; `onSubmitted` is told the milliseconds that the host took. */
  submit(data: Data, steps: readonly StepFields[], onSubmitted?: (milliseconds: number) => void): Promise<Rows>;
  /** The outputs of the steps' samples, `length` of them, one after another, and their rows. */
  outputs(data: Data, steps: readonly Omit<StepFields, "row">[], length: number): Promise<Outputs>;
  /** The gradients of a step by parameter name. */
  gradients(data: Data, step: StepFields): Promise<Map<string, Float32Array>>;
  /** The first node of a step whose result is not finite, in words, or null. */
  inspect(data: Data, step: StepFields): Promise<string | null>;
  /** The time of each kernel, or null where nothing tells. */
  profile(data: Data, step: StepFields, steps: number): Promise<DispatchTime[] | null>;
  /** Gives the memory back. */
  dispose(): void;
}

/** A model that only answers, at one batch size. */
export interface ForwardProgram {
  /** What its inputs have to hold. */
  readonly whole: readonly WholeInput[];
  /** The shapes of the outputs, without the batch; a sample's lie one behind the other. */
  readonly outputShapes: readonly Shape[];
  /** The outputs of `count` samples, which `fill` writes batch by batch into the array that it is given. */
  run(count: number, fill: Fill): Promise<Float32Array<ArrayBuffer>>;
  /** Gives the memory back. */
  dispose(): void;
}

/** Writes `count` samples from sample `first` on. */
export type Fill = (into: Float32Array, first: number, count: number) => void;

/** What a model that only answers is made from. */
export interface ForwardRequest {
  /** The network. */
  readonly model: AnyModule;
  /** The shapes of the inputs, without the batch; a sample's lie one behind the other. */
  readonly samples: readonly Shape[];
  /** Samples that go through at once. */
  readonly batch: number;
  /** False: one kernel per node. */
  readonly fusion: boolean;
}

/** What computes for one model. */
export interface Backend {
  /** Parameters and the optimiser's values. */
  readonly state: TrainingState;
  /** Makes a program. */
  program(request: StepRequest): Promise<StepProgram>;
  /** Brings a data set to where the device reads it. */
  data(dataset: Dataset): Promise<ResidentData>;
  /** Makes room for so many samples of a data set. */
  piece(dataset: Dataset, samples: number): Promise<DataPiece>;
  /** Makes a program that only answers. */
  forward(request: ForwardRequest): Promise<ForwardProgram>;
  /** Waits until all that was asked for is done. */
  idle(): Promise<void>;
}
