/**
 * Turns: work on the same objects runs one piece after another, in the order in
 * which it was asked for.
 * @module
 */

const ends = new WeakMap<object, Promise<unknown>>();

/**
 * Runs `body` once all that was asked for earlier on any of `owners` is done,
 * whether it came to a good end or not.
 */
export function inTurn<T>(owners: readonly object[], body: () => Promise<T>): Promise<T> {
  const result = Promise.all(owners.map((owner) => ends.get(owner))).then(body);
  const end = result.catch(() => {});
  owners.forEach((owner) => ends.set(owner, end));
  return result;
}
