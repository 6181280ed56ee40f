/** ONNX's own cases of single operators: what is read gives the numbers that the cases hold. */
import assert from "node:assert/strict";
import { ArgumentError, ShapeError, ZkgradError } from "../../core/base/errors.ts";
import { FloatNetwork } from "../../hub/ezkl/calibrate/float_network.ts";
import { lowerOnnx } from "../../hub/ezkl/compile/lower.ts";
import { decodeTensor } from "../../onnx/proto.ts";
import { readTensor } from "../../onnx/tensor.ts";
import { Devices } from "../ops/harness.ts";
import { FIXTURES } from "./lenet.ts";
import { predict } from "./predict.ts";

interface NodeCase {
  readonly name: string;
  readonly model: Uint8Array;
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: ArrayLike<number | bigint> }[];
  readonly output: ArrayLike<number | bigint>;
}

const folder = new URL("onnx_node/", FIXTURES);

function* nodeCases(): Generator<NodeCase> {
  for (const { name, isDirectory } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (!isDirectory) continue;
    const read = (file: string) => Deno.readFileSync(new URL(`${name}/${file}`, folder));
    const tensors = (start: string) =>
      [...Deno.readDirSync(new URL(`${name}/test_data_set_0/`, folder))]
        .filter((entry) => entry.name.startsWith(start)).sort((a, b) => a.name < b.name ? -1 : 1)
        .map((entry) => readTensor(decodeTensor(read(`test_data_set_0/${entry.name}`))));
    try {
      yield { name, model: read("model.onnx"), inputs: tensors("input"), output: tensors("output")[0].data };
    } catch (error) {
      // Cases of texts, lists and types that are no tensors of numbers.
      if (!(error instanceof ZkgradError)) throw error;
    }
  }
}

/** Runs what can be read; a refusal says why, and is no fault. */
async function run(
  name: string,
  body: () => ArrayLike<number> | Promise<ArrayLike<number>>,
): Promise<ArrayLike<number> | null> {
  try {
    return await body();
  } catch (error) {
    assert.ok(error instanceof ArgumentError || error instanceof ShapeError, `${name}: ${error}`);
    return null;
  }
}

const isPresent = await Deno.stat(folder).then(() => true, () => false);
Deno.test({
  name: "ONNX's own cases of the operators come out right, in the engine and as networks of a circuit" +
    (isPresent ? "" : " [needs --allow-read and the fixtures beside the repository]"),
  ignore: !isPresent,
  fn: async () => {
    using devices = await Devices.request();
    const right = { engine: [] as string[], circuit: [] as string[] };
    for (const { name, model, inputs, output } of nodeCases()) {
      const [input] = inputs;
      if (input === undefined) continue;
      const data = inputs.map((tensor) => Float32Array.from(tensor.data as ArrayLike<number>, Number));
      const found = {
        engine: await run(name, () => predict(devices.cpu, model, data)),
        circuit: await run(name, () => {
          const network = lowerOnnx(model);
          return new FloatNetwork(network).run(data, 1)[network.outputs[0]];
        }),
      };
      for (const who of ["engine", "circuit"] as const) {
        const values = found[who];
        if (values === null) continue;
        right[who].push(name);
        assert.equal(values.length, output.length, `${who}, ${name}`);
        for (let i = 0; i < values.length; i++) {
          const distance = Math.abs(values[i] - Number(output[i]));
          assert.ok(distance <= 1e-5 * Math.max(1, Math.abs(values[i])), `${who}, ${name}: [${i}] is ${values[i]}`);
        }
      }
    }
    assert.ok(right.engine.length >= 140 && right.circuit.length >= 130, JSON.stringify(right));
  },
});
