/**
 * Whether a proving key can belong to a circuit, by its first bytes, its length and its points:
 * a key of another circuit makes the engine break down, or reject every proof. It begins with
 * its verifying key.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import type { GraphSettings } from "../format/settings.ts";
import { columnsOf } from "../../halo2/circuit/columns.ts";
import { pkBytesOf, vkBytesOf } from "../../halo2/circuit/key_bytes.ts";
import { checkHeader, readPoints } from "../../halo2/circuit/verifying_key.ts";

/**
 * Refuses a proving key that is cut or of another circuit; `isEither` is said of a key that may have been meant for a
 * verifying key.
 * @throws {FormatError} with what the key has and what the settings make it have
 */
export function checkPk(caller: string, pk: Uint8Array, settings: GraphSettings, isEither: boolean): void {
  const columns = columnsOf(settings), what = isEither ? "the key" : "the proving key";
  checkHeader(caller, what, pk, columns.logrows);
  const fixed = fixedColumns(pk), isCompressed = pk[2] === 1;
  const expected = pkBytesOf(columns, fixed, isCompressed);
  if (pk.length !== expected) {
    const found = isEither
      ? `a verifying key of these settings has ${vkBytesOf(columns, fixed, isCompressed)}, a proving key ${expected}`
      : `one of these settings has ${expected}`;
    throw new FormatError(
      `${caller}: ${what} has ${pk.length} bytes, and ${found}; it is cut, or belongs to another circuit, so make it ` +
        "again with setup()",
    );
  }
  readPoints(caller, what, pk, fixedColumns(pk) + columns.permutationColumns);
}

/** The verifying key that a proving key, whose length is checked, begins with. */
export function vkOf(pk: Uint8Array, settings: GraphSettings): Uint8Array<ArrayBuffer> {
  return pk.slice(0, vkBytesOf(columnsOf(settings), fixedColumns(pk), pk[2] === 1)) as Uint8Array<ArrayBuffer>;
}

function fixedColumns(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(3, true);
}
