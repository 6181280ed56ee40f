/** Ten thousand damaged files: each is a model, or an error of ours. The seed is fixed; a failure prints the case. */
import assert from "node:assert/strict";
import { ZkgradError } from "../../core/base/errors.ts";
import { checkModel } from "../../onnx/check.ts";
import { exportGraph } from "../../onnx/export.ts";
import { importGraph, loadWeights } from "../../onnx/import.ts";
import { decodeModel, encodeModel, type ModelProto } from "../../onnx/proto.ts";
import { operations } from "../../ops/mod.ts";
import { onnxFixtures, random, smallLenet } from "./lenet.ts";
import { cpuTime } from "../cpu_time.ts";

const CASES = 10_000;
const SLOWEST_MS = 2000;

const next = random(20260101);
const below = (limit: number) => Math.floor(next() * limit);

/** Our own files half of the time; some of other people's where they are present. */
const own = ([1, "batch_size"] as const).map((batch) => exportGraph({ ...smallLenet(2), batch }));
const others = (onnxFixtures() ?? []).filter((_, index) => index % 8 === 0)
  .map((url) => Deno.readFileSync(url)).filter((bytes) => bytes.length < 20_000);
const pick = () => others.length > 0 && next() < 0.5 ? others[below(others.length)] : own[below(own.length)];

const INTERESTING = [0x00, 0x01, 0x02, 0x0a, 0x7f, 0x80, 0xff, 0x3a, 0x2a, 0x0b, 0x0c];

const mutations: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
  function flipBits(bytes) {
    for (let count = 1 + below(8); count > 0; count--) bytes[below(bytes.length)] ^= 1 << below(8);
    return bytes;
  },
  function truncate(bytes) {
    return bytes.subarray(0, below(bytes.length));
  },
  function overwrite(bytes) {
    for (let count = 1 + below(4); count > 0; count--) {
      bytes[below(bytes.length)] = INTERESTING[below(INTERESTING.length)];
    }
    return bytes;
  },
  function editLength(bytes) {
    // Early bytes hold the outermost lengths, whose damage reaches furthest.
    const at = next() < 0.3 ? below(Math.min(60, bytes.length)) : below(bytes.length);
    bytes[at] += [-1, 1, -16, 16, 64][below(5)];
    return bytes;
  },
  function hugeVarint(bytes) {
    const at = below(bytes.length);
    bytes.fill(0xff, at, at + 1 + below(12));
    return bytes;
  },
  function splice(bytes) {
    const other = pick();
    const from = below(other.length);
    const piece = other.subarray(from, from + below(300));
    const at = below(bytes.length);
    const rest = bytes.subarray(at + (next() < 0.5 ? piece.length : below(50)));
    return new Uint8Array([...bytes.subarray(0, at), ...piece, ...rest]);
  },
  function repeat(bytes) {
    const at = below(bytes.length);
    const piece = bytes.subarray(at, at + 1 + below(200));
    return new Uint8Array([...bytes.subarray(0, at), ...piece, ...piece, ...bytes.subarray(at + piece.length)]);
  },
  function noise(bytes) {
    return Uint8Array.from({ length: 1 + below(bytes.length) % 400 }, () => below(256));
  },
  // Damage inside a sound message, which reaches the checker and the importer.
  function reshapeTensor(bytes) {
    return throughMessage(bytes, (tensors) => {
      const tensor = tensors[below(tensors.length)];
      tensor.dims = [[], [0], [-1], [2 ** 40, 2 ** 40], [2n ** 62n], [1, 1], [3, 3, 5, 5]][below(7)];
    });
  },
  function retypeTensor(bytes) {
    return throughMessage(bytes, (tensors) => {
      tensors[below(tensors.length)].dataType = below(20);
    });
  },
  function rewire(bytes) {
    const { graph, ...rest } = decodeModel(bytes);
    const node = (graph?.node ?? []).map((item) => ({ ...item }));
    const names = node.flatMap((item) => [...item.input ?? [], ...item.output ?? []]);
    const victim = node[below(node.length)];
    if (victim !== undefined) victim.input = (victim.input ?? []).map(() => names[below(names.length)]);
    if (next() < 0.3 && victim !== undefined) {
      victim.opType = ["Pad", "Reshape", "Constant", "Dropout", "Gemm"][below(5)];
    }
    if (next() < 0.3) node.sort(() => next() - 0.5);
    return encodeModel({ ...rest, graph: { ...graph, node } } as ModelProto);
  },
];

function throughMessage(bytes: Uint8Array, change: (tensors: Record<string, unknown>[]) => void): Uint8Array {
  const { graph, ...rest } = decodeModel(bytes);
  const initializer = (graph?.initializer ?? []).map((tensor) => ({ ...tensor }));
  if (initializer.length > 0) change(initializer as Record<string, unknown>[]);
  return encodeModel({ ...rest, graph: { ...graph, initializer } });
}

/** The stage that refused the bytes, or "imported"; anything but an error of ours passes through. */
function outcome(bytes: Uint8Array): string {
  let stage = "weights";
  const attempt = <T>(name: string, body: () => T): T => {
    stage = name;
    return body();
  };
  try {
    attempt("weights", () => loadWeights(bytes));
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
  }
  try {
    const model = attempt("decode", () => decodeModel(bytes));
    const again = decodeModel(encodeModel(model));
    assert.deepEqual(again, model);
    attempt("check", () => checkModel(model));
    attempt("import", () => importGraph(model, operations, { batch: 3 }));
    return "imported";
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    assert.ok(error.message.length > 20 && error.message.length < 20_000, `a message of ${error.message.length}`);
    return stage;
  }
}

Deno.test(`${CASES} damaged files become a model or an error of ours, in bounded time and memory`, () => {
  const outcomes = new Map<string, number>();
  const heaps: number[] = [];
  for (let index = 0; index < CASES; index++) {
    const mutate = mutations[index % mutations.length];
    const bytes = mutate(pick().slice());
    const start = cpuTime();
    let stage: string;
    try {
      stage = outcome(bytes);
    } catch (error) {
      throw new Error(`case ${index}, ${mutate.name}: ${bytes.toHex().slice(0, 4000)}`, { cause: error });
    }
    const took = cpuTime(start);
    assert.ok(took < SLOWEST_MS, `case ${index}, ${mutate.name}, took ${took} ms`);
    outcomes.set(stage, (outcomes.get(stage) ?? 0) + 1);
    // The least heap of a window is what survives collection.
    const window = Math.floor(index / 2000);
    heaps[window] = Math.min(heaps[window] ?? Infinity, Deno.memoryUsage().heapUsed);
  }
  for (const stage of ["decode", "check", "import", "imported"]) {
    assert.ok((outcomes.get(stage) ?? 0) > CASES / 100, `too few end at ${stage}: ${JSON.stringify([...outcomes])}`);
  }
  const growth = heaps.at(-1)! - heaps[0];
  assert.ok(growth < 30e6, `the heap grew by ${growth} bytes`);
});
