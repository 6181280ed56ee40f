/**
 * Words of the Yul body: numbers of the circuit's header, and single numbers of memory.
 * @module
 */
import { fieldAt, type HeaderField, type HeaderWord, type Slot, slotAt, wordAt } from "../memory.ts";

/** An address or another number as Yul has it. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** A word of the header. */
export function word(name: HeaderWord): string {
  return `mload(${hex(wordAt(name))})`;
}

/** A field of the header. */
export function field(name: HeaderField): string {
  return `shr(240, mload(${hex(fieldAt(name))}))`;
}

/** A single number. */
export function load(name: Slot): string {
  return `mload(${hex(slotAt(name))})`;
}

/** Keeps a single number. */
export function store(name: Slot, value: string): string {
  return `mstore(${hex(slotAt(name))}, ${value})`;
}

/** The number whose address stands at `at` in the data. */
export function named(at: string): string {
  return `mload(shr(240, mload(${at})))`;
}
