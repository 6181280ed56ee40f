/**
 * Where a circuit rounds a module's numbers, by the names of the module's own graph.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import type { Shape } from "../../core/base/shape.ts";
import { inputName } from "../../core/graph/check.ts";
import type { Node } from "../../core/graph/graph.ts";
import { type AnyModule, trace } from "../../core/graph/module.ts";
import type { QConfigMapping, Quantizer } from "../../core/graph/quantization.ts";
import { exportGraph } from "../../onnx/export.ts";
import { quote } from "../../onnx/quote.ts";
import { FakeQuantize } from "../../ops/fake_quantize.ts";
import { frugalArgs } from "./calibrate/frugal_settings.ts";
import { buildFrugal } from "./compile/frugal.ts";
import { foldedOnnx } from "./compile/folded_onnx.ts";
import { lowerOnnx } from "./compile/lower.ts";
import type { CircuitModel } from "./format/circuit.ts";
import type { Value } from "./network/circuit_builder.ts";
import { denseDots } from "./network/frugal_ops.ts";
import { type LinearLayer, linearLayers } from "./network/linear_layer.ts";
import type { Network } from "./network/network.ts";
import { type LayerScales, nearest } from "./network/rounded_layer.ts";
import type { Scheme } from "./network/scheme.ts";

/** See `quantizationOf`; `deadZone` is one for all layers, or some by the names of their weights. */
export function quantizedPlaces(
  model: AnyModule,
  shapes: readonly Shape[],
  scheme: Scheme,
  deadZone: number | Readonly<Record<string, number>>,
): QConfigMapping {
  const where = "quantizationOf()";
  const own = typeof deadZone === "number" ? null : deadZone;
  const traced = trace(model, shapes.map((shape) => [1, ...shape]));
  const state = new Map(model.namedState());
  const nodes = new Map<string, Node>();
  const onNode = (node: Node, names: readonly string[]) => names.forEach((name) => nodes.set(quote(name), node));
  const weights = (name: string) => state.get(name)!.data;
  const network = lowerOnnx(foldedOnnx(exportGraph({ ...traced, weights, batch: 1, onNode }), []), []);
  const circuit = frugalCircuit(network, scheme);

  const values: Record<string, Quantizer> = {}, reads: Record<string, Quantizer> = {};
  const nodeOf = (place: number) => nodes.get(nameIn(network.nodes[place].label))?.name;
  const ofParameter = (place: number, bits: number, zone?: number) => {
    const { label } = network.nodes[place], tensor = tensorOf(network, place);
    if (!traced.parameters.has(tensor)) {
      throw new ArgumentError(
        `${where}: ${label} is no parameter of the model but made of several, or of one in another order, so nothing ` +
          "can be rounded where they are trained; train without, or leave the norm behind the layer out",
      );
    }
    values[tensor] = onGrid(bits, zone);
  };
  network.inputs.forEach((place, k) => {
    const { op } = network.nodes[place], isWhole = op.type === "Input" && !/^F\d/.test(op.datumType);
    if (!isWhole) values[inputName(k)] = onGrid(circuit.values.get(place)!.scale);
  });
  for (const [place, { layer, scales }] of circuit.layers) {
    ofParameter(
      layer.weightPlace,
      scales.weight,
      own === null ? deadZone as number : own[tensorOf(network, layer.weightPlace)] ?? 0,
    );
    if (layer.biasPlace !== null) ofParameter(layer.biasPlace, scales.output);
    const steps = bitsBetween(circuit.values.get(layer.source)!.scale, scales.input, scheme.dropBits);
    if (steps.length > 0) reads[nodeOf(place)!] = inTurn(steps.map((bits) => onGrid(bits)));
  }
  for (const { place, reads: read, gives } of circuit.tables) {
    const name = nodeOf(place);
    if (name === undefined) continue;
    if (read !== null) reads[name] = onGrid(read);
    if (gives !== null) values[name] = onGrid(gives);
  }
  refuseUnknown(own ?? {}, [...circuit.layers.values()].map(({ layer }) => tensorOf(network, layer.weightPlace)));
  return { values, reads };
}

