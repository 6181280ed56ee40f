/**
 * Random networks out of all operations, the same for the same seed: what they compute is for others to say.
 * @module
 */
import { Generator } from "../../core/base/random.ts";
import { type Shape, sizeOf } from "../../core/base/shape.ts";
import { Graph } from "../../core/graph/graph.ts";
import { Module, Parameter, type Tensor } from "../../core/graph/module.ts";
import * as ops from "../../ops/mod.ts";

/** Makes a value of some others, and of parameters that it has for itself. */
type Step = (pool: readonly Tensor[], parameter: (index: number) => Tensor) => Tensor;

/** What may be done next: a step, or null where nothing fits. */
type Move = (net: Draft) => Step | null;

const LIMIT = 400;

/** A network under construction: shapes of what there is, and random choices. */
class Draft {
  readonly random: Generator;
  readonly parameters: Parameter[] = [];
  pool: readonly Tensor[];

  constructor(seed: number, input: Tensor) {
    this.random = new Generator(seed);
    this.pool = [input];
  }

  below(count: number): number {
    return Math.min(count - 1, Math.floor(this.random.uniform() * count));
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  /** The place of a value of a rank, rather one of the last; -1 where there is none. */
  value(...ranks: readonly number[]): number {
    const fitting = this.pool.map((_, k) => k).filter((k) =>
      ranks.length === 0 || ranks.includes(this.pool[k].shape.length)
    );
    if (fitting.length === 0) return -1;
    return this.random.uniform() < 0.6 ? fitting.at(-1)! : this.of(fitting);
  }

  shape(place: number): Shape {
    return this.pool[place].shape;
  }

  /** A parameter's number. */
  parameter(shape: Shape): number {
    this.parameters.push(new Parameter(shape, 1 / Math.sqrt(Math.max(1, sizeOf(shape.slice(1)))), this.random));
    return this.parameters.length - 1;
  }
}

const unary = (...list: readonly ((x: Tensor) => Tensor)[]): Move => (net) => {
  const [at, fn] = [net.value(), net.of(list)];
  return (pool) => fn(pool[at]);
};

const MOVES: readonly Move[] = [
  unary(ops.relu, ops.sigmoid, ops.tanh, ops.neg, ops.abs, (x) => ops.exp(ops.tanh(x))),
  unary(
    (x) => ops.log(ops.add(ops.abs(x), 0.5)),
    (x) => ops.sqrt(ops.add(ops.abs(x), 0.25)),
    (x) => ops.reciprocal(ops.add(ops.abs(x), 1)),
    (x) => ops.pow(ops.tanh(x), 2),
    (x) => ops.mul(2, ops.sub(1, x)),
  ),
  unary(
    ...[ops.silu, ops.mish, ops.hardsigmoid, ops.hardswish, ops.relu6, ops.softsign, ops.erf, ops.selu, ops.gelu],
    ...[ops.sin, ops.cos, ops.atan, ops.asinh, (x: Tensor) => ops.gelu(x, { approximate: "tanh" })],
    ...[(x: Tensor) => ops.leakyRelu(x, 0.2), ops.elu, (x: Tensor) => ops.celu(x, 2), ops.softplus],
    ...[(x: Tensor) => ops.softplus(x, 2, 5), ops.hardtanh, (x: Tensor) => ops.threshold(x, 0.1, -0.2)],
    ...[(x: Tensor) => ops.clamp(x, -0.5), (x: Tensor) => ops.sinh(ops.tanh(x))],
  ),
  // Choices between two values.
  (net) => {
    const a = net.value();
    const b = net.of(net.pool.map((_, k) => k).filter((k) => String(net.shape(k)) === String(net.shape(a))));
    const choose = net.of([
      ops.maximum,
      ops.minimum,
      (x: Tensor, y: Tensor) => ops.where(ops.gt(x, 0.3), y, 0.5),
      (x: Tensor, y: Tensor) => ops.where(ops.logicalOr(ops.lt(x, -0.4), ops.ge(y, 0.4)), x, y),
      (x: Tensor, y: Tensor) => ops.mul(y, ops.logicalNot(ops.le(x, 0.2))),
      (x: Tensor, y: Tensor) => ops.fmod(x, ops.add(ops.abs(y), 3)),
    ]);
    return (pool) => choose(ops.sin(pool[a]), pool[b]);
  },
  (net) => {
    const at = net.value();
    const slope = net.parameter([net.random.uniform() < 0.5 ? 1 : net.shape(at)[1]]);
    return (pool, parameter) => ops.prelu(pool[at], parameter(slope));
  },
  // Two values, or one and what broadcasts to it.
  (net) => {
    const a = net.value();
    const same = net.pool.map((_, k) => k).filter((k) => String(net.shape(k)) === String(net.shape(a)));
    const fn = net.of([ops.add, ops.sub, ops.mul]);
    const b = net.of(same);
    if (net.random.uniform() < 0.5) return (pool) => fn(ops.tanh(pool[a]), pool[b]);
    const shape = net.shape(a).slice(1).map((size) => net.random.uniform() < 0.5 ? size : 1);
    const own = net.parameter(shape.length === 0 ? [1] : shape);
    return net.random.uniform() < 0.5
      ? (pool, parameter) => fn(pool[a], parameter(own))
      : (pool, parameter) => ops.div(parameter(own), ops.add(ops.abs(pool[a]), 1));
  },
  // Products.
  (net) => {
    const at = net.value(2, 3);
    if (at === -1) return null;
    const size = net.shape(at).at(-1)!;
    const results = 1 + net.below(9);
    const [weight, bias] = [net.parameter([results, size]), net.random.uniform() < 0.7 ? net.parameter([results]) : -1];
    return (pool, parameter) => ops.linear(pool[at], parameter(weight), bias === -1 ? null : parameter(bias));
  },
  (net) => {
    const at = net.value(3, 4);
    if (at === -1) return null;
    return (pool) => ops.mul(ops.matmul(pool[at], ops.transpose(pool[at], -1, -2)), 0.2);
  },
  (net) => {
    const at = net.value(4);
    if (at === -1) return null;
    const [, channels, height, width] = net.shape(at);
    const kernel = [1 + net.below(Math.min(3, height)), 1 + net.below(Math.min(3, width))];
    const padding = [net.below(2), net.below(2)] as const;
    const stride = [1 + net.below(2), 1 + net.below(2)] as const;
    const filters = 1 + net.below(5);
    const [weight, bias] = [net.parameter([filters, channels, ...kernel]), net.parameter([filters])];
    return (pool, parameter) => ops.conv2d(pool[at], parameter(weight), parameter(bias), { stride, padding });
  },
  (net) => {
    const at = net.value(4);
    if (at === -1 || net.shape(at)[2] < 2 || net.shape(at)[3] < 2) return null;
    const [fn, stride] = [net.of([ops.avgPool2d, ops.maxPool2d]), 1 + net.below(2)];
    return (pool) => fn(pool[at], 2, { stride });
  },
  // Along axes.
  (net) => {
    const at = net.value();
    const rank = net.shape(at).length;
    if (rank < 2) return null;
    const axis = 1 + net.below(rank - 1);
    const fn = net.of([ops.softmax, ops.logSoftmax, ops.cumsum]);
    return (pool) => fn(pool[at], net.random.uniform() < 2 ? axis : axis - rank);
  },
  (net) => {
    const at = net.value(3, 4);
    if (at === -1) return null;
    const rank = net.shape(at).length;
    const axes = [1 + net.below(rank - 1)];
    const keepdim = net.random.uniform() < 0.5;
    const squashed = (x: Tensor, ...rest: [number[], { keepdim: boolean }]) => ops.prod(ops.tanh(x), ...rest);
    const length = (x: Tensor, axes: number[], options: { keepdim: boolean }) => ops.norm(x, 2, axes, options);
    const fn = net.of([ops.sum, ops.mean, ops.amax, ops.amin, ops.logsumexp, squashed, length]);
    return (pool) => fn(pool[at], axes, { keepdim });
  },
  // Moving and joining.
  (net) => {
    const at = net.value(3, 4);
    if (at === -1) return null;
    const axes = net.shape(at).map((_, axis) => axis).slice(1);
    const turned = axes.map((axis) => ({ axis, key: net.random.uniform() })).sort((a, b) => a.key - b.key);
    return (pool) => ops.permute(pool[at], [0, ...turned.map(({ axis }) => axis)]);
  },
  (net) => {
    const at = net.value(2, 3, 4);
    if (at === -1) return null;
    const size = sizeOf(net.shape(at).slice(1));
    const divisors = Array.from({ length: size }, (_, k) => k + 1).filter((k) => size % k === 0);
    const first = net.of(divisors);
    const shape = net.random.uniform() < 0.4 ? [-1, size] : [-1, first, size / first];
    return (pool) => ops.reshape(pool[at], [pool[0].shape[0], ...shape.slice(1)]);
  },
  (net) => {
    const at = net.value(2, 3, 4);
    if (at === -1) return null;
    const axis = net.shape(at).findIndex((size, axis) => axis > 0 && size > 1);
    if (axis === -1) return null;
    const size = net.shape(at)[axis];
    const start = net.below(size - 1);
    const length = 1 + net.below(size - start);
    return (pool) => ops.narrow(pool[at], axis, start, length);
  },
  (net) => {
    const a = net.value(2, 3, 4);
    if (a === -1) return null;
    const axis = 1 + net.below(net.shape(a).length - 1);
    const fits = (shape: Shape): boolean =>
      shape.length === net.shape(a).length && shape.every((size, k) => k === axis || size === net.shape(a)[k]);
    const b = net.of(net.pool.map((_, k) => k).filter((k) => fits(net.shape(k))));
    return (pool) => ops.cat([pool[a], pool[b]], axis);
  },
  (net) => {
    const at = net.value(3, 4);
    if (at === -1) return null;
    const sides = [net.below(2), net.below(3)] as const;
    return (pool) => ops.pad(pool[at], [...sides]);
  },
];

const INPUTS: readonly Shape[] = [[5], [12], [3, 4], [2, 5], [2, 5, 4], [1, 6, 6], [3, 4, 7]];

/** A random network of some steps. */
export class RandomNet extends Module {
  /** The shape of an input, without the batch. */
  readonly sampleShape: Shape;
  /** Its parameters. */
  readonly parametersOfSteps: Parameter[];
  readonly #steps: readonly Step[];

