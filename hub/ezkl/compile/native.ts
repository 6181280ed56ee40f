/**
 * The circuit that EZKL 21 itself would compile a network into: its nodes, their
 * order, their scales and its keys.
 *
 * It differs from EZKL's in two cases, on purpose. A bias that two convolutions
 * share is added behind them, because EZKL would write it once, at the scale of the
 * last, and prove a wrong result of the first. Constants that merely hold the same
 * numbers stay apart.
 *
 * In three cases it is another circuit of the same results, because EZKL's reader rewrites
 * more than is followed here: an axis of 1 that goes or comes beside a product or a Relu,
 * which these take up there; a stride along which a kernel is 1 wide, which it moves in
 * front of the layers before; and a product by 0, which it folds away with what it reads.
 * @module
 */
import type { CircuitModel, CircuitNode, PolyOp, SupportedOp } from "../format/circuit.ts";
import { checkCompilable, type RunArgs } from "../format/run_args.ts";
import { countUses } from "../network/graph.ts";
import { nativeForm } from "./native_form.ts";
import type { Network, NetworkNode, NetworkOp } from "../network/network.ts";
import { aligned, constantOf, rebased, weightsAt } from "../network/scales.ts";

/**
 * Compiles a network with EZKL's rules.
 * @throws {ArgumentError} for hashed or committed tensors, and for weights that the scale lifts beyond 128 bits
 */
export function buildCircuit(network: Network, args: RunArgs): CircuitModel {
  checkCompilable(args);
  return new NativeCompiler(nativeForm(network), args).run();
}

class NativeCompiler {
  readonly #network: Network;
  readonly #args: RunArgs;
  /** Consumers that are left, by place. */
  readonly #uses: number[];
  readonly #nodes = new Map<number, CircuitNode>();
  readonly #keys: number[] = [];
  /** Ranks in which EZKL has met the 0 that a Relu is compared with. */
  readonly #zeros = new Set<number>();
  #next = 0;

  constructor(network: Network, args: RunArgs) {
    this.#network = network;
    this.#args = args;
    this.#uses = countUses(network);
  }

