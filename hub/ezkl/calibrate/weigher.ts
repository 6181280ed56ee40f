/**
 * What a fidelity calibration computes, piece by piece: each piece depends on what it is asked with alone, so whoever
 * does it, on whatever thread, finds the same to the last bit.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";
import { buildFrugal } from "../compile/frugal.ts";
import { lowerOnnx } from "../compile/lower.ts";
import type { CircuitModel } from "../format/circuit.ts";
import type { RunArgs } from "../format/run_args.ts";
import type { GraphSettings } from "../format/settings.ts";
import type { Price } from "../layout/price.ts";
import { simulatedDots } from "../network/frugal_ops.ts";
import type { Extent } from "../network/network.ts";
import type { RoundedLayer, Rounding } from "../network/rounded_layer.ts";
import type { Scheme } from "../network/scheme.ts";
import { Simulator } from "../simulate/simulator.ts";
import { RoundingCalibration } from "./compensated.ts";
import { FloatNetwork } from "./float_network.ts";
import { cheapestSettings, frugalArgs, type SettingsLimits } from "./frugal_settings.ts";
import { type Batch, meet, type Met } from "./met.ts";
import { recorded, type RoundedTensors } from "./rounded_onnx.ts";

/** What a calibration is about, for all its pieces. */
export interface Study {
  /** The network's file. */
  readonly onnx: Uint8Array;
  /** Its symbolic dimensions. */
  readonly variables: RunArgs["variables"];
  /** Samples on which weights are rounded. */
  readonly calibration: Batch;
  /** Samples on which every circuit is run. */
  readonly screening: Batch;
  /** What limits settings. */
  readonly limits: SettingsLimits;
}

/** A circuit whose weights are rounded. */
export interface RoundedCircuit {
  /** Its number among those of the study. */
  readonly id: number;
  /** Its scales. */
  readonly scheme: Scheme;
  /** Its layers by place. */
  readonly rounded: ReadonlyMap<number, RoundedLayer>;
}

/** The cheapest settings of a circuit. */
export interface Priced {
  /** They. */
  settings: GraphSettings;
  /** What proving takes with them. */
  price: Price;
}

/** A circuit that was rounded, run and priced, as far as it came. */
export interface Weighed {
  /** Its layers by place. */
  rounded: Map<number, RoundedLayer>;
  /** Its weights as the file is to have them. */
  tensors: RoundedTensors;
  /** What it made of the samples; null where it could not be run. */
  met: Met | null;
  /** Null where it does not fit. */
  priced: Priced | null;
  /** Why it could not be run or priced; null where it could. */
  refusal: string | null;
}

/** The pieces: what is asked with, and what comes of it. */
export interface Pieces {
  /** What the float network's numbers are on the samples for rounding, by place. */
  extents: { asked: Record<never, never>; answer: Extent[] };
  /** The float network's outputs. */
  float: { asked: Batch; answer: Float64Array[] };
  /** A circuit at these scales, rounded, run on the screening samples and priced. */
  weigh: { asked: { readonly scheme: Scheme; readonly deadZone: number }; answer: Weighed };
  /** What a circuit makes of samples, with the run arguments of its settings or null for those that it is weighed with. */
  simulate: { asked: Batch & { readonly circuit: RoundedCircuit; readonly args: RunArgs | null }; answer: Met };
  /** The cheapest settings of a circuit, with room for what it met. */
  price: { asked: { readonly circuit: RoundedCircuit; readonly met: Omit<Met, "outputs"> }; answer: Priced | null };
}

/** One piece of work. */
export type Piece = { [Kind in keyof Pieces]: { readonly kind: Kind } & Pieces[Kind]["asked"] }[keyof Pieces];

/** The simulator that runs the parts of one circuit. */
interface Kept {
  readonly id: number;
  readonly isPriced: boolean;
  readonly model: CircuitModel;
  readonly simulator: Simulator;
}

/** Does pieces of one study. */
export class Weigher {
  readonly #study: Study;
  readonly #float: FloatNetwork;
  #calibration: RoundingCalibration | null = null;
  #kept: Kept | null = null;

  /** `float` is the study's network, where there is one already. */
  constructor(study: Study, float: FloatNetwork = new FloatNetwork(lowerOnnx(study.onnx, study.variables))) {
    this.#study = study;
    this.#float = float;
  }

  /**
   * Does one.
   * @throws {ZkgradError} where a circuit cannot be run or priced
   */
  do<Kind extends keyof Pieces>(piece: { readonly kind: Kind } & Pieces[Kind]["asked"]): Pieces[Kind]["answer"] {
    return this.#do(piece as unknown as Piece) as Pieces[Kind]["answer"];
  }

  #do(piece: Piece): Pieces[keyof Pieces]["answer"] {
    switch (piece.kind) {
      case "extents":
        return this.#rounding().extents;
      case "float": {
        const values = this.#float.run(piece.inputs, piece.count);
        return this.#float.network.outputs.map((place) => values[place]);
      }
      case "weigh":
        return this.#weigh(piece.scheme, piece.deadZone);
      case "simulate": {
        const { model, simulator } = this.#kept = this.#keep(piece.circuit, piece.args);
        return meet(model, simulator, piece);
      }
      case "price":
        return this.#price(piece.circuit.scheme, piece.circuit.rounded, piece.met);
    }
  }

  #weigh(scheme: Scheme, deadZone: number): Weighed {
    const { rounding, tensors } = recorded(
      this.#float.network,
      this.#rounding().rounding((_, { weight }) => Math.max(0.5, deadZone * 2 ** weight)),
    );
    const rounded = new Map<number, RoundedLayer>();
    const weighed: Weighed = { rounded, tensors, met: null, priced: null, refusal: null };
    try {
      const args = this.#args(scheme);
      const dense = this.#dense(scheme, args, (layer, place, scales) => {
        const own = rounding(layer, place, scales);
        rounded.set(place, own);
        return own;
      });
      weighed.met = meet(dense, new Simulator(dense, { runArgs: args }), this.#study.screening);
      weighed.priced = this.#price(scheme, rounded, weighed.met);
    } catch (error) {
      if (!(error instanceof ZkgradError)) throw error;
      weighed.refusal = error.message;
    }
    return weighed;
  }

  #rounding(): RoundingCalibration {
    const { inputs, count } = this.#study.calibration;
    return this.#calibration ??= new RoundingCalibration(this.#float, inputs, count);
  }

  #args(scheme: Scheme): RunArgs {
    return frugalArgs(scheme, this.#study.limits.runArgs);
  }

  #dense(scheme: Scheme, args: RunArgs, rounding: Rounding): CircuitModel {
    return buildFrugal(this.#float.network, args, { ...scheme, binaryInputs: false }, rounding, simulatedDots);
  }

  #keep({ id, scheme, rounded }: RoundedCircuit, given: RunArgs | null): Kept {
    const kept = this.#kept, isPriced = given !== null;
    if (kept !== null && kept.id === id && kept.isPriced === isPriced) return kept;
    const args = given ?? this.#args(scheme), model = this.#dense(scheme, args, known(rounded));
    return { id, isPriced, model, simulator: new Simulator(model, { runArgs: args }) };
  }

  #price(scheme: Scheme, rounded: RoundedCircuit["rounded"], met: Omit<Met, "outputs">): Priced | null {
    const rounding = known(rounded);
    const build = (args: RunArgs) => buildFrugal(this.#float.network, args, scheme, rounding);
    return cheapestSettings(build, scheme, met, this.#study.limits);
  }
}

function known(rounded: RoundedCircuit["rounded"]): Rounding {
  return (_, place) => rounded.get(place)!;
}
