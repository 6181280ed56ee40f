/**
 * A convolution or a product by constant weights, as what it does to channels: it can take in constants a channel that
 * stand behind or before it.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { AttributeType } from "../../../onnx/enums.ts";
import type { NodeProto } from "../../../onnx/proto.ts";
import type { ReadNode } from "../../../onnx/read/graph.ts";
import { Attributes } from "../network/attributes.ts";
import { type Affine, floatsIn } from "./affine.ts";

/** A tensor for the file. */
export interface WrittenTensor {
  /** Its name. */
  readonly name: string;
  /** Its shape. */
  readonly shape: readonly number[];
  /** Its elements. */
  readonly data: Float32Array;
}

/** What an operator says of its layer. */
interface Form {
  /** Channels that it makes. */
  readonly outputs: number;
  /** Where its result has them. */
  readonly outputAxis: number;
  /** Where its operand has the channels that it reads. */
  readonly inputAxis: number;
  /** The channel that an element of the weights makes. */
  readonly outputOf: (element: number) => number;
  /** The channel that it reads. */
  readonly inputOf: (element: number) => number;
  /** Whether sums before it reach all that it reads. */
  readonly isWhole: boolean;
  /** What multiplies the weights, and the bias, besides. */
  readonly scales: readonly [weights: number, bias: number];
  /** Whether an Add with constants behind it is its bias to a frugal circuit. */
  readonly takesSums: boolean;
}

/** A layer with its weights and its bias. */
export class AffineLayer {
  /** Its node. */
  readonly node: ReadNode;
  /** Whether it took something in. */
  isChanged = false;
  readonly #form: Form;
  readonly #weights: Float64Array;
  #bias: Float64Array | null;

  private constructor(node: ReadNode, form: Form, weights: Float32Array, bias: Float32Array | null) {
    const [own, shift] = form.scales;
    this.node = node;
    this.#form = form;
    this.#weights = Float64Array.from(weights, (weight) => weight * own);
    this.#bias = bias &&
      Float64Array.from({ length: form.outputs }, (_, at) => bias[bias.length === 1 ? 0 : at] * shift);
    this.isChanged = own !== 1 || bias !== null && shift !== 1;
  }

  /** The layer that a node is; null for one that is none, or whose weights are computed. */
  static of(node: ReadNode): AffineLayer | null {
    if (node.domain !== "" || node.inputs[0]?.constant !== null || node.inputs[0].type !== "FLOAT") return null;
    const weights = floatsIn(node.inputs[1]), bias = floatsIn(node.inputs[2]);
    if (weights === null || (node.inputs[2] != null && bias === null)) return null;
    const form = formOf(node);
    if (form === null || form.outputs === 0) return null;
    // One number, or one a channel: a bias that has more differs from row to row.
    if (bias !== null && bias.length !== 1 && (bias.length !== form.outputs || node.inputs[2]!.shape?.at(-1) === 1)) {
      return null;
    }
    return new AffineLayer(node, form, weights, bias);
  }

  /** Where its result has its channels. */
  get outputAxis(): number {
    return this.#form.outputAxis;
  }

  /** Where its operand has the channels that it reads. */
  get inputAxis(): number {
    return this.#form.inputAxis;
  }

  /** Whether an Add with constants behind it is its bias as it is. */
  get takesSums(): boolean {
    return this.#form.takesSums && this.#bias === null && !this.isChanged;
  }

  /** Whether 32-bit floats hold its numbers. */
  get isFinite(): boolean {
    return [this.#weights, this.#bias ?? []].every((values) =>
      values.every((value) => Number.isFinite(Math.fround(value)))
    );
  }

  /** Takes in what stands behind it. */
  takeBehind({ factors, shifts }: Affine): void {
    const { outputs, outputOf } = this.#form, bias = this.#bias ?? new Float64Array(outputs);
    this.#weights.forEach((weight, at) => this.#weights[at] = weight * factors[outputOf(at)]);
    this.#bias = bias.map((value, output) => value * factors[output] + shifts[output]);
    this.isChanged = true;
  }

