/** The price against the keys that the engine makes. */
import assert from "node:assert/strict";
import { columnsOf } from "../../../../hub/halo2/circuit/columns.ts";
import { layOut } from "../../../../hub/ezkl/layout/layout.ts";
import {
  checkFits,
  CircuitTooLargeError,
  estimatePrice,
  type Price,
  type ProverName,
} from "../../../../hub/ezkl/layout/price.ts";
import { proverSeconds } from "../../../../hub/ezkl/layout/prover_seconds.ts";
import { readSelectors } from "../../../../hub/ezkl/cells/selectors.ts";
import { CircuitWriter, keysOf, settingsOf } from "./circuits.ts";

const TABLES = ["Sigmoid", "Tanh", "Cos", "Sin"] as const;
const RANGES: [bigint, bigint][] = [[-1n, 1n], [0n, 15n], [0n, 1n]];

/** innerCols, blocks, tables, columns of a table, range checks, whether there is a shuffle. */
const SHAPES = [
  [1, 1, 0, 0, 0, false],
  [1, 3, 0, 0, 0, false],
  [2, 2, 0, 0, 0, false],
  [1, 1, 1, 1, 1, false],
  [1, 10, 2, 1, 3, false],
  [2, 10, 4, 1, 3, false],
  [2, 2, 1, 2, 2, false],
  [2, 2, 1, 6, 1, false],
  [4, 2, 1, 3, 1, false],
  [1, 1, 1, 3, 2, true],
  [2, 2, 1, 1, 2, true],
] as const;

for (const [innerCols, blocks, tables, tableColumns, ranges, shuffle] of SHAPES) {
  const parts = `w = ${innerCols}, ${blocks} blocks, ${tables} tables of ${tableColumns} columns, ${ranges} ranges`;
  Deno.test(`estimatePrice() gives the bytes of both keys at ${parts}${shuffle ? ", a shuffle" : ""}`, async () => {
    const logrows = 7, rows = 2 ** logrows;
    const circuit = new CircuitWriter({
      numInnerCols: innerCols,
      logrows,
      lookupRange: [0n, BigInt(Math.max(0, tableColumns - 1) * (rows - 8))],
      ignoreRangeCheckInputsOutputs: true,
    });
    let y = circuit.linear({ name: "Neg" }, [circuit.input([2, 2])], [2, 2]);
    for (const name of TABLES.slice(0, tables)) y = circuit.lookup({ name, scale: 4 }, y, [2, 2]);
    if (shuffle) y = circuit.hybrid({ name: "ReduceMax", axes: [1] }, [y], [2, 1]);
    const model = circuit.model([y]);
    // A count above the cells in use fills as many blocks as one likes.
    const changes = {
      totalAssignments: blocks * innerCols * (rows - 6) - 2 * blocks - 1,
      totalConstSize: 20,
      requiredRangeChecks: RANGES.slice(0, ranges),
    };
    const { settings, vk, pkBytes } = await keysOf(model, circuit.args, changes, true);
    const price = estimatePrice(settings, layOut(model, circuit.args, "keygen"));
    assert.equal(price.blocks, blocks);
    assert.equal(price.fixedColumns, readSelectors(vk, settings).fixedColumns);
    assert.equal(price.vkBytes, vk.length);
    assert.equal(price.pkBytes, pkBytes);
  });
}

/** The LeNet whose keys were made once: six blocks, four tables. */
function lenet(prover: ProverName = "ezkljs"): Price {
  const circuit = new CircuitWriter({ logrows: 15, numInnerCols: 2, lookupRange: [-184n, 180n], decompBase: 16384 });
  const model = circuit.model([circuit.linear({ name: "Neg" }, [circuit.input([10])], [10])]);
  const layout = layOut(model, circuit.args, "dummy");
  return estimatePrice(
    {
      ...settingsOf(model, circuit.args, layout),
      totalAssignments: 388_950,
      totalConstSize: 2_000,
      requiredLookups: [16, 64, 256, 1024].map((scale) => ({ name: "Sigmoid", scale })),
    },
    null,
    prover,
  );
}

