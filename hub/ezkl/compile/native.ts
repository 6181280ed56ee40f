/**
 * The circuit that EZKL 21 itself would compile a network into: its nodes, their
 * order, their scales and its keys.
 *
 * What EZKL's layouts leave a prover free to choose is bound by nodes of ours (`bound.ts`). Otherwise it
 * differs from EZKL's in two cases, on purpose. A bias that two convolutions
 * share is added behind them, because EZKL would write it once, at the scale of the
 * last, and prove a wrong result of the first. Constants that merely hold the same
 * numbers stay apart.
 *
 * Operator by operator the cases of `operators/` say where it is EZKL's byte for byte and in what it is
 * not. Beside each other, some operators are another circuit of the same results, because EZKL's reader
 * rewrites more than is followed here: an axis of 1 that goes or comes beside a product or a Relu, which
 * these take up there; a Transpose or Reshape beside a product, which becomes a part of its equation; a
 * stride along which a kernel is 1 wide, which it moves in front of the layers before; and a product by 0,
 * which it folds away with what it reads.
 * @module
 */
import type { CircuitModel, CircuitNode, SupportedOp } from "../format/circuit.ts";
import { checkCompilable, type RunArgs } from "../format/run_args.ts";
import { bindFree } from "./bound.ts";
import { countUses } from "../network/graph.ts";
import { nativeForm } from "./native_form.ts";
import type { NativeNode, Network, NetworkNode, NetworkOp } from "../network/network.ts";
import { meaningOf } from "../operators/meanings.ts";
import { constantOf, rebased, weightsAt } from "../network/scales.ts";

/**
 * Compiles a network with EZKL's rules.
 * @throws {ArgumentError} for tensors that are committed or hashed in vain, and for weights that the scale lifts beyond 128 bits
 */
export function buildCircuit(network: Network, args: RunArgs): CircuitModel {
  checkCompilable(args);
  return bindFree(new NativeCompiler(nativeForm(network), args).run(), args);
}

class NativeCompiler {
  readonly #network: Network;
  readonly #args: RunArgs;
  /** Consumers that are left, by place. */
  readonly #uses: number[];
  readonly #nodes = new Map<number, CircuitNode>();
  readonly #keys: number[] = [];
  /** What EZKL has given keys to that then went. */
  readonly #passed = new Set<string>();
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
    if (op.type === "Constant") return this.#constant(node, shape, this.#constantScale(op));
    const operands = inputs.map((place) => this.#nodes.get(this.#keys[place])!);
    const given: NativeNode = {
      node,
      operands,
      args: this.#args,
      constant: (side) => {
        const { op } = this.#network.nodes[inputs[side]];
        return op.type === "Constant" ? op.values : null;
      },
      drop: (side) => this.#uses[inputs[side]]--,
      requantize: (sides) => this.#requantize(sides?.map((side) => inputs[side]) ?? inputs, inputs),
      rescale: (side, scale) => this.#rescale(inputs[side], scale),
      zero: (scale) => {
        const zero = weightsAt(Float32Array.of(0), [], scale, this.#args);
        return this.#nodes.get(this.#add(constantOf(zero, this.#args), [], [1], scale))!;
      },
      passKey: (known) => {
        if (!this.#passed.has(known)) this.#next++;
        this.#passed.add(known);
      },
      push: (op, scale, others = operands) => this.#push(node, others, op, scale),
    };
    return meaningOf(op).native(given);
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

  /** Gives constants among some operands that nothing else reads the largest scale of all. */
  #requantize(some: readonly number[], all: readonly number[]): void {
    const scaleOf = (place: number) => this.#nodes.get(this.#keys[place])!.outScale;
    const largest = Math.max(...all.map(scaleOf));
    for (const place of some) {
      const isConstant = this.#network.nodes[place].op.type === "Constant";
      if (isConstant && this.#uses[place] === 1 && scaleOf(place) < largest) this.#rescale(place, largest);
    }
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
