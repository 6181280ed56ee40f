/** Changes of call data, none of which a verifier contract may accept. */
import { P, R } from "../../../../hub/halo2/curve/bn254.ts";
import { numberOf, WORD, wordOf } from "../../../../hub/halo2/curve/words.ts";
import { verifierCalldata } from "../../../../hub/ezkl/encode_verifier_calldata.ts";

/** A change by its name. */
export type Change = [name: string, data: Uint8Array<ArrayBuffer>];

/** What call data are made of. */
export interface Parts {
  /** The proof's bytes. */
  proof: Uint8Array;
  /** From 0 to r - 1. */
  instances: readonly bigint[];
  /** The address of a circuit's data, where the call names one. */
  vkAddress?: Uint8Array;
}

const MOST = (1n << 256n) - 1n;

/** Ways to change a word. */
export const WAYS: Record<string, (word: bigint) => bigint> = {
  "its last bit": (word) => word ^ 1n,
  "the same number, written otherwise": (word) => word + R,
  "zero": (word) => word === 0n ? 1n : 0n,
  "its first bit": (word) => word ^ 1n << 255n,
  "one more": (word) => word + 1n,
  "the same coordinate, written otherwise": (word) => word + P,
  "its negative in the field": (word) => (R - word % R) % R + (word % R === 0n ? 1n : 0n),
  "its negative as a coordinate": (word) => (P - word % P) % P + (word % P === 0n ? 1n : 0n),
  "as much as there is": (word) => word === MOST ? 0n : MOST,
  "a bit in the middle": (word) => word ^ 1n << 128n,
};

/** The first three ways, for tests that take seconds. */
export const FEW: readonly string[] = Object.keys(WAYS).slice(0, 3);

/** The call data of parts. */
export function written({ proof, instances, vkAddress }: Parts): Uint8Array<ArrayBuffer> {
  return verifierCalldata(proof, instances, vkAddress);
}

/** Every word in every way, the ABI's too. */
export function* wordChanges(data: Uint8Array, ways: readonly string[] = Object.keys(WAYS)): Generator<Change> {
  for (let at = 4; at < data.length; at += WORD) {
    for (const way of ways) {
      const word = BigInt.asUintN(256, WAYS[way](numberOf(data, at)));
      const changed = Uint8Array.from(data);
      changed.set(wordOf(word), at);
      yield [`word ${(at - 4) / WORD}: ${way}`, changed];
    }
  }
}

