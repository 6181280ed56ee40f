/** Small networks as PyTorch exports them: what is read of one gives ONNX Runtime's numbers, and what is not says why. */
import assert from "node:assert/strict";
import { ArgumentError } from "../../core/base/errors.ts";
import { lowerOnnx } from "../../hub/ezkl/compile/lower.ts";
import { decodeTensor } from "../../onnx/proto.ts";
import { inlineExternalData } from "../../onnx/external_data.ts";
import { readTensor } from "../../onnx/tensor.ts";
import { Devices } from "../ops/harness.ts";
import { FIXTURES } from "./lenet.ts";
import { asNetwork, assertNear } from "./outcome.ts";
import { predict } from "./predict.ts";

const folder = new URL("nets/", FIXTURES);
const isPresent = await Deno.stat(folder).then(() => true, () => false);

/** Operators that disappear when a file is read, so that none of them is ever missed. */
const GONE = /\((Shape|Constant|Identity|Dropout|Size|ConstantOfShape)[,)]/;

Deno.test({
  name: "PyTorch's exports are read right or refused by operators that are really missing" +
    (isPresent ? "" : " [needs --allow-read and the fixtures beside the repository]"),
  ignore: !isPresent,
  fn: async () => {
    using devices = await Devices.request();
    const read = { engine: [] as string[], circuit: [] as string[] };
    for (const { name } of [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory)) {
      const file = (path: string) => Deno.readFileSync(new URL(`${name}/${path}`, folder));
      const tensor = (path: string) => readTensor(decodeTensor(file(`test_data_set_0/${path}`)));
      const bytes = inlineExternalData(file("model.onnx"), file, name);
      const input = tensor("input_0.pb"), output = tensor("output_0.pb");
      const data = Float32Array.from(input.data as Float32Array);
      const readers = {
        engine: () => predict(devices.cpu, bytes, data, { batch: input.shape[0] }),
        circuit: () =>
          Promise.resolve().then(() => {
            lowerOnnx(bytes);
            // Networks are run without rounding for one sample at a time.
            return input.shape[0] === 1 ? asNetwork(bytes, data) : output.data as Float32Array;
          }),
      };
      for (const [who, run] of Object.entries(readers) as ["engine" | "circuit", () => Promise<ArrayLike<number>>][]) {
        const found = await run().catch((error: unknown) => {
          assert.ok(
            error instanceof ArgumentError && /no (operation|circuit) /.test(error.message),
            `${name}: ${error}`,
          );
          assert.doesNotMatch(error.message, GONE, name);
          return null;
        });
        if (found === null) continue;
        assertNear(found, output.data as Float32Array, `${who}, ${name}`, 1e-4);
        read[who].push(name);
      }
    }
    assert.ok(read.engine.length >= 14 && read.circuit.length >= 3, JSON.stringify(read));
  },
});
