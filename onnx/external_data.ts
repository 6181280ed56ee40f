/**
 * Tensors that an ONNX file keeps in other files beside it, as PyTorch writes them
 * by default (`model.onnx.data`) and as every model above 2 GB must.
 *
 * Which file, from which byte on and how many bytes stands in a tensor's
 * `external_data` (https://onnx.ai/onnx/repo-docs/ExternalData.html).
 * @module
 */
import { expect } from "../core/base/arguments.ts";
import { FormatError, prefixed } from "../core/base/errors.ts";
import { isOptions } from "../core/base/known.ts";
import { sizeOf } from "../core/base/shape.ts";
import {
  type AttributeProto,
  decodeModel,
  encodeModel,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
} from "./proto.ts";
import { entryOf, isExternal, locationOf, problemOf } from "./location.ts";
import { quote } from "./quote.ts";
import { bytesPerElement, tensorShape } from "./tensor.ts";

/**
 * The files in which a model keeps tensors: their bytes by the name that the model
 * has for them (`model.onnx.data`), or a function that gives them, such as
 * `(location) => Deno.readFileSync(new URL(location, folder))`.
 */
export type ExternalData = Readonly<Record<string, Uint8Array>> | ((location: string) => Uint8Array);

/**
 * A model as a single file: `onnx` with the tensors that it keeps in other files put
 * in. What takes the bytes of an ONNX file, such as `genSettings` and
 * `compileCircuit`, takes these. `name` is the file's, for errors.
 *
 * @example
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * import { decodeModel, encodeModel, exportOnnx, inlineExternalData } from "@zkgrad/zkgrad/onnx";
 *
 * // A model whose weight lies in a second file, as PyTorch's exporter makes them.
 * const { graph, ...rest } = decodeModel(exportOnnx(new nn.Linear(3, 2, { bias: false }), [3]));
 * const [{ rawData, ...weight }] = graph!.initializer!;
 * const externalData = [{ key: "location", value: "model.onnx.data" }];
 * const apart = encodeModel({ ...rest, graph: { ...graph, initializer: [{ ...weight, dataLocation: 1, externalData }] } });
 *
 * const onnx = inlineExternalData(apart, { "model.onnx.data": rawData! });
 * ```
 * @throws {FormatError} where a file is damaged, missing or too short, or lies outside the model's folder
 */
export function inlineExternalData(
  onnx: Uint8Array,
  files: ExternalData,
  name: string = "the model",
): Uint8Array<ArrayBuffer> {
  return encodeModel(withExternalData(decodeModel(onnx, name), files, name));
}

/** The same for a message; what lies in `files` is not copied. */
export function withExternalData(model: ModelProto, files: ExternalData, name: string): ModelProto {
  return prefixed(name, () => {
    const data = new BesideFiles(files);
    return new TensorWalk((tensor) => data.inlined(tensor)).model(model);
  });
}

/**
 * The names of the files in which a model keeps tensors, in the order in which it first names them.
 * @throws {FormatError} where the file is damaged, or names one that does not lie beside it
 */
export function externalFiles(onnx: Uint8Array, name: string = "the model"): string[] {
  const found = new Set<string>();
  const walk = new TensorWalk((tensor) => {
    if (isExternal(tensor)) found.add(soundLocation(tensor));
    return tensor;
  });
  const model = decodeModel(onnx, name);
  prefixed(name, () => walk.model(model));
  return [...found];
}

/** Throws an `ArgumentError` for what is neither bytes by name nor a function of a name. */
export function checkExternalData(files: unknown): void {
  const sound = typeof files === "function" ? !/^class\b/.test(`${files}`) : isOptions(files);
  const expected = 'an object of bytes by file name, { "model.onnx.data": bytes }, or a function of the name';
  expect(sound, "externalData", files, expected);
}

/** A model with every tensor in it changed. */
class TensorWalk {
  readonly #tensor: (tensor: TensorProto) => TensorProto;

  constructor(change: (tensor: TensorProto) => TensorProto) {
    this.#tensor = change;
  }

