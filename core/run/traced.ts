/**
 * The graph of a step, for whatever computes it: forward, and where it is wanted loss and backward.
 * @module
 */
import type { Dataset } from "../data/dataset.ts";
import { inputShapesOf } from "../data/samples.ts";
import { outputsTogether, takeApart } from "../graph/parts.ts";
import { copy } from "../graph/accumulate.ts";
import { differentiate } from "../graph/grad.ts";
import type { Graph, Value } from "../graph/graph.ts";
import { checkTargets, type Loss } from "../graph/loss.ts";
import { type AnyModule, trace } from "../graph/module.ts";
import { type QConfigMapping, quantized } from "../graph/quantization.ts";
import { type FieldLayout, layoutOf } from "./gather.ts";

/** What a program does with a batch. */
export type Mode = "train" | "evaluate" | "predict";

/** What is traced. */
export interface TraceRequest {
  /** The network. */
  readonly model: AnyModule;
  /** The loss; unused when predicting. */
  readonly loss: Loss;
  /** Gives the samples' shapes and types. */
  readonly dataset: Dataset;
  /** Samples in a step. */
  readonly batch: number;
  /** What to do. */
  readonly mode: Mode;
  /** Whether the outputs are wanted beside the losses, as one; they are always when predicting. */
  readonly outputs?: boolean;
  /** Tells by its name whether a parameter's gradient is wanted; unused unless training. */
  readonly trained?: { has(name: string): boolean };
  /** What is rounded where. */
  readonly quantization?: QConfigMapping;
}

/** The graph of a step. */
export interface TracedStep {
  /** All nodes. */
  readonly graph: Graph;
  /** The batch's inputs, as the data set has them. */
  readonly input: Value;
  /** The batch's targets. */
  readonly target: Value;
  /** The model's output; several one behind the other, `[N, all of them]`, when predicting. */
  readonly output: Value;
  /** The values of parameters and buffers by name. */
  readonly state: ReadonlyMap<string, Value>;
  /** How inputs and targets lie in the data set. */
  readonly layouts: readonly [FieldLayout, FieldLayout];
  /** The losses of the samples, and whether they were right; null where there is no such thing. */
  readonly rows: { readonly losses: Value | null; readonly hits: Value | null };
  /** What must be computed beside gradients. */
  readonly wanted: readonly Value[];
  /** Gradients by parameter name; none unless training. */
  readonly gradients: ReadonlyMap<string, Value>;
  /** What buffers hold after the step, by name; none unless training. */
  readonly updates: ReadonlyMap<string, Value>;
}

/** Traces a step and differentiates it; throws where data set, model and loss do not fit. */
export function traceStep(
  { model, loss, dataset, batch, mode, trained, quantization, outputs: wantsOutputs }: TraceRequest,
): TracedStep {
  const shapes = inputShapesOf(dataset).map((shape) => [batch, ...shape]);
  const plain = trace(model, shapes, { training: mode === "train", packed: true });
  const { graph, given: input, outputs, parameters, state } = quantization ? quantized(plain, quantization) : plain;
  const [first] = outputs;
  const output = mode === "predict" || wantsOutputs ? outputsTogether(outputs, batch) : first;
  const layouts = [layoutOf(dataset.inputs), layoutOf(dataset.targets)] as const;
  const own = mode === "predict" || loss.applyAll !== undefined;
  const targetShape = own ? [batch, ...dataset.targets.shape] : loss.targetShape(first.shape);
  if (!own) checkTargets(dataset, loss, first, targetShape);
  const target = graph.source("target", targetShape, "target", layouts[1].kind === "u32" ? "u32" : "f32");
  const traced = { graph, input, target, output, state, layouts };
  if (mode === "predict") {
    return {
      ...traced,
      rows: { losses: null, hits: null },
      wanted: [output],
      gradients: new Map(),
      updates: new Map(),
    };
  }
  const targets = takeApart(target, dataset.targetShapes ?? []);
  const terms = loss.applyAll?.(outputs, targets.length > 0 ? targets : [target]) ?? loss.apply(first, target);
  const [losses] = terms;
  const place = losses.node!.op.loss!.hits;
  const hits = place === null ? null : terms[place];
  const wished = [...parameters.values()].filter(({ name }) => mode === "train" && (trained?.has(name) ?? true));
  const found = wished.length > 0 ? differentiate(losses, wished) : new Map<Value, Value>();
  return {
    ...traced,
    rows: { losses, hits },
    wanted: [losses, ...hits === null ? [] : [hits], ...wantsOutputs ? [output] : []],
    gradients: new Map([...found].map(([parameter, gradient]) => [parameter.name, gradient])),
    updates: new Map(
      mode === "train"
        ? [...graph.updates].map(([buffer, next]) => [buffer.name, graph.within("updates", () => copy(next))])
        : [],
    ),
  };
}
