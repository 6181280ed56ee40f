/**
 * A circuit under consideration: rounded once, then run on samples and priced.
 * @module
 */
import { DeviceError, ZkgradError } from "../../../core/base/errors.ts";
import type { RunArgs } from "../format/run_args.ts";
import type { GraphSettings } from "../format/settings.ts";
import type { Price } from "../layout/price.ts";
import type { Scheme } from "../network/scheme.ts";
import type { Evaluation, Examination } from "./evaluate.ts";
import { lossOf, type Measure } from "./measure.ts";
import type { RoundedTensors } from "./rounded_onnx.ts";
import type { Met } from "./met.ts";
import type { Priced, RoundedCircuit } from "./weigher.ts";
import type { WeighingCrew } from "./weighing_crew.ts";

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

let ids = 0;

/** A candidate with everything that it takes to go on with it. */
export class Draft {
  /** Its settings; null where it was dropped. */
  settings: GraphSettings | null = null;
  readonly #crew: WeighingCrew;
  readonly #found: Candidate;
  readonly #id = ids++;
  #rounded: RoundedCircuit["rounded"] = new Map();
  #tensors: RoundedTensors = new Map();

  /** A circuit of the crew's network at these scales. */
  constructor(scheme: Scheme, deadZone: number, crew: WeighingCrew) {
    this.#crew = crew;
    this.#found = { scheme, deadZone, evaluation: null, price: null, dropped: null };
  }

  /** What is known of it. */
  get candidate(): Candidate {
    return { ...this.#found };
  }

  /** Its weights on their grids. */
  get tensors(): RoundedTensors {
    return this.#tensors;
  }

  /** Whether it can be proven, and by `measure` is no further from the float network than `limit`. */
  isWithin(measure: Measure, limit: number): boolean {
    const { evaluation } = this.#found;
    return this.settings !== null && evaluation !== null && lossOf(measure, evaluation) <= limit;
  }

  /**
   * Rounds it, runs it on the crew's `screening` samples, which are the first of `examination` and known to it, and
   * prices it.
   */
  async weigh(examination: Examination, screening: number): Promise<void> {
    const { scheme, deadZone } = this.#found;
    const weighed = await this.#crew.do("weigh", () => ({ scheme, deadZone }));
    this.#rounded = weighed.rounded;
    this.#tensors = weighed.tensors;
    if (weighed.met !== null) this.#found.evaluation = examination.judge(weighed.met, screening, null);
    if (weighed.refusal === null) this.#take(weighed.priced);
    else this.#found.dropped = weighed.refusal;
  }

  /** Runs it on all samples, as far as it has not been, and prices it again. */
  async examine(examination: Examination): Promise<void> {
    const { evaluation } = this.#found, { count } = examination;
    if (evaluation === null || evaluation.samples >= count) return;
    this.settings = this.#found.price = null;
    try {
      const met = await this.#meet(examination, evaluation.samples, null);
      this.#found.evaluation = examination.judge(met, count, evaluation);
      const { lookupRange, maxDecomposed } = this.#found.evaluation;
      this.#take(await this.#crew.do("price", () => ({ circuit: this.#circuit, met: { lookupRange, maxDecomposed } })));
    } catch (error) {
      // A signal's reason and a thread that failed say nothing of the circuit.
      this.#crew.throwIfEnded();
      if (!(error instanceof ZkgradError) || error instanceof DeviceError) throw error;
      this.#found.dropped = error.message;
    }
  }

  /** How its circuit does on samples that nothing was chosen by. */
  async test(examination: Examination): Promise<Evaluation> {
    const met = await this.#meet(examination, 0, this.settings!.runArgs);
    return examination.judge(met, examination.count, null);
  }

  get #circuit(): RoundedCircuit {
    return { id: this.#id, scheme: this.#found.scheme, rounded: this.#rounded };
  }

  #take(priced: Priced | null): void {
    if (priced !== null) ({ settings: this.settings, price: this.#found.price } = priced);
    else {
      this.#found.dropped =
        `its tables, which got ${
          this.#found.evaluation!.lookupRange.join(" to ")
        }, do not fit into one column, its hashes do not, or ` +
        `its keys do not fit into memory; take smaller tableRows, or a larger maxLogrows`;
    }
  }

  /** What it makes of the samples from `from` on, part by part. */
  async #meet(examination: Examination, from: number, args: RunArgs | null): Promise<Met> {
    const { count } = examination, circuit = this.#circuit;
    const parts = Array.from({ length: Math.ceil((count - from) / PART) }, (_, part) => {
      const start = from + part * PART;
      const batch = () => examination.batch(start, Math.min(start + PART, count));
      return this.#crew.do("simulate", () => ({ ...batch(), circuit, args }));
    });
    // The first part that cannot be run says why, whichever came first.
    const [done] = await Promise.all([Promise.allSettled(parts), learned(examination, count, this.#crew)]);
    return joined(done.map((each) => {
      if (each.status === "rejected") throw each.reason;
      return each.value;
    }));
  }
}

/** Has the float network run on the first `samples` of an examination, as far as it has not been. */
export async function learned(examination: Examination, samples: number, crew: WeighingCrew): Promise<void> {
  await Promise.all(Array.from(examination.unknown(samples), async ({ from, to }) => {
    examination.learn(from, await crew.do("float", () => examination.batch(from, to)));
  }));
}

/** Samples that are run at once. */
const PART = 256;

function joined(parts: readonly Met[]): Met {
  return {
    outputs: parts[0].outputs.map((_, index) => {
      const own = parts.map(({ outputs }) => outputs[index]);
      const all = new Float64Array(own.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const values of own) {
        all.set(values, at);
        at += values.length;
      }
      return all;
    }),
    lookupRange: [
      Math.min(...parts.map(({ lookupRange }) => lookupRange[0])),
      Math.max(...parts.map(({ lookupRange }) => lookupRange[1])),
    ],
    maxDecomposed: Math.max(...parts.map(({ maxDecomposed }) => maxDecomposed)),
  };
}
