/**
 * The gates of the arithmetic: sums, differences and products of cells, and dot products,
 * running products and running sums along the rows of a block.
 * @module
 */
import type { Draft } from "./draft.ts";
import { constant, difference, type Expression, product, sum } from "./expression.ts";
import type { Place, Tensors } from "./tensors.ts";

/** Gates of one place, in the order of a place's selectors. */
export const CELL_GATES = ["Add", "Sub", "Mult"] as const;

/** Gates of one row of a block, in the order of a block's selectors. */
export const ROW_GATES = ["DotInit", "Dot", "CumProd", "CumProdInit", "Sum", "SumInit"] as const;

/** Halo2 meets the gates in another order than their selectors: by kind, as EZKL's map of them is ordered. */
const GATE_ORDER = {
  cell: ["Add", "Mult", "Sub"],
  row: ["Dot", "DotInit", "CumProdInit", "CumProd", "SumInit", "Sum"],
};

type CellGate = typeof CELL_GATES[number];
type RowGate = typeof ROW_GATES[number];

/** Adds the selectors and the gates of the arithmetic. */
export function addArithmetic(draft: Draft, { places, blocks }: Tensors): void {
  const cells = places.map((place) => ({ place, selectors: CELL_GATES.map(() => draft.select(true)) }));
  const rows = blocks.map((block) => ({ block, selectors: ROW_GATES.map(() => draft.select(true)) }));
  for (const gate of GATE_ORDER.cell as CellGate[]) {
    for (const { place, selectors } of cells) {
      addGate(draft, selectors[CELL_GATES.indexOf(gate)], cellGate(draft, gate, place));
    }
  }
  for (const gate of GATE_ORDER.row as RowGate[]) {
    for (const { block, selectors } of rows) {
      addGate(draft, selectors[ROW_GATES.indexOf(gate)], rowGate(draft, gate, block));
    }
  }
}

/** The gate says that the output less the value is zero where the selector is on. */
function addGate(draft: Draft, selector: Expression, [value, output]: [Expression, Expression]): void {
  draft.gates.push(product(selector, difference(output, value)));
}

function cellGate(draft: Draft, gate: CellGate, place: Place): [Expression, Expression] {
  const [x, y] = [draft.read(place.x), draft.read(place.y)];
  const value = gate === "Add" ? sum(x, y) : gate === "Sub" ? difference(x, y) : product(x, y);
  return [value, draft.read(place.output)];
}

function rowGate(draft: Draft, gate: RowGate, block: readonly Place[]): [Expression, Expression] {
  const isDot = gate.startsWith("Dot"), isProduct = gate.startsWith("CumProd");
  const xs = isDot ? block.map(({ x }) => draft.read(x)) : [];
  const ys = block.map(({ y }) => draft.read(y));
  const { output } = block[0];
  const terms = isDot ? xs.map((x, inner) => product(x, ys[inner])) : ys;
  const join = isProduct ? product : sum;
  const row = terms.reduce((total, term) => join(total, term), constant(isProduct ? 1n : 0n));
  const value = gate.endsWith("Init") ? row : join(draft.read(output, -1), row);
  return [value, draft.read(output)];
}
