/**
 * Whether a proving key is of a circuit, by what can be seen in it: where its gates are on,
 * and which constants it holds. A key of a network that was trained further has the length
 * of the right one and makes a proof that no one can verify.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { GraphSettings } from "../format/settings.ts";
import { columnsOf } from "../../halo2/circuit/columns.ts";
import { vkBytesOf } from "../../halo2/circuit/key_bytes.ts";
import { fixedEntries } from "../cells/key_columns.ts";
import type { Layout } from "../layout/layout.ts";
import { readSelectors } from "../cells/selectors.ts";

/**
 * Refuses a proving key, whose length is checked, that belongs to another circuit than the one laid out.
 * @throws {ArgumentError} with the gate or the constant in which they differ
 */
export function checkKeyCircuit(caller: string, pk: Uint8Array, settings: GraphSettings, layout: Layout): void {
  const columns = columnsOf(settings);
  const fixed = new DataView(pk.buffer, pk.byteOffset).getUint32(3, true);
  const compressed = pk[2] === 1;
  if (compressed && layout.selectors) {
    const { map } = readSelectors(pk.subarray(0, vkBytesOf(columns, fixed, compressed)), settings);
    for (const gate of layout.selectors.gates()) {
      const found = map.count(gate), laid = layout.selectors.count(gate);
      if (found !== laid) refuse(caller, `it has the gate ${gate} in ${found} cells, and the circuit in ${laid}`);
    }
  }
  const held = new Set<bigint>([0n]);
  for (let column = 0; column < columns.constantColumns; column++) {
    for (const { value } of fixedEntries(pk, columns, fixed, column)) held.add(value);
  }
  const missing = layout.constantValues.find((value) => !held.has(value));
  if (missing !== undefined) refuse(caller, `it lacks the circuit's constant ${missing}`);
}

function refuse(caller: string, why: string): never {
  throw new ArgumentError(
    `${caller}: the proving key is of another circuit: ${why}; give the key that setup() made of this compiled circuit, ` +
      "or make both keys again",
  );
}
