/**
 * An ONNX file whose convolutions and matrix products have taken in the constants a channel that stand behind or before
 * them: a frugal circuit pays cells for a product and a sum, and none for other weights. A normalization behind a
 * layer then costs what the layer costs alone.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";
import { openModel } from "../../../onnx/open.ts";
import { decodeModel, encodeModel, type ModelProto, type NodeProto, type TensorProto } from "../../../onnx/proto.ts";
import type { ReadGraph, ReadNode, ReadValue } from "../../../onnx/read/graph.ts";
import { readGraph } from "../../../onnx/read/read_graph.ts";
import { writeTensor } from "../../../onnx/tensor.ts";
import { type Affine, affineOf } from "./affine.ts";
import { AffineLayer } from "./affine_layer.ts";
import { shapesOf } from "./lower.ts";

/** How much larger than another a factor may be that goes into weights which share one grid, whose rounding it raises. */
const SPREAD = 4;

/**
 * The ONNX file `onnx` with what its layers can take in taken in, the same bytes where there is nothing. `variables`
 * are the sizes of its symbolic dimensions, `name` is the file's, for errors.
 *
 * What a layer took in becomes an Identity, so every value keeps its name; weights that changed stand under new names.
 * Sums before a convolution that puts zeros around stay, for they would not reach those; so do factors before a layer
 * that differ much, since the weights of a layer share a scale. A damaged file stays as it is.
 */
export function foldedOnnx(
  onnx: Uint8Array,
  variables: readonly (readonly [name: string, value: number])[] = [["batch_size", 1]],
  name: string = "the model",
): Uint8Array {
  try {
    const model = decodeModel(onnx, name), sizes = new Map(variables);
    const graph = readGraph(openModel(model, { name }), { name, shapes: (inputs) => shapesOf(inputs, sizes, name) });
    const { layers, taken } = new Folding(graph, model).run();
    // Numbers that 32-bit floats do not hold are better kept apart.
    const isSound = [...layers.values()].every((layer) => layer.isFinite);
    return layers.size === 0 || !isSound ? onnx : encodeModel(rewritten(model, layers, taken));
  } catch (error) {
    // Whoever lowers the file says what is wrong with it, and where.
    if (!(error instanceof ZkgradError)) throw error;
    return onnx;
  }
}

/** A node of the file in the form in which it is read, and as the file has it. */
interface Found {
  readonly node: ReadNode;
  readonly own: NodeProto;
}

class Folding {
  readonly #graph: ReadGraph;
  readonly #own = new Map<string, NodeProto>();
  readonly #readers = new Map<ReadValue, ReadNode[]>();
  readonly #layers = new Map<ReadNode, AffineLayer>();
  readonly #taken = new Map<NodeProto, number>();

  constructor(graph: ReadGraph, { graph: file }: ModelProto) {
    this.#graph = graph;
    for (const node of file?.node ?? []) this.#own.set(node.output?.[0] ?? "", node);
    for (const node of graph.nodes) {
      for (const value of node.inputs) {
        if (value !== null) this.#readers.set(value, [...this.#readers.get(value) ?? [], node]);
      }
    }
  }

