import assert from "node:assert/strict";
import { FloatNetwork } from "../../../../hub/ezkl/calibrate/float_network.ts";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { buildFor } from "../../../../hub/ezkl/compile/build.ts";
import { buildFrugal } from "../../../../hub/ezkl/compile/frugal.ts";
import { denseDots, simulatedDots } from "../../../../hub/ezkl/network/frugal_ops.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { nearest } from "../../../../hub/ezkl/network/rounded_layer.ts";
import type { Scheme } from "../../../../hub/ezkl/network/scheme.ts";
import { settingsOf } from "../../../../hub/ezkl/compile/settings.ts";
import type { CircuitModel, CircuitNode, LookupOp } from "../../../../hub/ezkl/format/circuit.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { type RunArgs, runArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { settingsFromJson, settingsToJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { quantizeInput } from "../../../../hub/ezkl/simulate/quantize.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { exportGraph } from "../../../../onnx/export.ts";
import { lenet, random, smallLenet } from "../../../onnx/lenet.ts";
import { circuitOf, witnessOf } from "../simulate/engine.ts";
import { floats, type Model, MODELS, node, onnx, weights } from "./models.ts";

const scheme: Scheme = { inputScale: 4, tableScale: 8, dropBits: 4, outputScale: 4, binaryInputs: false };
const args = runArgs({
  paramVisibility: "Fixed",
  ignoreRangeCheckInputsOutputs: true,
  decompBase: 2 ** 14,
  decompLegs: 3,
  lookupRange: [-8000n, 8100n],
  logrows: 14,
});
const frugal = (model: Model, changes: Partial<Scheme> = {}, run: Partial<RunArgs> = {}): CircuitModel =>
  buildFrugal(lowerOnnx(onnx(model)), { ...args, ...run }, { ...scheme, ...changes });
const nodesOf = (model: CircuitModel): CircuitNode[] => [...model.nodes.values()];
const tablesOf = (model: CircuitModel): LookupOp[] =>
  nodesOf(model).flatMap(({ opkind }) => opkind.kind === "Nonlinear" ? [opkind.op] : []);
const namesOf = (model: CircuitModel): string[] => [
  ...new Set(tablesOf(model).map((op) => JSON.stringify(op))),
];

function lenetOnnx(of: typeof lenet | typeof smallLenet): Uint8Array {
  const { graph, input, output, weights } = of(1);
  return exportGraph({ graph, input, output, weights, batch: 1 });
}

/** Random samples for every input of a circuit, as floats. */
function samplesOf(model: CircuitModel, count: number, seed = 5): Float32Array[] {
  const next = random(seed);
  return model.inputs.map((key) => {
    const size = model.nodes.get(key)!.outDims.reduce((a, b) => a * b, 1);
    return Float32Array.from({ length: count * size }, () => Math.round((next() * 2 - 1) * 16) / 16);
  });
}

function integersOf(model: CircuitModel, samples: readonly Float32Array[], count: number): Float64Array[] {
  const inputs = model.inputs.map((key, index) => {
    const { opkind } = model.nodes.get(key)!;
    return quantizeInput(samples[index], opkind.kind === "Input" ? opkind.scale : 0);
  });
  return new Simulator(model, { runArgs: args }).run(inputs, count).outputs;
}

const block = (input: string, output: string, w = "w") => [
  node("Gemm", [input, w], `${output}_sum`, { transB: 1 }),
  node("Relu", [`${output}_sum`], output),
];

