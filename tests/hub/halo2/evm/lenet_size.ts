/**
 * A circuit of the size of a LeNet that was proven once, without its weights: 2^14 rows, 33
 * advice columns, 22 lookups, and as many commitments at infinity, whose columns are empty.
 */
import { G1, multiplyG1 } from "../../../../hub/halo2/curve/bn254.ts";
import { columnsOf } from "../../../../hub/halo2/circuit/columns.ts";
import { configure } from "../../../../hub/halo2/circuit/configure.ts";
import { constraintSystem } from "../../../../hub/halo2/circuit/constraint_system.ts";
import { sharedColumns } from "../../../../hub/halo2/circuit/selector_columns.ts";
import type { Commitment } from "../../../../hub/halo2/circuit/verifying_key.ts";
import type { EvmCircuit } from "../../../../hub/halo2/evm/circuit_data.ts";
import { secretG2 } from "../../../../hub/ezkl/srs/verifier.ts";
import { circuit } from "../circuits.ts";
import { randomNumbers } from "./forge.ts";

/** Constants, and two ranges. */
const FIRST_SELECTOR = 3;

/** Columns that several selectors share. */
const SHARED = 34;

/** Lookups that are on nowhere, and columns of several selectors that are on nowhere. */
const EMPTY_LOOKUPS = 17, EMPTY_SHARED = 10;

/** The circuit. */
export function lenetSize(): EvmCircuit {
  const { settings: base, srs } = circuit("gemm");
  const settings = {
    ...base,
    runArgs: { ...base.runArgs, logrows: 14, numInnerCols: 1 },
    totalAssignments: 11 * (2 ** 14 - 6) - 100,
    totalConstSize: 100,
    requiredRangeChecks: [[-1n, 1n], [0n, 127n]] as [bigint, bigint][],
    requiredLookups: [],
    modelInstanceShapes: [[1, 10]],
  };
  const { simpleSelectors, complexSelectors, permutationColumns, degree } = columnsOf(settings);
  const selectors = Array.from({ length: simpleSelectors + complexSelectors }, () => new Uint8Array(2 ** 14 / 8));
  // As many that meet in a row as there were shared columns.
  for (const selector of selectors.slice(0, SHARED)) selector[0] = 1;
  const columns = 1 +
    Math.max(...sharedColumns(configure(settings, Infinity), selectors, degree).map(({ column }) => column));
  const next = randomNumbers("lenet");
  const point = (): Commitment => multiplyG1(G1, next());
  const fixed = Array.from({ length: FIRST_SELECTOR + columns }, (_, index) => {
    const selector = index - FIRST_SELECTOR;
    if (selector < 0) return point();
    // Spread as they are: most of a block's lookups, some of its arithmetic.
    if (selector < complexSelectors) return (selector * 9) % complexSelectors < EMPTY_LOOKUPS ? null : point();
    return ((selector - complexSelectors) * 7) % (columns - complexSelectors) < EMPTY_SHARED ? null : point();
  });
  const vk = { logrows: 14, fixed, permutation: Array.from({ length: permutationColumns }, point), selectors };
  const system = constraintSystem("lenetSize()", settings, vk);
  return { system, vk, instances: 10, secretG2: secretG2(srs) };
}
