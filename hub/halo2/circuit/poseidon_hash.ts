/**
 * The Poseidon hash that EZKL takes of a tensor: a state of two elements, one element of the message at a time, powers
 * of 5, 8 full rounds and 56 partial ones.
 *
 * L. Grassi and others, "Poseidon: A New Hash Function for Zero-Knowledge Proof Systems", 2021; the round constants are
 * drawn as its appendix E says.
 * @module
 */
import { R } from "../curve/bn254.ts";
import { MIX } from "./poseidon.ts";

/** Two elements. */
export type State = readonly [bigint, bigint];

const WIDTH = 2, FULL_ROUNDS = 8, PARTIAL_ROUNDS = 56, FIELD_BITS = 254;

/** Full rounds before the partial ones, and after them. */
export const HALF_FULL_ROUNDS: number = FULL_ROUNDS / 2;
/** Pairs of partial rounds. */
export const PARTIAL_PAIRS: number = PARTIAL_ROUNDS / 2;
/** Says that the message may be of any length. */
const CAPACITY = 2n ** 64n;
/** The state before a message. */
export const START: State = [0n, CAPACITY];

/** What is added to the state in each round. */
export const ROUND_CONSTANTS: readonly State[] = drawConstants();

/** Bits of a shift register whose first state tells the field and the rounds, as they come out two by two. */
function* drawBits(): Generator<number, never> {
  const bits: number[] = [];
  const push = (value: number, count: number) => {
    for (let bit = count - 1; bit >= 0; bit--) bits.push(Math.floor(value / 2 ** bit) % 2);
  };
  push(1, 2); // a prime field
  push(0, 4); // powers
  push(FIELD_BITS, 12);
  push(WIDTH, 12);
  push(FULL_ROUNDS, 10);
  push(PARTIAL_ROUNDS, 10);
  push(2 ** 30 - 1, 30);
  const next = () => {
    const bit = bits[62] ^ bits[51] ^ bits[38] ^ bits[23] ^ bits[13] ^ bits[0];
    bits.shift();
    bits.push(bit);
    return bit;
  };
  for (let passed = 0; passed < 160; passed++) next();
  while (true) {
    const isTaken = next() === 1, bit = next();
    if (isTaken) yield bit;
  }
}

function drawConstants(): State[] {
  const bits = drawBits();
  const element = (): bigint => {
    let value = 0n;
    for (let bit = 0; bit < FIELD_BITS; bit++) value = 2n * value + BigInt(bits.next().value);
    return value < R ? value : element();
  };
  return Array.from({ length: FULL_ROUNDS + PARTIAL_ROUNDS }, (): State => [element(), element()]);
}

/** The fifth power. */
function power5(value: bigint): bigint {
  const square = value * value % R;
  return square * square % R * value % R;
}

/** The state mixed. */
export function mixed([first, second]: State): State {
  const row = (index: number) => (MIX[index][0] * first + MIX[index][1] * second) % R;
  return [row(0), row(1)];
}

/** A state with the constants of a round. */
function withConstants([first, second]: State, round: number): State {
  const [a, b] = ROUND_CONSTANTS[round];
  return [(first + a) % R, (second + b) % R];
}

/** A full round. */
export function fullRound(state: State, round: number): State {
  const [first, second] = withConstants(state, round);
  return mixed([power5(first), power5(second)]);
}

/** Two partial rounds, and the power in the first of them. */
export function partialRounds(state: State, round: number): { state: State; power: bigint } {
  const [first, second] = withConstants(state, round), power = power5(first);
  const [third, fourth] = withConstants(mixed([power, second]), round + 1);
  return { state: mixed([power5(third), fourth]), power };
}

/** The hash of a message, each element from 0 to r - 1. */
export function poseidonHash(message: readonly bigint[]): bigint {
  let state = START;
  for (const element of message) {
    state = [(state[0] + element) % R, state[1]];
    let round = 0;
    for (let full = 0; full < HALF_FULL_ROUNDS; full++) state = fullRound(state, round++);
    for (let pair = 0; pair < PARTIAL_PAIRS; pair++, round += 2) state = partialRounds(state, round).state;
    for (let full = 0; full < HALF_FULL_ROUNDS; full++) state = fullRound(state, round++);
  }
  return state[0];
}
