/**
 * A static graph of operations: immutable nodes, values with known shapes.
 *
 * `forward()` runs once on symbolic tensors and leaves a graph; differentiation
 * adds nodes to it; planning turns it into dispatches.
 * @module
 */
import type { OpDefinition } from "./op.ts";
import { callable, checkArguments, expect, flag, isList, shape as shapeOf, text } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { oneOf, show } from "../base/known.ts";
import { sameShape, type Shape, showShape, sizeOf } from "../base/shape.ts";

/** What a value is to the graph; a buffer is state that is not trained, a constant has its numbers in the graph. */
export type Role = "input" | "target" | "parameter" | "buffer" | "constant" | "node";

/** A tensor that a graph computes or is given; symbolic, without data. */
export interface Value {
  /** Its place in the graph's list of values. */
  readonly id: number;
  /** `input_0`, `conv1.weight`, or the producing node's name. */
  readonly name: string;
  /** Sizes of its dimensions. */
  readonly shape: Shape;
  /** Where it comes from. */
  readonly role: Role;
  /** The element type on the GPU. */
  readonly dtype: "f32" | "u32";
  /** The node that makes it, if one does. */
  readonly node: Node | null;
  /** Which of the node's outputs it is. */
  readonly output: number;
  /** The graph that it belongs to. */
  readonly graph: Graph;
}

/** One application of an operation. */
// deno-lint-ignore no-explicit-any
export interface Node<A = any> {
  /** Its place in the graph, which is an order of execution. */
  readonly id: number;
  /** The module path and operation: `conv1/Conv2d`. */
  readonly name: string;
  /** The operation. */
  readonly op: OpDefinition<A>;
  /** What it reads. */
  readonly inputs: readonly Value[];
  /** What it makes. */
  readonly outputs: readonly Value[];
  /** Its attributes. */
  readonly attributes: A;
}

/** Answers those who take a symbolic tensor for its numbers, as `if (x > 0)` in a `forward` does. */
const SYMBOLIC: object = Object.freeze({
  get data(): never {
    throw noData("data");
  },
  item(): never {
    throw noData("item()");
  },
  [Symbol.toPrimitive](this: Value, hint: string): string {
    if (hint === "string") return this.name;
    throw noData("its number");
  },
});

function noData(what: string): ArgumentError {
  return new ArgumentError(
    `forward() asked a tensor for ${what}, but it runs once, on tensors without data, to leave a graph that every ` +
      "batch goes through; what it does may depend on shapes, not on values",
  );
}

/** A graph under construction; nodes are only ever added. */
export class Graph {
  /** Whether it is the graph of a training step: what drops out and what norms normalise by depends on it. */
  readonly training: boolean;
  readonly #constants = new Map<Value, Float32Array<ArrayBuffer>>();
  readonly #updates = new Map<Value, Value>();
  readonly #nodes: Node[] = [];
  readonly #values: Value[] = [];
  readonly #scope: string[] = [];
  readonly #names = new Map<string, number>();

  /** An empty graph, for evaluation unless said otherwise. */
  constructor(options: { readonly training?: boolean } = {}) {
    checkArguments("Graph", arguments, 0, ["training"]);
    this.training = options.training === undefined ? false : options.training;
    flag("Graph: training", this.training);
  }

  /** The numbers of its constants. */
  get constants(): ReadonlyMap<Value, Float32Array<ArrayBuffer>> {
    return this.#constants;
  }

  /** What buffers hold after the step, by buffer. */
  get updates(): ReadonlyMap<Value, Value> {
    return this.#updates;
  }

  /** The nodes, in an order of execution. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Every value, in order of creation. */
  get values(): readonly Value[] {
    return this.#values;
  }

