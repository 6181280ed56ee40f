/** Compiled circuits: bytes in, the same bytes out, and files that are none refused by name. */
import assert from "node:assert/strict";
import { ArgumentError, FormatError } from "../../../../core/base/errors.ts";
import type { CircuitNode, GraphCircuit } from "../../../../hub/ezkl/format/circuit.ts";
import { decodeCircuit, encodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { MADE, madeBytes, madeText, sharedBytes, sharedTest } from "./fixtures.ts";
import { cpuTime } from "../../../cpu_time.ts";

const gemm = () => madeBytes("gemm", "model.compiled");

for (const model of MADE) {
  Deno.test(`encodeCircuit() gives back the bytes of made/${model}`, () => {
    const bytes = madeBytes(model, "model.compiled");
    const circuit = decodeCircuit(bytes);
    assert.deepEqual(encodeCircuit(circuit), bytes);
    assert.equal(circuit.graphWitness, undefined);
    assert.ok(circuit.model.nodes.size >= 3);
  });
}

sharedTest(
  "encodeCircuit() gives back the bytes of a native v21 circuit",
  "native/v21.0.0-assets/model.compiled",
  (bytes) => {
    assert.deepEqual(encodeCircuit(decodeCircuit(bytes)), bytes);
  },
);

sharedTest(
  "encodeCircuit() gives back the bytes of a native v22 circuit without its epsilon",
  "native/v22.0.1-rwkv_simple/circuit.as-v21.compiled",
  (bytes) => assert.deepEqual(encodeCircuit(decodeCircuit(bytes)), bytes),
);

sharedTest("decodeCircuit() refuses a circuit of version 22", "native/v22.0.1-rwkv_simple/circuit.ezkl", (bytes) => {
  assert.throws(() => decodeCircuit(bytes), {
    name: "FormatError",
    message: /^the given file is no compiled circuit of EZKL 21, .*\(settings\..*at byte/,
  });
});

Deno.test("decodeCircuit() finds what made/gemm was made of", () => {
  compareWithDecoded(decodeCircuit(gemm()), madeText("gemm", "model.decoded.json"));
});

sharedTest(
  "decodeCircuit() finds what the native v21 circuit was made of",
  "native/v21.0.0-assets/model.decoded.json",
  (json) => {
    const bytes = sharedBytes("native/v21.0.0-assets/model.compiled")!;
    compareWithDecoded(decodeCircuit(bytes), new TextDecoder().decode(json));
  },
);

Deno.test("decodeCircuit() refuses a circuit cut at any byte", () => {
  const bytes = gemm();
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeCircuit(bytes.subarray(0, length)), FormatError, `cut to ${length} bytes`);
  }
});

Deno.test("decodeCircuit() refuses bytes after the end", () => {
  assert.throws(() => decodeCircuit(new Uint8Array([...gemm(), 0]), "a.compiled"), {
    name: "FormatError",
    message:
      "a.compiled is no compiled circuit of EZKL 21, or is damaged; compile the network again (the content (at byte " +
      "2568) ends here, but 1 more bytes follow; expected none)",
  });
});

Deno.test("decodeCircuit() refuses a count that the file has no room for, without making the list", () => {
  const bytes = gemm();
  bytes.set([0, 0, 0, 0, 0, 0, 0, 0x40], 0);
  const start = cpuTime();
  assert.throws(() => decodeCircuit(bytes), {
    name: "FormatError",
    message: /model\.nodes \(at byte 0\) counts 4611686018427387904 items, expected at most \d+/,
  });
  assert.ok(cpuTime(start) < 100);
});

Deno.test("decodeCircuit() refuses numbers that have two forms", () => {
  const decomp = gemm().indexOf(1, 16); // the first 1 after the first key is the input's
  assert.throws(() => decodeCircuit(gemm().fill(2, decomp, decomp + 1)), {
    name: "FormatError",
    message: /model\.nodes\[0\]\[1\]\.opkind\.decomp \(at byte \d+\) is 2, expected 0 for false or 1 for true/,
  });
  const modulus = Uint8Array.fromHex("010000f093f5e1439170b97948e833285d588181b64550b829a031e1724e6430");
  const bytes = gemm();
  const first = bytes.findIndex((_, at) => bytes[at] === 80 && bytes.subarray(at + 1, at + 32).every((byte) => !byte));
  bytes.set(modulus, first);
  assert.throws(() => decodeCircuit(bytes), {
    name: "FormatError",
    message: /model\.nodes\[1\]\[1\]\.\S+\.values\[0\] \(at byte \d+\) is 2188[\d.]+, expected a field element below/,
  });
});

