/**
 * The circuits that a fidelity calibration weighs.
 * @module
 */
import { TABLE_RESERVED_ROWS } from "../../halo2/circuit/columns.ts";
import { lastValues } from "../compile/frugal.ts";
import type { LinearLayer } from "../network/linear_layer.ts";
import type { Extent, Network } from "../network/network.ts";
import type { Scheme } from "../network/scheme.ts";
import { tensorScales } from "../network/tensor_scales.ts";
import { fewestBits } from "../numbers/fixed_point.ts";
import { meaningOf } from "../operators/meanings.ts";
import type { LabelledSamples } from "./labelled_samples.ts";

/** What is varied. */
export interface SchemeGrid {
  /**
   * log2 of the rows that tables may take; the numbers in them get as fine as those hold. Default: 8, or more
   * for a large network, to maxLogrows.
   */
  tableRows?: readonly number[];
  /** Bits of the largest weight of a layer, and that values lose before they enter one. Default: 3 to 7, 3 to 5 for a large network. */
  dropBits?: readonly number[];
  /** Magnitudes below which a weight may become 0. Default: 0, 1/8, 1/4, 3/8. */
  deadZones?: readonly number[];
}

/** What can be said of samples' inputs once for all schemes. */
export interface InputFacts {
  /** By input the bits behind the point that hold it exactly, up to {@linkcode mostBits}. */
  fewest: number[];
  /** Whether all are 0 or 1. */
  binary: boolean;
}

/** Bits behind the point at which inputs are held exactly, up to this. */
const mostBits = 16;

/** Looks at all inputs of `samples`. */
export function inputFacts({ inputs }: LabelledSamples): InputFacts {
  return {
    fewest: inputs.map((values) => fewestBits(values, mostBits)),
    binary: inputs.every((values) => values.every((value) => value === 0 || value === 1)),
  };
}

/** What a scheme is made of. */
export interface Known {
  /** The network. */
  network: Network;
  /** Its layers, by place. */
  layers: ReadonlyMap<number, LinearLayer>;
  /** What its numbers are on samples, by place. */
  extents: readonly Extent[];
  /** What the samples' inputs are. */
  inputs: InputFacts;
  /** Whether the key fixes the weights. */
  fixed: boolean;
  /** How much larger than the numbers met the tables are to be. */
  margin: number;
}

/**
 * The schemes of one scale for all tables whose grid a network may lie on already, because it was trained for one; none
 * where its weights lie on no grid.
 */
export function trainedSchemes({ layers, inputs }: Known, dropBits: readonly number[]): Scheme[] {
  const onGrid = [...layers.values()].every(({ weights }) => fewestBits(weights, mostBits) < mostBits);
  if (!onGrid || layers.size === 0) return [];
  return dropBits.map((bits) => ({
    inputScale: inputs.fewest.every((own) => own === 0) ? 0 : 4,
    tableScale: 8,
    dropBits: bits,
    outputScale: bits,
    binaryInputs: inputs.binary,
  }));
}

/** The scales of a network whose tables have 2^`rows` rows and whose values lose `dropBits` bits before a layer. */
export function schemeOf(known: Known, rows: number, dropBits: number): Scheme {
  const { network, layers, extents, inputs: facts, fixed, margin } = known, { nodes, inputs } = network;
  const fewest = new Map(inputs.map((place, index) => {
    const { op } = nodes[place];
    const whole = op.type === "Input" && ["Int", "Bool", "TDim"].includes(op.datumType);
    return [place, whole ? 0 : facts.fewest[index]];
  }));
  const bits = Math.log2((2 ** rows - TABLE_RESERVED_ROWS) / 2 / margin);
  const { tableScale, scales, weightScales } = tensorScales(network, layers, {
    bits,
    dropBits,
    weightBits: Math.max(2, dropBits - 2),
    outputBits: Math.max(6, dropBits),
    last: lastValues(network),
    extents,
    fewest,
    scalingOf(place) {
      const node = nodes[place], { op } = node;
      if (op.type === "Constant") return {};
      return meaningOf(op).scaling?.({ node, operands: node.inputs.map((side) => nodes[side]), fixed }) ?? {};
    },
  });
  const inputScale = scales[inputs[0]] ?? 0;
  return { inputScale, tableScale, dropBits, outputScale: dropBits, binaryInputs: facts.binary, scales, weightScales };
}
