/**
 * Whether keys can belong to a circuit, by their first bytes and their length: keys of
 * another circuit make the engine break down, or reject every proof.
 *
 * A verifying key is the byte 3, the byte k, a byte that is 1 where selectors are
 * compressed, the number of fixed columns as 32 bits, 64 bytes for each fixed and
 * permutation column, and where they are compressed a bit a row for every selector. A
 * proving key begins with its verifying key.
 * @module
 */
import { FormatError } from "../../../core/errors.ts";
import type { GraphSettings } from "../format/settings.ts";
import { type Columns, columnsOf } from "../layout/columns.ts";

const HEADER = 7;

/**
 * Refuses a verifying key that is cut or of another circuit.
 * @throws {FormatError} with what the key has and what the settings make it have
 */
export function checkVk(caller: string, vk: Uint8Array, settings: GraphSettings): void {
  const columns = columnsOf(settings);
  const expected = vkBytes(caller, "the verifying key", vk, columns);
  if (vk.length !== expected) refuse(caller, "the verifying key", vk.length, expected);
}

/** As {@linkcode checkVk}, for a proving key. */
export function checkPk(caller: string, pk: Uint8Array, settings: GraphSettings): void {
  const columns = columnsOf(settings), { rows, extension, permutationColumns } = columns;
  const own = vkBytes(caller, "the proving key", pk, columns);
  const fixed = fixedColumns(pk);
  const polynomial = (length: number) => 4 + 32 * length;
  const family = (count: number) => 3 * (4 + 4 * count) + count * (2 * polynomial(rows) + polynomial(rows * extension));
  const expected = own + 3 * polynomial(rows * extension) + family(fixed) + family(permutationColumns);
  if (pk.length !== expected) refuse(caller, "the proving key", pk.length, expected);
}

function fixedColumns(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(3, true);
}

/** Bytes that the verifying key at the start of `key` must have. */
function vkBytes(caller: string, what: string, key: Uint8Array, columns: Columns): number {
  if (key.length < HEADER) {
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
  const selectors = columns.simpleSelectors + columns.complexSelectors;
  const commitments = fixedColumns(key) + columns.permutationColumns;
  return HEADER + 64 * commitments + compressed * selectors * columns.rows / 8;
}

function refuse(caller: string, what: string, found: number, expected: number): never {
  throw new FormatError(
    `${caller}: ${what} has ${found} bytes, and one of these settings has ${expected}; it is cut, or belongs to another ` +
      "circuit, so make it again with setup()",
  );
}
