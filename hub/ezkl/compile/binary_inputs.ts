/**
 * Holds the inputs of a circuit to small numbers, or to 0 and 1, with a table that the
 * circuit has anyway.
 *
 * A private input may be any field element unless the circuit says otherwise. A value
 * that a table takes is a whole number of the table's range, `low` to `high`; asking for it
 * costs one cell an element. Three cells hold x to 0 and 1: let M lie in that range with -M
 * below it and 2M above it, then x and M x are both in the range for x = 0 and x = 1 only.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { LookupOp } from "../format/circuit.ts";
import type { RunArgs } from "../format/run_args.ts";
import { TABLE_RESERVED_ROWS, tableColumnsFor } from "../../halo2/circuit/columns.ts";
import type { CircuitBuilder, Value } from "../network/circuit_builder.ts";
import { linear } from "../network/frugal_ops.ts";
import type { Scheme } from "../network/scheme.ts";

/** Smallest and largest value that the tables really take: they fill their columns. */
export function tableBounds({ lookupRange, logrows }: RunArgs): [low: number, high: number] {
  const rows = 2 ** logrows, low = Number(lookupRange[0]);
  return [low, low + tableColumnsFor(lookupRange, rows) * (rows - TABLE_RESERVED_ROWS) - 1];
}

/**
 * Adds the checks that hold every element of `x` to 0 or 1.
 * @throws {ArgumentError} where the tables lack 0 or reach too far below it, or the input has fractions
 */
export function holdToBits(builder: CircuitBuilder, x: Value, args: RunArgs, scheme: Scheme): void {
  if (x.scale !== 0) {
    throw new ArgumentError(
      `compileCircuit(): inputs at scale ${x.scale} cannot be held to 0 and 1; take inputScale 0`,
    );
  }
  const [low, high] = tableBounds(args);
  if (low > 0 || low <= -high) {
    throw new ArgumentError(
      `compileCircuit(): the tables run from ${low} to ${high}, and holding inputs to 0 and 1 needs them to hold 0 ` +
        "and reach further above it than below; widen lookupRange upwards or set binaryInputs to false",
    );
  }
  const multiplier = builder.constant([high], x.dims.map(() => 1), 0);
  holdToTable(builder, x, scheme);
  holdToTable(builder, linear(builder, { name: "Mult" }, [x, multiplier], x.dims), scheme);
}

/** Adds the check that every element of `x` is a number that the tables take. */
export function holdToTable(builder: CircuitBuilder, x: Value, scheme: Scheme): void {
  const op: LookupOp = builder.firstTable ?? { name: "Div", denom: 2 ** scheme.dropBits };
  builder.add({ kind: "Nonlinear", op }, [x], x.dims, x.scale);
}
