/**
 * The gates of the Poseidon hash, which hashed inputs, outputs or weights are bound to:
 * a state of two elements, a full round a row, or two partial rounds a row.
 *
 * L. Grassi and others, "Poseidon: A New Hash Function for Zero-Knowledge Proof Systems",
 * 2021; the gates are those of the chip "Pow5" of halo2.
 * @module
 */
import type { Column, Draft } from "./draft.ts";
import { difference, type Expression, product, scaled, sum } from "./expression.ts";

/** The matrix that mixes the state. */
export const MIX: readonly (readonly [bigint, bigint])[] = [
  [
    0x066f6f85d6f68a85ec10345351a23a3aaf07f38af8c952a7bceca70bd2af7ad5n,
    0x2b9d4b4110c9ae997782e1509b1d0fdb20a7c02bbd8bea7305462b9f8125b1e8n,
  ],
  [
    0x0cc57cdbb08507d62bf67a4493cc262fb6c09d557013fff1f573f431221f8ff9n,
    0x1274e649a32ed355a31a6ed69724e1adade857e86eb5c3a121bcd147943203c8n,
  ],
];

/** Its inverse. */
const UNMIX = [
  [
    0x13abec390ada7f4370819ab1c7846f210554569d9b29d1ea8dbebd0fa8c53e66n,
    0x1eb9e1dc19a33a624c9862a1d97d1510bd521ead5dfe0345aaf6185b1a1e60fen,
  ],
  [
    0x0fc1c9394db89bb2601abc49fdad4f038ce5169030a2ad69763f7875036bcb02n,
    0x16a9e98c493a902b9502054edc03e7b22b7eac34345961bc8abced6bd147c8ben,
  ],
];

/** The columns of the hash. */
export interface PoseidonColumns {
  /** The state. */
  state: [Column, Column];
  /** The power of the first element between two partial rounds. */
  partial: Column;
  /** Round constants of a row, and of the second partial round in it. */
  rounds: [Column, Column, Column, Column];
}

/** Adds the columns; the third constant's also holds constants of the circuit. */
export function addPoseidonColumns(draft: Draft): PoseidonColumns {
  const state: [Column, Column] = [draft.addBound("advice"), draft.addBound("advice")];
  const partial = draft.add("advice");
  const [a0, a1, b0, b1] = Array.from({ length: 4 }, () => draft.add("fixed"));
  draft.constants.push(b0);
  draft.bind(b0);
  return { state, partial, rounds: [a0, a1, b0, b1] };
}

/** Binds the columns once more, as the chip does when it is set up: the last constant's is new then. */
export function bindPoseidon(draft: Draft, { state, rounds }: PoseidonColumns): void {
  for (const column of [...state, rounds[2], rounds[3]]) draft.bind(column);
}

/** Adds the selectors and gates. */
export function addPoseidonGates(draft: Draft, { state, partial, rounds }: PoseidonColumns): void {
  const [full, half, pad] = [draft.select(true), draft.select(true), draft.select(true)];
  const at = (index: number, rotation = 0) => draft.read(state[index], rotation);
  const power = (value: Expression) => {
    const square = product(value, value);
    return product(product(square, square), value);
  };
  const round = (index: number) => sum(at(index), draft.read(rounds[index]));

  for (const row of [0, 1]) {
    const next = at(row, 1);
    const mixed = sum(scaled(power(round(0)), MIX[row][0]), scaled(power(round(1)), MIX[row][1]));
    draft.gates.push(product(full, difference(mixed, next)));
  }

  const first = at(0), middle = draft.read(partial);
  const [a0, b0] = [draft.read(rounds[0]), draft.read(rounds[2])];
  const mid = (index: number) => sum(scaled(middle, MIX[index][0]), scaled(round(1), MIX[index][1]));
  const next = (index: number) => sum(scaled(at(0, 1), UNMIX[index][0]), scaled(at(1, 1), UNMIX[index][1]));
  draft.gates.push(product(half, difference(power(sum(first, a0)), middle)));
  draft.gates.push(product(half, difference(power(sum(mid(0), b0)), next(0))));
  const last = sum(mid(1), draft.read(rounds[3]));
  draft.gates.push(product(half, difference(last, next(1))));

  const [before, after] = [at(1, -1), at(1, 1)];
  draft.gates.push(product(pad, difference(sum(at(0, -1), at(0)), at(0, 1))));
  draft.gates.push(product(pad, difference(before, after)));
}
