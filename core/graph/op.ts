/**
 * What an operation is. Each file in `ops/` makes one {@linkcode OpDefinition};
 * the rest of the engine knows operations through it alone.
 * @module
 */
import type { Graph, Node, Value } from "./graph.ts";
import type { Shape } from "../base/shape.ts";
import type { CpuForm } from "./cpu_form.ts";
import type { WgslFunction } from "./wgsl.ts";

/** How a workgroup takes a large product: a block of results, of which each lane makes a smaller one in registers. */
export interface ProductTile {
  /** Rows of the block. */
  readonly rows: number;
  /** Columns of the block. */
  readonly columns: number;
  /** Terms of every sum that lie in workgroup memory at a time. */
  readonly depth: number;
  /** Rows and columns of a lane, both multiples of four. */
  readonly lane: readonly [number, number];
}

/** Tunables that depend on the adapter, not on the model. */
export interface Profile {
  /** `cpu`: llvmpipe; `gpu`: everything else. */
  readonly kind: "cpu" | "gpu";
  /** Write outer loops out, so that addresses become literals. Pays on `cpu`; on a GPU it thrashes the instruction cache. */
  readonly unroll: boolean;
  /** Bytes of workgroup memory that a kernel may use. */
  readonly workgroupMemory: number;
  /** The tile of every product, whatever its size, for measuring; default what is best by count for its shape. */
  readonly tile?: ProductTile;
}

/** The tunables of one kernel. */
export interface KernelProfile extends Profile {
  /** The lanes that a workgroup is to have, where the kernel can, so that it becomes a part of another. */
  readonly lanes?: number;
}

/** A stage that rides at the end of the kernel that makes its first input. */
export type Stage =
  /** Element by element: `fn(v, operand...) -> f32`, the operands being of the same shape or broadcasting to it. */
  | {
    readonly kind: "map";
    readonly fn: WgslFunction;
    readonly operands: readonly Value[];
    /**
     * True: operands of one dimension are numbers a channel, along dimension 1 and not along the last, out of which
     * more is made than one operation; the CPU does that once a channel, in the operation's own kernel.
     */
    readonly channels?: boolean;
  }
  /** A 2x2 window with stride 2 becomes one element: `fn(window: vec4f) -> f32`. */
  | { readonly kind: "pool"; readonly fn: WgslFunction }
  /** One element becomes a 2x2 window: `fn(v, window of each operand: vec4f) -> vec4f`. */
  | { readonly kind: "spread"; readonly fn: WgslFunction; readonly operands: readonly Value[] };

/** The values that a stage reads beside the one that it rides on. */
export function operandsOf(stage: Stage): readonly Value[] {
  return stage.kind === "pool" ? [] : stage.operands;
}

/** The shape by which an operand broadcasts to that of the result. */
export function operandShape(stage: Stage, { shape }: Value, result: Shape): Shape {
  const isChannels = stage.kind === "map" && stage.channels === true && shape.length === 1;
  return isChannels ? [shape[0], ...result.slice(2).map(() => 1)] : shape;
}

/** The stages that a node can be at the ends of other kernels, each with the input that it rides on; the best first. */
export function stagesOf(node: Node): readonly { readonly rides: number; readonly stage: Stage }[] {
  return (node.op.rides ?? [0]).flatMap((rides) => {
    const stage = node.op.stage?.(node, rides) ?? null;
    return stage === null ? [] : [{ rides, stage }];
  });
}

/** How a kernel ends, as it is told to the kernel: the epilogue knows what rides on it. */
export interface KernelEnd {
  /** Whether a pooling stage needs whole windows: the kernel must use `windows()`. */
  readonly pooled: boolean;
  /** Whether `windows()` can be used: H and W are even, and nothing spreads. */
  readonly windowed: boolean;
  /** Defines `finish(n, f, v)` and `finish_at(plane, row, col, v)`, and `own`, a function of the kernel's. */
  elements(own?: WgslFunction): string;
  /** Defines `finish_window(plane, row, col, v)`. */
  windows(): string;
}

