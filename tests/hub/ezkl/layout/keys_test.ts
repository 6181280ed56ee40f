/** The layout against the engine's keys: every gate of every operation in the same row. */
import assert from "node:assert/strict";
import { columnsOf } from "../../../../hub/halo2/circuit/columns.ts";
import { layOut } from "../../../../hub/ezkl/layout/layout.ts";
import { readSelectors } from "../../../../hub/ezkl/cells/selectors.ts";
import { CASES } from "./cases.ts";
import { MORE_CASES } from "./more_cases.ts";
import { CircuitWriter, keysOf } from "./circuits.ts";

/** Settings of the grid for each case; with 58 usable rows the larger cases fill many blocks. */
const GRIDS = [
  { numInnerCols: 1, logrows: 6, ignoreRangeCheckInputsOutputs: true },
  { numInnerCols: 2, logrows: 6, ignoreRangeCheckInputsOutputs: false, decompBase: 8, decompLegs: 3 },
];

for (const [name, write] of [...CASES, ...MORE_CASES]) {
  Deno.test(`layOut() puts every gate of ${name} where the engine puts it`, async () => {
    for (const args of name === "long dot products" ? [...GRIDS, { ...GRIDS[1], numInnerCols: 4 }] : GRIDS) {
      const circuit = new CircuitWriter(args);
      const model = circuit.model(write(circuit));
      const { settings, vk } = await keysOf(model, circuit.args);
      const layout = layOut(model, circuit.args, "keygen");
      const { map } = readSelectors(vk, settings);
      const { blocks, innerCols } = columnsOf(settings);
      for (const gate of new Set([...map.gates(), ...layout.selectors!.gates()])) {
        assert.equal(layout.selectors!.count(gate), map.count(gate), `${gate}, w = ${innerCols}`);
        for (let place = 0; place < blocks * innerCols; place++) {
          const [ours, theirs] = [layout.selectors!.bits(gate, place), map.bits(gate, place)];
          assert.deepEqual(rowsOf(ours), rowsOf(theirs), `${gate} at place ${place}, w = ${innerCols}`);
        }
      }
      assert(layout.cells <= settings.totalAssignments, "the keys have no more cells than EZKL's count");
      assert(layout.lastSelectorCell! < layout.cells);
    }
  });
}

function rowsOf(bits: Uint8Array | null): number[] {
  return Array.from(bits ?? []).flatMap((byte, i) =>
    [...Array(8).keys()].filter((j) => byte >> j & 1).map((j) => 8 * i + j)
  );
}
