/**
 * The integers that a circuit computes, without the engine: for many samples at a time.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { CircuitModel, CircuitNode, FieldTensor, SupportedOp } from "../format/circuit.ts";
import { checkNumber } from "../format/numbers.ts";
import { defaultRunArgs, type RunArgs } from "../format/run_args.ts";
import { EXACT_LIMIT, mustBeExact, PrecisionError } from "../numbers/exact.ts";
import { stepOf } from "../operations/step.ts";
import { magnitude, measured, Recorder, Scratch, type Step, type Values } from "../numbers/values.ts";

/** What the simulator has to know beside the graph. */
export interface SimulatorOptions {
  /** Base of the digits, and whether inputs and outputs are written in them; the circuit's run arguments. */
  readonly runArgs?: Pick<RunArgs, "decompBase" | "ignoreRangeCheckInputsOutputs"> | undefined;
  /** Samples that are computed together. Default: as many as stay in the processor's caches, 8 to 64. */
  readonly lanes?: number | undefined;
  /** Whether results tell the extremes of every node. */
  readonly trace?: boolean | undefined;
}

/** The extremes of a node over all samples. */
export interface NodeRange {
  /** The node's key. */
  node: number;
  /** Its operation, with what wraps it. */
  name: string;
  /** log2 of the multiplier of its integers. */
  scale: number;
  /** The smallest integer. */
  low: number;
  /** The largest integer. */
  high: number;
  /** A bound of what it writes in digits, as `Simulation.maxDecomposed`; 0 where it writes none. */
  decomposed: number;
}

/** What a circuit made of some samples. */
export interface Simulation {
  /** Integers, one array for each output of the graph, sample after sample. */
  outputs: Float64Array[];
  /** The smallest input of a lookup table, at most 0: the witness's min_lookup_inputs. */
  minLookup: number;
  /** The largest input of a lookup table, at least 0: the witness's max_lookup_inputs. */
  maxLookup: number;
  /** The size of the widest range that is checked: the witness's max_range_size. */
  maxRange: number;
  /**
   * A bound of what is written in digits, where decompBase^decompLegs - 1 is the most a circuit can: for inputs,
   * outputs and Relu the largest magnitude, for divisions, comparisons and roots what their checks may reach.
   */
  maxDecomposed: number;
  /** By node, ascending; empty unless asked for. */
  trace: NodeRange[];
}

interface Extent {
  low: number;
  high: number;
}

/** A node whose result depends on the sample. */
interface Operation {
  key: number;
  node: CircuitNode;
  step: Step;
}

/**
 * Computes what a circuit computes.
 *
 * @example
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 * import { decodeCircuit, compileCircuit, genSettings, quantizeInput, Simulator } from "@zkgrad/zkgrad/ezkl";
 *
 * const onnx = exportOnnx(new nn.Linear(3, 2), [3]);
 * const settings = genSettings(onnx, { inputScale: 4, paramScale: 4, logrows: 8, decompBase: 128, decompLegs: 3 });
 * const compiled = compileCircuit(onnx, settings);
 *
 * const circuit = decodeCircuit(compiled);
 * const simulator = new Simulator(circuit.model, circuit.settings);
 * const inputs = Float32Array.of(1, 0, -1, 0, 1, 1); // of two samples
 * const { outputs, minLookup, maxLookup } = simulator.run([quantizeInput(inputs, 4, "F32")], 2);
 * ```
 */
export class Simulator {
  readonly #model: CircuitModel;
  readonly #recorder: Recorder;
  readonly #constantsRecorder: Recorder;
  readonly #checkEnds: boolean;
  readonly #trace: boolean;
  readonly #lanes: number;
  readonly #values: Map<number, Values> = new Map();
  readonly #constants: Set<number> = new Set();
  readonly #operations: Operation[] = [];
  readonly #loads: Map<number, Scratch> = new Map();

