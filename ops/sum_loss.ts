/**
 * A weighted sum of losses of one output and target: `loss[n] = sum_i w[i] loss_i[n]`, and so with gradients.
 * @module
 */
import { checkArguments, expect, finite, whole } from "../core/base/arguments.ts";
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import { checkOptions, namesOf } from "../core/base/known.ts";
import { sameShape, type Shape, showShape } from "../core/base/shape.ts";
import { elementwise } from "../core/graph/elementwise.ts";
import { seedsOf } from "../core/graph/grad.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { Loss } from "../core/graph/loss.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import type { WgslFunction } from "../core/graph/wgsl.ts";
import { STEP_WGSL } from "../core/run/step.ts";

/** A loss and what it is multiplied by; where a model has several outputs, what it looks at. */
export type WeightedLoss = readonly [weight: number, loss: Loss, at?: LossPlace];

/** What a loss looks at, counting from 0. */
export interface LossPlace {
  /** Which of the model's outputs; default the first. */
  readonly output?: number;
  /** Which of the data set's targets; default the one of the output's number, or the only one. */
  readonly target?: number;
}

const PLACE = namesOf<LossPlace>({ output: true, target: true });

interface SumAttributes {
  readonly weights: readonly number[];
  readonly seeds: readonly (readonly [Value, Value])[];
}

/** The sum of losses `[N]`, of which the first that tells hits is told as an input more. */
function sumOp(hits: boolean): OpDefinition<SumAttributes> {
  return {
    name: "SumLoss",
    loss: { hits: hits ? 1 : null, gradient: -1, seeds: ({ attributes }) => attributes.seeds },
    stepwise: true,
    shapes: ([first]) => hits ? [first, first] : [first],
    kernel: (call) => {
      const { weights } = call.attributes;
      const names = [...weights.map((_, k) => `loss${k}`), ...hits ? ["right"] : []];
      const inputs = names.map((name) => ({ name, type: "f32" as const }));
      const outputs = [{ name: "losses", row: true }, ...hits ? [{ name: "hits", row: true }] : []];
      const terms = weights.map((weight, k) => `${weight} * loss${k}(0u)`).join(" + ");
      const body = `  set_losses(0u, ${terms});\n${hits ? "  set_hits(0u, right(0u));" : ""}`;
      return perSample({ name: "SumLoss", step: STEP_WGSL, inputs, outputs, body }, call);
    },
  };
}

const scaled = (factor: number): WgslFunction => ({
  name: "scaled",
  text: `fn scaled(a: f32) -> f32 { return ${factor} * a; }`,
});

/** `y = factor x`. */
const ScaleOp: OpDefinition<number> = {
  name: "Scale",
  shapes: ([x]) => [x],
  stage: ({ attributes }) => ({ kind: "map", fn: scaled(attributes), operands: [] }),
  kernel: (call) => elementwise("scale", call, scaled(call.attributes)),
  carries: ["map"],
};

/** A loss as a part of another: its losses are read by the sample. */
function inner(op: OpDefinition): OpDefinition {
  return { ...op, kernel: (call) => op.kernel!({ ...call, rows: false }) };
}

/**
 * A weighted sum of losses of one output and target, or of several of them.
 *
 * @example Two losses of one output
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * const loss = new nn.SumLoss([[0.7, new nn.MSELoss()], [0.3, new nn.L1Loss()]]);
 * console.log(loss.targetShape([4, 2])); // [4, 2]
 * ```
 *
 * @example A class and a number of each sample, out of two outputs
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * const loss = new nn.SumLoss([[1, new nn.CrossEntropyLoss(), { output: 0 }], [0.1, new nn.MSELoss(), { output: 1 }]]);
 * console.log(loss.targetType); // u32
 * ```
 */
export class SumLoss implements Loss {
  /** The type of the targets, which is that of each loss. */
  readonly targetType: "u32" | "f32";
  /** See {@linkcode Loss.weightOf}. */
  readonly weightOf?: (label: number) => number | null;
  /** See {@linkcode Loss.applyAll}; there where it was said what the losses look at. */
  readonly applyAll?: (outputs: readonly Value[], targets: readonly Value[]) => readonly Value[];
  readonly #terms: readonly WeightedLoss[];

