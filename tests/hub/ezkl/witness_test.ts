/** Witnesses of zkgrad's own, byte for byte the engine's, and what neither makes. */
import assert from "node:assert/strict";
import {
  compileCircuit,
  decodeCircuit,
  encodeCircuit,
  type Engine,
  genSettings,
  genWitness,
} from "../../../hub/mod.ts";
import { nn } from "../../../mod.ts";
import { exportOnnx } from "../../../onnx/mod.ts";
import { decimalText } from "../../../hub/ezkl/format/decimal.ts";
import { fieldToHex } from "../../../hub/ezkl/format/field.ts";
import type { RunArgs } from "../../../hub/ezkl/format/run_args.ts";
import { witnessFromJson } from "../../../hub/ezkl/format/witness.ts";
import { layOut } from "../../../hub/ezkl/layout/layout.ts";
import { ALL_CASES } from "./assign/cases.ts";
import { testWithEngine } from "./asking.ts";
import { CircuitWriter, settingsOf } from "./layout/circuits.ts";
import { TINY_ARGS } from "./tiny.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function compiledOf(args: Partial<RunArgs>, write: (circuit: CircuitWriter) => number[]): Uint8Array<ArrayBuffer> {
  const writer = new CircuitWriter(args), model = writer.model(write(writer));
  return encodeCircuit({ model, settings: settingsOf(model, writer.args, layOut(model, writer.args, "dummy")) });
}

/** What both make of an input; null for a refusal. */
async function both(engine: Engine, compiled: Uint8Array, data: unknown[][]): Promise<[string | null, string | null]> {
  const input = JSON.stringify({ input_data: data });
  const made = [genWitness(compiled, input, { prover: "zkgrad" }), engine.genWitness(compiled, input)];
  return await Promise.all(made.map((witness) => witness.then(text, () => null))) as [string | null, string | null];
}

testWithEngine("genWitness() gives the engine's bytes for the circuit of every operation", async (engine) => {
  for (const [name, write] of ALL_CASES) {
    for (const [base, turn] of [[64, 0], [8, 1]]) {
      const compiled = compiledOf({ logrows: 8, decompBase: base, decompLegs: 3, lookupRange: [-30n, 25n] }, write);
      const { model } = decodeCircuit(compiled);
      const data = model.inputs.map((key, index) => {
        const { outDims, opkind } = model.nodes.get(key)!;
        const isBool = opkind.kind === "Input" && opkind.datumType === "Bool";
        return Array.from({ length: outDims.reduce((a, b) => a * b, 1) }, (_, at) => {
          const value = (5 * at + 3 * index + turn) % 9 - 4 * turn;
          return isBool ? value % 2 === 0 : turn === 0 ? value % 3 : value;
        });
      });
      const [own, expected] = await both(engine, compiled, data);
      assert.equal(own, expected, `${name}, base ${base}, input ${turn}`);
    }
  }
});

testWithEngine("numbers beyond 2^53 are exact", async (engine) => {
  const args = { ...TINY_ARGS, ignoreRangeCheckInputsOutputs: true };
  const products = compiledOf(args, (c) => {
    const x = c.input([3]), y = c.input([3]);
    return [c.linear({ name: "Sub" }, [c.linear({ name: "Mult" }, [x, y], [3]), x], [3])];
  });
  const numbers = (...values: bigint[]) => values.map(fieldToHex);
  for (
    const [x, y] of [
      [numbers(2n ** 53n + 1n, -(2n ** 55n) - 3n, 7n), numbers(2n ** 60n - 1n, 2n ** 56n + 5n, -9n)],
      [numbers(2n ** 58n, 1n, 0n), numbers(2n ** 60n, 1n, 0n)],
      [numbers(2n ** 61n, 1n, 0n), numbers(2n ** 60n, 1n, 0n)],
    ]
  ) {
    const [own, expected] = await both(engine, products, [x, y]);
    assert.equal(own, expected);
  }
  const [made] = await both(engine, products, [numbers(2n ** 53n + 1n, 0n, 0n), numbers(2n ** 60n, 0n, 0n)]);
  assert.equal(witnessFromJson(made!).outputs[0][0], (2n ** 53n + 1n) * (2n ** 60n - 1n));
});

Deno.test("genWitness() refuses an input whose numbers no witness writes by the input, and tells none of them", async () => {
  const layer = new nn.Linear(1, 1);
  layer.weight.data.fill(2 ** 20);
  const onnx = exportOnnx(new nn.Sequential(layer, new nn.Sigmoid()), [1]);
  const args = {
    inputScale: 4,
    paramScale: 4,
    logrows: 10,
    scaleRebaseMultiplier: 10,
    paramVisibility: "Fixed",
  } as const;
  const compiled = compileCircuit(onnx, genSettings(onnx, { ...args, ignoreRangeCheckInputsOutputs: true }));
  await assert.rejects(genWitness(compiled, '{"input_data": [[1.5e36]]}'), {
    name: "ArgumentError",
    message:
      "genWitness(): a table of the circuit would get a number of more than the 128 bits that a witness writes " +
      "for this input; give inputs like those that the circuit was calibrated with",
  });
  await genWitness(compiled, '{"input_data": [[1.5]]}');
});

Deno.test("decimalText() writes floats as Rust does", () => {
  for (
    const [value, written] of [
      [0, "0"],
      [-0.4453125, "-0.4453125"],
      [2 ** -20, "0.00000095367431640625"],
      [-(2 ** -30), "-0.0000000009313225746154785"],
      [1e21, "1000000000000000000000"],
      [-1.5e22, "-15000000000000000000000"],
      [123456789.5, "123456789.5"],
    ] as const
  ) assert.equal(decimalText(value), written);
});
