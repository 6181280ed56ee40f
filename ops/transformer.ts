/**
 * A layer of a transformer's encoder: attention, then two linear layers, each added to what goes into it and normalised
 * (Vaswani et al. 2017; names as PyTorch has them). Positions are the model's: a parameter `[1, T, E]` that is added.
 * @module
 */
import { checkArguments, flag } from "../core/base/arguments.ts";
import { checkOptions, namesOf, oneOf } from "../core/base/known.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import { add } from "./add.ts";
import { ATTENTION_OPTIONS, type AttentionOptions, MultiheadAttention } from "./attention.ts";
import { Dropout } from "./dropout.ts";
import { gelu } from "./gelu.ts";
import { checkCounts } from "./layer.ts";
import { Linear } from "./linear.ts";
import { LayerNorm } from "./norm_layers.ts";
import { relu } from "./relu.ts";

/** Options of {@linkcode TransformerEncoderLayer}. */
export interface TransformerEncoderLayerOptions {
  /** Features between the two linear layers; default 2048. */
  readonly dimFeedforward?: number;
  /** The probability of dropout; default 0.1. */
  readonly dropout?: number;
  /** What lies between the two linear layers; default `"relu"`. */
  readonly activation?: "relu" | "gelu";
  /** Added to variances; default 1e-5. */
  readonly layerNormEps?: number;
  /** Whether the batch is the first dimension; default false, as in PyTorch. */
  readonly batchFirst?: boolean;
  /** Whether it is normalised before each part, and not after it; default false. */
  readonly normFirst?: boolean;
  /** Whether there are biases; default true. */
  readonly bias?: boolean;
}

const OPTIONS = namesOf<TransformerEncoderLayerOptions>({
  dimFeedforward: true,
  dropout: true,
  activation: true,
  layerNormEps: true,
  batchFirst: true,
  normFirst: true,
  bias: true,
});

/**
 * A layer of a transformer's encoder.
 *
 * @example
 * ```ts
 * import { nn, Predictor } from "@zkgrad/zkgrad";
 *
 * const layer = new nn.TransformerEncoderLayer(16, 4, { dimFeedforward: 32, batchFirst: true, activation: "gelu" });
 * const model = new nn.Sequential(layer);
 * using predictor = await Predictor.create({ model, shape: [5, 16], device: "cpu" });
 * const answers = await predictor.predict(new Float32Array(2 * 5 * 16)); // of two samples
 * if (answers.length !== 2 * 5 * 16) throw new Error(`${answers.length}`);
 * ```
 */
export class TransformerEncoderLayer extends Module {
  /** The attention. */
  readonly self_attn: MultiheadAttention;
  /** To the features between. */
  readonly linear1: Linear;
  /** And back. */
  readonly linear2: Linear;
  /** The norm of the attention. */
  readonly norm1: LayerNorm;
  /** The norm of the linear layers. */
  readonly norm2: LayerNorm;
  /** Dropout between the linear layers. */
  readonly dropout: Dropout;
  /** Dropout of the attention's output. */
  readonly dropout1: Dropout;
  /** Dropout of the linear layers' output. */
  readonly dropout2: Dropout;
  /** What lies between the linear layers. */
  readonly activation: "relu" | "gelu";
  /** Whether norms come first. */
  readonly normFirst: boolean;

  /** A layer of `dModel` features and `nhead` heads; draws its parameters as its parts do. */
  constructor(dModel: number, nhead: number, options: TransformerEncoderLayerOptions = {}) {
    super();
    checkArguments("TransformerEncoderLayer", arguments, 2, OPTIONS, ["dimFeedforward", "dropout", "activation"]);
    const { dimFeedforward = 2048, dropout = 0.1, activation = "relu", layerNormEps: eps = 1e-5, bias = true } =
      options;
    const { batchFirst = false, normFirst = false } = options;
    checkCounts("TransformerEncoderLayer", { dModel, nhead, dimFeedforward });
    this.activation = oneOf("TransformerEncoderLayer: activation", activation, ["relu", "gelu"]);
    this.normFirst = flag("TransformerEncoderLayer: normFirst", normFirst);
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, { eps, bias });
    this.norm2 = new LayerNorm(dModel, { eps, bias });
    [this.dropout, this.dropout1, this.dropout2] = [new Dropout(dropout), new Dropout(dropout), new Dropout(dropout)];
  }

  /** `[T, N, dModel]`, or `[N, T, dModel]` with `batchFirst`, kept. */
  override forward(x: Tensor): Tensor {
    return this.#encode(x, {});
  }

  /** The same, of which not everything is looked at. */
  run(x: Tensor, options: AttentionOptions = {}): Tensor {
    checkArguments("TransformerEncoderLayer.run()", arguments, 1, ATTENTION_OPTIONS);
    checkOptions("TransformerEncoderLayer.run()", options, ATTENTION_OPTIONS);
    return this.#encode(x, options);
  }

  #encode(x: Tensor, options: AttentionOptions): Tensor {
    const attend = (value: Tensor): Tensor => this.dropout1.forward(this.self_attn.run(value, value, value, options));
    const feed = (value: Tensor): Tensor => {
      const between = this.linear1.forward(value);
      const active = this.activation === "gelu" ? gelu(between) : relu(between);
      return this.dropout2.forward(this.linear2.forward(this.dropout.forward(active)));
    };
    if (this.normFirst) {
      const attended = add(x, attend(this.norm1.forward(x)));
      return add(attended, feed(this.norm2.forward(attended)));
    }
    const attended = this.norm1.forward(add(x, attend(x)));
    return this.norm2.forward(add(attended, feed(attended)));
  }
}