  /** Of weights and losses; throws an `ArgumentError` where they are none, or compare with other targets. */
  constructor(terms: readonly WeightedLoss[]) {
    checkArguments("SumLoss", arguments, 1);
    const sound = Array.isArray(terms) && terms.length > 0;
    expect(sound, "SumLoss: the terms", terms, "a list such as [[0.7, new MSELoss()], [0.3, new L1Loss()]]");
    const placed = terms.some((term) => Array.isArray(term) && term[2] !== undefined);
    for (const [k, term] of terms.entries()) {
      const sound = Array.isArray(term) && (term.length === 2 || term.length === 3);
      expect(sound, `SumLoss: term ${k}`, term, "a weight and a loss, and what it looks at");
      const [weight, loss, at] = term;
      checkOptions(`SumLoss: term ${k}`, at, PLACE);
      for (const name of ["output", "target"] as const) {
        if (at?.[name] !== undefined) whole(`SumLoss: the ${name} of term ${k}`, at[name], 0);
      }
      finite(`SumLoss: the weight of term ${k}`, weight);
      expect(
        typeof loss?.apply === "function",
        `SumLoss: the loss of term ${k}`,
        loss,
        "a loss out of nn, made with new",
      );
      if (placed || loss.targetType === terms[0][1].targetType) continue;
      throw new ArgumentError(
        `SumLoss: term 0 compares with ${terms[0][1].targetType} targets and term ${k} with ${loss.targetType}; give ` +
          "losses that all compare with class labels, or all with values",
      );
    }
    this.#terms = [...terms];
    this.targetType = terms[0][1].targetType;
    if (placed) this.applyAll = (outputs, targets) => this.#apply(outputs, targets);
    if (terms.some(([, loss]) => loss.weightOf !== undefined)) this.weightOf = (label) => this.#weightOf(label);
  }

  /** The shape of a target, which is that of each loss. */
  targetShape(output: Shape): Shape {
    const [first, ...others] = this.#terms.map(([, loss]) => loss.targetShape(output));
    const other = others.find((shape) => !sameShape(shape, first));
    if (other === undefined) return first;
    throw new ShapeError(`SumLoss: its losses compare with targets ${showShape(first)} and ${showShape(other)}`);
  }

  /** Adds the nodes to the graph of `output`. */
  apply(output: Value, target: Value): readonly Value[] {
    return this.#apply([output], [target]);
  }

  #apply(outputs: readonly Value[], targets: readonly Value[]): readonly Value[] {
    const graph = graphOf("SumLoss", outputs[0]);
    const seeds: (readonly [Value, Value])[] = [];
    let hits: Value | null = null;
    const losses = this.#terms.map(([weight, loss, at], k) => {
      const { output = 0 } = at ?? {};
      const { target = targets.length > 1 ? output : 0 } = at ?? {};
      const [x, wanted] = [pick(outputs, output, k, "output"), pick(targets, target, k, "target")];
      const shape = loss.targetShape(x.shape);
      if (this.applyAll !== undefined && !sameShape(shape, wanted.shape)) {
        throw new ShapeError(
          `SumLoss: term ${k} compares output ${output}, ${showShape(x.shape)}, with targets ${showShape(shape)} and ` +
            `target ${target} is ${showShape(wanted.shape)}`,
        );
      }
      const { node } = loss.apply(x, wanted)[0];
      const { op, inputs, attributes } = node!;
      const part = graph.apply(inner(op), inputs, attributes);
      if (op.loss!.hits !== null) hits ??= part[op.loss!.hits];
      for (const [value, gradient] of seedsOf(part[0].node!)) {
        seeds.push([value, weight === 1 ? gradient : graph.apply(ScaleOp, [gradient], weight)[0]]);
      }
      return part[0];
    });
    const inputs = hits === null ? losses : [...losses, hits];
    return graph.apply(sumOp(hits !== null), inputs, { weights: this.#terms.map(([weight]) => weight), seeds });
  }

  #weightOf(label: number): number | null {
    const weights = this.#terms.map(([, loss]) => loss.weightOf === undefined ? 1 : loss.weightOf(label));
    if (weights.every((weight) => weight === weights[0])) return weights[0];
    throw new ArgumentError(
      `SumLoss: the label ${label} counts ${
        weights.map(String).join(" and ")
      } in its losses (null: it is left out), so they take ` +
        "their means over other samples; give them the same weight and ignoreIndex",
    );
  }
}

/** What a term looks at; throws an `ArgumentError` where there are not so many. */
function pick(values: readonly Value[], at: number, term: number, what: string): Value {
  if (at < values.length) return values[at];
  const owner = what === "output" ? "the model has" : "the data set has";
  throw new ArgumentError(
    `SumLoss: term ${term} looks at ${what} ${at}, counting from 0, and ${owner} ${values.length} of them`,
  );
}