/** Networks beyond `MODELS` in which scales meet. */
const MEETING: Record<string, Model> = {
  "a residual connection": {
    nodes: [...block("x", "a"), ...block("a", "b", "v"), node("Add", ["a", "b"], "c"), ...block("c", "y", "u")],
    inputs: { x: [1, 8] },
    outputs: { y: [1, 8] },
    weights: { w: weights([8, 8], 1), v: weights([8, 8], 2), u: weights([8, 8], 3) },
  },
  "branches at different scales, a constant less one of them": {
    nodes: [
      node("Gemm", ["x", "w"], "a", { transB: 1 }),
      node("Sigmoid", ["a"], "s"),
      node("Mul", ["s", "h"], "m"),
      node("Add", ["m", "x"], "b"),
      node("Sub", ["h", "b"], "c"),
      node("Tanh", ["c"], "y"),
    ],
    inputs: { x: [1, 8] },
    outputs: { y: [1, 8] },
    weights: { w: weights([8, 8], 1), h: weights([8], 2) },
  },
  "layers one right behind the other": {
    nodes: [
      node("Sigmoid", ["x"], "s"),
      node("Gemm", ["s", "w"], "a", { transB: 1 }),
      node("Gemm", ["a", "v"], "b", { transB: 1 }),
      node("Gemm", ["b", "u"], "c", { transB: 1 }),
      node("Sigmoid", ["c"], "y"),
    ],
    inputs: { x: [1, 8] },
    outputs: { y: [1, 8] },
    weights: { w: weights([8, 8], 1), v: weights([8, 8], 2), u: weights([8, 8], 3) },
  },
  "LeakyRelu between two layers": {
    nodes: [
      node("Gemm", ["x", "w"], "a", { transB: 1 }),
      node("LeakyRelu", ["a"], "b", { alpha: { float: 0.03 } }),
      node("Gemm", ["b", "v"], "c", { transB: 1 }),
      node("Tanh", ["c"], "y"),
    ],
    inputs: { x: [1, 8] },
    outputs: { y: [1, 8] },
    weights: { w: weights([8, 8], 1), v: weights([8, 8], 2) },
  },
};

for (const [name, model] of Object.entries({ ...MODELS, ...MEETING })) {
  Deno.test(`buildFrugal() computes at fine scales what the floats do: ${name}`, () => {
    const fine: Scheme = { ...scheme, inputScale: 10, tableScale: 20, dropBits: 10, outputScale: 10 };
    const network = lowerOnnx(onnx(model));
    const circuit = buildFrugal(network, args, fine);
    const samples = samplesOf(circuit, 20).map((values) =>
      circuit.nodes.get(circuit.inputs[0])!.outScale === 0 ? values.map((value) => Math.round(16 * value)) : values
    );
    const exact = new FloatNetwork(network).run(samples, 20)[network.outputs[0]];
    const unit = 2 ** -circuit.nodes.get(circuit.outputs[0][0])!.outScale;
    integersOf(circuit, samples, 20)[0].forEach((value, index) => {
      const error = Math.abs(value * unit - exact[index]);
      assert.ok(error < 0.02, `element ${index} is ${value * unit}, expected ${exact[index]}`);
    });
  });

  Deno.test(`buildFrugal() gives every table its input at one scale: ${name}`, () => {
    const circuit = frugal(model);
    for (const { opkind, inputs } of nodesOf(circuit)) {
      if (opkind.kind !== "Nonlinear" || (opkind.op.name !== "Sigmoid" && opkind.op.name !== "Tanh")) continue;
      // The checks of the inputs take whatever table there is.
      if (circuit.inputs.includes(inputs[0][0])) continue;
      assert.equal(opkind.op.scale, 256);
      assert.equal(circuit.nodes.get(inputs[0][0])!.outScale, 8);
    }
  });

  Deno.test(`buildFrugal() counts the uses of every node, and each but the checks of the inputs has one: ${name}`, () => {
    const circuit = frugal(model);
    const uses = new Map<number, number>();
    const read = (key: number) => uses.set(key, (uses.get(key) ?? 0) + 1);
    nodesOf(circuit).forEach(({ inputs }) => inputs.forEach(([key]) => read(key)));
    circuit.outputs.forEach(([key]) => read(key));
    for (const [key, { numUses, opkind, inputs }] of circuit.nodes) {
      assert.equal(numUses, uses.get(key) ?? 1);
      const check = opkind.kind === "Nonlinear" && circuit.inputs.includes(inputs[0][0]);
      assert.ok(uses.has(key) || check, `node ${key}, ${opkind.kind}, is read by nobody`);
    }
  });

  Deno.test(`buildFrugal() gives the same integers with and without the weights that are 0: ${name}`, () => {
    const network = lowerOnnx(onnx(model));
    // Half of the weights are 0, and all of the first output's.
    const thinned: typeof nearest = (layer, place, scales) => {
      const { weights, bias } = nearest(layer, place, scales);
      return { weights: weights.map((weight, at) => at % 2 === 0 || at < layer.depth ? 0 : weight), bias };
    };
    const [sparse, dense, simulated] = [undefined, denseDots, simulatedDots].map((dots) =>
      buildFrugal(network, args, scheme, thinned, dots)
    );
    const samples = samplesOf(sparse, 10).map((values) => values.map((value) => Math.round(16 * value) / 16));
    if (sparse.nodes.get(sparse.inputs[0])!.outScale === 0) return;
    for (const other of [dense, simulated]) {
      assert.deepEqual(integersOf(sparse, samples, 10), integersOf(other, samples, 10));
    }
  });
}

