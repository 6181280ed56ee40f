/**
 * `network.compiled`: the bytes of a compiled circuit, as EZKL 21 writes and reads them.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { BinReader, BinWriter, MAX_USIZE } from "./bincode.ts";
import type { CircuitModel, CircuitNode, GraphCircuit, Outlet, VarVisibility } from "./circuit.ts";
import { checkModel } from "./circuit_check.ts";
import { type Codec, converted, list, only, pair, struct, union, unsupported } from "./codec.ts";
import type { Place } from "./place.ts";
import { inputType, supportedOp, visibility } from "./op_codec.ts";
import { i32, usize } from "./scalars.ts";
import { settingsCodec } from "./settings_codec.ts";
import { type GraphWitness, witnessCodec } from "./witness.ts";

const outlet: Codec<Outlet> = pair(usize, usize);

const node: Codec<CircuitNode> = struct<CircuitNode>({
  opkind: supportedOp,
  outScale: i32,
  inputs: list(outlet),
  outDims: list(usize),
  idx: usize,
  numUses: usize,
});

type NodeType = { type: "Node"; node: CircuitNode } | { type: "SubGraph"; graph: never };

const nodeType: Codec<CircuitNode> = converted(
  union<NodeType, "type">("type", {
    Node: only("node", node),
    SubGraph: only(
      "graph",
      unsupported<never>("is a loop (SubGraph), which is not supported; unroll the model's loops"),
    ),
  }),
  (either) => (either as NodeType & { type: "Node" }).node,
  (node): NodeType => ({ type: "Node", node }),
);

const nodes: Codec<Map<number, CircuitNode>> = converted(
  list<[number, CircuitNode]>(pair(usize, nodeType)),
  (entries, place) => new Map(ascending(entries, place)),
  (map, place) => ascending(map instanceof Map ? [...map] : place.refuse(map, "a Map"), place),
);

const varVisibility: Codec<VarVisibility> = struct<VarVisibility>({
  input: visibility,
  params: visibility,
  output: visibility,
});

const model: Codec<CircuitModel> = struct<CircuitModel>({
  nodes,
  inputs: list(usize),
  outputs: list(outlet),
  outputTypes: list(inputType),
  visibility: varVisibility,
});

/**
 * The bytes of a circuit.
 * @throws {ArgumentError} naming the property that its type cannot hold
 */
export function encodeCircuit(circuit: GraphCircuit): Uint8Array<ArrayBuffer> {
  const to = new BinWriter("network.compiled");
  for (const [step, write] of parts(circuit, to)) {
    to.enter(step);
    write();
    to.leave();
  }
  return to.finish();
}

/**
 * The circuit in the bytes of a compiled one; `file` is its name for errors.
 * @throws {FormatError} naming the field and the byte for a file that is cut, goes on after
 * its end, or holds a value or a reference between nodes that no circuit has
 */
export function decodeCircuit(bytes: Uint8Array, file: string = "the given file"): GraphCircuit {
  try {
    return decoded(bytes, file);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const detail = cause.message.replace(`${file}: `, "");
    throw new FormatError(
      `${file} is no compiled circuit of EZKL 21, or is damaged; compile the network again (${detail})`,
      { cause },
    );
  }
}

function decoded(bytes: Uint8Array, file: string): GraphCircuit {
  const from = new BinReader(bytes, file);
  const read = <T>(step: string, codec: Codec<T>): T => {
    from.enter(step);
    const value = codec.read(from);
    from.leave();
    return value;
  };
  const circuit: GraphCircuit = { model: read("model", model), settings: read("settings", settingsCodec) };
  const witness = read("graphWitness", witnessCodec);
  from.finish();
  checkModel(circuit.model, file);
  if (!isDefault(witness, circuit.model)) circuit.graphWitness = witness;
  return circuit;
}

function parts(circuit: GraphCircuit, to: BinWriter): [step: string, write: () => void][] {
  return [
    ["model", () => model.write(to, circuit.model)],
    ["settings", () => settingsCodec.write(to, circuit.settings)],
    ["graphWitness", () => witnessCodec.write(to, circuit.graphWitness ?? defaultWitness(circuit.model, to))],
  ];
}

function ascending(entries: [number, CircuitNode][], place: Place): [number, CircuitNode][] {
  for (let index = 1; index < entries.length; index++) {
    const [before, key] = [entries[index - 1][0], entries[index][0]];
    if (!(before < key)) place.fail(`has the key ${key} after ${before}, expected keys in ascending order`);
  }
  return entries;
}

/** What EZKL writes before any witness is known: zeros for the inputs. */
function defaultWitness(model: CircuitModel, to: BinWriter): GraphWitness {
  const sizes = inputSizes(model);
  for (const size of sizes) if (!(size <= MAX_USIZE / 32)) to.refuse(size, "an input of fewer elements");
  return { ...emptyWitness, inputs: sizes.map((size) => new Array<bigint>(size).fill(0n)) };
}

function isDefault(witness: GraphWitness, model: CircuitModel): boolean {
  const sizes = inputSizes(model);
  const { inputs, outputs, ...rest } = witness;
  return outputs.length === 0 && inputs.length === sizes.length &&
    inputs.every((input, index) => input.length === sizes[index] && input.every((value) => value === 0n)) &&
    Object.entries(rest).every(([key, value]) => value === emptyWitness[key as keyof GraphWitness]);
}

const emptyWitness: GraphWitness = {
  inputs: [],
  prettyElements: null,
  outputs: [],
  processedInputs: null,
  processedParams: null,
  processedOutputs: null,
  maxLookupInputs: 0n,
  minLookupInputs: 0n,
  maxRangeSize: 0n,
  version: null,
};

function inputSizes({ inputs, nodes }: CircuitModel): number[] {
  return inputs.map((key) => {
    const node = nodes.get(key);
    return node ? sizeOf(node.outDims) : NaN;
  });
}
