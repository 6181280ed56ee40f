/**
 * What losses that compare element by element have in common: `loss[n] = mean_k l(x[n, k], t[n, k])`, and the gradient
 * of its mean over the batch, `dx[n, k] = l'(x[n, k], t[n, k]) / (K N)`.
 * @module
 */
import { ShapeError } from "../core/base/errors.ts";
import { sameShape, type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { Loss } from "../core/graph/loss.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { STEP_WGSL } from "../core/run/step.ts";

/** A loss of one element: WGSL that sets `l` and its slope `d` from the output `x` and the target `t`; `k` is its place. */
export interface ElementFormula {
  /** Statements. */
  readonly body: string;
}

/**
 * The operation of a loss, from outputs and targets `[N, ...]`, and what else it reads, to losses `[N]` and gradient
 * `[N, ...]`.
 *
 * @param called The loss's name in sentences.
 * @param formula The loss of one element, by the operation's attributes.
 * @param more Names by which the body reads inputs after the two, the same for all samples, as `name(k)`.
 */
export function elementLossOp<A>(
  name: string,
  called: string,
  formula: (attributes: A) => ElementFormula,
  more: readonly string[] = [],
): OpDefinition<A> {
  return {
    name,
    loss: { hits: null, gradient: 1 },
    stepwise: true,
    shapes([x, target]) {
      if (!sameShape(x, target)) {
        throw new ShapeError(`${called} compares one shape, not ${showShape(x)} with ${showShape(target)}`);
      }
      return [[x[0]], x];
    },
    kernel: (call) => {
      const size = sizeOf(call.inputs[0].slice(1));
      const inputs = [
        { name: "output", type: "f32" as const },
        { name: "wanted", type: "f32" as const },
        ...more.slice(0, call.inputs.length - 2).map((name) => ({ name, type: "f32" as const, whole: true })),
      ];
      const body = `  var sum = 0.0;
  for (var k = 0u; k < ${size}u; k++) {
    let x = output(k);
    let t = wanted(k);
${formula(call.attributes).body}
    sum += l;
    set_gradient(k, d * (share * ${1 / size}));
  }
  set_losses(0u, sum / ${size}.0);`;
      return perSample({ name, step: STEP_WGSL, inputs, outputs: OUTPUTS, body }, call);
    },
  };
}

const OUTPUTS = [{ name: "losses", row: true }, { name: "gradient" }] as const;

/** A loss whose targets have the output's shape. */
export abstract class ElementLoss<A> implements Loss {
  /** Targets are values. */
  readonly targetType = "f32";
  readonly #op: OpDefinition<A>;
  readonly #attributes: A;

  /** By an operation and its attributes. */
  protected constructor(op: OpDefinition<A>, attributes: A) {
    this.#op = op;
    this.#attributes = attributes;
  }

  /** Targets have the output's shape. */
  targetShape(output: Shape): Shape {
    return output;
  }

  /** Adds the node to the graph of `output`. */
  apply(output: Value, target: Value): readonly Value[] {
    const graph = graphOf(this.constructor.name, output);
    return graph.apply(this.#op, [output, target, ...this.more(output)], this.#attributes);
  }

  /** What else the operation reads. */
  protected more(_output: Value): readonly Value[] {
    return [];
  }
}