Deno.test("estimatePrice() is near what a LeNet took", () => {
  const { blocks, pkBytes, heapBytes, seconds } = lenet();
  assert.equal(blocks, 6);
  const near = (value: number, measured: number, within: number) =>
    assert(value > measured / within && value < measured * within, `${value} for ${measured}`);
  near(pkBytes, 919.2e6, 1.06);
  near(heapBytes, 3278 * 2 ** 20, 1.1);
  near(seconds.keys, 104.6, 1.5);
  near(seconds.proof, 256, 1.5);
});

Deno.test("estimatePrice() is near what zkgrad's prover took on one thread, for a few cells and for a LeNet", () => {
  // Measured on a 2-core AMD EPYC: key and first proof, as seconds of one thread's processor.
  const took = [
    { logrows: 8, cells: 200, columns: [16, 8, 6, 6], keys: 0.06, proof: 0.2, within: 3 },
    { logrows: 13, cells: 21, columns: [7, 5, 3, 1], keys: 0.3, proof: 1.25, within: 1.5 },
    { logrows: 14, cells: 140_405, columns: [49, 29, 27, 18], keys: 4.15, proof: 9.83, within: 1.5 },
  ];
  const near = (value: number, measured: number, within: number) =>
    assert(value > measured / within && value < measured * within, `${value} for ${measured}`);
  for (const { logrows, cells, columns: [fixed, permutation, advice, lookups], keys, proof, within } of took) {
    const circuit = new CircuitWriter({ logrows, numInnerCols: 1 });
    const model = circuit.model([circuit.linear({ name: "Neg" }, [circuit.input([10])], [10])]);
    const settings = {
      ...settingsOf(model, circuit.args, layOut(model, circuit.args, "dummy")),
      totalAssignments: cells,
    };
    const columns = {
      ...columnsOf(settings),
      degree: 5,
      adviceColumns: advice,
      permutationColumns: permutation,
      lookupArguments: lookups,
    };
    const seconds = proverSeconds(settings, columns, fixed);
    near(seconds.keys, keys, within);
    near(seconds.proof, proof, within);
  }
});

Deno.test("checkFits() accepts the LeNet", () => checkFits(lenet()));

for (
  const [name, change, message] of [
    ["too many rows", { logrows: 21 }, /2\^21 rows.*at most 2\^20/],
    ["a table of too many columns", { tableColumns: 13 }, /13 columns.*at most 12.*smaller decompBase/],
    ["too many public values", { instances: 32763 }, /32763 public values.*holds 32762/],
    ["too many cells", { cells: 2 ** 32 }, /4294967296 cells/],
    ["a key too large", { pkBytes: 951e6 }, /951 MB.*smaller scales/],
    ["too much memory", { heapBytes: 3.7 * 2 ** 30 }, /3\.7 GiB.*3\.6 GiB/],
  ] as const
) {
  Deno.test(`checkFits() refuses ${name}`, () => {
    assert.throws(() => checkFits({ ...lenet(), ...change }), (error: Error) => {
      assert(error instanceof CircuitTooLargeError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("readSelectors() refuses the key of other settings", async () => {
  const circuit = new CircuitWriter({ logrows: 6 });
  const model = circuit.model([circuit.linear({ name: "Neg" }, [circuit.input([2])], [2])]);
  const { settings, vk } = await keysOf(model, circuit.args);
  assert.throws(() => readSelectors(vk.subarray(1), settings), /give the settings that it was made with/);
  const other = { ...settings, runArgs: { ...settings.runArgs, numInnerCols: 1 } };
  assert.throws(() => readSelectors(vk, other), /give the settings that it was made with/);
});

Deno.test("columnsOf() starts a block where a count reaches the border", () => {
  const circuit = new CircuitWriter({ logrows: 6, numInnerCols: 2, ignoreRangeCheckInputsOutputs: true });
  const model = circuit.model([circuit.linear({ name: "Neg" }, [circuit.input([2])], [2])]);
  const settings = settingsOf(model, circuit.args, layOut(model, circuit.args, "dummy"));
  const blocksAt = (totalAssignments: number) => columnsOf({ ...settings, totalAssignments }).blocks;
  // A block holds 116 cells; the cell repeated at the border counts too.
  assert.deepEqual([114, 115, 229, 230].map(blocksAt), [1, 2, 2, 3]);
});
