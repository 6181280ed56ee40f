/** Circuits that nobody has proven: a constraint system from settings, and commitments to nothing in particular. */
import type { GraphSettings } from "../../../../hub/ezkl/format/settings.ts";
import { secretG2 } from "../../../../hub/ezkl/srs/verifier.ts";
import { instancesOf } from "../../../../hub/ezkl/format/proof.ts";
import { columnsOf } from "../../../../hub/halo2/circuit/columns.ts";
import { configure } from "../../../../hub/halo2/circuit/configure.ts";
import { constraintSystem } from "../../../../hub/halo2/circuit/constraint_system.ts";
import { type SelectorRows, sharedColumns } from "../../../../hub/halo2/circuit/selector_columns.ts";
import { argumentDegree, argumentsOf, groupLookups } from "../../../../hub/halo2/circuit/lookup_arguments.ts";
import { highestDegree } from "../../../../hub/halo2/circuit/expression.ts";
import type { Commitment } from "../../../../hub/halo2/circuit/verifying_key.ts";
import { G1, multiplyG1 } from "../../../../hub/halo2/curve/bn254.ts";
import type { EvmCircuit } from "../../../../hub/halo2/evm/circuit_data.ts";
import { unsafeSrs } from "../../ezkl/srs/fixtures.ts";
import { circuit } from "../circuits.ts";
import { randomNumbers } from "./forge.ts";

/** How a circuit is made. */
export interface Making {
  /** How many of the first selectors are on in one row, so that none of them shares a column with another; 0 if not given. */
  meeting?: number;
  /** Whether selectors are packed; true if not given. */
  compressed?: boolean;
  /** Whether a fixed column is empty, of which the first selector's is number `first`. */
  isEmpty?: (column: number, first: number) => boolean;
}

/** A circuit of these settings under the reference string whose secret is published. */
export function unproven(
  settings: GraphSettings,
  { meeting = 0, compressed = true, isEmpty = () => false }: Making,
): EvmCircuit {
  const { simpleSelectors, complexSelectors, permutationColumns, rows, logrows } = columnsOf(settings);
  const selectors: SelectorRows = Array.from(
    { length: simpleSelectors + complexSelectors },
    () => new Uint8Array(rows / 8),
  );
  for (const selector of selectors.slice(0, meeting)) selector[0] = 1;
  const draft = configure(settings, Infinity);
  const degree = Math.max(
    3,
    highestDegree(draft.gates),
    ...argumentsOf(groupLookups(draft), draft.gates).map(argumentDegree),
  );
  const first = draft.columns.fixed;
  const count = compressed
    ? 1 + Math.max(...sharedColumns(draft, selectors, degree).map(({ column }) => column))
    : selectors.length;
  const next = randomNumbers("unproven");
  const point = (): Commitment => multiplyG1(G1, next());
  const vk = {
    logrows,
    fixed: Array.from({ length: first + count }, (_, column) => isEmpty(column, first) ? null : point()),
    permutation: Array.from({ length: permutationColumns }, point),
    selectors: compressed ? selectors : null,
  };
  const system = constraintSystem("unproven()", settings, vk);
  return { system, vk, instances: instancesOf(settings), secretG2: secretG2(unsafeSrs(1)) };
}

/** Settings like those of gemm, but for some. */
export function settingsWith(
  changed: Partial<GraphSettings>,
  runArgs: Partial<GraphSettings["runArgs"]> = {},
): GraphSettings {
  const { settings } = circuit("gemm");
  return { ...settings, ...changed, runArgs: { ...settings.runArgs, ...runArgs } };
}

/**
 * A circuit of the size of a LeNet that was proven once: 2^14 rows, 33 advice columns, 22
 * lookups of which 17 are on nowhere, 59 fixed columns of which 27 are empty.
 */
export function lenetSize(): EvmCircuit {
  const settings = settingsWith({
    totalAssignments: 11 * (2 ** 14 - 6) - 100,
    totalConstSize: 100,
    requiredRangeChecks: [[-1n, 1n], [0n, 127n]],
    requiredLookups: [],
    modelInstanceShapes: [[1, 10]],
  }, { logrows: 14, numInnerCols: 1 });
  const lookups = 22, shared = 34;
  return unproven(settings, {
    meeting: shared,
    // Spread as they are: most of the lookups, some of the arithmetic.
    isEmpty: (column, first) => {
      const selector = column - first;
      if (selector < 0) return false;
      return selector < lookups ? (selector * 9) % lookups < 17 : ((selector - lookups) * 7) % shared < 10;
    },
  });
}
