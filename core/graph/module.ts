/**
 * Modules: named parameters and a `forward`, as in PyTorch.
 * @module
 */
import { expect, instance } from "../base/arguments.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { checkOptions } from "../base/known.ts";
import { checkNames, checkState, INPUT_NAME, inputName } from "./check.ts";
import { Graph, type Value } from "./graph.ts";
import { Buffer, type HostTensor, Parameter, remember } from "./parameter.ts";
import { takeApart } from "./parts.ts";
import { type Shape, shapesOf, showShape, sizeOf } from "../base/shape.ts";
import { type LoadOptions, type LoadResult, loadState, type StateTensor } from "./state_dict.ts";

export { Buffer, type HostTensor, Parameter };

/** A tensor without data, as `forward` sees it. */
export type Tensor = Value;

/** A layer or a network. Subclasses hold parameters and modules as properties and define `forward`. */
export abstract class Module<Output extends Tensor | readonly Tensor[] = Tensor> {
  /**
   * Maps the inputs to the output, or to a list of outputs, by applying operations; runs once, on tensors without data.
   * A network that returns several extends `Module<Tensor[]>`.
   */
  abstract forward(...inputs: Tensor[]): Output;

  /** This module and those below it, by path: `""`, `conv1`, `layers.0`. A shared one appears once. */
  namedModules(): [string, AnyModule][] {
    return [...walk(this, "")].filter((entry): entry is [string, AnyModule] => entry[1] instanceof Module);
  }

  /**
   * The parameters by name, in order of definition: `conv1.weight`. A shared one appears
   * once. Throws an `ArgumentError` where two have one name.
   */
  namedParameters(): [string, Parameter][] {
    return this.namedState().filter(([, tensor]) => !(tensor instanceof Buffer));
  }

  /** The parameters, in order of definition. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Whether any of its parameters is trained. */
  get requiresGrad(): boolean {
    return this.parameters().some(({ requiresGrad }) => requiresGrad);
  }

  /** Freezes all of its parameters, or lets them be trained again (see {@linkcode Parameter.requiresGrad}). */
  set requiresGrad(trained: boolean) {
    this.parameters().forEach((parameter) => parameter.requiresGrad = trained);
  }

  /** The buffers by name, in order of definition: `norm.runningMean`; errors as {@linkcode namedParameters}. */
  namedBuffers(): [string, Buffer][] {
    return this.namedState().filter((entry): entry is [string, Buffer] => entry[1] instanceof Buffer);
  }

  /** Parameters and buffers by name, in order of definition; errors as {@linkcode namedParameters}. */
  namedState(): [string, Parameter][] {
    const found = [...walk(this, "")].filter((entry): entry is [string, Parameter] => entry[1] instanceof Parameter);
    checkNames(found.map(([name]) => name));
    return found;
  }

  /** How many numbers there are to train. */
  parameterCount(): number {
    return this.namedParameters().reduce((sum, [, parameter]) => sum + parameter.data.length, 0);
  }

  /** Copies of parameters and buffers by name. */
  stateDict(): Map<string, HostTensor> {
    return new Map(
      this.namedState().map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    );
  }

  /**
   * Takes over parameter values by name; numbers of other types become 32-bit floats.
   *
   * Throws an `ArgumentError` that lists what is missing, left over (unless `strict` is
   * false) or of another shape, and for a value that is not finite; nothing has changed then.
   */
  loadStateDict(state: ReadonlyMap<string, StateTensor>, options: LoadOptions = {}): LoadResult {
    checkState("loadStateDict()", state);
    return loadState(new Map(this.namedState()), state, options);
  }

