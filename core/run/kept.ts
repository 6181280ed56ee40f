/**
 * The few things that were used last, so that memory stays flat however many are asked for.
 * @module
 */
import { ArgumentError } from "../base/errors.ts";

/** What holds memory until it is disposed of. */
interface Disposes {
  dispose(): void;
}

/** Things by key, at most so many; the one that was used longest ago makes room. */
export class Kept<Key, T extends Disposes> {
  readonly #most: number;
  readonly #things = new Map<Key, T>();
  #disposed = false;

  /** Keeps at most `most`. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The thing of this key, which is made where it is not there; throws an `ArgumentError` where all was disposed of meanwhile. */
  async get(key: Key, make: () => Promise<T>): Promise<T> {
    let thing = this.#things.get(key);
    if (thing === undefined) {
      // Room first, so that no more than these are ever alive.
      const [oldest] = this.#things.size < this.#most ? [] : this.#things;
      if (oldest !== undefined) {
        this.#things.delete(oldest[0]);
        oldest[1].dispose();
      }
      thing = await make();
      if (this.#disposed) {
        thing.dispose();
        throw new ArgumentError("nobody waits for it any more");
      }
    }
    // The last in the map is the one used last.
    this.#things.delete(key);
    this.#things.set(key, thing);
    return thing;
  }

  /** Disposes of the thing of this key, if it is there: the next that is asked for is made anew. */
  drop(key: Key): void {
    this.#things.get(key)?.dispose();
    this.#things.delete(key);
  }

  /** Disposes of all that are there and of those in the making. */
  dispose(): void {
    this.#disposed = true;
    this.#things.forEach((thing) => thing.dispose());
    this.#things.clear();
  }
}