  /** Adds a value that comes from outside: an input, a target or a parameter. */
  source(name: string, shape: Shape, role: Exclude<Role, "node" | "constant">, dtype: Value["dtype"] = "f32"): Value {
    text("Graph.source(): the name", name);
    const sizes = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size > 0);
    expect(sizes, `Graph.source(): the shape of ${name}`, shape, "a list of positive integers");
    oneOf(`Graph.source(): the role of ${name}`, role, ["input", "target", "parameter", "buffer"]);
    oneOf(`Graph.source(): the dtype of ${name}`, dtype, ["f32", "u32"]);
    return this.#value({ name, shape, role, dtype, node: null, output: 0 });
  }

  /** Adds a value whose numbers, row-major, are known now and stay; throws an `ArgumentError` where they do not fill the shape. */
  constant(shape: Shape, data: ArrayLike<number>, name = "constant"): Value {
    text("Graph.constant(): the name", name);
    if (!Array.isArray(shape) || shape.length > 0) shapeOf("Graph.constant(): the shape", shape);
    expect(isList(data), "Graph.constant(): the data", data, "an array of numbers");
    const numbers = Float32Array.from(data);
    expect(
      sizeOf(shape) === numbers.length,
      `Graph.constant(): the number of values of ${name}`,
      numbers.length,
      `${sizeOf(shape)}, which fill ${showShape(shape)}`,
    );
    const value = this.#value({
      name: this.#unique(name),
      shape,
      role: "constant",
      dtype: "f32",
      node: null,
      output: 0,
    });
    this.#constants.set(value, numbers);
    return value;
  }

  /** Lets a buffer hold `next`, of its shape, after the step; throws an `ArgumentError` for what is no buffer of this graph. */
  update(buffer: Value, next: Value): void {
    const sound = buffer?.graph === this && buffer.role === "buffer" && next?.graph === this;
    expect(
      sound && sameShape(buffer.shape, next.shape),
      "Graph.update(): the buffer",
      buffer,
      "a buffer of this graph, and a value of its shape",
    );
    this.#updates.set(buffer, next);
  }

  /** Applies an operation; throws its `ShapeError`, prefixed with the layer. */
  apply<A>(op: OpDefinition<A>, inputs: readonly Value[], attributes: A): readonly Value[] {
    const isOp = typeof op?.shapes === "function" && typeof op.name === "string";
    expect(isOp, "Graph.apply(): the operation", op, "an OpDefinition, such as ReLUOp");
    expect(Array.isArray(inputs), `Graph.apply(): the inputs of ${op.name}`, inputs, "a list of tensors");
    const name = this.#unique([...this.#scope, op.name].join("/"));
    const foreign = inputs.findIndex((value) => value?.graph !== this);
    if (foreign !== -1) {
      throw new ArgumentError(
        `${name}: input ${foreign} is no tensor of this run of forward(); make it from forward()'s own input`,
      );
    }
    let shapes: readonly Shape[];
    try {
      shapes = op.shapes(inputs.map((value) => value.shape), attributes);
    } catch (error) {
      if (error instanceof Error) error.message = `${name}: ${error.message}`;
      throw error;
    }
    const sound = Array.isArray(shapes) && shapes.every(Array.isArray);
    expect(
      sound,
      `${name}: what it makes of ${inputs.length} inputs`,
      shapes,
      "shapes; give it the inputs that it takes",
    );
    const outputs: Value[] = [];
    const node: Node<A> = { id: this.#nodes.length, name, op, inputs, outputs, attributes };
    for (const [output, shape] of shapes.entries()) {
      const suffix = output === 0 ? "" : `:${output}`;
      outputs.push(this.#value({ name: name + suffix, shape, role: "node", dtype: "f32", node, output }));
    }
    this.#nodes.push(node);
    return outputs;
  }

  /** Runs `body` with `name` in front of the names of the nodes that it adds. */
  within<T>(name: string, body: () => T): T {
    text("Graph.within(): the name", name);
    callable("Graph.within(): body", body, "that adds nodes");
    if (name !== "") this.#scope.push(name);
    try {
      return body();
    } finally {
      if (name !== "") this.#scope.pop();
    }
  }

  /** One line a node: `%12 = Conv2d(%0, conv1.weight, conv1.bias)  [256, 6, 24, 24]`. */
  toString(): string {
    return this.#nodes.map((node) => {
      const outputs = node.outputs.map((value) => `%${value.id}`).join(", ");
      const inputs = node.inputs.map((value) => value.role === "node" ? `%${value.id}` : value.name).join(", ");
      const shapes = node.outputs.map((value) => showShape(value.shape)).join(", ");
      return `${outputs} = ${node.op.name}(${inputs})  ${shapes}  # ${node.name}`;
    }).join("\n");
  }

  #value(fields: Omit<Value, "id" | "graph">): Value {
    const own = { ...fields, id: this.#values.length, graph: this };
    const value: Value = Object.freeze(Object.assign(Object.create(SYMBOLIC), own));
    this.#values.push(value);
    return value;
  }

  #unique(name: string): string {
    const count = this.#names.get(name) ?? 0;
    this.#names.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  }
}

/**
 * The graph that a tensor belongs to; throws an `ArgumentError` that begins with `where`
 * for what is no tensor, such as an array of numbers.
 */
export function graphOf(where: string, tensor: unknown): Graph {
  const graph = (tensor as Partial<Value> | null | undefined)?.graph;
  if (graph instanceof Graph) return graph;
  throw new ArgumentError(
    `${where}: the input is ${show(tensor)}, expected a tensor of a running forward(), which has no data; ` +
      "numbers go through a model by Trainer.predict(), and a data set for it",
  );
}

/** The nodes that `wanted` needs, in an order of execution; what only `given` values need is left out. */
export function needed(wanted: Iterable<Value>, given: ReadonlySet<Value> = new Set()): Node[] {
  const nodes = new Set<Node>();
  const visit = [...wanted];
  for (let value = visit.pop(); value !== undefined; value = visit.pop()) {
    if (given.has(value) || value.node === null || nodes.has(value.node)) continue;
    nodes.add(value.node);
    visit.push(...value.node.inputs);
  }
  return [...nodes].sort((a, b) => a.id - b.id);
}