Deno.test("decodeCircuit() refuses operations nested without end", () => {
  const circuit = decodeCircuit(gemm());
  const depths = (depth: number) => {
    const node = circuit.model.nodes.get(4)!;
    node.opkind = { kind: "Linear", op: { name: "Add" } };
    for (let level = 0; level < depth; level++) node.opkind = { kind: "Rescaled", inner: node.opkind, scale: [] };
    return circuit;
  };
  assert.deepEqual(decodeCircuit(encodeCircuit(depths(40))), circuit);
  assert.throws(() => encodeCircuit(depths(100)), { name: "ArgumentError", message: /nested deeper than 64/ });
  // The same by hand: a Rescaled begins with 6, and only its inner operation follows.
  const bytes = gemm();
  for (let at = bytes.indexOf(3, 16); at < bytes.length - 4; at += 4) bytes.set([6, 0, 0, 0], at);
  assert.throws(() => decodeCircuit(bytes), { name: "FormatError", message: /nested deeper than 64/ });
});

const broken: Record<string, [(circuit: GraphCircuit) => void, RegExp]> = {
  "a node that reads itself": [(c) => c.model.nodes.get(2)!.inputs = [[2, 0]], /node 2 reads node 2, expected one/],
  "a node that reads nothing": [(c) => c.model.nodes.get(2)!.inputs = [[9, 0]], /node 2 reads node 9, which is not/],
  "a second result": [(c) => c.model.nodes.get(2)!.inputs = [[0, 1]], /node 2 reads result 1 of node 0, expected 0/],
  "a node under another key": [(c) => c.model.nodes.get(2)!.idx = 3, /node 2 has idx 3, expected its key/],
  "an output that is not there": [(c) => c.model.outputs = [[7, 0]], /an output reads node 7/],
  "an input that is a weight": [(c) => c.model.inputs = [1], /the input 1 is a Constant node, expected an Input/],
  "a shape beyond memory": [(c) => c.model.nodes.get(2)!.outDims = [2 ** 31, 2 ** 31], /node 2 has the shape/],
};
for (const [what, [change, message]] of Object.entries(broken)) {
  Deno.test(`decodeCircuit() refuses ${what}`, () => {
    const circuit = decodeCircuit(gemm());
    circuit.graphWitness = witnessOf();
    change(circuit);
    const bytes = encodeCircuit(circuit);
    assert.throws(() => decodeCircuit(bytes), { name: "FormatError", message });
  });
}

