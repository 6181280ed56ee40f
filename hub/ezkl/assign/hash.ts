/**
 * The cells of the Poseidon hash: a state of two columns, one round or two partial ones a row.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import {
  fullRound,
  HALF_FULL_ROUNDS,
  PARTIAL_PAIRS,
  partialRounds,
  ROUND_CONSTANTS,
  START,
  type State,
} from "../../halo2/circuit/poseidon_hash.ts";
import type { HashRound } from "../../halo2/keys/circuit_cells.ts";
import { unsignedOf } from "../format/field.ts";
import { type Felt, feltOf } from "../cells/felt.ts";
import type { Sheet } from "../cells/sheet.ts";
import { isConstant, Kind, NOWHERE, type Tensor } from "../cells/tensor.ts";

/** A value in a cell. */
interface Placed {
  readonly cell: number;
  readonly value: Felt | null;
}

type PlacedState = readonly [Placed, Placed];

/** Hashes tensors on a sheet, one below the other. */
export class HashChip {
  readonly #sheet: Sheet;
  /** Where full rounds, partial rounds and padding are on; empty where nothing is hashed. */
  readonly selectors: readonly Uint8Array<ArrayBuffer>[];
  /** The constants of each round's row. */
  readonly rounds: HashRound[] = [];
  /** The next rows of the two columns of the state. */
  readonly #next: [number, number] = [0, 0];

  /** Nothing hashed yet. */
  constructor(sheet: Sheet) {
    const { hasPoseidon, rows } = sheet.columns;
    this.#sheet = sheet;
    this.selectors = Array.from({ length: hasPoseidon ? 3 : 0 }, () => new Uint8Array(rows / 8));
  }

  /** Hashes a tensor; gives it in cells, and its hash. What stands in cells already stays there. */
  absorb(tensor: Tensor): { message: Tensor; digest: Placed } {
    const message = this.#placed(tensor), { values, cells } = message.elements!;
    const start = this.#rows(1);
    let state: PlacedState = [this.#put(0, start, START[0]), this.#put(1, start, START[1])];
    state.forEach(({ cell, value }) => this.#sheet.fix(value!, cell));
    values.forEach((value, at) => state = this.#permute(this.#added(state, { cell: cells[at], value })));
    return { message, digest: state[0] };
  }

  /** Holds a hash to the instance in a row. */
  show({ cell, value }: Placed, row: number): void {
    const shown = this.#put(0, this.#next[0]++, value);
    this.#sheet.copy(shown.cell, this.#sheet.instance(row));
    this.#sheet.copy(cell, shown.cell);
  }

  #placed(tensor: Tensor): Tensor {
    const { dims, elements } = tensor, { values, cells, kinds } = elements!;
    const loose = Array.from(cells.keys()).filter((at) => cells[at] === NOWHERE);
    if (values.some((_, at) => cells[at] === NOWHERE && isConstant(tensor, at))) {
      throw new ArgumentError("an output that is hashed has elements that are constants; show the outputs as Public");
    }
    if (loose.length === 0) return tensor;
    const rows = Math.ceil(values.length / 2), start = values.length > 1 ? this.#rows(rows) : this.#next[0]++;
    const own = cells.slice();
    for (const at of loose) own[at] = this.#put(at % 2 === 0 ? 0 : 1, start + Math.floor(at / 2), values[at]).cell;
    return { dims, elements: { values, cells: own, kinds: kinds.map(() => Kind.value) } };
  }

  /** The state with an element of the message added. */
  #added(state: PlacedState, element: Placed): PlacedState {
    const row = this.#rows(3);
    this.#copyState(state, row);
    this.#turnOn(2, row + 1);
    const sum = state[0].value === null || element.value === null
      ? null
      : feltOf(BigInt(state[0].value) + BigInt(element.value));
    this.#copy(element, this.#sheet.state(0, row + 1));
    return [this.#put(0, row + 2, sum), this.#put(1, row + 2, state[1].value)];
  }

  #permute(state: PlacedState): PlacedState {
    const start = this.#rows(2 * HALF_FULL_ROUNDS + PARTIAL_PAIRS + 1);
    this.#copyState(state, start);
    const [first, second] = state.map(({ value }) => value === null ? null : unsignedOf(BigInt(value)));
    let current: State | null = first === null || second === null ? null : [first, second];
    let row = start, round = 0, placed = state;
    const next = () => {
      row++;
      placed = [this.#put(0, row, current?.[0] ?? null), this.#put(1, row, current?.[1] ?? null)];
    };
    const full = () => {
      this.#turnOn(0, row);
      this.rounds.push({ row, constants: ROUND_CONSTANTS[round] });
      if (current !== null) current = fullRound(current, round);
      round++;
      next();
    };
    for (let times = 0; times < HALF_FULL_ROUNDS; times++) full();
    for (let pair = 0; pair < PARTIAL_PAIRS; pair++, round += 2) {
      this.#turnOn(1, row);
      this.rounds.push({ row, constants: [...ROUND_CONSTANTS[round], ...ROUND_CONSTANTS[round + 1]] });
      if (current !== null) {
        const made = partialRounds(current, round);
        this.#sheet.writePower(row, made.power);
        current = made.state;
      }
      next();
    }
    for (let times = 0; times < HALF_FULL_ROUNDS; times++) full();
    return placed;
  }

  #copyState(state: PlacedState, row: number): void {
    this.#copy(state[0], this.#sheet.state(0, row));
    this.#copy(state[1], this.#sheet.state(1, row));
  }

  #copy({ cell, value }: Placed, to: number): void {
    if (value !== null) this.#sheet.write(to, value);
    this.#sheet.copy(to, cell);
  }

  #put(index: 0 | 1, row: number, value: Felt | null): Placed {
    const cell = this.#sheet.state(index, row), felt = typeof value === "bigint" ? feltOf(value) : value;
    if (felt !== null) this.#sheet.write(cell, felt);
    return { cell, value: felt };
  }

  /** Rows of both columns, below all that are taken. */
  #rows(count: number): number {
    const start = Math.max(...this.#next), { usable } = this.#sheet.columns;
    if (start + count > usable) {
      throw new ArgumentError(
        `the hashes of a circuit take more rows than the ${usable} of a column; compile it with more logrows`,
      );
    }
    this.#next[0] = this.#next[1] = start + count;
    return start;
  }

  #turnOn(selector: number, row: number): void {
    this.selectors[selector][row >> 3] |= 1 << (row & 7);
  }
}