/** How a kernel takes the input that it absorbs: the prologue knows what makes it. */
export interface KernelStart {
  /**
   * Defines `absorbed(q)`, elements `4 q` to `4 q + 3` of the input.
   *
   * @param source The kernel's name for the source, bound as `array<vec2f>`.
   * @param firstBinding The number of the kernel's inputs and outputs.
   */
  text(source: string, firstBinding: number): string;
}

/** All that a kernel's text may depend on. */
export interface KernelCall<A> {
  /** The shapes of the inputs, in the node's order. */
  readonly inputs: readonly Shape[];
  /** The shapes of the node's own outputs, before any fused stage. */
  readonly outputs: readonly Shape[];
  /** The node's attributes. */
  readonly attributes: A;
  /** How the kernel's result is finished and stored, as `Epilogue` writes it. */
  readonly epilogue: KernelEnd;
  /** How one of the inputs is made on its way in, where the op `absorbs` and the graph allows it. */
  readonly prologue?: KernelStart;
  /** The adapter's tunables. */
  readonly profile: KernelProfile;
  /** Which of the outputs somebody reads; a kernel must not store the others. */
  readonly used: readonly boolean[];
  /** How many partial sums the reader of the outputs accepts; 1: the sum itself. */
  readonly maxPartials: number;
  /** False where a loss's losses and hits are read by other kernels, by the sample, and not by the caller; default true. */
  readonly rows?: boolean;
  /** How many rows each workgroup is to make, where {@linkcode KernelText.byRows} leaves it open; and `profile.lanes` is set. */
  readonly rowsOfGroup?: number;
}

/**
 * A kernel: WGSL with every shape written in as a constant.
 *
 * `@group(0) @binding(i)` is input `i` for `i < inputs.length`. An op that
 * `carries` stages calls `finish` and leaves the output bindings to
 * the epilogue; any other declares its used outputs itself, in order,
 * from `@binding(inputs.length)` on. `@group(1) @binding(0)` is the step's
 * uniform where the op is `stepwise`.
 */
export interface KernelText {
  /** A short name for listings and profiles; what rides on it is added there. */
  readonly name: string;
  /** The module's source; its entry point is `main`. */
  readonly wgsl: string;
  /** Workgroups to dispatch in x, y and z. */
  readonly workgroups: readonly [number, number, number];
  /** Each output buffer holds this many summands, one after another (default 1). */
  readonly partials?: number;
  /**
   * Set where each workgroup makes, of all outputs, some rows (of dimension 0), out of the same rows of these inputs:
   * workgroup `k` makes `rows` of them from `k * rows` on. `rows` is null where the caller says how many (`rowsOfGroup`).
   * Such kernels can follow one another within a dispatch.
   */
  readonly byRows?: { readonly rows: number | null; readonly inputs: readonly number[] };
  /** What it is for the CPU; helpers such as `elementwise` say it. */
  readonly cpu?: CpuForm;
}

/** An ONNX attribute: an integer, a list of integers or, wrapped, a float, a list of floats, a text or a list of texts. */
export type OnnxAttribute =
  | number
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly text: string }
  | { readonly texts: readonly string[] };

/** Attributes by name. */
export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

/** A value of an ONNX file that is being written; nothing is known of it but that nodes can read it. */
export interface OnnxValue {
  /** Its name in the file. */
  readonly name: string;
}

