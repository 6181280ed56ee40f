/** Sound messages with damaged graphs: each is a graph, or an error of ours, in bounded time. The seed is fixed. */
import assert from "node:assert/strict";
import { ZkgradError } from "../../core/base/errors.ts";
import { lowerOnnx } from "../../hub/ezkl/compile/lower.ts";
import { DataType } from "../../onnx/enums.ts";
import { importGraph } from "../../onnx/import.ts";
import { openModel } from "../../onnx/open.ts";
import { encodeModel, type ModelProto, type NodeProto, type TensorProto } from "../../onnx/proto.ts";
import { readGraph } from "../../onnx/read/read_graph.ts";
import { operations } from "../../ops/mod.ts";
import { random } from "./lenet.ts";
import { FILES } from "./rich.ts";
import { node, small, weight, wholes } from "./small.ts";
import { cpuTime } from "../cpu_time.ts";

const CASES = 6000;
const SLOWEST_MS = 1500;

const next = random(20260203);
const below = (limit: number) => Math.floor(next() * limit);
const any = <T>(list: readonly T[]): T => list[below(list.length)];

/** Operators that are worked out, written in another form or passed over, and some that are not. */
const OPERATORS = [
  ...[
    "Add",
    "Sub",
    "Mul",
    "Div",
    "Mod",
    "Pow",
    "Max",
    "Min",
    "Sum",
    "Mean",
    "And",
    "Equal",
    "Less",
    "Where",
    "Not",
    "Neg",
  ],
  ...[
    "Cast",
    "CastLike",
    "Clip",
    "Softmax",
    "Identity",
    "Dropout",
    "Shape",
    "Size",
    "Gather",
    "Concat",
    "Slice",
    "Split",
  ],
  ...["Squeeze", "Unsqueeze", "Reshape", "Flatten", "Expand", "Tile", "Transpose", "Pad", "Range", "ConstantOfShape"],
  ...[
    "Trilu",
    "OneHot",
    "TopK",
    "Resize",
    "Upsample",
    "CumSum",
    "DepthToSpace",
    "ReduceSum",
    "ReduceMean",
    "ReduceMax",
  ],
  ...["ArgMax", "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "Gemm", "MatMul", "LSTM", "If"],
  ...["BatchNormalization", "Relu", "Loop", "Round", "Sqrt", "PRelu", "LpPool", "SpaceToDepth", "GRU"],
];
const ATTRIBUTES = [
  ...[
    "axis",
    "axes",
    "perm",
    "to",
    "keepdims",
    "shape",
    "split",
    "starts",
    "ends",
    "steps",
    "pads",
    "strides",
    "group",
  ],
  ...["kernel_shape", "dilations", "ceil_mode", "allowzero", "blocksize", "fmod", "alpha", "num_outputs", "auto_pad"],
  ...[
    "noop_with_empty_axes",
    "transB",
    "upper",
    "start",
    "end",
    "output_shape",
    "repeats",
    "value",
    "k",
    "training_mode",
  ],
];
const INTEGERS = [
  -(2n ** 63n),
  -(2 ** 31),
  -7,
  -3,
  -2,
  -1,
  0,
  1,
  2,
  3,
  4,
  16,
  1000,
  2 ** 31,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
];
const TYPES = Object.values(DataType);

function attribute(): NonNullable<NodeProto["attribute"]>[number] {
  const name = any(ATTRIBUTES);
  const length = any([0, 1, 2, 3, 4, 6, 2000]);
  return any([
    () => ({ name, type: 2, i: any(INTEGERS) }),
    () => ({ name, type: 7, ints: Array.from({ length }, () => any(INTEGERS)) }),
    () => ({ name, type: 1, f: any([NaN, Infinity, 0, -0.5, 1e38]) }),
    () => ({ name, type: 3, s: new TextEncoder().encode(any(["SAME_UPPER", "SAME_LOWER", "VALID", "x", ""])) }),
    () => ({ name, type: 4, t: tensor("t") }),
  ])();
}

function tensor(name: string): TensorProto {
  const dims = any([[], [0], [1], [2], [3], [4], [1, 4], [2, 3], [4, 4], [1, 0, 2], [2, 1, 3]]);
  const count = dims.reduce((product, size) => product * size, 1);
  const dataType = any(TYPES);
  const wide = Array.from({ length: count }, () => any(INTEGERS));
  const floats = Array.from({ length: count }, () => any([NaN, Infinity, 0, -2, 1.5, 3]));
  if (dataType === DataType.FLOAT) return { name, dims, dataType, floatData: floats };
  if (dataType === DataType.DOUBLE) return { name, dims, dataType, doubleData: floats };
  if (dataType === DataType.UINT32 || dataType === DataType.UINT64) {
    return { name, dims, dataType, uint64Data: wide.map((value) => BigInt.asUintN(32, BigInt(value))) };
  }
  if (dataType === DataType.INT64) return { name, dims, dataType, int64Data: wide };
  if (dataType === DataType.STRING) return { name, dims, dataType, stringData: wide.map(() => new Uint8Array([65])) };
  if (dataType === DataType.COMPLEX64 || dataType === DataType.COMPLEX128) return tensor(name);
  return { name, dims, dataType, int32Data: wide.map((value) => Number(BigInt.asIntN(16, BigInt(value)))) };
}

const changes: readonly ((node: NodeProto, names: readonly string[]) => NodeProto)[] = [
  (own) => ({ ...own, opType: any(OPERATORS) }),
  (own, names) => ({ ...own, input: (own.input ?? []).map((name) => next() < 0.5 ? name : any(names)) }),
  (own, names) => ({ ...own, input: [...own.input ?? [], any([...names, ""])] }),
  (own) => ({ ...own, input: (own.input ?? []).slice(0, -1) }),
  (own) => ({ ...own, attribute: [...(own.attribute ?? []).filter(() => next() < 0.5), attribute()] }),
  (own) => ({ ...own, output: [...own.output ?? [], `more${below(1000)}`] }),
];

/** The same with some nodes, constants or sizes changed. */
function damaged({ graph = {}, ...model }: ModelProto): ModelProto {
  const initializer = [...graph.initializer ?? [], tensor("n0"), tensor("n1")]
    .map((own) => next() < 0.8 ? own : tensor(own.name ?? ""));
  const nodes = [...graph.node ?? []];
  const names = [
    "x",
    ...initializer.map((own) => own.name ?? ""),
    ...nodes.flatMap((own) => own.output ?? []),
  ];
  for (let count = 1 + below(4); count > 0; count--) {
    const at = below(nodes.length);
    nodes[at] = any(changes)(nodes[at], names);
    // Repeated attributes are no sound message.
    const known = new Set<string>();
    const attributes = (nodes[at].attribute ?? []).filter(({ name = "" }) => !known.has(name) && known.add(name));
    nodes[at] = { ...nodes[at], attribute: attributes };
  }
  const opset = next() < 0.7 ? {} : {
    opsetImport: [{ version: 6 + below(23) }, ...(model.opsetImport ?? []).filter(({ domain }) => domain)],
  };
  return { ...model, ...opset, graph: { ...graph, node: nodes, initializer } };
}

/** A chain of operators on constants and the input, as nobody would write it. */
function made(): ModelProto {
  const names = ["x", "w", "a", "b", "c"];
  const nodes = Array.from({ length: 1 + below(6) }, (_, k) => {
    const input = Array.from({ length: 1 + below(3) }, () => any(names));
    names.push(`v${k}`);
    const own = node(any(OPERATORS), input, [`v${k}`]);
    return next() < 0.6 ? own : { ...own, attribute: [attribute()] };
  });
  return small([...nodes, node("Identity", [any(names.slice(-3))], ["y"])], {
    opset: 6 + below(23),
    shape: any([[1, 4], [2, 3, 4], [1, 2, 6, 6]]),
    weights: [weight("w", [4, 4]), tensor("a"), tensor("b"), wholes("c", [1, -1])],
    graph: { output: [{ name: "y" }] },
  });
}

const READERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  graph: (bytes) => readGraph(openModel(bytes, { name: "m" }), { name: "m", shapes: () => [[1, 4]] }),
  engine: (bytes) => importGraph(bytes, operations, { batch: 2 }),
  circuit: (bytes) => lowerOnnx(bytes),
};