  /** Whether it can take in what stands before it. */
  canTake({ shifts }: Affine): boolean {
    return this.#form.isWhole || shifts.every((shift) => shift === 0);
  }

  /** Takes in what stands before it. */
  takeBefore({ factors, shifts }: Affine): void {
    const { outputs, outputOf, inputOf } = this.#form, bias = this.#bias ?? new Float64Array(outputs);
    this.#weights.forEach((weight, at) => {
      bias[outputOf(at)] += weight * shifts[inputOf(at)];
      this.#weights[at] = weight * factors[inputOf(at)];
    });
    this.#bias = bias;
    this.isChanged = true;
  }

  /** The nodes that take the place of the file's `own`, with their new tensors, whose names `fresh` makes. */
  write(own: NodeProto, fresh: (wanted: string) => string): { nodes: NodeProto[]; tensors: WrittenTensor[] } {
    const [output] = own.output!, { outputs } = this.#form;
    const weights: WrittenTensor = {
      name: fresh(`${output}.weight`),
      shape: this.node.inputs[1]!.shape!,
      data: Float32Array.from(this.#weights),
    };
    const isPlain = this.#bias === null || this.#bias.every((value) => value === 0);
    if (isPlain) {
      return { nodes: [{ ...plain(own), input: [own.input![0], weights.name], output: [output] }], tensors: [weights] };
    }
    const bias: WrittenTensor = {
      name: fresh(`${output}.bias`),
      shape: [outputs],
      data: Float32Array.from(this.#bias!),
    };
    const tensors = [weights, bias];
    if (own.opType !== "MatMul") {
      return { nodes: [{ ...plain(own), input: [own.input![0], weights.name, bias.name], output: [output] }], tensors };
    }
    const product = fresh(`${output}.product`);
    return {
      nodes: [
        { ...own, input: [own.input![0], weights.name], output: [product] },
        { opType: "Add", name: fresh(`${own.name ?? output}/Add`), input: [product, bias.name], output: [output] },
      ],
      tensors,
    };
  }
}

/** A node without the factors that its weights have now. */
function plain(own: NodeProto): NodeProto {
  const attribute = own.attribute?.map((each) =>
    each.name === "alpha" || each.name === "beta" ? { name: each.name, type: AttributeType.FLOAT, f: 1 } : each
  );
  return { ...own, ...(attribute && { attribute }) };
}

function formOf(node: ReadNode): Form | null {
  const shape = node.inputs[1]!.shape, operand = node.inputs[0]!.shape;
  if (shape === null || operand === null) return null;
  const attributes = new Attributes(node, Object.keys(node.attributes));
  if (node.opType === "Conv") {
    const [outputs, perGroup] = shape, taps = sizeOf(shape.slice(2));
    const group = attributes.integer("group", 1), pads = attributes.integers("pads") ?? [];
    if (shape.length < 3 || shape.length !== operand.length || operand[1] !== perGroup * group) return null;
    const outputOf = (element: number) => Math.floor(element / (perGroup * taps));
    return {
      outputs,
      outputAxis: 1,
      inputAxis: 1,
      outputOf,
      inputOf: (element) =>
        Math.floor(outputOf(element) * group / outputs) * perGroup + Math.floor(element / taps) % perGroup,
      isWhole: pads.every((pad) => pad === 0),
      scales: [1, 1],
      takesSums: false,
    };
  }
  if (shape.length !== 2 || (node.opType !== "Gemm" && node.opType !== "MatMul")) return null;
  const isGemm = node.opType === "Gemm";
  const isTurned = isGemm && attributes.integer("transB", 0) !== 0;
  const isTurnedInput = isGemm && attributes.integer("transA", 0) !== 0;
  const row = (element: number) => Math.floor(element / shape[1]), column = (element: number) => element % shape[1];
  return {
    outputs: isTurned ? shape[0] : shape[1],
    outputAxis: operand.length - 1,
    inputAxis: isTurnedInput ? 0 : operand.length - 1,
    outputOf: isTurned ? row : column,
    inputOf: isTurned ? column : row,
    isWhole: true,
    scales: isGemm ? [attributes.float("alpha", 1), attributes.float("beta", 1)] : [1, 1],
    takesSums: true,
  };
}
