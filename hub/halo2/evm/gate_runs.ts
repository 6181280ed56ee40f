/**
 * The gates of a circuit as runs of one kind, for the contract's loops. What is of no known
 * kind, as the rounds of a hash, becomes steps of a program.
 * @module
 */
import type { Expression, Query } from "../circuit/expression.ts";
import { type CircuitPlaces, WORD } from "./circuit_places.ts";
import { Bytes } from "./data_writer.ts";
import { cellsOf, differenceOf, factorsOf, isConstant, queryOf, selectedOf, termsOf } from "./terms.ts";
import { type Kind, KINDS } from "./yul/gates.ts";

/** Numbers of one byte. */
const MOST = 255;

/** One gate: the addresses of what it is made of. */
interface Gate {
  kind: Kind;
  /** How many x and y there are, one behind the other. */
  inner: number;
  /** x, y, output, first term, selector. */
  at: [x: number, y: number, output: number, first: number, selector: number];
}

/** A run of gates. */
interface Run {
  /** Gates before it that are zero. */
  gap: number;
  /** Its gates; none where only the gap counts. */
  gates: Gate[];
}

/** The records of the gates, and those of the columns that their selectors share. */
export interface GateRecords {
  selectors: Bytes;
  gates: Bytes;
  /** How many gates are computed, in how many runs. */
  computed: number;
  runs: number;
  /** How many selectors share columns. */
  members: number;
}

/** The records for all gates of a system, in order. */
export function gateRecords(gates: readonly Expression[], places: CircuitPlaces): GateRecords {
  const shared = new Map<Query, number[]>();
  const runs: Run[] = [];
  let gap = 0;
  for (const gate of gates) {
    const made = isZero(gate, places) ? [] : gatesOf(gate, places, shared);
    if (made.length === 0) gap++;
    for (const one of made) {
      const run = runs.at(-1);
      if (run && gap === 0 && continues(run, one)) run.gates.push(one);
      else runs.push({ gap, gates: [one] });
      gap = 0;
    }
  }
  if (gap > 0) runs.push({ gap, gates: [] });
  const records = {
    selectors: selectorRecords(shared, places),
    gates: new Bytes(),
    computed: runs.reduce((sum, { gates }) => sum + gates.length, 0),
    runs: runs.length,
    members: [...shared.values()].reduce((sum, { length }) => sum + length, 0),
  };
  runs.forEach((run, index) => writeRun(records.gates, index === 0 ? { ...run, gap: 0 } : run));
  return records;
}

/** A gate of a wide table's selector where there is no wide table, or one whose selector is on nowhere. */
function isZero(gate: Expression, places: CircuitPlaces): boolean {
  const selected = selectedOf(gate);
  return selected !== null && (isConstant(selected.body, 0n) || places.isZero(selected.selector.query));
}

/** What the contract's loops have for a gate; `shared` gathers the selectors that share a column. */
function gatesOf(expression: Expression, places: CircuitPlaces, shared: Map<Query, number[]>): Gate[] {
  const selected = selectedOf(expression);
  const known = selected && knownGate(selected.body, places);
  if (!known) {
    const { start, end, results, value } = places.program(expression);
    return [
      { kind: "program", inner: 0, at: [start, end, results, 0, 0] },
      { kind: "value", inner: 0, at: [value, 0, 0, 0, 0] },
    ];
  }
  const { query, number, members } = selected.selector;
  known.at[4] = places.value(query);
  if (members > 1) {
    const slots = shared.get(query) ?? new Array<number>(members).fill(places.unused);
    shared.set(query, slots);
    // More gates than one may have a selector.
    if (slots[number - 1] === places.unused) slots[number - 1] = places.work();
    known.at[4] = slots[number - 1];
  }
  return [known];
}