/** Whole multiples of 2^-bits, halves away from zero, as circuits have them. */
function onGrid(bits: number, deadZone = 0): FakeQuantize {
  return new FakeQuantize({ scale: 2 ** -bits, ties: "away", deadZone });
}

/** One after another, as a circuit drops bits more than once. */
function inTurn(quantizers: readonly Quantizer[]): Quantizer {
  if (quantizers.length === 1) return quantizers[0];
  return {
    forward: (value) => quantizers.reduce((made, quantizer) => quantizer.forward(made), value),
    quantize: (data) =>
      quantizers.reduce((made, quantizer) => quantizer.quantize(made), data) as Float32Array<ArrayBuffer>,
  };
}

/** The scales on the way down, `step` bits at a time. */
function bitsBetween(from: number, to: number, step: number): number[] {
  return from <= to ? [] : [...bitsBetween(from, to + step, step), to];
}

/** The parameter that a constant is; a file may have it the other way round. */
function tensorOf({ nodes }: Network, place: number): string {
  return (nodes[place].tensor ?? "").replace(/\.T$/, "");
}

/** What is quoted in `node "/conv1/Conv" (Conv)`. */
function nameIn(label: string): string {
  return /^node (".*") \(/.exec(label)?.[1] ?? "";
}

interface Rounded {
  /** Layers by place, with their scales. */
  layers: Map<number, { layer: LinearLayer; scales: LayerScales }>;
  /** What each place became. */
  values: Map<number, Value>;
  /** Places with a table: the bits of what it reads where that is made coarser, and of what it gives. */
  tables: { place: number; reads: number | null; gives: number | null }[];
}

/** Builds the circuit once, to see at which scales everything comes out. */
function frugalCircuit(network: Network, scheme: Scheme): Rounded {
  const layers: Rounded["layers"] = new Map(), values: Rounded["values"] = new Map();
  const args = frugalArgs(scheme);
  const model = buildFrugal(
    network,
    args,
    { ...scheme, binaryInputs: false },
    (layer, place, scales) => {
      layers.set(place, { layer, scales });
      return nearest(layer, place, scales);
    },
    denseDots,
    (place, value) => values.set(place, value),
  );
  const inLayers = new Set([...linearLayers(network).keys()].map((place) => network.nodes[place].label));
  let before = -1;
  const tables: Rounded["tables"] = [];
  for (const [place, value] of values) {
    const keys = Array.from({ length: Math.max(0, value.key - before) }, (_, k) => before + 1 + k);
    before = Math.max(before, value.key);
    if (inLayers.has(network.nodes[place].label)) continue;
    const looked = keys.filter((key) => model.nodes.get(key)!.opkind.kind === "Nonlinear");
    if (looked.length > 0) tables.push({ place, ...ends(model, network, place, looked, values) });
  }
  return { layers, values, tables };
}

/** How the operand of a place is made coarser before anything else, and what comes of all. */
function ends(
  model: CircuitModel,
  network: Network,
  place: number,
  looked: readonly number[],
  values: ReadonlyMap<number, Value>,
): { reads: number | null; gives: number } {
  const operand = values.get(network.nodes[place].inputs[0]), made = values.get(place)!;
  const [first] = looked.map((key) => model.nodes.get(key)!);
  const isCoarser = operand !== undefined && first.inputs[0][0] === operand.key && first.outScale < operand.scale &&
    looked.length > 1;
  return { reads: isCoarser ? first.outScale : null, gives: made.scale };
}

function refuseUnknown(given: Readonly<Record<string, number>>, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    throw new ArgumentError(
      `quantizationOf(): deadZone names ${name}, and no layer has such weights; there are ${known.join(", ")}`,
    );
  }
}