  /**
   * Prepares a circuit; what does not depend on a sample is computed here.
   * @throws {ArgumentError} for a node that is not simulated or does not fit its operands
   * @throws {PrecisionError} for constants past 2^53
   */
  constructor(model: CircuitModel, options: SimulatorOptions = {}) {
    const { decompBase, ignoreRangeCheckInputsOutputs } = options.runArgs ?? defaultRunArgs;
    this.#model = model;
    this.#recorder = new Recorder(decompBase);
    this.#constantsRecorder = new Recorder(decompBase);
    this.#checkEnds = !ignoreRangeCheckInputsOutputs;
    this.#trace = options.trace ?? false;
    for (const [key, node] of model.nodes) this.#prepare(key, node);
    this.#constantsRecorder.copy(this.#recorder, true);
    const widest = Math.max(1, ...this.#operations.map(({ step }) => step.size));
    this.#lanes = options.lanes ?? 8 * Math.max(1, Math.min(8, Math.floor(2 ** 14 / widest)));
    checkNumber("Simulator: lanes", this.#lanes, { whole: true, least: 1 });
  }

  /**
   * The integers for `batch` samples: `inputs` has one array for each graph input, sample after sample.
   * @throws {ArgumentError} for a wrong number of inputs or elements, and for what is no whole number
   * @throws {PrecisionError} where a number may pass 2^53
   */
  run(inputs: readonly Float64Array[], batch: number): Simulation {
    this.#checkInputs(inputs, batch);
    this.#recorder.copy(this.#constantsRecorder, true);
    const outputs = this.#model.outputs.map(([key]) => new Float64Array(batch * sizeOf(this.#node(key).outDims)));
    const ranges = new Map<number, Extent>();
    const digits = new Map<number, number>();
    for (let start = 0; start < batch; start += this.#lanes) {
      const lanes = Math.min(this.#lanes, batch - start);
      this.#model.inputs.forEach((key, index) => {
        this.#noted(digits, key, () => this.#load(key, inputs[index], start, lanes));
      });
      for (const { key, node, step } of this.#operations) {
        const operands = node.inputs.map(([from]) => this.#values.get(from)!);
        const data = this.#noted(digits, key, () => step.run(operands, lanes));
        // What only changes shape is known already.
        const same = operands.find((operand) => operand.data === data && operand.lanes === lanes);
        const values = same ?? measured(data, lanes);
        mustBeFinite(node.opkind, magnitude(values), label(key, node));
        this.#values.set(key, values);
      }
      this.#model.outputs.forEach(([key], index) => {
        this.#noted(digits, key, () => this.#store(this.#values.get(key)!, start, lanes, outputs[index]));
      });
      if (this.#trace) this.#widen(ranges);
    }
    const { minLookup, maxLookup, maxRange, maxDecomposed } = this.#recorder;
    return { outputs, minLookup, maxLookup, maxRange, maxDecomposed, trace: this.#ranges(ranges, digits) };
  }

  #prepare(key: number, node: CircuitNode): void {
    const where = label(key, node);
    const { opkind } = node;
    if (opkind.kind === "Input") {
      this.#loads.set(key, new Scratch());
      return;
    }
    if (opkind.kind === "Constant") {
      this.#values.set(key, measured(constantNumbers(opkind.quantizedValues, where), 1));
      this.#constants.add(key);
      return;
    }
    const operands = node.inputs.map(([from, slot]) => {
      const source = this.#model.nodes.get(from);
      if (source === undefined || slot !== 0 || from >= key) {
        throw new ArgumentError(`${where}: it reads result ${slot} of node ${from}, which is not computed before it`);
      }
      return { shape: source.outDims, constant: this.#constants.has(from) };
    });
    const step = stepOf(opkind, operands, this.#recorder, where);
    if (step.size !== sizeOf(node.outDims)) {
      throw new ArgumentError(`${where}: it gives ${step.size} elements, but its shape is [${node.outDims}]`);
    }
    if (operands.length > 0 && operands.every(({ constant }) => constant)) {
      const values = measured(step.run(node.inputs.map(([from]) => this.#values.get(from)!), 1), 1);
      mustBeFinite(opkind, magnitude(values), where);
      this.#values.set(key, values);
      this.#constants.add(key);
    } else this.#operations.push({ key, node, step });
  }

  #node(key: number): CircuitNode {
    const node = this.#model.nodes.get(key);
    if (node === undefined) throw new ArgumentError(`Simulator: the graph has no node ${key}`);
    return node;
  }

  #checkInputs(inputs: readonly Float64Array[], batch: number): void {
    checkNumber("Simulator.run: batch", batch, { whole: true, least: 1 });
    if (inputs.length !== this.#model.inputs.length) {
      throw new ArgumentError(
        `Simulator.run: ${inputs.length} inputs are given, and the graph has ${this.#model.inputs.length}`,
      );
    }
    this.#model.inputs.forEach((key, index) => {
      const size = sizeOf(this.#node(key).outDims);
      if (inputs[index].length === batch * size) return;
      throw new ArgumentError(
        `Simulator.run: input ${index} has ${inputs[index].length} elements; ` +
          `${batch} samples of ${size} elements are ${batch * size}`,
      );
    });
  }

  /** Puts samples side by side. */
  #load(key: number, from: Float64Array, start: number, lanes: number): void {
    const node = this.#node(key);
    const size = sizeOf(node.outDims);
    const data = this.#loads.get(key)!.take(size * lanes);
    for (let lane = 0; lane < lanes; lane++) {
      const sample = (start + lane) * size;
      for (let element = 0; element < size; element++) {
        const value = from[sample + element];
        if (Math.trunc(value) !== value || Math.abs(value) > EXACT_LIMIT) {
          throw new ArgumentError(
            `Simulator.run: element ${element} of sample ${start + lane} of ${label(key, node)} is ${value}, ` +
              `expected a whole number below 2^53; quantizeInput makes them`,
          );
        }
        data[element * lanes + lane] = value + 0;
      }
    }
    const values = measured(data, lanes);
    if (node.opkind.kind === "Input" && node.opkind.datumType === "Bool") this.#recorder.range(1);
    else if (node.opkind.kind === "Input" && node.opkind.decomp) this.#recorder.decompose(magnitude(values));
    this.#values.set(key, values);
  }

  #store(values: Values, start: number, lanes: number, out: Float64Array): void {
    if (this.#checkEnds) this.#recorder.decompose(magnitude(values));
    const size = values.data.length / values.lanes;
    for (let lane = 0; lane < lanes; lane++) {
      const sample = (start + lane) * size;
      const from = values.lanes === 1 ? 0 : lane;
      for (let element = 0; element < size; element++) {
        out[sample + element] = values.data[element * values.lanes + from];
      }
    }
  }

  /** Runs a part of a node, and notes what it writes in digits. */
  #noted<T>(digits: Map<number, number>, key: number, part: () => T): T {
    const before = this.#recorder.maxDecomposed;
    this.#recorder.maxDecomposed = 0;
    const result = part();
    const own = this.#recorder.maxDecomposed;
    this.#recorder.maxDecomposed = Math.max(before, own);
    digits.set(key, Math.max(digits.get(key) ?? 0, own));
    return result;
  }

  #widen(ranges: Map<number, Extent>): void {
    for (const [key, { low, high }] of this.#values) {
      const range = ranges.get(key);
      if (range === undefined) ranges.set(key, { low, high });
      else {
        range.low = Math.min(range.low, low);
        range.high = Math.max(range.high, high);
      }
    }
  }