  /** The layers by the file's nodes, and what became part of one, with the operand that it hands on. */
  run(): { layers: Map<NodeProto, AffineLayer>; taken: Map<NodeProto, number> } {
    const { nodes } = this.#graph;
    for (const node of nodes) {
      const layer = this.#find(node) && AffineLayer.of(node);
      if (layer) this.#layers.set(node, layer);
    }
    // What stands behind a layer is its own before it can be the next one's.
    for (const layer of this.#layers.values()) this.#behind(layer);
    // Those nearest to a layer first.
    for (const node of nodes.toReversed()) this.#before(node);
    const changed = [...this.#layers].filter(([, { isChanged }]) => isChanged);
    return { layers: new Map(changed.map(([node, layer]) => [this.#find(node)!.own, layer])), taken: this.#taken };
  }

  /** A node of the file's own graph; null for one of a function or a branch that was written out. */
  #find(node: ReadNode): Found | null {
    const [value] = node.outputs, own = this.#own.get(value?.name ?? "");
    const isOwn = own?.opType === node.opType && this.#graph.named.get(value.name) === value;
    return isOwn && node.problem === null ? { node, own } : null;
  }

  /** Who reads a value, where those are all; none for a result of the network. */
  #readersOf(value: ReadValue): readonly ReadNode[] {
    return this.#graph.outputs.some((output) => output.value === value) ? [] : this.#readers.get(value) ?? [];
  }

  #behind(layer: AffineLayer): void {
    const chain: { own: NodeProto; affine: Affine }[] = [];
    for (let [value] = layer.node.outputs;;) {
      const readers = this.#readersOf(value), found = readers.length === 1 ? this.#find(readers[0]) : null;
      const affine = found && affineOf(found.node, layer.outputAxis);
      if (found === null || affine === null) break;
      chain.push({ own: found.own, affine });
      [value] = found.node.outputs;
    }
    // A sum behind a product is its bias as it is.
    const isBias = chain.length === 1 && chain[0].affine.factors.every((factor) => factor === 1) && layer.takesSums;
    if (isBias) return;
    for (const { own, affine } of chain) {
      layer.takeBehind(affine);
      this.#taken.set(own, affine.side);
    }
  }

  #before(node: ReadNode): void {
    const found = this.#find(node), [value] = node.outputs;
    if (found === null || this.#taken.has(found.own)) return;
    const layers = this.#readersBehind(value);
    if (layers === null || layers.length === 0) return;
    const affines = layers.map((layer) => affineOf(node, layer.inputAxis));
    const isTaken = layers.every((layer, at) => {
      const affine = affines[at];
      return affine !== null && layer.canTake(affine) && spreadOf(affine) <= SPREAD;
    });
    if (!isTaken) return;
    layers.forEach((layer, at) => layer.takeBefore(affines[at]!));
    this.#taken.set(found.own, affines[0]!.side);
  }

  /** The layers that read a value as what they multiply, where no other node reads it; null where one does. */
  #readersBehind(value: ReadValue): AffineLayer[] | null {
    const layers: AffineLayer[] = [];
    for (const reader of this.#readersOf(value)) {
      const layer = this.#layers.get(reader), found = this.#find(reader);
      if (layer !== undefined && reader.inputs[0] === value) layers.push(layer);
      // What was taken in hands its operand on.
      else if (found !== null && this.#taken.has(found.own)) {
        const further = this.#readersBehind(reader.outputs[0]);
        if (further === null || further.length === 0) return null;
        layers.push(...further);
      } else return null;
    }
    return layers;
  }
}

/** The largest factor over the smallest. */
function spreadOf({ factors }: Affine): number {
  const sizes = factors.map(Math.abs);
  return Math.max(...sizes) / Math.min(...sizes);
}

function rewritten(
  model: ModelProto,
  layers: ReadonlyMap<NodeProto, AffineLayer>,
  taken: ReadonlyMap<NodeProto, number>,
): ModelProto {
  const graph = model.graph!, tensors: TensorProto[] = [], used = namesIn(model);
  const fresh = (wanted: string) => {
    let name = wanted;
    for (let more = 2; used.has(name); more++) name = `${wanted}.${more}`;
    used.add(name);
    return name;
  };
  const node = (graph.node ?? []).flatMap((own): NodeProto[] => {
    const side = taken.get(own), layer = layers.get(own);
    if (side !== undefined) {
      return [{ opType: "Identity", name: own.name ?? "", input: [own.input![side]], output: [own.output![0]] }];
    }
    if (layer === undefined) return [own];
    const made = layer.write(own, fresh);
    tensors.push(...made.tensors.map(({ name, shape, data }) => writeTensor(name, shape, data)));
    return [...made.nodes];
  });
  const ends = [...graph.input ?? [], ...graph.output ?? []].map(({ name }) => name);
  const read = new Set<string | undefined>([...node.flatMap(({ input }) => input ?? []), ...ends]),
    isFlat = !hasBodies(node);
  const kept = (graph.initializer ?? []).filter(({ name }) => read.has(name) || !isFlat);
  // Before version 4 every weight had to be listed among the inputs.
  const irVersion = Math.max(4, Number(model.irVersion ?? 4));
  return { ...model, irVersion, graph: { ...graph, node, initializer: [...kept, ...tensors] } };
}

/** Whether nodes hold graphs, which read values by name as well. */
function hasBodies(nodes: readonly NodeProto[]): boolean {
  return nodes.some(({ attribute }) =>
    attribute?.some(({ g, graphs }) => g !== undefined || (graphs?.length ?? 0) > 0)
  );
}

function namesIn({ graph }: ModelProto): Set<string> {
  const of = (all: readonly { readonly name?: string }[] | undefined) => (all ?? []).map(({ name = "" }) => name);
  const made = (graph?.node ?? []).flatMap(({ output = [], name = "" }) => [...output, name]);
  return new Set([...made, ...of(graph?.initializer), ...of(graph?.input)]);
}
