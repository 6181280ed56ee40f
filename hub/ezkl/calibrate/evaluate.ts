/**
 * Runs a circuit's exact integers on labelled samples and compares them with the
 * float network.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { CircuitModel } from "../format/circuit.ts";
import type { RunArgs } from "../format/run_args.ts";
import { Simulator } from "../simulate/simulator.ts";
import type { FloatNetwork } from "./float_network.ts";
import type { Answers } from "./answers.ts";
import { answersFor, checkLabels, checkSamples, type LabelledSamples } from "./labelled_samples.ts";
import { type Batch, meet, type Met } from "./met.ts";

/** How far one output of a circuit is off. */
export interface OutputError {
  /** Square root of the mean squared difference from the float network's, in the output's unit. */
  rootMeanSquare: number;
  /** How widely the float network's own values are spread: their standard deviation, each number's about its own mean. */
  spread: number;
  /** How large the float network's values are: the square root of their mean square. */
  level: number;
  /**
   * Share of the targets' variance that the circuit explains, R2; the targets are the float network's outputs where none
   * are given. Null where they are the same for all samples.
   */
  r2: number | null;
  /** The same of the float network: 1 where its own outputs are the targets. */
  floatR2: number | null;
  /** Sum of the squared differences from the float network's. */
  squares: number;
  /** Sum of the squared differences from the targets. */
  misses: number;
}

/** How a circuit did. */
export interface Evaluation {
  /** Samples that were run. */
  samples: number;
  /** Share of their answers that the circuit gives rightly; null where outputs are no answers. */
  accuracy: number | null;
  /** The float network's share on the same samples; null as `accuracy`. */
  floatAccuracy: number | null;
  /** Answers for which two classes came out as equal; the first one counts. */
  ties: number;
  /** Largest difference of an output from the float network's, in the output's unit. */
  largestError: number;
  /** Each output's error. */
  errors: OutputError[];
  /** Smallest and largest input of a table. */
  lookupRange: [low: number, high: number];
  /** Largest magnitude that is written in digits. */
  maxDecomposed: number;
}

/** Samples that are run together by the float network. */
const chunk = 64;

/** Labelled samples with the float network's outputs, computed once for many circuits. */
export class Examination {
  readonly #float: FloatNetwork;
  readonly #samples: LabelledSamples;
  /** Elements of each output for one sample. */
  readonly #sizes: number[];
  readonly #outputs: Float64Array[];
  /** How outputs are read as answers; null where they are none. */
  readonly #answers: Answers | null;
  #known = 0;

  /**
   * Compares with `float` on `samples`.
   * @throws {ArgumentError} for samples that do not fit the network, and labels that are no classes of it
   */
  constructor(float: FloatNetwork, samples: LabelledSamples) {
    const { nodes, outputs } = float.network;
    checkSamples(float.network, samples);
    checkLabels(float.network, samples);
    this.#float = float;
    this.#samples = samples;
    const answers = answersFor(float.network, samples);
    this.#answers = typeof answers === "string" ? null : answers;
    this.#sizes = outputs.map((place) => sizeOf(nodes[place].shape));
    this.#outputs = this.#sizes.map((size) => new Float64Array(samples.count * size));
  }

  /** Samples at hand. */
  get count(): number {
    return this.#samples.count;
  }