  run(): CircuitModel {
    const { nodes, inputs, outputs, outputTypes } = this.#network;
    for (const node of nodes) this.#keys.push(this.#compile(node));
    for (const [place, key] of this.#keys.entries()) {
      const node = this.#nodes.get(key)!;
      if (node.opkind.kind === "Constant" && this.#uses[place] === 0) this.#nodes.delete(key);
      else node.numUses = Math.max(node.numUses, 1);
    }
    const { inputVisibility: input, paramVisibility: params, outputVisibility: output } = this.#args;
    return {
      nodes: this.#nodes,
      inputs: inputs.map((place) => this.#keys[place]),
      outputs: outputs.map((place) => [this.#keys[place], 0]),
      outputTypes: [...outputTypes],
      visibility: { input, params, output },
    };
  }

  #compile(node: NetworkNode): number {
    const { op, inputs, shape } = node;
    if (op.type === "Input") return this.#input(node);
    if (op.type === "Constant") return this.#constant(node, node.shape, this.#constantScale(op));
    const operands = inputs.map((place) => this.#nodes.get(this.#keys[place])!);
    const [x] = operands;
    switch (op.type) {
      case "Conv":
        return this.#convolution(node, op, operands);
      case "Add":
      case "Sub":
        this.#requantize(inputs);
        return this.#push(node, operands, ...aligned(linear({ name: op.type }), operands));
      case "Mul":
        return this.#product(node, operands);
      case "MatMul":
        return this.#push(node, operands, linear({ name: "Einsum", equation: op.equation }), sum(operands));
      case "Sigmoid":
      case "Tanh": {
        const table = { name: op.type, scale: Math.fround(2 ** x.outScale) };
        return this.#push(node, operands, { kind: "Nonlinear", op: table }, x.outScale);
      }
      case "Relu":
        // EZKL reads a Relu as the maximum with a constant 0, which takes a key and then goes.
        if (!this.#zeros.has(shape.length)) this.#next++;
        this.#zeros.add(shape.length);
        return this.#push(node, operands, linear({ name: "LeakyReLU", slope: 0, scale: 1 }), x.outScale);
      case "LeakyRelu": {
        const scale = this.#args.paramScale;
        const slope = Math.fround(op.alpha);
        const out = slope === 0 ? x.outScale : x.outScale + scale;
        return this.#push(node, operands, linear({ name: "LeakyReLU", slope, scale }), out);
      }
      case "AveragePool": {
        const { padding, stride, kernel: kernelShape } = op;
        const pool = { name: "SumPool", padding, stride, kernelShape, normalized: true, dataFormat: "NCHW" } as const;
        return this.#push(node, operands, { kind: "Hybrid", op: pool }, x.outScale);
      }
      case "MaxPool": {
        const { padding, stride, kernel: poolDims } = op;
        const pool = { name: "MaxPool", padding, stride, poolDims, dataFormat: "NCHW" } as const;
        return this.#push(node, operands, { kind: "Hybrid", op: pool }, x.outScale);
      }
      case "Reshape":
        return this.#push(node, operands, linear({ name: "Reshape", shape: [...shape] }), x.outScale);
      case "Pad":
        return this.#push(node, operands, linear({ name: "Pad", padding: op.padding }), x.outScale);
      case "Downsample": {
        const { axis, stride } = op;
        return this.#push(node, operands, linear({ name: "Downsample", axis, stride, modulo: 0 }), x.outScale);
      }
      case "Identity":
        return this.#push(node, operands, linear({ name: "Identity", outScale: null }), x.outScale);
    }
  }

  #input({ op, shape }: NetworkNode): number {
    if (op.type !== "Input") throw new TypeError(`a ${op.type} is no input`);
    const isWhole = op.datumType === "Int" || op.datumType === "Bool" || op.datumType === "TDim";
    const scale = isWhole ? 0 : this.#args.inputScale;
    const decomp = !this.#args.ignoreRangeCheckInputsOutputs;
    return this.#add({ kind: "Input", scale, datumType: op.datumType, decomp }, [], shape, scale);
  }

  #constantScale(op: NetworkOp & { type: "Constant" }): number {
    const isWhole = op.whole || (this.#args.rebaseFracZeroConstants && op.values.every(Number.isInteger));
    return isWhole ? 0 : this.#args.paramScale;
  }

  #constant({ op }: NetworkNode, dims: readonly number[], scale: number): number {
    if (op.type !== "Constant") throw new TypeError(`a ${op.type} is no constant`);
    const tensor = weightsAt(op.values, dims, scale, this.#args);
    return this.#add(constantOf(tensor, this.#args), [], dims, scale);
  }

  /** Writes a constant again at another scale. */
  #rescale(place: number, scale: number): void {
    const { op, shape } = this.#network.nodes[place];
    if (op.type !== "Constant") throw new TypeError(`a ${op.type} is no constant`);
    const node = this.#nodes.get(this.#keys[place])!;
    node.opkind = constantOf(weightsAt(op.values, shape, scale, this.#args), this.#args);
    node.outScale = scale;
  }

  /** Gives constants that nothing else reads the largest scale among the operands. */
  #requantize(inputs: readonly number[]): void {
    const scaleOf = (place: number) => this.#nodes.get(this.#keys[place])!.outScale;
    const largest = Math.max(...inputs.map(scaleOf));
    for (const place of inputs) {
      const isConstant = this.#network.nodes[place].op.type === "Constant";
      if (isConstant && this.#uses[place] === 1 && scaleOf(place) < largest) this.#rescale(place, largest);
    }
  }

  #convolution(node: NetworkNode, op: NetworkOp & { type: "Conv" }, operands: CircuitNode[]): number {
    const scale = operands[0].outScale + operands[1].outScale;
    const [bias] = operands.slice(2);
    if (bias === undefined) {
      const zero = weightsAt(Float32Array.of(0), [], scale, this.#args);
      operands.push(this.#nodes.get(this.#add(constantOf(zero, this.#args), [], [1], scale))!);
    } else {
      this.#rescale(node.inputs[2], scale);
      // EZKL's reader leaves out axes of 1.
      if (bias.opkind.kind === "Constant" && bias.outDims[0] === 1) bias.opkind.quantizedValues.dims = [];
    }
    const { padding, stride, group } = op;
    const conv = { name: "Conv", padding, stride, group, dataFormat: "NCHW", kernelFormat: "OIHW" } as const;
    return this.#push(node, operands, linear(conv), scale);
  }

  /** A product; by a half, a quarter and so on it is a change of scale. */
  #product(node: NetworkNode, operands: readonly CircuitNode[]): number {
    for (const [side, place] of node.inputs.entries()) {
      const { op } = this.#network.nodes[place];
      if (op.type !== "Constant" || op.values.length !== 1 || !(op.values[0] < 1)) continue;
      const bits = -Math.log2(op.values[0]);
      if (!Number.isInteger(bits)) continue;
      this.#uses[place]--;
      const other = operands[1 - side];
      const outScale = other.outScale + bits;
      return this.#push(node, [other], linear({ name: "Identity", outScale }), outScale);
    }
    if (node.inputs[0] === node.inputs[1]) {
      return this.#push(node, [operands[0]], linear({ name: "Pow", exponent: 2 }), sum(operands));
    }
    return this.#push(node, operands, linear({ name: "Mult" }), sum(operands));
  }

  /** Adds an operation, with a division where its scale is too large. */
  #push(node: NetworkNode, operands: readonly CircuitNode[], op: SupportedOp, scale: number): number {
    const [wrapped, outScale] = rebased(op, scale, this.#args);
    return this.#add(wrapped, operands, node.shape, outScale);
  }

  #add(opkind: SupportedOp, operands: readonly CircuitNode[], dims: readonly number[], outScale: number): number {
    const key = this.#next++;
    for (const operand of operands) operand.numUses++;
    const inputs = operands.map(({ idx }): [number, number] => [idx, 0]);
    const outDims = dims.length === 0 ? [1] : [...dims];
    this.#nodes.set(key, { opkind, outScale, inputs, outDims, idx: key, numUses: 0 });
    return key;
  }
}

function linear(op: PolyOp): SupportedOp {
  return { kind: "Linear", op };
}

function sum(operands: readonly CircuitNode[]): number {
  return operands.reduce((total, { outScale }) => total + outScale, 0);
}
