/**
 * Whether a proof has the length that its key gives it. The engine stops reading where a
 * proof should end and says nothing of what follows, so a proof could be lengthened and
 * still be called valid.
 *
 * A proof is 32-byte words: two for each commitment (advice columns; two for each lookup
 * argument; one for each d - 2 columns of the permutation; d pieces of the quotient), one for
 * each value that is opened (of the advice columns, once more for each block's sums, of the fixed
 * columns, the permutation and its products, three for each lookup), and four of the opening.
 * @module
 */
import type { GraphSettings } from "../format/settings.ts";
import { lookupArgumentsOf } from "../layout/arguments.ts";
import { columnsOf } from "../../halo2/circuit/columns.ts";

/** Bytes of a proof for `vk`, a key of `settings`. */
export function proofBytes(settings: GraphSettings, vk: Uint8Array): number {
  const columns = columnsOf(settings);
  const { adviceColumns, permutationColumns, degree, blocks } = columns;
  const lookups = lookupArgumentsOf(columns, settings);
  const fixed = new DataView(vk.buffer, vk.byteOffset).getUint32(3, true);
  const products = Math.ceil(permutationColumns / (degree - 2));
  const commitments = adviceColumns + 2 * lookups + products + degree;
  const values = adviceColumns + blocks + fixed + 1 + permutationColumns + 3 * products - 1 + 3 * lookups;
  return 32 * (2 * commitments + values + 4);
}