/** What an operation writes its nodes with. */
export interface OnnxWriter {
  /** The node's inputs as they are in the file. */
  readonly inputs: readonly OnnxValue[];
  /** The size of the first dimension in the file, or null where that stays open. */
  readonly batch: number | null;
  /** Adds a node with one output; an input that is left out is null. */
  node(opType: string, inputs: readonly (OnnxValue | null)[], attributes?: OnnxAttributes): OnnxValue;
  /** Adds a node with several outputs. */
  nodes(
    opType: string,
    inputs: readonly (OnnxValue | null)[],
    attributes: OnnxAttributes,
    outputs: number,
  ): readonly OnnxValue[];
  /** Adds a constant of 32-bit floats. */
  floats(shape: Shape, data: ArrayLike<number>): OnnxValue;
  /** Adds a constant of 64-bit integers: a list, or a single number of no dimension. */
  integers(data: readonly number[] | number): OnnxValue;
  /** An input whose numbers are whole, as 64-bit integers. */
  whole(input: number): OnnxValue;
  /**
   * The numbers of an input, changed, as a constant with `name` at the end of its name; null where they are computed.
   */
  changed(
    input: number,
    name: string,
    change: (tensor: { readonly shape: Shape; readonly data: Float32Array }) => {
      readonly shape: Shape;
      readonly data: Float32Array<ArrayBuffer>;
    },
  ): OnnxValue | null;
  /**
   * Lets the node that makes input 0 multiply each channel by a factor and add an offset, in its own weights and biases,
   * where it is linear in them and nobody else reads what it makes; null where that cannot be, or the numbers of the
   * inputs that `make` wants are computed.
   */
  folded(
    inputs: readonly number[],
    make: (
      numbers: readonly Float32Array[],
    ) => { readonly factor: ArrayLike<number>; readonly offset: ArrayLike<number> },
  ): OnnxValue | null;
}

/** How an operation is written as an ONNX node and read from one; its inputs keep their order. */
export interface OnnxMapping<A> {
  /** The operator's name in the default domain, opset 12. */
  readonly opType: string;
  /** The ONNX attributes, every one explicit. */
  write(node: Node<A>): OnnxAttributes;
  /**
   * The attributes of this operation from those of an ONNX node (absent ones are
   * ONNX's defaults); throws an `ArgumentError` for what cannot be expressed.
   */
  read(attributes: OnnxAttributes, inputs: readonly Shape[]): A;
}

/** A node of a file that is being read, for operations that are not one node with attributes. */
export interface OnnxNode {
  /** The operator. */
  readonly opType: string;
  /**
   * Its attributes; absent ones are ONNX's defaults. Inputs that only say how to compute (the axes of a Squeeze, the
   * target of a Reshape) are among them, whichever form the file's opset has for them.
   */
  readonly attributes: OnnxAttributes;
  /** The graph that is being made. */
  readonly graph: Graph;
  /** How many inputs it has, those that are left out included. */
  readonly inputCount: number;
  /** How many outputs it has. */
  readonly outputCount: number;
  /** Whether an input is there. */
  has(input: number): boolean;
  /**
   * An input as a tensor of the graph; throws an `ArgumentError` where it is left out. A constant of the file becomes a
   * parameter where it is a tensor of floats that may be trained, or what `as` says.
   */
  input(input: number, as?: "parameter" | "buffer" | "constant"): Value;
  /** The shape that an input has. */
  shape(input: number): Shape;
  /** The element type of an input or, below 0, of output `-1 - k`: `FLOAT`, `INT64`, `BOOL`; null where it is not known. */
  type(input: number): string | null;
  /** The shape and numbers of an input that is constant; null where it is computed or left out. */
  constant(input: number): { readonly shape: Shape; readonly data: readonly number[] } | null;
  /** The same, of an input that has to be constant; throws an `ArgumentError` with `what` it is where it is not. */
  numbers(input: number, what: string): readonly number[];
  /** A parameter of the graph that is made of constants of the file; its name follows the node's path. */
  parameter(name: string, tensor: { readonly shape: Shape; readonly data: Float32Array<ArrayBuffer> }): Value;
  /** A number among the attributes: an integer or a float. */
  number(name: string, otherwise: number): number;
  /** A list of integers among the attributes, or null. */
  list(name: string): readonly number[] | null;
  /** A text among the attributes. */
  text(name: string, otherwise: string): string;
}

/**
 * Makes of a node of a file what it computes: its outputs, of which those that nobody reads may be left out; null where it
 * is another operation's to read.
 */
export type OnnxReader = (node: OnnxNode) => Value | readonly Value[] | null;