  /** Runs `model` on the first `samples` of them; those that `before` tells of already are not run again. */
  evaluate(model: CircuitModel, runArgs: RunArgs, samples: number, before: Evaluation | null = null): Evaluation {
    for (const { from, to } of this.unknown(samples)) {
      const batch = this.batch(from, to);
      const values = this.#float.run(batch.inputs, batch.count);
      this.learn(from, this.#float.network.outputs.map((place) => values[place]));
    }
    const batch = this.batch(before?.samples ?? 0, samples);
    return this.judge(meet(model, new Simulator(model, { runArgs }), batch), samples, before);
  }

  /** The samples from `from` to before `to`. */
  batch(from: number, to: number): Batch {
    const { inputs, count } = this.#samples;
    const part = (values: Float32Array) => values.slice(values.length / count * from, values.length / count * to);
    return { inputs: inputs.map(part), count: to - from };
  }

  /** Parts of the first `samples` of them whose outputs nobody was asked for yet: whoever asks is to {@linkcode learn} them. */
  *unknown(samples: number): Generator<{ from: number; to: number }> {
    while (this.#known < samples) {
      const from = this.#known, to = Math.min(from + chunk, this.count);
      this.#known = to;
      yield { from, to };
    }
  }

  /** Takes the float network's outputs for samples from `from` on. */
  learn(from: number, outputs: readonly Float64Array[]): void {
    outputs.forEach((values, index) => this.#outputs[index].set(values, from * this.#sizes[index]));
  }

  /**
   * How well a circuit did that made of the samples behind those of `before` what it met. The float network's outputs
   * for the first `samples` must be known.
   */
  judge({ outputs: found, lookupRange, maxDecomposed }: Met, samples: number, before: Evaluation | null): Evaluation {
    const from = before?.samples ?? 0, count = samples - from;
    const exact = this.#outputs.map((values, index) =>
      values.subarray(from * this.#sizes[index], samples * this.#sizes[index])
    );
    const share = (name: "accuracy" | "floatAccuracy", outputs: readonly Float64Array[]) => {
      const answers = this.#answers;
      if (answers === null) return null;
      const right = Math.round((before?.[name] ?? 0) * from * answers.perSample) +
        this.#right(answers, outputs[0], exact[0], from);
      return right / samples / answers.perSample;
    };
    return {
      samples,
      accuracy: share("accuracy", found),
      floatAccuracy: share("floatAccuracy", exact),
      ties: (before?.ties ?? 0) + this.#ties(found[0], count),
      largestError: found.reduce(
        (most, values, index) => Math.max(most, furthest(values, exact[index])),
        before?.largestError ?? 0,
      ),
      errors: found.map((values, index) => this.#error(index, values, exact[index], samples, before?.errors[index])),
      lookupRange: [
        Math.min(lookupRange[0], before?.lookupRange[0] ?? 0),
        Math.max(lookupRange[1], before?.lookupRange[1] ?? 0),
      ],
      maxDecomposed: Math.max(maxDecomposed, before?.maxDecomposed ?? 0),
    };
  }

  /** How many answers of the samples from `from` on are right. */
  #right({ perSample, at }: Answers, outputs: Float64Array, exact: Float64Array, from: number): number {
    const labels = this.#samples.labels, [size] = this.#sizes;
    let right = 0;
    for (let sample = 0; sample < outputs.length / size; sample++) {
      for (let answer = 0; answer < perSample; answer++) {
        const label = labels?.[(from + sample) * perSample + answer] ?? at(exact, sample * size, answer);
        if (at(outputs, sample * size, answer) === label) right++;
      }
    }
    return right;
  }

  #ties(outputs: Float64Array, count: number): number {
    const answers = this.#answers, [size] = this.#sizes;
    if (answers === null) return 0;
    let ties = 0;
    for (let sample = 0; sample < count; sample++) {
      for (let answer = 0; answer < answers.perSample; answer++) {
        if (answers.isTied(outputs, sample * size, answer)) ties++;
      }
    }
    return ties;
  }

  #error(
    index: number,
    values: Float64Array,
    exact: Float64Array,
    samples: number,
    before: OutputError | undefined,
  ): OutputError {
    const size = this.#sizes[index], known = this.#outputs[index].subarray(0, samples * size);
    const targets = this.#samples.targets?.[index] ?? null, from = samples * size - values.length;
    let squares = before?.squares ?? 0, misses = before?.misses ?? 0;
    values.forEach((value, at) => {
      squares += (value - exact[at]) ** 2;
      misses += (value - (targets?.[from + at] ?? exact[at])) ** 2;
    });
    const variance = varianceOf(targets ?? known, known.length, size);
    let floatMisses = 0;
    if (targets !== null) known.forEach((value, at) => floatMisses += (value - targets[at]) ** 2);
    const explained = (sum: number) => variance > 0 ? 1 - sum / variance : null;
    return {
      rootMeanSquare: Math.sqrt(squares / known.length),
      spread: Math.sqrt(varianceOf(known, known.length, size) / known.length),
      level: Math.sqrt(known.reduce((sum, value) => sum + value * value, 0) / known.length),
      r2: explained(misses),
      floatR2: explained(floatMisses),
      squares,
      misses,
    };
  }
}

/** Sum of the squared distances of `count` values from the mean of their place among `size`. */
function varianceOf(values: ArrayLike<number>, count: number, size: number): number {
  const means = new Float64Array(size), samples = count / size;
  for (let at = 0; at < count; at++) means[at % size] += values[at] / samples;
  let sum = 0;
  for (let at = 0; at < count; at++) sum += (values[at] - means[at % size]) ** 2;
  // What rounding leaves of equal numbers is no spread.
  return sum > 1e-20 * count * Math.max(...means.map((mean) => mean * mean), 1e-20) ? sum : 0;
}

function furthest(values: Float64Array, exact: Float64Array): number {
  return values.reduce((most, value, index) => Math.max(most, Math.abs(value - exact[index])), 0);
}
