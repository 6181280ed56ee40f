/**
 * Whether keys can belong to a circuit, by their first bytes and their length: keys of
 * another circuit make the engine break down, or reject every proof. A proving key begins
 * with its verifying key.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import type { GraphSettings } from "../format/settings.ts";
import { type Columns, columnsOf } from "../../halo2/circuit/columns.ts";
import { KEY_HEADER, pkBytesOf, vkBytesOf } from "../../halo2/circuit/key_bytes.ts";
import { isOnG1 } from "../../halo2/curve/bn254.ts";
import { G1_BYTES, readG1 } from "../../halo2/curve/encoding.ts";

/**
 * Refuses a verifying key that is cut or of another circuit.
 * @throws {FormatError} with what the key has and what the settings make it have
 */
export function checkVk(caller: string, vk: Uint8Array, settings: GraphSettings): void {
  const columns = columnsOf(settings);
  checkHeader(caller, "the verifying key", vk, columns);
  const expected = vkBytesOf(columns, fixedColumns(vk), vk[2] === 1);
  if (vk.length !== expected) refuse(caller, "the verifying key", vk.length, expected);
  checkPoints(caller, "the verifying key", vk, fixedColumns(vk) + columns.permutationColumns);
}

/** As {@linkcode checkVk}, for a proving key. */
export function checkPk(caller: string, pk: Uint8Array, settings: GraphSettings): void {
  const columns = columnsOf(settings);
  checkHeader(caller, "the proving key", pk, columns);
  const expected = pkBytesOf(columns, fixedColumns(pk), pk[2] === 1);
  if (pk.length !== expected) refuse(caller, "the proving key", pk.length, expected);
  checkPoints(caller, "the proving key", pk, fixedColumns(pk) + columns.permutationColumns);
}

/** The verifying key that a proving key, whose length is checked, begins with. */
export function vkOf(pk: Uint8Array, settings: GraphSettings): Uint8Array<ArrayBuffer> {
  return pk.slice(0, vkBytesOf(columnsOf(settings), fixedColumns(pk), pk[2] === 1)) as Uint8Array<ArrayBuffer>;
}

function fixedColumns(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(3, true);
}

function checkHeader(caller: string, what: string, key: Uint8Array, columns: Columns): void {
  if (key.length < KEY_HEADER) {
    throw new FormatError(`${caller}: ${what} has ${key.length} bytes, which is no key; make it again with setup()`);
  }
  const [format, logrows, compressed] = key;
  if (format !== 3 || compressed > 1) {
    throw new FormatError(
      `${caller}: ${what} begins with the bytes ${format}, ${logrows}, ${compressed}, expected 3, ${columns.logrows}, 1; ` +
        "it is no key of EZKL 21, make it again with setup()",
    );
  }
  if (logrows !== columns.logrows) {
    throw new FormatError(
      `${caller}: ${what} is for logrows ${logrows}, and the settings have logrows ${columns.logrows}; give the key and ` +
        "the settings of one circuit",
    );
  }
}

/** The engine takes what it reads for points of the curve; an unused column's commitment is all zeros. */
function checkPoints(caller: string, what: string, key: Uint8Array, count: number): void {
  for (let index = 0; index < count; index++) {
    const at = KEY_HEADER + G1_BYTES * index;
    if (key.subarray(at, at + G1_BYTES).every((byte) => byte === 0) || isOnG1(readG1(key, at))) continue;
    throw new FormatError(
      `${caller}: point ${index} of ${what} is not on the curve, or not written in its shortest form; the file is ` +
        "damaged, so make it again with setup()",
    );
  }
}

function refuse(caller: string, what: string, found: number, expected: number): never {
  throw new FormatError(
    `${caller}: ${what} has ${found} bytes, and one of these settings has ${expected}; it is cut, or belongs to another ` +
      "circuit, so make it again with setup()",
  );
}
