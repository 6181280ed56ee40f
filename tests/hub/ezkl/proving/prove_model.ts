/** A model all the way to a verified proof, with everything that has to agree on the way. */
import assert from "node:assert/strict";
import * as ort from "npm:onnxruntime-node@1.30.0";
import { leastLogrows, safeLookupRange } from "../../../../hub/ezkl/calibrate/logrows.ts";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { buildFor } from "../../../../hub/ezkl/compile/build.ts";
import { linearLayers } from "../../../../hub/ezkl/network/linear_layer.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import type { Scheme } from "../../../../hub/ezkl/network/scheme.ts";
import { settingsOf } from "../../../../hub/ezkl/compile/settings.ts";
import type { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import type { GraphCircuit } from "../../../../hub/ezkl/format/circuit.ts";
import { checkKeySrs } from "../../../../hub/ezkl/guard/key_srs.ts";
import { createEvmVerifier } from "../../../../hub/ezkl/create_evm_verifier.ts";
import { runEvmVerifier } from "../../../../hub/ezkl/run_evm_verifier.ts";
import { prove } from "../../../../hub/ezkl/prove.ts";
import { setup } from "../../../../hub/ezkl/setup.ts";
import { verify } from "../../../../hub/ezkl/verify.ts";
import { decodeInstances, proofFromJson } from "../../../../hub/ezkl/format/proof.ts";
import { type RunArgs, runArgs } from "../../../../hub/ezkl/format/run_args.ts";
import type { GraphSettings } from "../../../../hub/ezkl/format/settings.ts";
import { settingsToJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { witnessFromJson } from "../../../../hub/ezkl/format/witness.ts";
import { genSettings } from "../../../../hub/ezkl/gen_settings.ts";
import { genWitness } from "../../../../hub/ezkl/gen_witness.ts";
import { columnsOf } from "../../../../hub/halo2/circuit/columns.ts";
import { layOut } from "../../../../hub/ezkl/layout/layout.ts";
import { readSelectors, type SelectorMap } from "../../../../hub/ezkl/cells/selectors.ts";
import { quantizeInput } from "../../../../hub/ezkl/simulate/quantize.ts";
import { type Simulation, Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { genSrs } from "../../../../hub/ezkl/srs/generate.ts";
import { prover } from "../asking.ts";
import { errorBounds } from "./error_bound.ts";

/** A model with what it is to be proven on. */
export interface Subject {
  onnx: Uint8Array<ArrayBuffer>;
  /** One flat sample for each graph input. */
  inputs: Float32Array[];
  /** Shapes of the graph's inputs by their names. */
  shapes: ReadonlyMap<string, readonly number[]>;
  /** Changes to the small arguments. */
  args?: Partial<RunArgs>;
  /** Makes it a frugal circuit. */
  scheme?: Scheme;
}

/** Everything that a proof needs but its keys. */
export interface Compiled {
  settings: GraphSettings;
  bytes: Uint8Array<ArrayBuffer>;
  circuit: GraphCircuit;
}

/** Arguments of circuits that are proven in a second. */
export const SMALL: Partial<RunArgs> = {
  inputScale: 4,
  paramScale: 4,
  scaleRebaseMultiplier: 10,
  logrows: 8,
  decompBase: 128,
  decompLegs: 3,
  paramVisibility: "Fixed",
};

const kept = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();

/** An unsafe reference string, made once. */
export function srsOf(logrows: number): Promise<Uint8Array<ArrayBuffer>> {
  let srs = kept.get(logrows);
  if (!srs) kept.set(logrows, srs = genSrs(logrows));
  return srs;
}

/** Settings, a lookup range with room for values twice as large, and the circuit. */
export function compile({ onnx, inputs, args = {}, scheme }: Subject): Compiled {
  const scales = scheme && { inputScale: scheme.inputScale, paramScale: scheme.dropBits };
  const wide = runArgs({ ...SMALL, ...args, ...scales });
  const network = lowerOnnx(onnx);
  const model = buildFor(network, { runArgs: wide, zkgrad: scheme });
  const extremes = simulate({ model, settings: { ...genSettings(onnx, wide), zkgrad: scheme } }, inputs);
  const lookupRange = args.lookupRange ?? safeLookupRange(extremes, 2);
  const settingsAt = (logrows: number): GraphSettings => {
    const own = runArgs({ ...wide, lookupRange, logrows });
    if (scheme === undefined) return genSettings(onnx, own);
    return { ...settingsOf(buildFor(network, { runArgs: own, zkgrad: scheme }), own), zkgrad: scheme };
  };
  // Tables of one column make the shortest keys.
  const settings = settingsAt(args.logrows ?? Math.max(8, leastLogrows(settingsAt(8))));
  const bytes = compileCircuit(onnx, settings);
  return { settings, bytes, circuit: decodeCircuit(bytes) };
}

/** What the simulator makes of one sample. */
export function simulate(
  { model, settings }: Pick<GraphCircuit, "model" | "settings">,
  inputs: readonly Float32Array[],
): Simulation {
  return new Simulator(model, { runArgs: settings.runArgs, trace: true }).run(quantized(model, inputs), 1);
}

/** The inputs as the circuit's whole numbers. */
export function quantized(model: GraphCircuit["model"], inputs: readonly Float32Array[]): Float64Array[] {
  return model.inputs.map((key, place) => {
    const { opkind } = model.nodes.get(key)!;
    assert.ok(opkind.kind === "Input");
    return quantizeInput(inputs[place], opkind.scale, opkind.datumType);
  });
}

/** `input.json` for one sample. */
export function inputFile(inputs: readonly Float32Array[]): string {
  return JSON.stringify({ input_data: inputs.map((input) => [...input]) });
}

/** How far integers lie from the floats. */
export interface Distance {
  /** Largest distance. */
  error: number;
  /** How large it may be. */
  bound: number;
  /** Largest magnitude of the floats. */
  size: number;
}

/** What was measured on the way. */
export interface Outcome {
  logrows: number;
  blocks: number;
  /** Of the circuit that was proven. */
  coarse: Distance;
  /** Of the same circuit at finer scales. */
  fine: Distance;
}

/** Proves `subject` and checks every step against the engine, the simulator, the layout and ONNX Runtime. */
export async function proveModel(engine: Engine, subject: Subject): Promise<Outcome> {
  const { settings, bytes, circuit } = compile(subject);
  const srs = await srsOf(settings.runArgs.logrows);
  const { vk } = await setup(bytes, srs, { prover });
  checkSelectors(circuit, vk);
  checkKeySrs("proveModel()", vk, settings, srs);

  const simulation = simulate(circuit, subject.inputs);
  const file = await genWitness(bytes, inputFile(subject.inputs), { prover });
  assert.deepEqual(file, await engine.genWitness(bytes, inputFile(subject.inputs)), "the witness is the engine's");
  const witness = witnessFromJson(new TextDecoder().decode(file));
  assert.deepEqual(witness.inputs, quantized(circuit.model, subject.inputs).map(whole), "inputs of the witness");
  assert.deepEqual(witness.outputs, simulation.outputs.map(whole), "outputs of the witness");
  assert.equal(witness.minLookupInputs, BigInt(simulation.minLookup), "smallest input of a table");
  assert.equal(witness.maxLookupInputs, BigInt(simulation.maxLookup), "largest input of a table");

  const proof = await prove(file, vk, bytes, srs, { prover });
  assert.equal(await engine.verify(proof, vk, encode(settingsToJson(settings)), srs), true, "the proof holds");
  assert.equal(await verify(proof, vk, settings, srs), true, "and holds for the verifier without an engine");
  const contract = createEvmVerifier(vk, settings, srs);
  assert.equal((await runEvmVerifier(contract, proof)).holds, true, "and for the contract");
  const shown = decodeInstances(proofFromJson(new TextDecoder().decode(proof)), settings);
  if (settings.runArgs.outputVisibility === "Public") assert.deepEqual(shown.integers.outputs, witness.outputs);
  if (settings.runArgs.inputVisibility === "Public") assert.deepEqual(shown.integers.inputs, witness.inputs);

  const floats = await onnxRuntime(subject);
  const coarse = checkFloats(subject, circuit, floats);
  const fine = checkFloats(subject, finer(subject, settings), floats);
  // A bound as wide as the values would let any circuit pass.
  assert.ok(fine.bound < fine.size / 4, `the bound ${fine.bound} says nothing about values up to ${fine.size}`);
  return { logrows: settings.runArgs.logrows, blocks: columnsOf(settings).blocks, coarse, fine };
}

/** The circuit by the same rules at finer scales, which is only simulated. */
function finer({ onnx, scheme }: Subject, settings: GraphSettings): Pick<GraphCircuit, "model" | "settings"> {
  const own: RunArgs = { ...settings.runArgs, inputScale: 11, paramScale: 11 };
  const isWhole = scheme?.inputScale === 0;
  const zkgrad = scheme &&
    { inputScale: isWhole ? 0 : 10, tableScale: 20, dropBits: 10, outputScale: 12, binaryInputs: false };
  const model = buildFor(lowerOnnx(onnx), { runArgs: own, zkgrad });
  return { model, settings: { ...settings, runArgs: own, zkgrad } };
}

/** Holds what the simulator makes of a circuit to the floats of ONNX Runtime. */
function checkFloats(
  { onnx, inputs }: Subject,
  circuit: Pick<GraphCircuit, "model" | "settings">,
  floats: readonly Float32Array[],
): Distance {
  const { outputs, trace } = simulate(circuit, inputs);
  const network = lowerOnnx(onnx);
  const bounds = errorBounds(circuit.model, trace, {
    longestDot: Math.max(0, ...[...linearLayers(network).values()].map(({ depth }) => depth)),
    exact: inputs.every((input) => input.every(Number.isInteger)),
    constants: new Set(network.nodes.flatMap(({ op }) => op.type === "Constant" ? [op.values.join()] : [])),
  });
  const distance: Distance = { error: 0, bound: Math.max(...bounds), size: 0 };
  outputs.forEach((output, place) => {
    const unit = 2 ** circuit.model.nodes.get(circuit.model.outputs[place][0])!.outScale;
    assert.equal(output.length, floats[place].length, "elements of an output");
    floats[place].forEach((float, at) => {
      const error = Math.abs(output[at] / unit - float);
      distance.error = Math.max(distance.error, error);
      distance.size = Math.max(distance.size, Math.abs(float));
      assert.ok(
        error <= bounds[place],
        `element ${at} of output ${place} is ${output[at] / unit}, ONNX Runtime has ${float}; ` +
          `that is ${error} apart, and rounding explains ${bounds[place]}`,
      );
    });
  });
  return distance;
}

/** Every gate is on in the key exactly where the layout has it. */
function checkSelectors({ model, settings }: GraphCircuit, vk: Uint8Array): void {
  const laid = layOut(model, settings.runArgs, "keygen");
  assert.ok(
    laid.cells <= settings.totalAssignments,
    `${laid.cells} cells are laid, ${settings.totalAssignments} counted`,
  );
  const { map } = readSelectors(vk, settings);
  const expected = laid.selectors as SelectorMap;
  assert.deepEqual(map.gates().sort(), expected.gates().sort(), "gates that are on somewhere");
  for (const gate of expected.gates()) {
    assert.equal(map.count(gate), expected.count(gate), `cells with the gate ${gate}`);
    for (let place = 0; place < 64; place++) {
      const [read, own] = [map.bits(gate, place), expected.bits(gate, place)];
      if (own !== null) assert.deepEqual(read, own, `rows with the gate ${gate} in place ${place}`);
    }
  }
}

async function onnxRuntime({ onnx, inputs, shapes }: Subject): Promise<Float32Array[]> {
  const session = await ort.InferenceSession.create(onnx, { intraOpNumThreads: 1 });
  const feeds = [...shapes].map(([name, shape], place) => [name, new ort.Tensor("float32", inputs[place], shape)]);
  const results = await session.run(Object.fromEntries(feeds));
  const floats = session.outputNames.map((name) => results[name].data as Float32Array);
  await session.release();
  return floats;
}

function whole(values: Float64Array): bigint[] {
  return Array.from(values, BigInt);
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
