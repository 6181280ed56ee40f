/**
 * Which circuits a fidelity calibration runs, and on how many samples.
 *
 * A circuit gets dearer and finer with the rows of its tables. So for each number of bits that values lose before a
 * layer the fewest rows are looked for at which it comes near enough on some of the samples; then the same is tried
 * with weights left out. What came near is run on all samples, the cheapest first until one is good enough; where none
 * is, more rows are tried.
 * @module
 */
import type { Candidate, Draft } from "./draft.ts";
import type { Examination } from "./evaluate.ts";
import { secondsOf } from "./frugal_settings.ts";
import { allowed, type Measure } from "./measure.ts";
import type { SchemeGrid } from "./schemes.ts";

/** What is searched, and how. */
export interface SearchOptions {
  /** What is varied. */
  grid: SchemeGrid;
  /** Most rows, as log2. */
  maxLogrows: number;
  /** Products that the network's layers add up. */
  products: number;
  /** Makes a circuit. */
  draft: (rows: number, dropBits: number, deadZone: number) => Draft;
  /** The circuits, by the bits that values lose, for which the network may have been trained already. */
  trained: (dropBits: readonly number[]) => Draft[];
  /** Samples of the first examination. */
  screening: number;
  /** By what circuits are held to the network. */
  measure: Measure;
  /** The samples. */
  examination: Examination;
  /** Stops between two circuits. */
  signal: AbortSignal | undefined;
  /** Told after each circuit that was run. */
  onProgress: ((done: number, total: number) => void) | undefined;
}

/** What was found. */
export interface Found {
  /** The cheapest that is good enough, or null. */
  chosen: Draft | null;
  /** All that were run, cheapest first. */
  drafts: Draft[];
}

/** Runs circuits until the cheapest one that `measure` allows is known. */
export async function search(options: SearchOptions): Promise<Found> {
  const { grid, maxLogrows, products, trained, draft, screening, measure, examination, signal, onProgress } = options;
  const isLarge = products > 2 ** 16;
  const {
    dropBits = isLarge ? [3, 4, 5] : [3, 4, 5, 6, 7],
    deadZones = isLarge ? [0, 1 / 4, 3 / 8] : [0, 1 / 8, 1 / 4, 3 / 8],
    tableRows: given,
  } = grid;
  // Of a large network small tables save nothing, since its cells fill many rows anyway.
  const least = Math.min(Math.max(8, Math.floor(Math.log2(1 + products)) - 5), maxLogrows);
  const tableRows = given ?? Array.from({ length: maxLogrows - least + 1 }, (_, more) => least + more);
  const ascending = tableRows.toSorted((a, b) => a - b), [zone, ...zones] = deadZones.toSorted((a, b) => a - b);
  const count = examination.count, drafts: Draft[] = [];
  const most = tableRows.length * dropBits.length + zones.length * dropBits.length;
  let done = 0;
  const isNear = (each: Draft) => each.isWithin(measure, allowed(measure, screening, count));
  const run = async (each: Draft) => {
    signal?.throwIfAborted();
    await each.weigh(examination, screening);
    onProgress?.(++done, Math.max(most, done));
    return each;
  };
  const runAll = async (each: readonly Draft[]) => {
    drafts.push(...each);
    return await Promise.all(each.map(run));
  };
  const known = await runAll(trained(dropBits));
  const left = dropBits.map((bits) => ({ bits, rows: [...ascending] }));
  /** The next circuits of one number of bits: all that were run, and those that are worth all samples. */
  const next = async ({ bits, rows }: typeof left[number]) => {
    const ran: Draft[] = [], near: Draft[] = [];
    // Finer tables may let more weights be left out, which pays where cells fill many blocks.
    let levels = isLarge ? 2 : 1;
    while (rows.length > 0 && levels > 0) {
      const own = rows.shift()!, plain = await run(draft(own, bits, zone));
      ran.push(plain);
      if (!isNear(plain)) continue;
      const wider = await Promise.all(zones.map((wide) => run(draft(own, bits, wide))));
      ran.push(...wider);
      near.push(plain, ...wider);
      levels--;
    }
    return { ran, near };
  };
  // A network that was trained for a circuit is that circuit, where it is good enough.
  while (known.length > 0 || left.some(({ rows }) => rows.length > 0)) {
    const near: Draft[] = known.splice(0);
    // Whoever is done first, they stand in the order in which one thread would run them.
    for (const found of near.length > 0 ? [] : await Promise.all(left.map(next))) {
      drafts.push(...found.ran);
      near.push(...found.near);
    }
    for (const each of near.filter(isNear).toSorted(byPrice)) {
      signal?.throwIfAborted();
      await each.examine(examination);
      if (!each.isWithin(measure, allowed(measure, count, count))) continue;
      onProgress?.(most, most);
      return { chosen: each, drafts: drafts.toSorted(byPrice) };
    }
  }
  return { chosen: null, drafts: drafts.toSorted(byPrice) };
}

/** Of circuits that were run the cheapest that `measure` allows, on all samples. */
export async function cheapest(
  drafts: readonly Draft[],
  measure: Measure,
  examination: Examination,
): Promise<Draft | null> {
  const { count } = examination;
  for (const each of drafts.toSorted(byPrice)) {
    if (!each.isWithin(measure, allowed(measure, 0, count))) continue;
    await each.examine(examination);
    if (each.isWithin(measure, allowed(measure, count, count))) return each;
  }
  return null;
}

/** Cheapest first; circuits of one price by how near they come to the float network. */
function byPrice(a: Draft, b: Draft): number {
  const [one, other] = [a.candidate, b.candidate];
  const seconds = ({ price }: Candidate) => price === null ? Number.MAX_VALUE : secondsOf(price);
  const error = ({ evaluation }: Candidate) => evaluation === null ? Number.MAX_VALUE : evaluation.largestError;
  return seconds(one) - seconds(other) || error(one) - error(other);
}
