/** Other people's files: ONNX's own cases of single operators, and small networks as PyTorch exports them. */
import assert from "node:assert/strict";
import { ArgumentError, ShapeError, ZkgradError } from "../../../../core/base/errors.ts";
import { calibrateFidelity, type FidelityOptions } from "../../../../hub/ezkl/calibrate/fidelity.ts";
import { FloatNetwork } from "../../../../hub/ezkl/calibrate/float_network.ts";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { buildCircuit } from "../../../../hub/ezkl/compile/native.ts";
import { settingsOf } from "../../../../hub/ezkl/compile/settings.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { runArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { PrecisionError } from "../../../../hub/ezkl/numbers/exact.ts";
import { quantizeInput } from "../../../../hub/ezkl/simulate/quantize.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { inlineExternalData } from "../../../../onnx/external_data.ts";
import { decodeTensor } from "../../../../onnx/proto.ts";
import { readTensor, type Tensor } from "../../../../onnx/tensor.ts";
import { FIXTURES, random } from "../../../onnx/lenet.ts";
import { sizeOf } from "../../../../core/base/shape.ts";
import { distance, floatsOf, simulated } from "./judged.ts";

/** A file with what it reads and makes. */
interface Foreign {
  readonly name: string;
  readonly model: Uint8Array;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** The model in a folder, with the weights that lie beside it. */
function whole(folder: URL): Uint8Array {
  const model = Deno.readFileSync(new URL("model.onnx", folder)), beside = "model.onnx.data";
  const isBeside = [...Deno.readDirSync(folder)].some(({ name }) => name === beside);
  return isBeside ? inlineExternalData(model, { [beside]: Deno.readFileSync(new URL(beside, folder)) }) : model;
}

function* foreign(folder: URL): Generator<Foreign> {
  for (const { name, isDirectory } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (!isDirectory) continue;
    const data = new URL(`${name}/test_data_set_0/`, folder);
    const tensors = (start: string) =>
      [...Deno.readDirSync(data)].filter((entry) => entry.name.startsWith(start))
        .sort((a, b) => a.name < b.name ? -1 : 1)
        .map((entry) => readTensor(decodeTensor(Deno.readFileSync(new URL(entry.name, data)))));
    try {
      const model = whole(new URL(`${name}/`, folder));
      yield { name, model, inputs: tensors("input"), outputs: tensors("output") };
    } catch (error) {
      // Cases of texts, lists and types that are no tensors of numbers.
      if (!(error instanceof ZkgradError)) throw error;
    }
  }
}

const numbers = ({ data }: Tensor) => Float32Array.from<number | bigint>(data, Number);

/** Fine scales, at which what a circuit rounds is small. */
const fine = runArgs({ inputScale: 12, paramScale: 12, paramVisibility: "Fixed", decompLegs: 3 });

/** What a circuit makes of a file: how far off, or the sentence that refuses it. */
function judge({ name, model, inputs, outputs }: Foreign): number | string {
  let network;
  try {
    network = lowerOnnx(model, undefined, name);
  } catch (error) {
    if (error instanceof ArgumentError || error instanceof ShapeError) return error.message;
    throw error;
  }
  const given = inputs.slice(0, network.inputs.length).map(numbers);
  const values = new FloatNetwork(network).run(given, 1), circuit = buildCircuit(network, fine);
  settingsOf(circuit, fine);
  let found: number[][];
  try {
    found = floatsOf(circuit, simulated(circuit, fine, given));
  } catch (error) {
    // Exponentials of what is drawn may pass every table.
    if (error instanceof PrecisionError) return error.message;
    throw error;
  }
  return Math.max(...network.outputs.map((place, at) => {
    const expected = numbers(outputs[at]), float = distance(values[place], expected);
    assert.ok(float < 1e-4, `${name}, output ${at} is ${float} off in floating point`);
    return distance(found[at], expected);
  }));
}

const folders = { nodes: new URL("onnx_node/", FIXTURES), nets: new URL("nets/", FIXTURES) };
const isPresent = await Deno.stat(folders.nodes).then(() => true, () => false);
const missing = isPresent ? "" : " [needs --allow-read and the fixtures beside the repository]";

Deno.test({
  name: "ONNX's own cases of single operators come out right in the circuit, or are refused" + missing,
  ignore: !isPresent,
  fn() {
    const right: string[] = [], refused: string[] = [];
    for (const file of foreign(folders.nodes)) {
      const found = judge(file);
      if (typeof found === "string") {
        refused.push(found);
        continue;
      }
      assert.ok(found < 0.02, `${file.name} is ${found} off`);
      right.push(file.name);
    }
    assert.ok(right.length >= 135, `${right.length} are right, and refused are ${refused.join("\n")}`);
  },
});

Deno.test({
  name: "small networks as PyTorch exports them are circuits that compute them" + missing,
  ignore: !isPresent,
  fn() {
    for (const file of foreign(folders.nets)) {
      const found = judge(file);
      assert.ok(typeof found === "number", `${file.name}: ${found}`);
      assert.ok(found < 0.02, `${file.name} is ${found} off`);
    }
  },
});

/** Exported as it trains: it divides by roots of variances of one sample, which tables have no numbers small enough for. */
const BY_ITS_OWN_STATISTICS = ["rescnn_train_ts17"];

Deno.test({
  name: "the same networks are circuits by the target fidelity, near to what they compute" + missing,
  ignore: !isPresent,
  async fn() {
    for (const { name, model, inputs, outputs } of foreign(folders.nets)) {
      const network = lowerOnnx(model, undefined, name), next = random(3), count = 20;
      // Numbers like those that the files come with, which are of a normal distribution.
      const normal = () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
      const drawn = network.inputs.map((place) =>
        Float32Array.from({ length: count * sizeOf(network.nodes[place].shape) }, normal)
      );
      const options: FidelityOptions = {
        examination: { inputs: drawn, count },
        maxError: 0.1,
        maxLogrows: 17,
        tableRows: [15],
        dropBits: [3, 5],
        deadZones: [0],
      };
      if (BY_ITS_OWN_STATISTICS.includes(name)) {
        await assert.rejects(calibrateFidelity(model, options), /can be proven: its tables.*take smaller tableRows/);
        continue;
      }
      const { onnx, settings, chosen } = await calibrateFidelity(model, options);
      const circuit = decodeCircuit(compileCircuit(onnx, settings)).model;
      assert.ok(chosen.evaluation!.largestError <= 0.1);
      // Some of these untrained networks say nearly the same of every input: what is allowed is many times as much.
      for (const { r2, spread } of chosen.evaluation!.errors) {
        assert.ok(spread < 0.01 || r2! > 0.9, `${name} has R2 ${r2} where its outputs are spread by ${spread}`);
      }
      assert.ok(chosen.price!.cells <= 60_000, `${name}: ${chosen.price!.cells} cells`);
      const scale = settings.modelInputScales[0];
      const { outputs: found } = new Simulator(circuit, settings).run([quantizeInput(numbers(inputs[0]), scale)], 1);
      found.forEach((values, at) => {
        const expected = numbers(outputs[at]), unit = 2 ** -settings.modelOutputScales[at];
        const off = distance(Array.from(values, (value) => value * unit), expected);
        assert.ok(off < 0.1, `${name}, output ${at} is ${off} off`);
      });
    }
  },
});

/** Sizes of the dimensions that some of them leave open. */
const SIZES: [string, number][] = [["batch_size", 1], ["unk__1", 1], ["N", 1], ["batch", 1]];

/** Ordinary files as PyTorch, sklearn and Keras write them. */
const ORDINARY = [
  ...["argmax", "batchnorm", "bn_folded", "bn_mul", "clip6", "concat", "dyn", "gap", "gelu_div", "iris"],
  ...["keras_matmul_add", "leaky", "linreg", "logreg", "maxpool", "mlp", "mlp_dynamic", "mlp_op18", "mlp_softmax"],
  ...["one_0.05", "opset18", "regr", "residual", "softmax_output", "transpose", "two_in"],
];

Deno.test({
  name: "ordinary small files are circuits that compute what the floats do" + missing,
  ignore: !isPresent,
  fn() {
    for (const name of ORDINARY) {
      const network = lowerOnnx(Deno.readFileSync(new URL(`faults/${name}.onnx`, FIXTURES)), SIZES, name);
      const next = random(5), circuit = buildCircuit(network, fine);
      const inputs = network.inputs.map((place) =>
        Float32Array.from({ length: sizeOf(network.nodes[place].shape) }, () => next() * 2 - 1)
      );
      settingsOf(circuit, fine);
      const values = new FloatNetwork(network).run(inputs, 1),
        found = floatsOf(circuit, simulated(circuit, fine, inputs));
      network.outputs.forEach((place, at) => {
        const off = distance(found[at], values[place]);
        assert.ok(off < 0.02, `${name}, output ${at} is ${off} off`);
      });
    }
  },
});