  model(model: ModelProto): ModelProto {
    return {
      ...model,
      ...optional("graph", model.graph, (graph) => this.#graph(graph)),
      ...optional("functions", model.functions, (all) => all.map((own) => this.#nodes<FunctionProto>(own))),
    };
  }

  #graph(graph: GraphProto): GraphProto {
    return {
      ...this.#nodes(graph),
      ...optional("initializer", graph.initializer, (all) => all.map((tensor) => this.#tensor(tensor))),
      ...optional("sparseInitializer", graph.sparseInitializer, (all) => all.map((tensor) => this.#sparse(tensor))),
    };
  }

  #nodes<T extends { readonly node?: readonly NodeProto[] }>(owner: T): T {
    const one = (node: NodeProto): NodeProto => ({
      ...node,
      ...optional("attribute", node.attribute, (all) => all.map((attribute) => this.#attribute(attribute))),
    });
    return { ...owner, ...optional("node", owner.node, (all) => all.map(one)) };
  }

  #attribute(attribute: AttributeProto): AttributeProto {
    return {
      ...attribute,
      ...optional("t", attribute.t, (tensor) => this.#tensor(tensor)),
      ...optional("tensors", attribute.tensors, (all) => all.map((tensor) => this.#tensor(tensor))),
      ...optional("g", attribute.g, (graph) => this.#graph(graph)),
      ...optional("graphs", attribute.graphs, (all) => all.map((graph) => this.#graph(graph))),
      ...optional("sparseTensor", attribute.sparseTensor, (tensor) => this.#sparse(tensor)),
      ...optional("sparseTensors", attribute.sparseTensors, (all) => all.map((tensor) => this.#sparse(tensor))),
    };
  }

  #sparse(sparse: SparseTensorProto): SparseTensorProto {
    return {
      ...sparse,
      ...optional("values", sparse.values, (tensor) => this.#tensor(tensor)),
      ...optional("indices", sparse.indices, (tensor) => this.#tensor(tensor)),
    };
  }
}

/** The files that hold what lies beside a model. */
class BesideFiles {
  readonly #files: ExternalData;
  readonly #read = new Map<string, Uint8Array>();

  constructor(files: ExternalData) {
    checkExternalData(files);
    this.#files = files;
  }

  inlined(tensor: TensorProto): TensorProto {
    if (!isExternal(tensor)) return tensor;
    const { externalData: _where, dataLocation: _external, ...rest } = tensor;
    return { ...rest, rawData: this.#bytes(tensor) };
  }

  #bytes(tensor: TensorProto): Uint8Array {
    const where = `the tensor ${quote(tensor.name)}`;
    const location = soundLocation(tensor);
    const file = this.#file(location, where);
    const each = bytesPerElement(tensor.dataType);
    const needed = each === null ? null : sizeOf(tensorShape(tensor)) * each;
    const offset = count(tensor, "offset", where) ?? 0;
    const length = count(tensor, "length", where) ?? needed ?? file.length - offset;
    if (needed !== null && length !== needed) {
      throw new FormatError(
        `${where} takes ${length} bytes of ${
          quote(location)
        }, expected ${needed} for its shape; export the model again`,
      );
    }
    if (length >= 0 && offset + length <= file.length) return file.subarray(offset, offset + length);
    throw new FormatError(
      `${where} is bytes ${offset} to ${offset + length} of ${quote(location)}, which has ${file.length}; ` +
        "give the file that was written with the model, or export both again",
    );
  }

  #file(location: string, where: string): Uint8Array {
    const known = this.#read.get(location);
    if (known !== undefined) return known;
    const files = this.#files;
    const found: unknown = typeof files === "function"
      ? files(location)
      : Object.hasOwn(files, location)
      ? files[location]
      : undefined;
    if (found instanceof Uint8Array) {
      this.#read.set(location, found);
      return found;
    }
    const given = typeof files === "function"
      ? "for which externalData gave no bytes"
      : `which externalData does not hold (it holds ${
        Object.keys(files).slice(0, 10).map(quote).join(", ") || "none"
      })`;
    throw new FormatError(
      `${where} keeps its data in ${quote(location)}, ${given}; give that file's bytes as a Uint8Array under that name`,
    );
  }
}

/** The name of the file of a tensor's data, which lies beside the model. */
function soundLocation(tensor: TensorProto): string {
  const location = locationOf(tensor), problem = problemOf(location);
  if (problem === null) return location;
  throw new FormatError(
    `the tensor ${quote(tensor.name)} keeps its data in ${quote(location)}, which ${problem}, expected a file beside ` +
      "the model; export the model again",
  );
}

/** A number of bytes among a tensor's external data; null where it is absent. */
function count(tensor: TensorProto, key: "offset" | "length", where: string): number | null {
  const text = entryOf(tensor, key);
  if (text === undefined) return null;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new FormatError(
    `${where} has the external ${key} ${quote(text)}, expected a number of bytes; export the model again`,
  );
}

function optional<K extends string, T, R>(key: K, value: T | undefined, change: (value: T) => R): { [key in K]?: R } {
  return value === undefined ? {} : { [key]: change(value) } as { [key in K]?: R };
}
