/**
 * How a compiled circuit answers on MNIST's test images, by its exact integers.
 * @module
 */
import { MNIST } from "../../mod.ts";
import { labelled } from "../../hub/cli/labelled.ts";
import { decodeCircuit, type LabelledSamples } from "../../hub/mod.ts";
import { type Evaluation, Examination } from "../../hub/ezkl/calibrate/evaluate.ts";
import { FloatNetwork } from "../../hub/ezkl/calibrate/float_network.ts";
import { tableBounds } from "../../hub/ezkl/compile/binary_inputs.ts";
import { lowerOnnx } from "../../hub/ezkl/compile/lower.ts";
import type { Judgement } from "./report.ts";

/** The images `from` to `to` of a set, their pixels rounded to 0 or 1 as the network is trained. */
export async function images(train: boolean, from = 0, to = Infinity): Promise<LabelledSamples> {
  return labelled(await MNIST.load({ train, transform: Math.round }), from, to);
}

/** Compares circuits with the float network that they come from. */
export class Judge {
  readonly #examination: Examination;

  /** Compares with the network of an ONNX file on `samples`. */
  constructor(onnx: Uint8Array, samples: LabelledSamples) {
    this.#examination = new Examination(new FloatNetwork(lowerOnnx(onnx)), samples);
  }

  /** Judges a `network.compiled` of a network whose outputs are answers, whoever wrote it. */
  judge(compiled: Uint8Array): Judgement {
    const { evaluation: { samples, accuracy, floatAccuracy }, provable } = this.evaluate(compiled);
    return { images: samples, accuracy: accuracy!, floatAccuracy: floatAccuracy!, provable };
  }

  /** Runs a `network.compiled` on all samples, and says whether all of them have a proof. */
  evaluate(compiled: Uint8Array): { evaluation: Evaluation; provable: boolean } {
    const { model, settings: { runArgs } } = decodeCircuit(compiled);
    const evaluation = this.#examination.evaluate(model, runArgs, this.#examination.count);
    const { lookupRange, maxDecomposed } = evaluation;
    // Tables take more than lookupRange: they fill their columns.
    const [low, high] = tableBounds(runArgs);
    const provable = lookupRange[0] >= low && lookupRange[1] <= high &&
      maxDecomposed < runArgs.decompBase ** runArgs.decompLegs;
    return { evaluation, provable };
  }
}
