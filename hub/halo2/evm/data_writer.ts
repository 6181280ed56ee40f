/**
 * Bytes of a circuit's data, as they are written from the front.
 * @module
 */
import { wordOf } from "../curve/words.ts";

/** The largest address that a record can hold. */
export const MOST_ADDRESS = 0xffff;

/** A part of a circuit's data. */
export class Bytes {
  #bytes: number[] = [];

  /** How many there are. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Numbers from 0 to 255. */
  byte(...values: number[]): this {
    for (const value of values) this.#number(value, 1);
    return this;
  }

  /** Numbers from 0 to 65,535: addresses and distances. */
  pair(...values: number[]): this {
    for (const value of values) this.#number(value, 2);
    return this;
  }

  /** A word. */
  word(value: bigint): this {
    return this.append(wordOf(value));
  }

  /** Other bytes. */
  append(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  /** All of them. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }

  #number(value: number, size: number): void {
    if (!(Number.isInteger(value) && value >= 0 && value < 256 ** size)) {
      throw new Error(`${value} does not fit in ${size} bytes of a circuit's data`);
    }
    for (let byte = size - 1; byte >= 0; byte--) this.#bytes.push(Math.floor(value / 256 ** byte) % 256);
  }
}