  /** A table of the operations with their output shapes and parameters, for an input such as `[1, 1, 28, 28]`, or several. */
  summary(inputShape: Shape | readonly Shape[]): string {
    const { graph } = trace(this, inputShape);
    const rows = graph.nodes.map((node) => {
      const parameters = node.inputs.filter((value) => value.role === "parameter");
      const count = parameters.reduce((sum, value) => sum + sizeOf(value.shape), 0);
      return [node.name, showShape(node.outputs[0].shape), count === 0 ? "-" : count.toLocaleString("en")];
    });
    const table = [["layer", "output", "parameters"], ...rows];
    const widths = [0, 1, 2].map((k) => Math.max(...table.map((row) => row[k].length)));
    const lines = table.map(([a, b, c]) => `${a.padEnd(widths[0])}  ${b.padEnd(widths[1])}  ${c.padStart(widths[2])}`);
    lines.splice(1, 0, "-".repeat(lines[0].length));
    return [...lines, `${this.parameterCount().toLocaleString("en")} parameters`].join("\n");
  }
}

/** A layer or a network, whatever it returns. */
export type AnyModule = Module<Tensor | readonly Tensor[]>;

/** Modules one after another; their names are their positions, `0`, `1`, as in PyTorch. */
export class Sequential extends Module {
  /** The modules, in order. */
  readonly layers: readonly Module[];

  /** Takes the modules in order; throws an `ArgumentError` for what is none. */
  constructor(...layers: readonly Module[]) {
    super();
    layers.forEach((layer, index) => checkLayer(`Sequential: layer ${index}`, layer));
    this.layers = layers;
  }

  /** Feeds each module's output to the next. */
  override forward(input: Tensor): Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value), input);
  }
}

/** What tracing a module leaves. */
export interface Trace {
  /** The graph of the forward pass. */
  readonly graph: Graph;
  /** The inputs, in the order of `forward`'s parameters. */
  readonly inputs: readonly Value[];
  /** The first of them. */
  readonly input: Value;
  /** What `forward` returned, one or a list. */
  readonly outputs: readonly Value[];
  /** The first of them. */
  readonly output: Value;
  /** What all inputs are parts of, `[N, all of them]`, where they are `packed` and several; else the input. */
  readonly given: Value;
  /** The parameters' values by name. */
  readonly parameters: ReadonlyMap<string, Value>;
  /** The values of parameters and buffers by name. */
  readonly state: ReadonlyMap<string, Value>;
}

/** How a module is traced. */
export interface TraceOptions {
  /** True: as in a step of training; default false. */
  readonly training?: boolean;
  /** True: several inputs are parts of one, as a data set has them; default false. */
  readonly packed?: boolean;
}

/** Throws an `ArgumentError` for what is no module, and says what to write for an array, a function or a class. */
function checkLayer(what: string, layer: unknown): void {
  if (Array.isArray(layer)) expect(false, what, layer, "a Module; give the layers one by one, as in (...layers)");
  const hint = typeof layer === "function"
    ? "; a function becomes one in a class that extends Module and calls it in forward(), relu() is new ReLU()"
    : "";
  instance(what, layer, Module, hint);
}

/**
 * Runs `forward` once on an input of this shape (batch first), or on several of these shapes, and returns the graph.
 * Throws an `ArgumentError` for what is no module, and where `forward` takes more inputs than there are shapes.
 */
export function trace(module: AnyModule, inputShapes: Shape | readonly Shape[], options: TraceOptions = {}): Trace {
  instance("the model", module, Module, ": a layer, a Sequential, or a class of your own that extends Module");
  const shapes = checkedShapes(module, inputShapes);
  checkOptions("trace()", options, ["training", "packed"]);
  const { training = false, packed = false } = options;
  const graph = new Graph({ training });
  const [parameters, state] = [new Map<string, Value>(), new Map<string, Value>()];
  const values = new Map<Parameter, Value>();
  for (const [name, parameter] of module.namedState()) {
    const role = parameter instanceof Buffer ? "buffer" : "parameter";
    const value = graph.source(name, parameter.shape, role);
    state.set(name, value);
    if (role === "parameter") parameters.set(name, value);
    values.set(parameter, value);
  }
  remember(graph, values);
  const { given, inputs } = sources(graph, shapes, packed);
  const restore = module.namedModules().map(([path, child]) => scope(graph, path.split(".").at(-1)!, child));
  try {
    const made = module.forward(...inputs);
    const outputs: readonly Value[] = Array.isArray(made) ? made : [made];
    if (outputs.length === 0 || outputs.some((output) => output?.graph !== graph)) {
      throw new ArgumentError(`${module.constructor.name}.forward() returned no tensor made from its input`);
    }
    return { graph, inputs, input: inputs[0], outputs, output: outputs[0], given, parameters, state };
  } finally {
    restore.forEach((undo) => undo());
  }
}

