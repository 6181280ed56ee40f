/**
 * What a proof opens, in order of first mention, put together where it is opened at the same
 * points: of numbers for the verifier, of addresses for a contract.
 * @module
 */
import type { ConstraintSystem } from "../circuit/constraint_system.ts";
import { BLINDING_ROWS } from "./lagrange.ts";

/** A commitment with the values that it is said to have. */
export interface Opened<Point, Value> {
  /** The commitment. */
  point: Point;
  /** The values, by rows from x. */
  values: Map<number, Value>;
}

/** Commitments that are opened at the same points. */
export interface OpenedGroup<Point, Value> {
  /** The points, as rows from x, from the lowest. */
  rotations: number[];
  /** In order. */
  members: Opened<Point, Value>[];
}

/** Everything that is opened; lists are in the order in which a proof or a key has them. */
export interface Openings<Point, Value> {
  /** The commitments. */
  points: {
    advice: readonly Point[];
    products: readonly Point[];
    sums: readonly Point[];
    counts: readonly Point[];
    fixed: (column: number) => Point;
    permutation: readonly Point[];
    quotient: Point;
    random: Point;
  };
  /** Their values. */
  values: {
    advice: readonly Value[];
    products: readonly { here: Value; next: Value; end: Value | null }[];
    lookups: readonly { here: Value; next: Value; count: Value }[];
    fixed: readonly Value[];
    permutation: readonly Value[];
    quotient: Value;
    random: Value;
  };
}

/** The row, from x, at which a permutation's product ends. */
const END = -(BLINDING_ROWS + 1);

/** The groups, in order of first mention. */
export function openedGroups<Point, Value>(
  { queries, columns }: ConstraintSystem,
  { points, values }: Openings<Point, Value>,
): OpenedGroup<Point, Value>[] {
  const one = (point: Point, ...opened: [rotation: number, value: Value][]): Opened<Point, Value> => ({
    point,
    values: new Map(opened),
  });
  const advice = points.advice.map((point) => one(point));
  for (const { index, rotation, query } of queries.advice) advice[index].values.set(rotation, values.advice[query]);
  const ordered = [...new Set(queries.advice.map(({ index }) => index))];
  if (ordered.length !== columns.advice) throw new Error("an advice column is read by nobody");
  return grouped([
    ...ordered.map((index) => advice[index]),
    ...points.products.map((point, set) => {
      const { here, next, end } = values.products[set];
      return one(point, [0, here], [1, next], ...(end === null ? [] : [[END, end] as [number, Value]]));
    }),
    ...points.sums.flatMap((point, index) => {
      const { here, next, count } = values.lookups[index];
      return [one(point, [0, here], [1, next]), one(points.counts[index], [0, count])];
    }),
    ...queries.fixed.map(({ index, query }) => one(points.fixed(index), [0, values.fixed[query]])),
    ...points.permutation.map((point, index) => one(point, [0, values.permutation[index]])),
    one(points.quotient, [0, values.quotient]),
    one(points.random, [0, values.random]),
  ]);
}

function grouped<Point, Value>(opened: readonly Opened<Point, Value>[]): OpenedGroup<Point, Value>[] {
  const groups = new Map<string, OpenedGroup<Point, Value>>();
  for (const one of opened) {
    const rotations = [...one.values.keys()].sort((a, b) => a - b);
    const known = groups.get(rotations.join());
    if (known) known.members.push(one);
    else groups.set(rotations.join(), { rotations, members: [one] });
  }
  return [...groups.values()];
}
