/**
 * A circuit under consideration: rounded once, then run on samples and priced.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";
import { buildFrugal } from "../compile/frugal.ts";
import { simulatedDots } from "../network/frugal_ops.ts";
import type { Network } from "../network/network.ts";
import type { RoundedLayer, Rounding } from "../network/rounded_layer.ts";
import type { Scheme } from "../network/scheme.ts";
import type { RunArgs } from "../format/run_args.ts";
import type { GraphSettings } from "../format/settings.ts";
import type { Price } from "../layout/price.ts";
import type { RoundingCalibration } from "./compensated.ts";
import type { Evaluation, Examination } from "./evaluate.ts";
import { cheapestSettings, frugalArgs, type SettingsLimits } from "./frugal_settings.ts";
import { lossOf, type Measure } from "./measure.ts";
import { recorded, type RoundedTensors } from "./rounded_onnx.ts";

/** A circuit that was weighed. */
export interface Candidate {
  /** Its scales. */
  scheme: Scheme;
  /** Magnitude below which a weight became 0, where that is coarser than the grid's own rounding. */
  deadZone: number;
  /** How it did; null where it could not be run. */
  evaluation: Evaluation | null;
  /** What proving it takes; null where it does not fit. */
  price: Price | null;
  /** Why it was dropped; null where it was not. */
  dropped: string | null;
}

/** A candidate with everything that it takes to go on with it. */
export class Draft {
  /** Its weights on their grids; filled by the first examination. */
  readonly tensors: RoundedTensors;
  /** Its settings; null where it was dropped. */
  settings: GraphSettings | null = null;
  readonly #network: Network;
  readonly #rounded = new Map<number, RoundedLayer>();
  #first: Rounding | null;
  readonly #limits: SettingsLimits;
  readonly #found: Candidate;

  /** A circuit of `network` at these scales. */
  constructor(
    network: Network,
    scheme: Scheme,
    deadZone: number,
    calibration: RoundingCalibration,
    limits: SettingsLimits,
  ) {
    const { rounding, tensors } = recorded(
      network,
      calibration.rounding((_, { weight }) => Math.max(0.5, deadZone * 2 ** weight)),
    );
    this.tensors = tensors;
    this.#network = network;
    this.#first = rounding;
    this.#limits = limits;
    this.#found = { scheme, deadZone, evaluation: null, price: null, dropped: null };
  }

  /** Every layer is rounded once, however many circuits are built. */
  readonly #rounding: Rounding = (layer, place, scales) => {
    const rounded = this.#rounded.get(place) ?? this.#first!(layer, place, scales);
    this.#rounded.set(place, rounded);
    return rounded;
  };

  /** What is known of it. */
  get candidate(): Candidate {
    return { ...this.#found };
  }

  /** Whether it can be proven, and by `measure` is no further from the float network than `limit`. */
  isWithin(measure: Measure, limit: number): boolean {
    const { evaluation } = this.#found;
    return this.settings !== null && evaluation !== null && lossOf(measure, evaluation) <= limit;
  }

  /** How its circuit does on samples that nothing was chosen by. */
  test(examination: Examination): Evaluation {
    return examination.evaluate(this.#dense(), this.settings!.runArgs, examination.count);
  }

  #dense() {
    const { scheme } = this.#found, args = this.settings!.runArgs;
    return buildFrugal(this.#network, args, { ...scheme, binaryInputs: false }, this.#rounding, simulatedDots);
  }

  /** Runs it on the first `samples`, as far as it has not been, and prices it. */
  examine(examination: Examination, samples: number): void {
    const { scheme, evaluation } = this.#found;
    if (evaluation !== null && evaluation.samples >= samples) return;
    this.settings = this.#found.price = null;
    try {
      const args = frugalArgs(scheme, this.#limits.runArgs);
      const dense = buildFrugal(this.#network, args, { ...scheme, binaryInputs: false }, this.#rounding, simulatedDots);
      // It holds all that the network made of the samples.
      this.#first = null;
      const found = this.#found.evaluation = examination.evaluate(dense, args, samples, evaluation);
      const build = (args: RunArgs) => buildFrugal(this.#network, args, scheme, this.#rounding);
      const best = cheapestSettings(build, scheme, found, this.#limits);
      if (best !== null) ({ settings: this.settings, price: this.#found.price } = best);
      else {
        this.#found.dropped =
          `its tables, which got ${
            found.lookupRange.join(" to ")
          }, do not fit into one column, its hashes do not, or ` +
          `its keys do not fit into memory; take smaller tableRows, or a larger maxLogrows`;
      }
    } catch (error) {
      if (!(error instanceof ZkgradError)) throw error;
      this.#found.dropped = error.message;
    }
  }
}
