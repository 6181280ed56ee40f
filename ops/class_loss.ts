/**
 * What losses over classes have in common: labels as targets, weights of classes, and a label that is left out. Their
 * mean is PyTorch's: the sum over the samples, divided by the weights of the samples' classes.
 * @module
 */
import { checkArguments, expect, finite, isList } from "../core/base/arguments.ts";
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import { sameShape, type Shape, showShape, sizeOf } from "../core/base/shape.ts";
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
  /** Whether labels are floats, as they are among several targets; then none is left out, and one beyond the classes is NaN. */
  readonly floats?: boolean;
}

/**
 * The operation of a loss: `[N, K, ...]`, labels `[N, ...]` and weights `[K]` to losses `[N]`, hits `[N]`, each summed
 * over a sample's places, and gradient `[N, K, ...]`.
 *
 * @param body WGSL of one place: out of `x(at("k"))`, `class_`, `kept` and `own_weight` it makes `loss` and `right`, and
 * sets the gradient.
 */
export function classLossOp<A extends ClassLossAttributes>(
  name: string,
  called: string,
  body: (classes: number, attributes: A, at: (k: string) => string) => string,
): OpDefinition<A> {
  return {
    name,
    loss: { hits: 1, gradient: 2 },
    stepwise: true,
    shapes([x, target]) {
      if (x.length < 2 || !sameShape(target, [x[0], ...x.slice(2)])) {
        throw new ShapeError(
          `${called} takes [N, classes, ...] and classes [N, ...] and was given ${showShape(x)} and ${
            showShape(target)
          }`,
        );
      }
      return [[x[0]], [x[0]], x];
    },
    kernel: (call) => {
      const [, classes, ...rest] = call.inputs[0];
      const places = sizeOf(rest);
      const { ignored, weighted, floats = false } = call.attributes;
      const own = floats
        ? `  let given = classes(p);
  let label = u32(max(given, 0.0));
  let kept = true;
  let known = given >= 0.0 && label < ${classes}u;
  let own_weight = select(sqrt(-1.0 - given * given), 1.0, known);`
        : `  let label = classes(p);
  let kept = label != ${ignored}u;
  let own_weight = select(0.0, ${weighted ? `weight(min(label, ${classes - 1}u))` : "1.0"}, kept);`;
      const at = (k: string): string => places === 1 ? k : `${k} * ${places}u + p`;
      const text = `  var losses = 0.0;
  var hits = 0.0;
  for (var p = 0u; p < ${places}u; p++) {
${own}
  let class_ = min(label, ${classes - 1}u);
${body(classes, call.attributes, at)}
    losses += select(0.0, loss, kept);
    hits += f32(right && kept);
  }
  set_losses(0u, losses);
  set_hits(0u, hits);`;
      const labels = { name: "classes", type: floats ? "f32" as const : "u32" as const };
      const weight = { name: "weight", type: "f32" as const, whole: true };
      const inputs = [{ name: "x", type: "f32" as const }, labels, ...weighted ? [weight] : []];
      return perSample({ name, step: STEP_WGSL, inputs, outputs: OUTPUTS, body: text }, call);
    },
  };
}

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

  /** `[N, K, ...]` to `[N, ...]`. */
  targetShape(output: Shape): Shape {
    if (output.length < 2) {
      throw new ShapeError(`${this.#name} takes [N, classes, ...] and the model gives ${showShape(output)}`);
    }
    return [output[0], ...output.slice(2)];
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
    const floats = (target as Value | null | undefined)?.dtype === "f32";
    if (floats && weight !== null) {
      throw new ArgumentError(
        `${this.#name}: weight is for class labels as the only target, and here they are one of several, floats all; ` +
          "leave weight out",
      );
    }
    const more = weight === null ? [] : [graph.constant([weight.length], weight, "weight")];
    return graph.apply(this.#op, [output, target, ...more], { ...this.#attributes, floats });
  }

  /** How much a sample of this class counts in the mean; null where it is left out. */
  weightOf(label: number): number | null {
    if (label === this.#attributes.ignored) return null;
    return this.#weight === null ? 1 : this.#weight[label] ?? 0;
  }
}