  #ranges(ranges: Map<number, Extent>, digits: Map<number, number>): NodeRange[] {
    return [...ranges].sort(([a], [b]) => a - b).map(([key, { low, high }]) => {
      const node = this.#node(key);
      return {
        node: key,
        name: nameOf(node.opkind),
        scale: node.outScale,
        low,
        high,
        decomposed: digits.get(key) ?? 0,
      };
    });
  }
}

/** A table's numbers end at 2^127, and one over 0 or its logarithm stands there: what was read has too few bits, not too many. */
function mustBeFinite(op: SupportedOp, reached: number, where: string): void {
  const hasPole = op.kind === "Nonlinear" && (op.op.name === "Ln" || op.op.name === "Pow" && op.op.a < 0);
  if (!hasPole || reached < 2 ** 127) return mustBeExact(reached, where);
  throw new PrecisionError(
    `${where} is infinite, since what it reads is 0 once rounded to the circuit's scale; take larger scales, or a ` +
      "network that keeps it further from 0, as a larger epsilon does",
  );
}

function constantNumbers({ values }: FieldTensor, where: string): Float64Array {
  const numbers = Float64Array.from(values, Number);
  mustBeExact(magnitude(measured(numbers, 1)), where);
  return numbers;
}

function label(key: number, node: CircuitNode): string {
  return `node ${key} (${nameOf(node.opkind)})`;
}

function nameOf(op: SupportedOp): string {
  switch (op.kind) {
    case "Linear":
    case "Nonlinear":
    case "Hybrid":
      return op.op.name;
    case "Rescaled":
    case "RebaseScale":
      return `${op.kind} ${nameOf(op.inner)}`;
    default:
      return op.kind;
  }
}