/** A gate without its selector. */
function knownGate(body: Expression, places: CircuitPlaces): Gate | null {
  const range = rangeOf(body);
  if (range) return { kind: "range", inner: range.columns, at: [0, places.value(range.cell), 0, 0, 0] };
  const parts = differenceOf(body);
  const output = parts && queryOf(parts[0]);
  if (!output) return null;
  const [, value] = parts;
  const gate = (kind: Kind, xs: Query[], ys: Query[], first: number): Gate | null => {
    const [x, y] = [rowOf(xs, places), rowOf(ys, places)];
    return x === null || y === null ? null : { kind, inner: ys.length, at: [x, y, places.value(output), first, 0] };
  };
  const differs = differenceOf(value);
  if (differs) {
    const cells = cellsOf(differs);
    return cells && gate("difference", [cells[0]], [cells[1]], 0);
  }
  const terms = termsOf(value);
  if (!terms) return null;
  const cells = terms.map((term) => cellsOf(factorsOf(term)));
  if (!cells.every((factors) => factors !== null)) return null;
  const [first, ...rest] = cells;
  if (cells.length === 1 && first.length > 2) return gate("product", [], first.slice(1), places.value(first[0]));
  // A term of one factor before products is what the row begins with.
  const begins = first.length === 1 && cells.length > 1;
  const start = begins ? places.value(first[0]) : places.zero;
  const row = begins ? rest : cells;
  const degree = row[0].length;
  if (degree > 2 || row.some((factors) => factors.length !== degree)) return null;
  if (degree === 1) return gate("sum", [], row.map(([y]) => y), start);
  return gate("dot", row.map(([x]) => x), row.map(([, y]) => y), start);
}

/** e (e - 1) (e - 2) .. */
function rangeOf(body: Expression): { cell: Query; columns: number } | null {
  const factors = factorsOf(body).map(differenceOf);
  if (factors.length < 2) return null;
  const cell = factors[0] && queryOf(factors[0][0]);
  const is = factors.every((factor, index) =>
    factor !== null && queryOf(factor[0]) === cell && isConstant(factor[1], BigInt(index))
  );
  return is && cell ? { cell, columns: factors.length } : null;
}

/** The address of the first of cells whose values lie one behind the other; 0 for none. */
function rowOf(cells: readonly Query[], places: CircuitPlaces): number | null {
  const at = cells.map((cell) => places.value(cell));
  if (at.length === 0) return 0;
  return at.every((address, index) => address === at[0] + WORD * index) ? at[0] : null;
}

/** Whether a gate follows the last of a run as that one follows the one before. */
function continues({ gates }: Run, next: Gate): boolean {
  const last = gates.at(-1);
  if (!last || last.kind !== next.kind || last.inner !== next.inner || gates.length === MOST) return false;
  if (next.kind === "program") return false;
  const step = stepOf(last, next);
  if (step.some((distance) => distance < 0)) return false;
  return gates.length < 2 || stepOf(gates[0], gates[1]).every((distance, index) => distance === step[index]);
}

function stepOf(a: Gate, b: Gate): number[] {
  return a.at.map((address, index) => b.at[index] - address);
}

function writeRun(bytes: Bytes, { gap, gates }: Run): void {
  for (; gap > MOST; gap -= MOST) bytes.byte(KINDS.gap, MOST, 0, 0).pair(...new Array(10).fill(0));
  const [first, second] = gates;
  const step = second ? stepOf(first, second) : new Array(5).fill(0);
  bytes.byte(KINDS[first?.kind ?? "gap"], gap, gates.length, first?.inner ?? 0);
  bytes.pair(...(first?.at ?? new Array(5).fill(0)), ...step);
}

/** For each shared column: its address, how many share it, and where each member's selector goes. */
function selectorRecords(shared: ReadonlyMap<Query, readonly number[]>, places: CircuitPlaces): Bytes {
  const bytes = new Bytes();
  for (const [query, slots] of shared) bytes.pair(places.value(query)).byte(slots.length).pair(...slots);
  return bytes;
}
