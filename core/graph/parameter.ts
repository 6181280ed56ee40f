/**
 * The tensors of a module's state: parameters, which are trained, and buffers, which are not.
 * @module
 */
import { finite, flag, instance, shape as shapeOf } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { defaultGenerator, Generator } from "../base/random.ts";
import { type Shape, showShape, sizeOf } from "../base/shape.ts";
import { checkValues, WHERE_LAYERS_ARE } from "./check.ts";
import { Graph, graphOf, type Value } from "./graph.ts";

/** A tensor with its shape and values on the host. */
export interface HostTensor {
  /** Sizes of its dimensions. */
  readonly shape: Shape;
  /** Its values, row-major. */
  readonly data: Float32Array;
}

/**
 * A trainable tensor. `data` is what counts: it holds what each epoch came to, and what is
 * written into it is what the next call of a trainer or predictor works with.
 */
export class Parameter implements HostTensor {
  /** Sizes of its dimensions. */
  readonly shape: Shape;
  /** Its values, row-major. */
  readonly data: Float32Array<ArrayBuffer>;

  /**
   * Draws the values.
   *
   * @param shape Sizes of its dimensions.
   * @param bound The values are drawn from the uniform distribution on (-bound, bound).
   * @param generator Where they are drawn from; default the one that `manualSeed` sets.
   *
   * Throws an `ArgumentError` for any of them that is not what it should be.
   */
  constructor(shape: Shape, bound: number, generator: Generator = defaultGenerator()) {
    this.shape = shapeOf("Parameter: shape", shape);
    finite("Parameter: bound", bound, 0);
    instance("Parameter: generator", generator, Generator);
    this.data = new Float32Array(sizeOf(shape));
    generator.fillUniform(this.data, -bound, bound);
  }

  /** A parameter with given values, which are copied; throws an `ArgumentError` where they do not fill the shape. */
  static from(shape: Shape, data: Float32Array): Parameter {
    checkValues("Parameter.from()", shape, data);
    const parameter: Parameter = Object.create(Parameter.prototype);
    return Object.assign(parameter, { shape, data: data.slice() });
  }

  /** Whether it is trained, true at first; false leaves it alone from the next epoch on, without computing its gradient. */
  get requiresGrad(): boolean {
    return !frozen.has(this);
  }

  /** Freezes it, or lets it be trained again. */
  set requiresGrad(trained: boolean) {
    if (flag("Parameter: requiresGrad", trained)) frozen.delete(this);
    else frozen.add(this);
  }

  /** This parameter's value in the graph of a running trace. */
  in(graph: Graph): Value {
    instance("Parameter.in(): the graph", graph, Graph, ", that of the tensor that forward() is given");
    const value = traces.get(graph)?.get(this);
    if (value === undefined) {
      throw new ArgumentError(
        `a parameter of shape ${showShape(this.shape)} is used in forward() but is no property of the module ` +
          `(nor of an array or module that is one), so it has no name; ${WHERE_LAYERS_ARE}`,
      );
    }
    return value;
  }
}

const frozen = new WeakSet<Parameter>();

/**
 * A tensor of a module's state that is not trained, such as a running mean: it is saved, loaded and exported like a
 * parameter, and what it becomes in a step is said by {@linkcode Buffer.update}.
 */
export class Buffer extends Parameter {
  /** A buffer with given values, which are copied; throws an `ArgumentError` where they do not fill the shape. */
  static override from(shape: Shape, data: Float32Array): Buffer {
    checkValues("Buffer.from()", shape, data);
    const buffer: Buffer = Object.create(Buffer.prototype);
    return Object.assign(buffer, { shape, data: data.slice() });
  }

  /** Lets it hold `next`, of its shape, after a step of training. */
  update(next: Value): void {
    const graph = graphOf("Buffer.update()", next);
    graph.update(this.in(graph), next);
  }
}

const traces = new WeakMap<Graph, ReadonlyMap<Parameter, Value>>();

/** Says what a graph's values of parameters and buffers are. */
export function remember(graph: Graph, values: ReadonlyMap<Parameter, Value>): void {
  traces.set(graph, values);
}
