import assert from "node:assert/strict";
import { defaultGenerator, Generator, manualSeed } from "../../../core/base/random.ts";
import { ArgumentError } from "../../../core/base/errors.ts";

/** Philox4x32-10 as the paper writes it, on 64-bit integers. */
function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter.map(BigInt);
  let [k0, k1] = key.map(BigInt);
  const mask = 0xffffffffn;
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [c0, c1, c2, c3].map(Number);
}

Deno.test("Generator draws the published Philox4x32-10 sequence", () => {
  // known answers of the Random123 distribution (kat_vectors, philox4x32 10)
  assert.deepEqual(philox([0, 0, 0, 0], [0, 0]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  const f = 0xffffffff;
  assert.deepEqual(philox([f, f, f, f], [f, f]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  assert.deepEqual(
    philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  );
  const seeds = [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER, 0x12345_89abcdef];
  for (const seed of seeds) {
    for (const block of [0, 1, 2 ** 31 + 5, 2 ** 32 - 1, 2 ** 32, 2 ** 48 + 12345]) {
      const generator = Generator.fromState({ seed, counter: 4 * block });
      const words = Array.from({ length: 4 }, () => generator.word());
      const expected = philox([block % 2 ** 32, Math.floor(block / 2 ** 32), 0, 0], [
        seed % 2 ** 32,
        Math.floor(seed / 2 ** 32),
      ]);
      assert.deepEqual(words, expected, `seed ${seed}, block ${block}`);
    }
  }
});

Deno.test("Generator goes on from a state as if it had never stopped", () => {
  const whole = new Generator(42);
  const split = new Generator(42);
  const long = whole.fillUniform(new Float32Array(1000), -1, 1);
  const first = split.fillUniform(new Float32Array(333), -1, 1);
  const state = JSON.parse(JSON.stringify(split.state()));
  assert.deepEqual(state, { seed: 42, counter: 333 });
  const second = Generator.fromState(state).fillUniform(new Float32Array(667), -1, 1);
  assert.deepEqual([...first, ...second], [...long]);
  assert.deepEqual(split.permutation(50), Generator.fromState(state).permutation(50));
  split.uniform();
  assert.equal(split.restore({ seed: 42, counter: 0 }).word(), new Generator(42).word());
});

Deno.test("uniform() and fillUniform() stay in their half-open range and are even", () => {
  const generator = new Generator(1);
  const n = 100_000;
  const bins = new Float64Array(20);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const value = generator.uniform(-3, 2);
    assert.ok(value >= -3 && value < 2);
    bins[Math.floor((value + 3) / 5 * 20)]++;
    sum += value;
  }
  assert.ok(Math.abs(sum / n + 0.5) < 0.02, `mean ${sum / n}`);
  const chi = bins.reduce((total, count) => total + (count - n / 20) ** 2 / (n / 20), 0);
  assert.ok(chi < 43.8, `chi-square of 19 degrees is ${chi}, p < 0.001`);
  const tight = generator.fillUniform(new Float32Array(10_000), 1, 1 + 2 ** -23);
  assert.ok(tight.every((value) => value === 1), "the one 32-bit float of the range");
  const filled = generator.fillUniform(new Float32Array(n));
  assert.ok(filled.every((value) => value >= 0 && value < 1));
  assert.ok(new Set(filled).size > 0.99 * n);
});

Deno.test("permutation() is a permutation, and every order is as likely", () => {
  const generator = new Generator(5);
  const order = generator.permutation(60_000);
  assert.deepEqual(order.slice().sort(), Uint32Array.from({ length: 60_000 }, (_, i) => i));
  assert.notDeepEqual(generator.permutation(60_000), order);
  const counts = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const key = generator.permutation(4).join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assert.equal(counts.size, 24);
  const chi = [...counts.values()].reduce((total, count) => total + (count - 1000) ** 2 / 1000, 0);
  assert.ok(chi < 49.7, `chi-square of 23 degrees is ${chi}, p < 0.001`);
  assert.deepEqual(generator.permutation(0), new Uint32Array(0));
  assert.deepEqual(generator.permutation(1), new Uint32Array(1));
});

Deno.test("integer() rejects the uneven rest of 2^32", () => {
  const generator = new Generator(3);
  const bound = 3 * 2 ** 30; // without rejection, the lower third would come twice as often
  let low = 0;
  for (let i = 0; i < 10_000; i++) if (generator.integer(bound) < 2 ** 30) low++;
  assert.ok(Math.abs(low / 10_000 - 1 / 3) < 0.02, `${low} of 10000`);
  assert.ok(generator.integer(2 ** 32) < 2 ** 32);
  assert.equal(generator.integer(1), 0);
});

Deno.test("manualSeed() sets the one default generator", () => {
  assert.equal(manualSeed(11), defaultGenerator());
  const first = defaultGenerator().permutation(10);
  manualSeed(11);
  assert.deepEqual(defaultGenerator().permutation(10), first);
  assert.deepEqual(new Generator(11).permutation(10), first);
});

Deno.test("Generator refuses seeds, states and bounds outside their domain", () => {
  for (const seed of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => new Generator(seed), ArgumentError);
    assert.throws(() => manualSeed(seed), { name: "ArgumentError", message: /^the seed.* is .*2\^53/ });
    assert.throws(() => Generator.fromState({ seed: 1, counter: seed }), /counter/);
  }
  const generator = new Generator(0);
  const before = generator.state();
  assert.throws(() => generator.uniform(2, 1), /2 and 1/);
  assert.throws(() => generator.uniform(-1e308, 1e308), ArgumentError);
  assert.throws(() => generator.fillUniform(new Float32Array(1), NaN, 1), /NaN/);
  assert.throws(() => generator.permutation(-1), /n is -1/);
  assert.throws(() => generator.integer(0), /bound is 0/);
  assert.deepEqual(generator.state(), before);
});
