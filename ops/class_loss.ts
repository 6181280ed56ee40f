/**
 * What losses over classes have in common: labels as targets, weights of classes, and a label that is left out. Their
 * mean is PyTorch's: the sum over the samples, divided by the weights of the samples' classes.
 * @module
 */
import { checkArguments, expect, finite, isList } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { type Shape, showShape } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { Loss } from "../core/graph/loss.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { STEP_WGSL } from "../core/run/step.ts";

/** Options of losses over classes. */
export interface ClassLossOptions {
  /** How much each class counts; default: all count alike. */
  readonly weight?: ArrayLike<number>;
  /** The label of samples that are left out; default -100. */
  readonly ignoreIndex?: number;
}

/** What the kernels of losses over classes know. */
export interface ClassLossAttributes {
  /** Whether classes have weights, which are input 2. */
  readonly weighted: boolean;
  /** The label that is left out, as 32 bits. */
  readonly ignored: number;
}

/** The operation of a loss: `[N, K]`, labels `[N]` and weights `[K]` to losses `[N]`, hits `[N]` and gradient `[N, K]`. */
export function classLossOp<A extends ClassLossAttributes>(
  name: string,
  called: string,
  body: (classes: number, attributes: A) => string,
): OpDefinition<A> {
  return {
    name,
    loss: { hits: 1, gradient: 2 },
    stepwise: true,
    shapes([x, target]) {
      if (x.length !== 2 || target.length !== 1 || target[0] !== x[0]) {
        throw new ShapeError(
          `${called} takes [N, classes] and classes [N] and was given ${showShape(x)} and ${showShape(target)}`,
        );
      }
      return [target, target, x];
    },
    kernel: (call) => {
      const [, classes] = call.inputs[0];
      const { ignored, weighted } = call.attributes;
      const text = `  let label = classes(0u);
  let kept = label != ${ignored}u;
  let class_ = min(label, ${classes - 1}u);
  let own_weight = select(0.0, ${weighted ? "weight(class_)" : "1.0"}, kept);
${body(classes, call.attributes)}`;
      const inputs = weighted ? [...INPUTS, { name: "weight", type: "f32" as const, whole: true }] : INPUTS;
      return perSample({ name, step: STEP_WGSL, inputs, outputs: OUTPUTS, body: text }, call);
    },
  };
}

const INPUTS = [{ name: "x", type: "f32" as const }, { name: "classes", type: "u32" as const }];
const OUTPUTS = [{ name: "losses", row: true }, { name: "hits", row: true }, { name: "gradient" }];

/** A loss whose targets are class numbers. */
export abstract class ClassLoss<A extends ClassLossAttributes> implements Loss {
  /** Targets are class numbers. */
  readonly targetType = "u32";
  readonly #name: string;
  readonly #op: OpDefinition<A>;
  readonly #attributes: A;
  readonly #weight: readonly number[] | null;

  /** Reads the options; `names` are those of all, and `more` attributes beside the common ones. */
  protected constructor(
    name: string,
    op: OpDefinition<A>,
    given: ArrayLike<unknown>,
    names: readonly string[],
    more: Omit<A, keyof ClassLossAttributes>,
  ) {
    checkArguments(name, given, 0, names, ["weight"]);
    const { weight, ignoreIndex = -100 } = (given[0] ?? {}) as ClassLossOptions;
    expect(weight === undefined || isList(weight), `${name}: weight`, weight, "a list of numbers, one for each class");
    expect(Number.isSafeInteger(ignoreIndex), `${name}: ignoreIndex`, ignoreIndex, "an integer, such as -100");
    this.#name = name;
    this.#op = op;
    this.#weight = weight === undefined ? null : Array.from(weight, (one) => finite(`${name}: weight`, one, 0));
    this.#attributes = { weighted: weight !== undefined, ignored: ignoreIndex >>> 0, ...more } as A;
  }

  /** `[N, K]` to `[N]`. */
  targetShape(output: Shape): Shape {
    if (output.length !== 2) {
      throw new ShapeError(`${this.#name} takes [N, classes] and the model gives ${showShape(output)}`);
    }
    return [output[0]];
  }

  /** Adds the node to the graph of `output`. */
  apply(output: Value, target: Value): readonly Value[] {
    const graph = graphOf(this.#name, output);
    const weight = this.#weight;
    if (weight !== null && weight.length !== output.shape[1]) {
      throw new ShapeError(
        `${this.#name}: weight has ${weight.length} numbers and the model gives ${showShape(output.shape)}, expected ` +
          `${output.shape[1]}, one for each class`,
      );
    }
    const more = weight === null ? [] : [graph.constant([weight.length], weight, "weight")];
    return graph.apply(this.#op, [output, target, ...more], this.#attributes);
  }

  /** How much a sample of this class counts in the mean; null where it is left out. */
  weightOf(label: number): number | null {
    if (label === this.#attributes.ignored) return null;
    return this.#weight === null ? 1 : this.#weight[label] ?? 0;
  }
}