Deno.test("encodeCircuit() refuses values that the file has no form for, by name", () => {
  const refused: [(circuit: GraphCircuit) => void, RegExp][] = [
    [
      (c) => c.settings.numRows = 2 ** 32,
      /^network\.compiled: settings\.numRows is 4294967296, expected .* 4294967295$/,
    ],
    [(c) => c.settings.runArgs.inputScale = 0.5, /settings\.runArgs\.inputScale is 0\.5, expected a whole number/],
    [(c) => c.settings.requiredRangeChecks[0][0] = 2n ** 127n, /requiredRangeChecks\[0\]\[0\] is 1701\d+/],
    [(c) => c.settings.version = "\ud800", /settings\.version is ".*", expected a text/],
    [(c) => c.settings.requiredLookups = [{ name: "Sigmoid", scale: NaN }], /requiredLookups\[0\]\.scale is NaN/],
    [(c) => c.settings.requiredLookups = [{ name: "Cbrt" as "Sigmoid", scale: 1 }], /is "Cbrt", expected one of Div/],
    [(c) => constantOf(c).values[3] = 2n ** 254n, /nodes\[1\]\[1\]\.\S*quantizedValues\.values\[3\] is 289\d+/],
    [(c) => constantOf(c).dims = [3, 8], /quantizedValues has 32 values in the shape \[3,8\]/],
    [(c) => c.model.nodes = new Map([...c.model.nodes].reverse()), /has the key 3 after 4, expected keys in ascending/],
    [
      (c) => (c.model as { outputs: unknown }).outputs = [[4]],
      /model\.outputs\[0\] is a list of 1, expected a list of 2/,
    ],
    [(c) => (c.model as { outputs: unknown }).outputs = null, /model\.outputs is null, expected a list/],
    [(c) => (c.model as { visibility: unknown }).visibility = undefined, /model\.visibility is undefined, expected an/],
  ];
  for (const [change, message] of refused) {
    const circuit = decodeCircuit(gemm());
    change(circuit);
    assert.throws(() => encodeCircuit(circuit), (error) => {
      assert.ok(error instanceof ArgumentError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("decodeCircuit() keeps a witness that is not zeros", () => {
  const circuit = decodeCircuit(gemm());
  const plain = encodeCircuit(circuit);
  circuit.graphWitness = witnessOf();
  const bytes = encodeCircuit(circuit);
  assert.notDeepEqual(bytes, plain);
  assert.deepEqual(decodeCircuit(bytes), circuit);
  circuit.graphWitness = {
    inputs: [new Array(8).fill(0n)],
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
  assert.deepEqual(encodeCircuit(circuit), plain);
});

Deno.test("decodeCircuit() reads from the middle of a larger buffer", () => {
  const bytes = gemm();
  const larger = new Uint8Array(bytes.length + 13);
  larger.set(bytes, 5);
  assert.deepEqual(decodeCircuit(larger.subarray(5, 5 + bytes.length)), decodeCircuit(bytes));
});

function witnessOf(): NonNullable<GraphCircuit["graphWitness"]> {
  const texts = [["é", "-0.5"], []];
  return {
    inputs: [[1n, -2n]],
    prettyElements: {
      rescaledInputs: texts,
      inputs: [],
      processedInputs: [],
      processedParams: [],
      processedOutputs: [],
      rescaledOutputs: texts,
      outputs: [],
    },
    outputs: [[3n]],
    processedInputs: { poseidonHash: [5n], polycommit: null },
    processedParams: null,
    processedOutputs: null,
    maxLookupInputs: 2n ** 100n,
    minLookupInputs: -(2n ** 127n),
    maxRangeSize: 7n,
    version: "21",
  };
}

function constantOf(circuit: GraphCircuit) {
  const { opkind } = circuit.model.nodes.get(1)!;
  assert.ok(opkind.kind === "Constant");
  return opkind.quantizedValues;
}

/** The independent decoding of a circuit has EZKL's names; it is compared property by property. */
function compareWithDecoded(circuit: GraphCircuit, text: string): void {
  const { core: { model, settings } } = JSON.parse(text);
  const ours = circuit.model;
  assert.deepEqual(ours.inputs, model.graph.inputs);
  assert.deepEqual(ours.outputs, model.graph.outputs);
  assert.deepEqual(ours.outputTypes, model.graph.output_types);
  assert.deepEqual(ours.visibility, model.visibility);
  assert.equal(ours.nodes.size, model.graph.nodes.length);
  for (const [key, { Node: theirs }] of model.graph.nodes) {
    const node: CircuitNode = ours.nodes.get(key)!;
    assert.deepEqual(
      [node.outScale, node.inputs, node.outDims, node.idx, node.numUses],
      [theirs.out_scale, theirs.inputs, theirs.out_dims, theirs.idx, theirs.num_uses],
    );
    assert.deepEqual(serdeOf(node.opkind), theirs.opkind);
  }
  assert.deepEqual(
    [circuit.settings.numRows, circuit.settings.totalAssignments, circuit.settings.totalConstSize],
    [settings.num_rows, settings.total_assignments, settings.total_const_size],
  );
  const { lookupRange, decompBase, decompLegs, paramVisibility, logrows, commitment } = circuit.settings.runArgs;
  const theirs = settings.run_args;
  assert.deepEqual(
    [lookupRange.map(String), decompBase, decompLegs, paramVisibility, logrows, commitment],
    [theirs.lookup_range, theirs.decomp_base, theirs.decomp_legs, theirs.param_visibility, theirs.logrows, "KZG"],
  );
}

/** An operation of the two small models under EZKL's names. */
function serdeOf(op: CircuitNode["opkind"]): unknown {
  const named = ({ name, ...rest }: { name: string }) => Object.keys(rest).length ? { [name]: serdeNames(rest) } : name;
  switch (op.kind) {
    case "Linear":
      return { Linear: named(op.op) };
    case "Hybrid":
      return { Hybrid: named(op.op) };
    case "Input":
      return { Input: { scale: op.scale, datum_type: op.datumType, decomp: op.decomp } };
    case "RebaseScale": {
      const { kind: _, inner, rebaseOp, ...rest } = op;
      return { RebaseScale: { inner: serdeOf(inner), rebase_op: named(rebaseOp), ...serdeNames(rest) } };
    }
    case "Constant": {
      const tensor = ({ values, ...rest }: { values: ArrayLike<bigint | number> }) => (
        { inner: Array.from(values, String), ...rest }
      );
      return {
        Constant: {
          quantized_values: tensor(op.quantizedValues),
          raw_values: tensor(op.rawValues),
          decomp: op.decomp,
        },
      };
    }
    default:
      return assert.fail(`no ${op.kind} in the two models`);
  }
}

function serdeNames(value: object): object {
  const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [snake(key), item]));
}
