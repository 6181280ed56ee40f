/**
 * What the layers RNN, GRU and LSTM share: layers upon layers, both directions, PyTorch's names.
 * @module
 */
import { checkArguments, flag } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { namesOf } from "../core/base/known.ts";
import { defaultGenerator } from "../core/base/random.ts";
import { showShape } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { holdParameters, Module, Parameter, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { cat } from "./concat.ts";
import { checkProbability, dropout } from "./dropout.ts";
import { checkCounts } from "./layer.ts";
import type { RecurrenceAttributes } from "./recurrence.ts";
import { select } from "./split.ts";
import { permute } from "./transpose.ts";

/** Options of the recurrent layers. */
export interface RecurrentOptions {
  /** Layers, each over the output of the one before; default 1. */
  readonly numLayers?: number;
  /** Whether there are biases; default true. */
  readonly bias?: boolean;
  /** Whether the batch is the first dimension and time the second; default false, as in PyTorch: time is the first. */
  readonly batchFirst?: boolean;
  /** The probability of dropout between layers in training; default 0. */
  readonly dropout?: number;
  /** Whether each layer goes over the sequence in both directions; default false. */
  readonly bidirectional?: boolean;
}

const OPTIONS = namesOf<RecurrentOptions>({
  numLayers: true,
  bias: true,
  batchFirst: true,
  dropout: true,
  bidirectional: true,
});

/** What a recurrent layer gives. */
export interface RecurrentOutput {
  /** The last layer's outputs for all steps, its directions side by side: `[T, N, D H]`, or `[N, T, D H]` with `batchFirst`. */
  readonly output: Tensor;
  /** The last states `[N, H]`, layer by layer, of each forwards, then backwards: what PyTorch stacks as `h_n`. */
  readonly hidden: readonly Tensor[];
  /** The same of an LSTM's memory, `c_n`; empty for other cells. */
  readonly memory: readonly Tensor[];
}

/** What tells one such layer from another. */
export interface RecurrentKind {
  /** The class, as errors name it. */
  readonly name: string;
  /** Its operation. */
  readonly op: OpDefinition<RecurrenceAttributes>;
  /** Rows of its weights, as a multiple of the hidden size. */
  readonly gates: number;
  /** Names of options of its own. */
  readonly options?: readonly string[];
}

/** A recurrent layer; `RNN`, `GRU` and `LSTM` are. */
export abstract class RecurrentLayer extends Module {
  /** Features of the input. */
  readonly inputSize: number;
  /** Features of a state. */
  readonly hiddenSize: number;
  /** Layers. */
  readonly numLayers: number;
  /** Whether the batch comes first. */
  readonly batchFirst: boolean;
  /** The probability of dropout between layers. */
  readonly dropout: number;
  /** Whether it goes both ways. */
  readonly bidirectional: boolean;
  readonly #kind: RecurrentKind;
  readonly #parameters = new Map<string, Parameter>();
  readonly #seed: number;

  /** Checks the arguments of a layer of this kind and draws its parameters. */
  constructor(
    kind: RecurrentKind,
    given: ArrayLike<unknown>,
    inputSize: number,
    hiddenSize: number,
    options: RecurrentOptions,
  ) {
    super();
    const { name, gates } = kind;
    checkArguments(name, given, 2, [...OPTIONS, ...kind.options ?? []], ["numLayers"]);
    const { numLayers = 1, bias = true, batchFirst = false, dropout = 0, bidirectional = false } = options;
    checkCounts(name, { inputSize, hiddenSize, numLayers });
    flag(`${name}: bias`, bias);
    flag(`${name}: batchFirst`, batchFirst);
    flag(`${name}: bidirectional`, bidirectional);
    checkProbability(`${name}: dropout`, dropout);
    [this.inputSize, this.hiddenSize, this.numLayers] = [inputSize, hiddenSize, numLayers];
    [this.batchFirst, this.dropout, this.bidirectional] = [batchFirst, dropout, bidirectional];
    this.#kind = kind;
    const bound = 1 / Math.sqrt(hiddenSize);
    for (let layer = 0; layer < numLayers; layer++) {
      const features = layer === 0 ? inputSize : hiddenSize * (bidirectional ? 2 : 1);
      for (const suffix of bidirectional ? ["", "_reverse"] : [""]) {
        const add = (what: string, ...shape: number[]): void =>
          void this.#parameters.set(`${what}_l${layer}${suffix}`, new Parameter(shape, bound));
        add("weight_ih", gates * hiddenSize, features);
        add("weight_hh", gates * hiddenSize, hiddenSize);
        if (!bias) continue;
        add("bias_ih", gates * hiddenSize);
        add("bias_hh", gates * hiddenSize);
      }
    }
    holdParameters(this, this.#parameters);
    this.#seed = dropout > 0 && numLayers > 1 ? defaultGenerator().word() : 0;
  }

  /** `[T, N, inputSize]`, or `[N, T, inputSize]` with `batchFirst`, to the outputs of all steps, in the same order. */
  override forward(x: Tensor): Tensor {
    return this.#over(x).output;
  }

  /** The outputs of all steps and the last states; throws a `ShapeError` for what is no sequence of `inputSize` features. */
  run(x: Tensor): RecurrentOutput {
    checkArguments(`${this.#kind.name}.run()`, arguments, 1);
    return this.#over(x);
  }

  #over(x: Tensor): RecurrentOutput {
    const { name, op } = this.#kind;
    const graph = graphOf(name, x);
    if (x.shape.length !== 3 || x.shape[2] !== this.inputSize) {
      const order = this.batchFirst ? "[N, T, " : "[T, N, ";
      throw new ShapeError(
        `${name}: x is ${showShape(x.shape)}, expected ${order}${this.inputSize}]; ` +
          (this.batchFirst
            ? "give it a sequence of features for each sample"
            : "with batchFirst the batch comes first"),
      );
    }
    let y: Value = this.batchFirst ? x : permute(x, [1, 0, 2]);
    const last = y.shape[1] - 1;
    const [hidden, memory]: [Tensor[], Tensor[]] = [[], []];
    for (let layer = 0; layer < this.numLayers; layer++) {
      const input = layer === 0 ? y : dropout(y, this.dropout, this.#seed);
      const outputs = (this.bidirectional ? ["", "_reverse"] : [""]).map((suffix) => {
        const own = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].flatMap((what) => {
          const parameter = this.#parameters.get(`${what}_l${layer}${suffix}`);
          return parameter === undefined ? [] : [parameter.in(graph)];
        });
        const reverse = suffix !== "";
        const [output, , states] = graph.apply(op, [input, ...own], { reverse });
        hidden.push(select(output, 1, reverse ? 0 : last));
        if (states !== undefined) memory.push(select(states, 1, reverse ? 0 : last));
        return output;
      });
      y = outputs.length === 1 ? outputs[0] : cat(outputs, 2);
    }
    return { output: this.batchFirst ? y : permute(y, [1, 0, 2]), hidden, memory };
  }
}