/** The shapes of all inputs; throws for what is none, and for fewer than `forward` takes. */
function checkedShapes(module: AnyModule, given: Shape | readonly Shape[]): readonly Shape[] {
  expect(Array.isArray(given), "the input shape", given, "a list of sizes, the batch first");
  const shapes = shapesOf(given);
  for (const shape of shapes) {
    if (Array.isArray(shape) && shape.length >= 1 && shape.every((size) => Number.isInteger(size) && size >= 1)) {
      continue;
    }
    throw new ShapeError(`${showShape(shape)} is no input shape: positive sizes, the batch first, are expected`);
  }
  if (module.forward.length > shapes.length) {
    throw new ArgumentError(
      `${module.constructor.name}.forward() takes ${module.forward.length} inputs, and there ` +
        `${shapes.length === 1 ? "is one" : `are ${shapes.length}`}; give the shape of each, as a list, or make the ` +
        "data set with { inputs: [...], shape: [[...], ...] }",
    );
  }
  return shapes;
}

/** The inputs: sources of their own, or parts of one. */
function sources(
  graph: Graph,
  shapes: readonly Shape[],
  packed: boolean,
): { readonly given: Value; readonly inputs: readonly Value[] } {
  if (shapes.length > 1 && packed) {
    const size = shapes.reduce((sum, shape) => sum + sizeOf(shape.slice(1)), 0);
    const given = graph.source(INPUT_NAME, [shapes[0][0], size], "input");
    return { given, inputs: takeApart(given, shapes.map((shape) => shape.slice(1))) };
  }
  const inputs = shapes.map((shape, k) => graph.source(inputName(k), shape, "input"));
  return { given: inputs[0], inputs };
}

/** While a trace runs, nodes that a module adds in `forward`, or in `run` where it has one, carry its name. */
function scope(graph: Graph, name: string, module: AnyModule): () => void {
  const undo = ["forward", "run"].map((method) => {
    const plain: unknown = Reflect.get(module, method);
    if (typeof plain !== "function") return () => {};
    const own = Object.hasOwn(module, method);
    const named = (...given: unknown[]): unknown => graph.within(name, () => plain.apply(module, given));
    Object.defineProperty(module, method, { value: named, configurable: true, writable: true });
    return () => {
      if (own) Object.defineProperty(module, method, { value: plain, configurable: true, writable: true });
      else Reflect.deleteProperty(module, method);
    };
  });
  return () => undo.forEach((one) => one());
}

const held = new WeakMap<AnyModule, ReadonlyMap<string, Parameter>>();

/** Gives a module parameters under names that it has not chosen itself, and that may be those of its methods. */
export function holdParameters(module: AnyModule, parameters: ReadonlyMap<string, Parameter>): void {
  held.set(module, parameters);
}

/** Every module and parameter below `owner`, with its path; each once, under the first path that leads to it. */
function* walk(
  owner: AnyModule,
  path: string,
  seen: Set<AnyModule | Parameter> = new Set(),
): IterableIterator<[string, AnyModule | Parameter]> {
  seen.add(owner);
  yield [path, owner];
  for (const [key, property] of [...Object.entries(owner), ...held.get(owner) ?? []]) {
    const items: [string, unknown][] = Array.isArray(property)
      ? property.map((
        item,
        index,
      ) => [owner instanceof Sequential && key === "layers" ? `${index}` : `${key}.${index}`, item])
      : [[key, property]];
    for (const [name, item] of items) {
      const below = path === "" ? name : `${path}.${name}`;
      if (!(item instanceof Parameter || item instanceof Module) || seen.has(item)) continue;
      if (item instanceof Module) yield* walk(item, below, seen);
      else {
        seen.add(item);
        yield [below, item];
      }
    }
  }
}