/** Other ways to write the same arguments, and arguments that are more or fewer. */
export function* encodingChanges(parts: Parts): Generator<Change> {
  const { proof, instances, vkAddress } = parts;
  const data = written(parts), first = 4 + (vkAddress ? WORD : 0);
  const joined = (...more: Uint8Array[]) => {
    const bytes = new Uint8Array(more.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of more) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  };
  const word = (value: number | bigint) => wordOf(BigInt(value));
  for (const count of [1, 4, 31, 32, 64]) yield [`${count} bytes behind the end`, joined(data, new Uint8Array(count))];
  yield ["the arguments twice", joined(data, data.subarray(4))];
  for (const count of [1, 31, 32, 64]) yield [`${count} bytes fewer`, data.slice(0, -count)];
  yield ["nothing but the function", data.slice(0, 4)];
  yield ["nothing", new Uint8Array()];
  yield ["another function", joined(word(0x1e8e1e12).subarray(28), data.subarray(4))];
  yield ["three bytes of a function", data.slice(0, 3)];

  // The ABI allows arguments to lie anywhere.
  const base = first - 4 + 2 * WORD;
  const list = joined(word(instances.length), ...instances.map((value) => wordOf(value)));
  const bytes = joined(word(proof.length), proof);
  const placed = (a: number | bigint, b: number | bigint, ...rest: Uint8Array[]) =>
    joined(data.subarray(0, first), word(a), word(b), ...rest);
  yield ["the instances first", placed(base + list.length, base, list, bytes)];
  yield [
    "a word between the offsets and the proof",
    placed(base + WORD, base + WORD + bytes.length, word(0), bytes, list),
  ];
  yield ["a word between proof and instances", placed(base, base + bytes.length + WORD, bytes, word(0), list)];
  yield ["both where the proof is", placed(base, base, bytes, list)];
  yield ["both where the instances are", placed(base + bytes.length, base + bytes.length, bytes, list)];
  yield ["the instances inside the proof", placed(base, base + WORD, bytes, list)];
  yield [
    "another proof before the one that the offset names",
    placed(base + bytes.length, base + 2 * bytes.length, bytes, bytes, list),
  ];
  for (const far of [0, 1, 31, 33, WORD * 3]) {
    yield [
      `the proof ${far} bytes from the start`,
      placed(far === base ? far + 1 : far, base + bytes.length, bytes, list),
    ];
    yield [`the instances ${far} bytes from the start`, placed(base, far, bytes, list)];
  }
  for (const bits of [64n, 128n, 255n]) {
    yield [`the proof's offset and 2^${bits}`, placed(BigInt(base) + (1n << bits), base + bytes.length, bytes, list)];
    yield [
      `the instances' offset and 2^${bits}`,
      placed(base, BigInt(base + bytes.length) + (1n << bits), bytes, list),
    ];
  }
  for (const by of [-64, -32, -1, 1, 32, 64]) {
    const other = joined(word(proof.length + by), proof);
    yield [`a proof of ${by} bytes more by its length`, placed(base, base + bytes.length, other, list)];
    const long = proof.length + by > proof.length
      ? joined(proof, new Uint8Array(by))
      : proof.slice(0, proof.length + by);
    yield [`a proof of ${by} bytes more`, verifierCalldata(long, instances, vkAddress)];
  }
  const more = (count: number) => joined(word(count), ...instances.map((value) => wordOf(value)));
  for (const count of [instances.length - 1, instances.length + 1, 0]) {
    if (count < 0 || count === instances.length) continue;
    yield [`${count} instances by their number`, placed(base, base + bytes.length, bytes, more(count))];
  }
  yield [
    "a number of instances that overflows",
    placed(
      base,
      base + bytes.length,
      bytes,
      joined(wordOf(BigInt(instances.length) + (1n << 251n)), list.subarray(WORD)),
    ),
  ];
  yield ["an instance fewer", verifierCalldata(proof, instances.slice(0, -1), vkAddress)];
  yield ["an instance more", verifierCalldata(proof, [...instances, 0n], vkAddress)];
  yield ["no instances", verifierCalldata(proof, [], vkAddress)];
  if (instances.length > 1) {
    yield ["instances in another order", verifierCalldata(proof, instances.toReversed(), vkAddress)];
  }
}

/** Points that are none, or others; `points` are the numbers of their first words in the proof. */
export function* pointChanges(parts: Parts, points: readonly number[]): Generator<Change> {
  const changed = (at: number, x: bigint, y: bigint): Uint8Array<ArrayBuffer> => {
    const proof = Uint8Array.from(parts.proof);
    proof.set(wordOf(x), WORD * at);
    proof.set(wordOf(y), WORD * (at + 1));
    return written({ ...parts, proof });
  };
  const word = (at: number) => numberOf(parts.proof, WORD * at);
  for (const [index, at] of points.entries()) {
    yield [`point ${index}: infinity`, changed(at, 0n, 0n)];
    yield [`point ${index}: the generator`, changed(at, 1n, 2n)];
    yield [`point ${index}: its negative`, changed(at, word(at), P - word(at + 1))];
    yield [`point ${index}: both coordinates, written otherwise`, changed(at, word(at) + P, word(at + 1) + P)];
    yield [`point ${index}: infinity, written otherwise`, changed(at, P, P)];
    const next = points[(index + 1) % points.length];
    // Commitments to the same values are the same, those of two lookups that ask for nothing.
    if (word(next) !== word(at)) yield [`point ${index}: the next one`, changed(at, word(next), word(next + 1))];
  }
}