Deno.test(`${CASES} damaged graphs become one that can be run or an error of ours, in bounded time`, () => {
  const files = Object.values(FILES);
  const outcomes = new Map<string, number>();
  for (let index = 0; index < CASES; index++) {
    const model = index % 2 === 0 ? damaged(any(files)) : made();
    const bytes = encodeModel(model);
    for (const [who, read] of Object.entries(READERS)) {
      const start = cpuTime();
      let outcome = `${who}: read`;
      try {
        read(bytes);
      } catch (error) {
        const isOurs = error instanceof ZkgradError && error.message.length > 20 && error.message.length < 20_000;
        if (!isOurs) throw new Error(`case ${index}, ${who}: ${bytes.toHex().slice(0, 6000)}`, { cause: error });
        outcome = `${who}: ${/breaks (a|\d+) rule/.test(error.message) ? "broken" : error.name}`;
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const took = cpuTime(start);
      assert.ok(took < SLOWEST_MS, `case ${index}, ${who}, took ${took} ms: ${bytes.toHex().slice(0, 6000)}`);
    }
  }
  const table = JSON.stringify([...outcomes]);
  for (
    const outcome of ["graph: read", "engine: read", "circuit: read", "graph: ShapeError", "engine: ArgumentError"]
  ) {
    assert.ok((outcomes.get(outcome) ?? 0) > CASES / 200, table);
  }
});