  /** The network of a seed. */
  constructor(seed: number) {
    super();
    const graph = new Graph();
    this.sampleShape = INPUTS[seed % INPUTS.length];
    const draft = new Draft(seed, graph.source("x", [2, ...this.sampleShape], "input"));
    const steps: Step[] = [(pool) => ops.tanh(pool[0])];
    draft.pool = [...draft.pool, ops.tanh(draft.pool[0])];
    const count = 3 + draft.below(8);
    for (let tries = 0; steps.length < count && tries < 50; tries++) {
      const before = draft.parameters.length;
      const step = draft.of(MOVES)(draft);
      if (step === null) continue;
      const values = draft.parameters.map(({ shape }, k) => graph.source(`p${tries}_${k}`, shape, "parameter"));
      const made = step(draft.pool, (k) => values[k]);
      if (sizeOf(made.shape.slice(1)) > LIMIT || made.shape.length > 4 || made.shape.length < 2) {
        draft.parameters.splice(before);
        continue;
      }
      steps.push(step);
      draft.pool = [...draft.pool, made];
    }
    this.#steps = steps;
    this.parametersOfSteps = draft.parameters;
  }

  /** All steps, one after another; the last one's value is the output. */
  override forward(x: Tensor): Tensor {
    const pool = [x];
    for (const step of this.#steps) pool.push(step(pool, (k) => this.parametersOfSteps[k].in(x.graph)));
    const last = pool.at(-1)!;
    return last === x ? ops.relu(x) : last;
  }
}
