/**
 * What an operation is for the CPU, where its stage does not say it already: a shape of computation of which the CPU's
 * generator of code has a template, with formulas in WGSL that both back ends read.
 * @module
 */
import type { Shape } from "../base/shape.ts";
import type { RecurrenceForm } from "./recurrence.ts";
import type { WgslFunction } from "./wgsl.ts";

/** One direction of a window that moves over a plane. */
export interface WindowAxis {
  /** Places that the window takes. */
  readonly places: number;
  /** Elements that it moves over. */
  readonly size: number;
  /** Elements that it covers. */
  readonly taps: number;
  /** Elements from one place to the next. */
  readonly stride: number;
  /** Elements of zero in front; `places` says how far the window reaches beyond the end. */
  readonly padding: number;
  /** Elements from one tap to the next; default 1. */
  readonly dilation?: number;
}

/** A sum of products of inputs and weights over channels and the taps of a window. */
export interface ProductsForm {
  /** Which template. */
  readonly kind: "products";
  /** Rows and columns; one tap at one place in a linear layer. */
  readonly axes: readonly [WindowAxis, WindowAxis];
  /** Whether results go to the window's elements and come from its places: the way back. */
  readonly turned: boolean;
  /** Channels of the result. */
  readonly results: number;
  /** Channels of input 0. */
  readonly channels: number;
  /** Numbers in the weights, input 1, from one of the result's channels to the next. */
  readonly resultStride: number;
  /** Numbers in the weights from one of the input's channels to the next. */
  readonly channelStride: number;
  /** So many such sums side by side, each over channels of its own: `results` and `channels` are those of one. */
  readonly groups?: SideBySide;
  /** Rows of channels that a sample has, one behind the other, where the window covers one element; default 1. */
  readonly rows?: number;
}

/** Sums that are side by side. */
export interface SideBySide {
  /** How many. */
  readonly count: number;
  /** Numbers in the weights from one to the next. */
  readonly stride: number;
}

/** The gradients of weights and bias of such a sum: input 0 is what the window moved over, input 1 the gradient. */
export interface WeightsForm {
  /** Which template. */
  readonly kind: "weights";
  /** Rows and columns, as on the way forward. */
  readonly axes: readonly [WindowAxis, WindowAxis];
  /** Channels of the gradient. */
  readonly filters: number;
  /** Channels of input 0. */
  readonly channels: number;
  /** How many such sums there are side by side: `filters` and `channels` are those of one; default 1. */
  readonly groups?: number;
  /** Rows of channels that a sample has, one behind the other, where the window covers one element; default 1. */
  readonly rows?: number;
}

/** Products of matrices, of which at least one batch has its own for every sample. */
export interface MatricesForm {
  /** Which template. */
  readonly kind: "matrices";
  /** Sizes of the dimensions, after the batch, over which there are matrices; the results lie row by row. */
  readonly lead: Shape;
  /** Rows of a result. */
  readonly rows: number;
  /** Columns of a result. */
  readonly columns: number;
  /** Terms of each sum. */
  readonly depth: number;
  /** Input 0, whose outer step is from row to row. */
  readonly a: MatrixWalk;
  /** Input 1, whose outer step is from column to column. */
  readonly b: MatrixWalk;
}

/** How an input of such products is walked through, in elements. */
export interface MatrixWalk {
  /** Whether it is the same for all samples. */
  readonly whole: boolean;
  /** From matrix to matrix, along each of the leading dimensions; 0 where it is repeated. */
  readonly lead: readonly number[];
  /** From row to row, or column to column, of the result. */
  readonly outer: number;
  /** From term to term of a sum. */
  readonly inner: number;
}

/** The gradient of a table whose rows were looked up: input 0 is that of the rows, input 1 their numbers, as floats. */
export interface RowsForm {
  /** Which template. */
  readonly kind: "rows";
  /** Rows of the table. */
  readonly rows: number;
  /** Numbers in a row. */
  readonly width: number;
  /** Rows that a sample looked up. */
  readonly looked: number;
  /** The row that has no gradient, or null. */
  readonly untrained: number | null;
}

/** What is computed sample by sample; made by `perSample`, which says what the body may use. */
export interface SamplesForm {
  /** Which template. */
  readonly kind: "samples";
  /** The inputs by the names that the body reads them by. */
  readonly inputs: readonly SampleInput[];
  /** The outputs by the names that the body sets them by. */
  readonly outputs: readonly SampleOutput[];
  /** How often the body runs for a sample, with `item` from 0 on; default once. */
  readonly items?: number;
  /** True: nothing is by the sample; all inputs and outputs are read and set by places in the whole tensor. */
  readonly whole?: boolean;
  /** WGSL of functions that the body calls. */
  readonly functions?: string;
  /** WGSL. */
  readonly body: string;
}

/** Sums over the batch; made by `overBatch`, which says what the body may use. */
export interface SumsForm {
  /** Which template. */
  readonly kind: "sums";
  /** The inputs by the names that the body reads them by. */
  readonly inputs: readonly SampleInput[];
  /** The names of the sums, each an output with `items` elements. */
  readonly outputs: readonly string[];
  /** Elements of each output. */
  readonly items: number;
  /** WGSL of functions that the body calls. */
  readonly functions?: string;
  /** WGSL. */
  readonly body: string;
}

/** An input of a sample's computation. */
export interface SampleInput {
  /** `x`: the body reads element k as `x(k)`. */
  readonly name: string;
  /** The type of its elements. */
  readonly type: "f32" | "u32";
  /** True: it is the same for all samples, as parameters are, and k is a place in all of it. */
  readonly whole?: boolean;
}

/** An output of a sample's computation. */
export interface SampleOutput {
  /** `dx`: the body sets element k by `set_dx(k, v)`. */
  readonly name: string;
  /** True: the body may read what it has set before, as `kept_dx(k)`; not where stages are carried. */
  readonly kept?: boolean;
  /** Whether it is one number a sample that goes to the step's rows, for the samples that count alone. */
  readonly row?: boolean;
}

/** What a template is filled with. */
export type CpuForm =
  /** Element by element: `fn(input0, input1, ...)`. */
  | { readonly kind: "map"; readonly fn: WgslFunction }
  /**
   * WGSL that sets `v` of the result's `(plane, row, col)`, out of `input0[i]`, `input1[i]`, and may call `own`. Places
   * are within a sample: `plane` is the channel.
   */
  | { readonly kind: "elements"; readonly own?: WgslFunction | undefined; readonly body: string }
  /** WGSL of a sample; see {@linkcode perSample}. */
  | SamplesForm
  /** WGSL of a sample's share in sums over the batch; see {@linkcode overBatch}. */
  | SumsForm
  | ProductsForm
  | WeightsForm
  | MatricesForm
  | RowsForm
  | RecurrenceForm;

/** The axis of a window that covers one element. */
export const ONE_TAP: WindowAxis = { places: 1, size: 1, taps: 1, stride: 1, padding: 0 };