Deno.test("buildFrugal() serves all layers of a LeNet with one table of sigmoids and one of divisions", () => {
  const network = lowerOnnx(lenetOnnx(smallLenet));
  for (const dropBits of [2, 3, 4]) {
    const circuit = buildFrugal(network, args, { ...scheme, inputScale: 0, dropBits, binaryInputs: true });
    const div = { name: "Div", denom: 2 ** dropBits };
    assert.deepEqual(namesOf(circuit).sort(), [div, { name: "Sigmoid", scale: 256 }].map((op) => JSON.stringify(op)));
  }
});

Deno.test("buildFrugal() drops bits until a layer's weights have some", () => {
  const weightBits = (dropBits: number) => {
    const bits: number[] = [];
    buildFrugal(
      lowerOnnx(lenetOnnx(smallLenet)),
      args,
      { ...scheme, inputScale: 0, dropBits },
      (layer, place, scales) => {
        bits.push(scales.weight);
        assert.ok(scales.output === 8 || bits.length === 5);
        return nearest(layer, place, scales);
      },
    );
    return bits;
  };
  // The pooling of four in front of the second and third layer adds two bits to the scale.
  assert.deepEqual(weightBits(4), [8, 2, 2, 4, 4]);
  assert.deepEqual(weightBits(3), [8, 1, 1, 3, 4]);
  assert.deepEqual(weightBits(2), [8, 2, 2, 2, 4]);
  assert.throws(
    () => weightBits(0),
    /gets its input at scale 10 and is to give scale 8, .* raise tableScale or dropBits$/,
  );
});

Deno.test("buildFrugal() is quick on a network whose paths are beyond counting", () => {
  const sums = Array.from({ length: 60 }, (_, i) => node("Add", [`a${i}`, `a${i}`], `a${i + 1}`));
  const circuit = frugal({
    nodes: [node("Gemm", ["x", "w"], "a0", { transB: 1 }), ...sums, node("Relu", ["a60"], "y")],
    inputs: { x: [1, 8] },
    outputs: { y: [1, 8] },
    weights: { w: weights([8, 8], 1) },
  });
  assert.equal(circuit.nodes.get(circuit.outputs[0][0])!.outScale, 8);
});

Deno.test("a frugal circuit with private weights has its zeros too, and computes the same", () => {
  const given = MODELS["a small LeNet"], hidden: Partial<RunArgs> = { paramVisibility: "Private" };
  const zeros = Object.fromEntries(
    Object.entries(given.weights!).map((
      [name, tensor],
    ) => [name, floats(tensor.dims!.map(Number), tensor.floatData!.map(() => 0))]),
  );
  const constants = (model: CircuitModel, of: string) =>
    nodesOf(model).flatMap(({ opkind }) =>
      opkind.kind === "Constant" && opkind.quantizedValues.visibility === of ? [...opkind.quantizedValues.values] : []
    );
  const model = frugal(given, {}, hidden), open = frugal(given);
  const numbers = Object.values(given.weights!).reduce((sum, { floatData }) => sum + floatData!.length, 0);
  assert.equal(constants(model, "Private").length, numbers);
  assert.deepEqual(constants(open, "Private"), []);
  const shape = (model: CircuitModel) =>
    nodesOf(model).map(({ opkind, inputs, outDims }) => [opkind.kind, inputs, outDims]);
  assert.deepEqual(shape(frugal({ ...given, weights: zeros }, {}, hidden)), shape(model), "zeros show in the circuit");
  const samples = samplesOf(model, 3);
  assert.deepEqual(integersOf(model, samples, 3), integersOf(open, samples, 3));
});

