/**
 * What the network says: by its circuit, in whole numbers exact to the last bit, and in floats beside it.
 * @module
 */
import { serveCalls } from "../app/calls.ts";
import { FloatNetwork } from "../../ezkl/calibrate/float_network.ts";
import { lowerOnnx } from "../../ezkl/compile/lower.ts";
import { decodeCircuit } from "../../ezkl/format/circuit_codec.ts";
import { quantizeInput } from "../../ezkl/simulate/quantize.ts";
import { Simulator } from "../../ezkl/simulate/simulator.ts";

/** What it says of an image. */
export interface Said {
  /** The circuit's outputs, which a proof would show. */
  readonly circuit: readonly number[];
  /** The float network's. */
  readonly float: readonly number[];
  /** Milliseconds that the circuit's took. */
  readonly milliseconds: number;
}

let circuit: ((image: Float32Array) => number[]) | null = null;
let float: ((image: Float32Array) => number[]) | null = null;

const functions = {
  /** Takes a network; what is asked from then on is about it. */
  open({ compiled, onnx }: { compiled: Uint8Array; onnx: Uint8Array }): void {
    const { model, settings } = decodeCircuit(compiled);
    const simulator = new Simulator(model, { runArgs: settings.runArgs, lanes: 1 });
    const { opkind } = model.nodes.get(model.inputs[0])!;
    const { scale, datumType } = opkind.kind === "Input" ? opkind : { scale: 0, datumType: "F32" as const };
    const unit = 2 ** settings.modelOutputScales[0];
    circuit = (image) => {
      const { outputs } = simulator.run([quantizeInput(image, scale, datumType)], 1);
      return Array.from(outputs[0], (value) => value / unit);
    };
    const network = new FloatNetwork(lowerOnnx(onnx, settings.runArgs.variables));
    float = (image) => Array.from(network.run([image], 1)[network.network.outputs[0]]);
  },
  /** Of 784 numbers from 0 to 1. */
  predict(image: Float32Array): Said {
    const begun = performance.now(), found = circuit!(image);
    const milliseconds = performance.now() - begun;
    return { circuit: found, float: float!(image), milliseconds };
  },
};

/** What the page may call. */
export type PredictFunctions = typeof functions;

serveCalls(functions);
