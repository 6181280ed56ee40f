import assert from "node:assert/strict";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { buildCircuit } from "../../../../hub/ezkl/compile/native.ts";
import { encodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { runArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { quantizeInput } from "../../../../hub/ezkl/simulate/quantize.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { exportGraph } from "../../../../onnx/export.ts";
import { lenet, random } from "../../../onnx/lenet.ts";
import { circuitOf, witnessOf } from "./engine.ts";

const SIZE = 28 * 28;

// With the multiplier 10 nothing is divided after a product, with 1 every product is.
for (const [scale, scaleRebaseMultiplier, decompLegs] of [[2, 10, 2], [7, 1, 2]]) {
  Deno.test(`Simulator gives the witnesses of a LeNet at scale ${scale} with multiplier ${scaleRebaseMultiplier}`, () => {
    const { graph, input, output, weights } = lenet(1);
    const onnx = exportGraph({ graph, input, output, weights, batch: 1 });
    const args = runArgs({ inputScale: scale, paramScale: scale, scaleRebaseMultiplier, decompLegs });
    const model = buildCircuit(lowerOnnx(onnx), args);
    const next = random(1);
    const images = Float32Array.from({ length: 3 * SIZE }, () => next() < 0.2 ? next() : 0);
    const numbers = quantizeInput(images, scale, "F32");
    const compiled = encodeCircuit(circuitOf(model, args));
    const simulator = new Simulator(model, { runArgs: args });
    const together = simulator.run([numbers], 3).outputs[0];
    for (let sample = 0; sample < 3; sample++) {
      const inputs = numbers.slice(sample * SIZE, (sample + 1) * SIZE);
      const witness = witnessOf(compiled, [inputs]);
      const { minLookup, maxLookup, maxRange } = simulator.run([inputs], 1);
      assert.deepEqual(Array.from(together.slice(sample * 10, sample * 10 + 10), BigInt), witness.outputs[0]);
      assert.deepEqual(
        [minLookup, maxLookup, maxRange].map(BigInt),
        [witness.minLookupInputs, witness.maxLookupInputs, witness.maxRangeSize],
      );
    }
  });
}
