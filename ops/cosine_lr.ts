/**
 * Schedules that follow a cosine: CosineAnnealingLR and OneCycleLR.
 * @module
 */
import { checkArguments, expect, finite, flag, isList, whole } from "../core/base/arguments.ts";
import { ArgumentError } from "../core/base/errors.ts";
import { namesOf, oneOf } from "../core/base/known.ts";
import type { Optimizer } from "../core/graph/optimizer.ts";
import { LRScheduler, type Scheduled } from "../core/graph/scheduler.ts";

/** Options of {@linkcode CosineAnnealingLR}. */
export interface CosineAnnealingLROptions {
  /** The lowest rate; default 0. */
  readonly etaMin?: number;
}

const COSINE = namesOf<CosineAnnealingLROptions>({ etaMin: true });

/**
 * `lr = etaMin + (base - etaMin) * (1 + cos(pi t / tMax)) / 2`, torch.optim.lr_scheduler.CosineAnnealingLR
 * (Loshchilov and Hutter 2017, without restarts).
 */
export class CosineAnnealingLR extends LRScheduler {
  /** The schedule in words. */
  readonly settings: string;
  readonly #total: number;
  readonly #least: number;

  /** From the rate at first to the lowest within `tMax` epochs, or updates. Throws an `ArgumentError` for what are none. */
  constructor(optimizer: Optimizer, tMax: number, options: CosineAnnealingLROptions = {}) {
    super(optimizer);
    checkArguments("CosineAnnealingLR", arguments, 2, COSINE, ["etaMin"]);
    this.#total = whole("CosineAnnealingLR: tMax", tMax);
    const { etaMin = 0 } = options;
    this.#least = finite("CosineAnnealingLR: etaMin", etaMin, 0);
    this.settings = `CosineAnnealingLR tMax ${tMax} etaMin ${this.#least}`;
    this.goTo(0);
  }

  /** See {@linkcode LRScheduler.at}. */
  override at(count: number): readonly Scheduled[] {
    return this.baseLrs.map((lr) => ({
      lr: this.#least + (lr - this.#least) * (1 + Math.cos(Math.PI * count / this.#total)) / 2,
    }));
  }
}

/** Options of {@linkcode OneCycleLR}, with PyTorch's defaults. */
export interface OneCycleLROptions {
  /** All updates of the cycle; or give `epochs` and `stepsPerEpoch`. */
  readonly totalSteps?: number;
  /** Epochs of the cycle. */
  readonly epochs?: number;
  /** Updates of an epoch. */
  readonly stepsPerEpoch?: number;
  /** The share of the cycle in which the rate rises; default 0.3. */
  readonly pctStart?: number;
  /** How it rises and falls: by a cosine or a straight line; default `"cos"`. */
  readonly annealStrategy?: "cos" | "linear";
  /** Whether momentum (Adam's first decay) falls as the rate rises; default true. */
  readonly cycleMomentum?: boolean;
  /** The lowest momentum; default 0.85. */
  readonly baseMomentum?: number;
  /** The highest momentum; default 0.95. */
  readonly maxMomentum?: number;
  /** The highest rate divided by the first; default 25. */
  readonly divFactor?: number;
  /** The first rate divided by the last; default 10000. */
  readonly finalDivFactor?: number;
  /** Whether the rate first falls to where it began, and then further; default false. */
  readonly threePhase?: boolean;
}

const ONE_CYCLE = namesOf<OneCycleLROptions>({
  totalSteps: true,
  epochs: true,
  stepsPerEpoch: true,
  pctStart: true,
  annealStrategy: true,
  cycleMomentum: true,
  baseMomentum: true,
  maxMomentum: true,
  divFactor: true,
  finalDivFactor: true,
  threePhase: true,
});

/** A part of the cycle: where it ends, and from what to what rate (as shares of the highest) and momentum. */
interface Phase {
  readonly end: number;
  readonly lr: readonly [number, number];
  readonly momentum: readonly [number, number];
}

/**
 * The rate rises to `maxLr` and falls far below where it began, torch.optim.lr_scheduler.OneCycleLR (Smith and Topin
 * 2018). It goes on with every update: give the trainer `interval: "step"`.
 *
 * @example
 * ```ts
 * import { Adam, DataLoader, nn, OneCycleLR, TensorDataset, Trainer } from "@zkgrad/zkgrad";
 *
 * const inputs = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]);
 * const data = new TensorDataset({ inputs, shape: [2], targets: new Uint8Array([0, 1, 1, 0]) });
 * const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 2));
 * const loss = new nn.CrossEntropyLoss(), optimizer = new Adam({ lr: 0.1 });
 * const loader = new DataLoader(data, { batchSize: 4 });
 * const scheduler = new OneCycleLR(optimizer, 0.1, { epochs: 10, stepsPerEpoch: loader.length });
 * using trainer = await Trainer.create({ model, loss, optimizer, scheduler, interval: "step", device: "cpu" });
 * for (let epoch = 0; epoch < 10; epoch++) await trainer.fit(loader);
 * ```
 */
export class OneCycleLR extends LRScheduler {
  /** The schedule in words. */
  readonly settings: string;
  readonly #maxLrs: readonly number[];
  readonly #total: number;
  readonly #phases: readonly Phase[];
  readonly #cosine: boolean;
  readonly #cyclesMomentum: boolean;

