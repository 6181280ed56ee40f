/** Ordinary files of strangers, each proved by one `zkgrad prove` in a folder that holds it and an input alone. */
import assert from "node:assert/strict";
import { sizeOf } from "../../../core/base/shape.ts";
import { run } from "../../../hub/cli/command/program.ts";
import { lowerOnnx } from "../../../hub/ezkl/compile/lower.ts";
import { FloatNetwork } from "../../../hub/ezkl/calibrate/float_network.ts";
import { inFolder } from "../../folder.ts";
import { FIXTURES, random } from "../../onnx/lenet.ts";

/** As PyTorch, sklearn and Keras write them. */
const FILES = [
  ...["mlp", "mlp_softmax", "batchnorm", "residual", "gap", "gelu_div", "clip6", "argmax", "linreg", "logreg"],
  ...["transpose", "concat", "mlp_dynamic", "mlp_op18"],
];

/** Digits by which numbers are taken apart: few rows, for seconds and not minutes. */
const QUICK = ["--decomp-base", "256", "--decomp-legs", "4", "--input-scale", "7", "--param-scale", "7"];

const isPresent = await Deno.stat(new URL("faults/", FIXTURES)).then(() => true, () => false);
const missing = isPresent ? "" : " [needs the fixtures beside the repository]";

for (const name of FILES) {
  Deno.test({
    name: `${name}.onnx is proved by one command` + missing,
    ignore: !isPresent,
    fn: () =>
      inFolder(async (folder) => {
        const bytes = await Deno.readFile(new URL(`faults/${name}.onnx`, FIXTURES)), next = random(5);
        await Deno.writeFile(`${folder}/${name}.onnx`, bytes);
        const network = lowerOnnx(bytes, [["batch_size", 1], ["batch", 1], ["N", 1]], name);
        const inputs = network.inputs.map((place) =>
          Float32Array.from({ length: sizeOf(network.nodes[place].shape) }, () => next() * 2 - 1)
        );
        await Deno.writeTextFile(`${folder}/in.json`, JSON.stringify({ input_data: inputs.map((one) => [...one]) }));
        const words = ["prove", `${folder}/${name}.onnx`, "--input", `${folder}/in.json`, "--out", folder, "--json"];
        let [out, err] = ["", ""];
        const code = await run([...words, ...QUICK], {
          out: (text) => void (out += text),
          err: (text) => void (err += text),
          terminal: false,
        });
        assert.equal(code, 0, err);
        const { verified, outputs } = JSON.parse(out);
        assert.equal(verified, true);
        // The circuit's numbers stay near the network's own.
        const values = new FloatNetwork(network).run(inputs, 1);
        network.outputs.forEach((place, at) => {
          for (const [k, value] of values[place].entries()) {
            const off = Math.abs(value - outputs[at][k]);
            assert.ok(off < 0.1 + 0.1 * Math.abs(value), `${name}: ${value} became ${outputs[at][k]}`);
          }
        });
      }),
  });
}