/** A case that the shared suite runs against the references. */
export interface OpCase<A> {
  /** What is special about it. */
  readonly name: string;
  /** Shapes of the inputs. */
  readonly inputs: readonly Shape[];
  /** The attributes. */
  readonly attributes: A;
  /** Where each input's numbers lie; default (-2, 2) for the first, (-1, 1) for others. */
  readonly ranges?: readonly (readonly [number, number])[];
  /** True: the inputs' numbers keep a distance from each other and from zero, as the gradient jumps there. */
  readonly apart?: boolean;
  /** Inputs that are whole numbers below a bound, without a gradient: the bound by input. */
  readonly whole?: Readonly<Record<number, number>>;
  /** Inputs, by number, along which the result does not change but for jumps, or changes nothing: no gradient flows. */
  readonly flat?: readonly number[];
}

/** What the engine knows of an operation. */
export interface OpDefinition<A = unknown> {
  /** The operation's name, as in listings: `Conv2d`, `Conv2dBackwardInput`. */
  readonly name: string;
  /** Shapes of the outputs; throws a `ShapeError` that names the argument. */
  shapes(inputs: readonly Shape[], attributes: A): readonly Shape[];
  /** The kernel. Absent where the output is the input under another shape. */
  kernel?(call: KernelCall<A>): KernelText;
  /** What it is for the CPU, where neither its stage nor its kernel's text says it. */
  cpu?(call: Pick<KernelCall<A>, "inputs" | "outputs" | "attributes">): CpuForm;
  /**
   * The gradients of the inputs as new nodes of the same graph, given those of
   * the outputs (null: nobody differentiates through it). Null for inputs that
   * have none. Absent: no gradient flows through this operation.
   */
  gradient?(node: Node<A>, outputGradients: readonly (Value | null)[]): readonly (Value | null)[];
  /** The stage that this node becomes at the end of the kernel that makes its input `rides`, if it can. */
  stage?(node: Node<A>, rides: number): Stage | null;
  /** The inputs at the ends of whose kernels the node can be a stage, the best first; default input 0. */
  readonly rides?: readonly number[];
  /** The stages that this operation's kernel can carry at its end. */
  readonly carries?: readonly Stage["kind"][];
  /**
   * The input that the kernel can take through a {@linkcode KernelStart}, or null: it
   * then declares that binding as `array<vec2f>`, puts the prologue's text into its
   * source, and reads four neighbours of the input at a time by `absorbed`.
   */
  absorbs?(node: Node<A>): number | null;
  /** Whether the kernel reads the step's uniform (see `core/step.ts`). */
  readonly stepwise?: boolean;
  /**
   * Set where this is a loss: output 0 is the loss of each sample, and the loss
   * that training lowers is its mean over the batch. The kernel writes outputs 0
   * and `hits` at `step.row + n`, for `n < step.count` only, and the gradient of
   * input 0 as output `gradient`, times `step.share`, zero from `step.count` on.
   */
  readonly loss?: {
    readonly hits: number | null;
    readonly gradient: number;
    /** Where it is made of other losses: values with their gradients, instead of input 0 with output `gradient`. */
    seeds?(node: Node<A>): readonly (readonly [Value, Value])[];
  };
  /** Set where input 0 has to hold whole numbers: they lie below this, which is checked where data are known. */
  wholeBelow?(node: Node<A>): number;
  /**
   * The channel (dimension 1) of the output that number `index` of the weights, input 1, is a factor of; biases, one a
   * channel, are input 2. For those whose output is linear in both, which is `[N, channels, ...]`; null where it is not.
   */
  channelOf?(node: Node<A>, index: number): number | null;
  /** Its counterpart in an ONNX file, where that is one node. */
  readonly onnx?: OnnxMapping<A>;
  /** Writes its counterpart in an ONNX file, where that is several nodes or has constants; returns the outputs. */
  writeOnnx?(node: Node<A>, to: OnnxWriter): readonly OnnxValue[];
  /** What it makes of nodes of an ONNX file, by operator, where that is not one node with attributes. */
  readonly readOnnx?: Readonly<Record<string, OnnxReader>>;
  /** Cases for the shared suite. */
  readonly cases?: readonly OpCase<A>[];
}
