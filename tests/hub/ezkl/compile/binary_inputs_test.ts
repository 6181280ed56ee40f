import assert from "node:assert/strict";
import { holdToBits, holdToTable, tableBounds } from "../../../../hub/ezkl/compile/binary_inputs.ts";
import { CircuitBuilder } from "../../../../hub/ezkl/network/circuit_builder.ts";
import type { Scheme } from "../../../../hub/ezkl/network/scheme.ts";
import type { CircuitModel, LookupOp } from "../../../../hub/ezkl/format/circuit.ts";
import { type RunArgs, runArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { columnsOf } from "../../../../hub/halo2/circuit/columns.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { circuitOf } from "../simulate/engine.ts";

const scheme: Scheme = { inputScale: 0, tableScale: 8, dropBits: 3, outputScale: 3, binaryInputs: true };
const withTables = (low: number, high: number, logrows: number): RunArgs =>
  runArgs({ lookupRange: [BigInt(low), BigInt(high)], logrows });

/** One input with the checks that `hold` adds. */
function checked(
  hold: (builder: CircuitBuilder, x: ReturnType<CircuitBuilder["add"]>) => void,
  scale = 0,
): CircuitModel {
  const builder = new CircuitBuilder({ input: "Private", params: "Fixed", output: "Public" });
  const x = builder.add({ kind: "Input", scale, datumType: "F32", decomp: false }, [], [1, 1], scale);
  hold(builder, x);
  return builder.finish([x], ["F32"]);
}

/** Whether everything that is looked up when the input is `value` stands in the tables. */
function survives(model: CircuitModel, args: RunArgs, value: number): boolean {
  const { minLookup, maxLookup } = new Simulator(model, { runArgs: args }).run([Float64Array.of(value)], 1);
  const [low, high] = tableBounds(args);
  return minLookup >= low && maxLookup <= high;
}

Deno.test("tableBounds() fills the columns that the layout counts, and no more", () => {
  for (const logrows of [6, 7, 9]) {
    const rows = 2 ** logrows - 8;
    for (let width = 0; width < 3 * rows; width++) {
      const args = withTables(-5, width - 5, logrows), [low, high] = tableBounds(args);
      const { settings } = circuitOf(checked(() => {}), args);
      const { tableColumns } = columnsOf({ ...settings, requiredLookups: [{ name: "Div", denom: 8 }] });
      assert.equal(low, -5);
      assert.equal(high - low + 1, tableColumns * rows);
      assert.ok(high >= width - 5);
    }
  }
});

Deno.test("holdToBits() lets 0 and 1 through and no other number, whatever the tables' range", () => {
  for (let low = -30; low <= 0; low++) {
    const args = withTables(low, 20, 6), [, high] = tableBounds(args);
    if (low <= -high) continue;
    const model = checked((builder, x) => holdToBits(builder, x, args, scheme));
    // Beyond the tables the first look-up fails, whatever the second makes of it.
    const passed = Array.from({ length: high - low + 201 }, (_, index) => low - 100 + index)
      .filter((value) => survives(model, args, value));
    assert.deepEqual(passed, [0, 1], `tables from ${low} to ${high}`);
  }
});

Deno.test("holdToBits() refuses tables without 0 or too far below it, and inputs with fractions", () => {
  const hold = (args: RunArgs, scale = 0) => checked((builder, x) => holdToBits(builder, x, args, scheme), scale);
  assert.doesNotThrow(() => hold(withTables(-27, 0, 6)));
  for (const low of [-28, -29, 1]) {
    assert.throws(
      () => hold(withTables(low, low + 55, 6)),
      new RegExp(`run from ${low} to ${low + 55}, .* widen lookupRange upwards or set binaryInputs to false$`),
    );
  }
  assert.throws(() => hold(withTables(-3, 5, 6), 4), /inputs at scale 4 cannot be held to 0 and 1; take inputScale 0$/);
});

Deno.test("holdToTable() takes a table that the circuit has, and makes one where it has none", () => {
  const tables = (model: CircuitModel): LookupOp[] =>
    [...model.nodes.values()].flatMap(({ opkind }) => opkind.kind === "Nonlinear" ? [opkind.op] : []);
  assert.deepEqual(tables(checked((builder, x) => holdToTable(builder, x, scheme))), [{ name: "Div", denom: 8 }]);
  const sigmoid: LookupOp = { name: "Sigmoid", scale: 16 };
  const behind = checked((builder, x) => {
    builder.add({ kind: "Nonlinear", op: sigmoid }, [x], x.dims, 0);
    holdToTable(builder, x, scheme);
  });
  assert.deepEqual(tables(behind), [sigmoid, sigmoid]);
});