Deno.test("compileCircuit() refuses scales that were changed behind a calibration for fidelity", () => {
  const file = onnx(MODELS["Gemm"]), network = lowerOnnx(file);
  const own = { ...args, inputScale: scheme.inputScale, paramScale: scheme.dropBits };
  const settings = { ...settingsOf(buildFrugal(network, own, scheme), own, "keygen"), zkgrad: scheme };
  compileCircuit(file, settings);
  for (const name of ["inputScale", "paramScale"] as const) {
    const changed = { ...settings, runArgs: { ...own, [name]: 11 } };
    assert.throws(
      () => compileCircuit(file, changed),
      new RegExp(`ask for ${name} 11, and were calibrated for fidelity with ${own[name]}; calibrate again`),
    );
  }
});

Deno.test("buildFrugal() bounds its inputs by digits or by a table, as the run arguments say", () => {
  const inputsOf = (model: CircuitModel) => {
    const { opkind } = model.nodes.get(model.inputs[0])!;
    const checks = nodesOf(model).filter(({ opkind, inputs }) =>
      opkind.kind === "Nonlinear" && inputs[0][0] === model.inputs[0]
    );
    return [opkind.kind === "Input" && opkind.decomp, checks.length];
  };
  assert.deepEqual(inputsOf(frugal(MODELS["two layers"])), [false, 1]);
  assert.deepEqual(inputsOf(frugal(MODELS["two layers"], {}, { ignoreRangeCheckInputsOutputs: false })), [true, 0]);
});

Deno.test("compileCircuit() makes the same frugal circuit from settings that went through their file", () => {
  const file = onnx(MODELS["a small LeNet"]), network = lowerOnnx(file);
  const own: Scheme = { ...scheme, dropBits: 3 };
  const settings = { ...settingsOf(buildFrugal(network, args, own), args, "keygen"), zkgrad: own };
  const read = settingsFromJson(settingsToJson(settings));
  assert.deepEqual(compileCircuit(file, read), compileCircuit(file, settings));
  assert.deepEqual(decodeCircuit(compileCircuit(file, read)).model, buildFrugal(network, args, own));
  assert.notDeepEqual(buildFor(network, { ...read, zkgrad: { ...own, dropBits: 4 } }), buildFor(network, read));
});

for (const [inputVisibility, outputVisibility] of [["Public", "Public"], ["Private", "Private"]] as const) {
  Deno.test(`a frugal circuit with ${inputVisibility} inputs and outputs is laid out, and the engine runs it`, () => {
    const run = { ...args, inputVisibility, outputVisibility };
    const model = frugal(MODELS["a small LeNet"], {}, run), settings = settingsOf(model, run, "keygen");
    assert.deepEqual(settings.modelInstanceShapes, inputVisibility === "Public" ? [[1, 2, 6, 6], [1, 3]] : []);
    const samples = samplesOf(model, 1);
    const integers = integersOf(model, samples, 1)[0];
    const { outputs } = witnessOf({ model, settings }, [quantizeInput(samples[0], 4)]);
    assert.deepEqual(outputs, [Array.from(integers, BigInt)]);
  });
}

Deno.test("a frugal LeNet gives the engine's witnesses on images of bits", () => {
  const model = buildFrugal(lowerOnnx(lenetOnnx(lenet)), args, { ...scheme, inputScale: 0, binaryInputs: true });
  const next = random(4), count = 8, bits = Float64Array.from({ length: count * 784 }, () => +(next() < 0.2));
  const simulator = new Simulator(model, { runArgs: args });
  const together = simulator.run([bits], count).outputs[0], compiled = circuitOf(model, args);
  for (let sample = 0; sample < count; sample++) {
    const image = bits.slice(sample * 784, (sample + 1) * 784);
    const witness = witnessOf(compiled, [image]), { minLookup, maxLookup } = simulator.run([image], 1);
    assert.deepEqual(witness.outputs, [Array.from(together.slice(sample * 10, sample * 10 + 10), BigInt)]);
    assert.deepEqual([witness.minLookupInputs, witness.maxLookupInputs], [minLookup, maxLookup].map(BigInt));
  }
});
