/**
 * The shape of a circuit's grid: of all numbers of rows and inner columns, the cheapest.
 * @module
 */
import { ArgumentError } from "../../../core/errors.ts";
import type { RunArgs } from "../format/run_args.ts";
import type { GraphSettings } from "../format/settings.ts";
import { RESERVED_ROWS } from "./columns.ts";
import { estimatePrice, MAX_TABLE_COLUMNS, type Price } from "./price.ts";

/** What `chooseShape` may choose from, and by what. */
export interface ShapeOptions {
  /** Fewest logrows. */
  least: number;
  /** Most logrows. */
  most: number;
  /** Inner columns to try; 1 and 2 when absent. */
  innerCols?: readonly number[];
  /** Smallest proving key, or shortest proof; the proof when absent. A small key alone can mean hundreds of blocks. */
  by?: "pkBytes" | "proof";
}

/** A shape with what it costs. */
export interface ShapeChoice {
  /** Settings counted for it. */
  settings: GraphSettings;
  /** Its price. */
  price: Price;
}

/**
 * The cheapest shape: `count` gives the settings of the circuit at run arguments that
 * differ from `args` in logrows and numInnerCols only. EZKL instead takes as many rows as
 * it needs for one block, which is often the dearer: a small grid with several blocks has
 * nearly the same key, and every table wider than a column doubles it.
 * @throws {ArgumentError} where there is nothing to choose from
 */
export function chooseShape(
  args: RunArgs,
  count: (args: RunArgs) => GraphSettings,
  options: ShapeOptions,
): ShapeChoice {
  const { least, most, innerCols = [1, 2], by = "proof" } = options;
  let best: ShapeChoice | null = null;
  const costOf = (price: Price) => by === "proof" ? price.seconds.proof : price.pkBytes;
  for (let logrows = least; logrows <= most; logrows++) {
    for (const numInnerCols of innerCols) {
      const settings = count({ ...args, logrows, numInnerCols });
      const price = estimatePrice(settings);
      if (price.instances > 2 ** logrows - RESERVED_ROWS || price.tableColumns > MAX_TABLE_COLUMNS) continue;
      if (best === null || costOf(price) < costOf(best.price)) best = { settings, price };
    }
  }
  if (best) return best;
  throw new ArgumentError(
    `chooseShape: no grid of 2^${least} to 2^${most} rows with ${innerCols.join(" or ")} inner columns holds the ` +
      `circuit's tables and public values; allow more rows`,
  );
}