  /**
   * A cycle. Throws an `ArgumentError` for options that do not fit.
   *
   * @param maxLr The highest rate, or one for each group.
   */
  constructor(optimizer: Optimizer, maxLr: number | readonly number[], options: OneCycleLROptions = {}) {
    super(optimizer);
    checkArguments("OneCycleLR", arguments, 2, ONE_CYCLE, ["totalSteps", "epochs", "stepsPerEpoch", "pctStart"]);
    const say = (name: string): string => `OneCycleLR: ${name}`;
    const groups = optimizer.paramGroups;
    const most = typeof maxLr === "number" ? groups.map(() => maxLr) : maxLr;
    expect(isList(most) && most.length === groups.length, say("maxLr"), maxLr, `a rate, or ${groups.length} of them`);
    this.#maxLrs = Array.from(most, (lr) => finite(say("maxLr"), lr, 0));
    this.#total = totalOf(options);
    const { pctStart = 0.3, annealStrategy = "cos", cycleMomentum = true, threePhase = false } = options;
    const { baseMomentum = 0.85, maxMomentum = 0.95, divFactor = 25, finalDivFactor = 1e4 } = options;
    expect(finite(say("pctStart"), pctStart, 0) <= 1, say("pctStart"), pctStart, "a number in [0, 1]");
    this.#cosine = oneOf(say("annealStrategy"), annealStrategy, ["cos", "linear"] as const) === "cos";
    this.#cyclesMomentum = flag(say("cycleMomentum"), cycleMomentum);
    const rise = [finite(say("baseMomentum"), baseMomentum, 0, 1), finite(say("maxMomentum"), maxMomentum, 0, 1)];
    const [low, high] = rise;
    for (const [name, value] of Object.entries({ divFactor, finalDivFactor })) {
      expect(finite(say(name), value, 0) > 0, say(name), value, "a number greater than 0");
    }
    const [first, last] = [1 / divFactor, 1 / divFactor / finalDivFactor];
    const turn = pctStart * this.#total - 1;
    const up: Phase = { end: turn, lr: [first, 1], momentum: [high, low] };
    this.#phases = flag(say("threePhase"), threePhase)
      ? [
        up,
        { end: 2 * pctStart * this.#total - 2, lr: [1, first], momentum: [low, high] },
        { end: this.#total - 1, lr: [first, last], momentum: [high, high] },
      ]
      : [up, { end: this.#total - 1, lr: [1, last], momentum: [low, high] }];
    if (cycleMomentum && !groups.every((group) => "momentum" in group || "betas" in group)) {
      throw new ArgumentError(
        `${say("cycleMomentum")}: ${optimizer.name} has no momentum; give cycleMomentum: false`,
      );
    }
    const momentum = cycleMomentum ? ` momentum ${rise.join(" ")}` : "";
    this.settings = `OneCycleLR maxLr ${this.#maxLrs.join(" ")} totalSteps ${this.#total} pctStart ${pctStart} ` +
      `${annealStrategy} divFactor ${divFactor} ${finalDivFactor}${threePhase ? " threePhase" : ""}${momentum}`;
    this.goTo(0);
  }

  /** See {@linkcode LRScheduler.at}. */
  override at(count: number): readonly Scheduled[] {
    if (count > this.#total) {
      throw new ArgumentError(
        `OneCycleLR: its cycle of ${this.#total} steps is over, and it was to go on to step ${count}; give it more ` +
          "totalSteps, or train for fewer",
      );
    }
    const next = this.#phases.findIndex(({ end }) => count <= end);
    const at = next === -1 ? this.#phases.length - 1 : next;
    const { end, lr, momentum } = this.#phases[at];
    const begin = at === 0 ? 0 : this.#phases[at - 1].end;
    const share = end > begin ? (count - begin) / (end - begin) : 1;
    const between = ([from, to]: readonly [number, number]): number =>
      this.#cosine ? to + (from - to) / 2 * (1 + Math.cos(Math.PI * share)) : from + (to - from) * share;
    return this.#maxLrs.map((most, k) => {
      const group = this.optimizer.paramGroups[k] as { betas?: readonly [number, number] };
      const rate = { lr: most * between(lr) };
      if (!this.#cyclesMomentum) return rate;
      const now = between(momentum);
      return group.betas === undefined ? { ...rate, momentum: now } : { ...rate, betas: [now, group.betas[1]] };
    });
  }
}

function totalOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleLROptions): number {
  if (epochs !== undefined) whole("OneCycleLR: epochs", epochs);
  if (stepsPerEpoch !== undefined) whole("OneCycleLR: stepsPerEpoch", stepsPerEpoch);
  if (totalSteps !== undefined) return whole("OneCycleLR: totalSteps", totalSteps);
  if (epochs === undefined && stepsPerEpoch === undefined) {
    throw new ArgumentError("OneCycleLR: totalSteps is undefined, expected it, or epochs and stepsPerEpoch");
  }
  return whole("OneCycleLR: epochs", epochs) * whole("OneCycleLR: stepsPerEpoch", stepsPerEpoch);
}
