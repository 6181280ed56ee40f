/** What a proof must hide: blinding of every column, random numbers that are random, and witnesses that do not hold. */
import assert from "node:assert/strict";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { proofFromJson } from "../../../../hub/ezkl/format/proof.ts";
import { settingsFromJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { CircuitProver, createProver } from "../../../../hub/ezkl/prover/circuit_prover.ts";
import { verify } from "../../../../hub/ezkl/verify.ts";
import { columnsOf } from "../../../../hub/halo2/circuit/columns.ts";
import { R } from "../../../../hub/halo2/curve/bn254.ts";
import { type Random, randomElements, systemRandom } from "../../../../hub/halo2/prover/random.ts";
import { numbers } from "../kernels/numbers.ts";
import { subject } from "./subjects.ts";

/** Numbers of a generator that repeats, for tests alone. */
function seeded(seed: number): Random {
  return (words) =>
    numbers(words.length / 8, R, seed++).forEach((value, at) => {
      for (let word = 0; word < 8; word++) words[8 * at + word] = Number(value >> BigInt(32 * word) & 0xffffffffn);
    });
}

const wordsOf = (proof: Uint8Array) => proofFromJson(new TextDecoder().decode(proof)).proof;

Deno.test("two proofs of one witness share no commitment", async () => {
  const { compiled, srs, witness, settingsText } = await subject("gemm_sigmoid");
  await using prover = await CircuitProver.create(compiled, srs, { threads: 1 });
  const [a, b] = [wordsOf(await prover.prove(witness)), wordsOf(await prover.prove(witness))];
  const settings = settingsFromJson(settingsText),
    { adviceColumns, lookupArguments, permutationColumns, degree } = columnsOf(settings);
  const points = adviceColumns + 2 * lookupArguments + Math.ceil(permutationColumns / (degree - 2)) + 1 + degree - 1;
  const pointsOf = (bytes: Uint8Array) =>
    Array.from({ length: points }, (_, at) => bytes.subarray(64 * at, 64 * (at + 1)).join());
  const first = new Set(pointsOf(a));
  assert.equal(first.size, points, "no two columns of one proof share a commitment");
  assert.deepEqual(pointsOf(b).filter((point) => first.has(point)), []);
  // Nor a value, but those of the circuit's own columns, which meet at another x.
  const valuesOf = (bytes: Uint8Array) => {
    const rest = bytes.subarray(64 * points, bytes.length - 128);
    return Array.from({ length: rest.length / 32 }, (_, at) => rest.subarray(32 * at, 32 * (at + 1)).join());
  };
  const zero = new Array(32).fill(0).join();
  const values = new Set(valuesOf(a));
  assert.deepEqual(valuesOf(b).filter((value) => value !== zero && values.has(value)), []);
});

Deno.test("with the same random numbers a proof is the same, on one thread and on two", async () => {
  const { compiled, srs, witness, settingsText } = await subject("gemm");
  const proofs: Uint8Array[] = [];
  for (const threads of [1, 2]) {
    await using prover = await createProver(compiled, srs, { threads }, seeded(1));
    const proof = await prover.prove(witness);
    assert.equal(await verify(proof, await prover.verifyingKey(), settingsFromJson(settingsText), srs), true);
    proofs.push(wordsOf(proof));
  }
  assert.deepEqual(proofs[0], proofs[1]);
});

Deno.test("every column has six rows of random numbers, asked for once each", async () => {
  const { compiled, srs, witness } = await subject("gemm_sigmoid");
  const asked: number[] = [];
  const counted: Random = (words) => {
    asked.push(words.length / 8);
    systemRandom(words);
  };
  await using prover = await createProver(compiled, srs, { threads: 1 }, counted);
  await prover.prove(witness);
  const { settings } = decodeCircuit(compiled);
  const { adviceColumns, lookupArguments, permutationColumns, degree, rows } = columnsOf(settings);
  const products = Math.ceil(permutationColumns / (degree - 2));
  const count = (rows: number) => asked.filter((each) => each === rows).length;
  // Advice and counts, which end a row earlier than products and sums.
  assert.equal(count(6), adviceColumns + lookupArguments);
  assert.equal(count(5), products + lookupArguments);
  assert.equal(count(rows), 1, "the polynomial that hides the sum of all");
  assert.equal(asked.length, count(6) + count(5) + 1);
});

Deno.test("random numbers are from 0 to r - 1, each as likely as any other", () => {
  const count = 20_000, drawn = randomElements(systemRandom, count);
  assert.ok(drawn.every((value) => value >= 0n && value < R));
  assert.equal(new Set(drawn).size, count);
  // Pearson's test over 64 equal parts of the field, and over the lowest six bits.
  for (const part of [(value: bigint) => Number(value * 64n / R), (value: bigint) => Number(value & 63n)]) {
    const found = new Array(64).fill(0);
    for (const value of drawn) found[part(value)]++;
    const expected = count / 64;
    const statistic = found.reduce((sum, each) => sum + (each - expected) ** 2 / expected, 0);
    // 63 degrees of freedom: beyond this once in a hundred million runs, on either side.
    assert.ok(statistic > 15 && statistic < 150, `${statistic}`);
  }
});

Deno.test("a witness that does not hold is refused, and the error tells none of it", async () => {
  const { compiled, srs, witness } = await subject("conv_relu");
  await using prover = await CircuitProver.create(compiled, srs, { threads: 1 });
  const text = new TextDecoder().decode(witness);
  const changed = JSON.parse(text) as { inputs: string[][]; outputs: string[][] };
  const other = changed.outputs[0][0].startsWith("01") ? "02" : "01";
  changed.outputs[0][0] = other.padEnd(64, "0");
  await assert.rejects(prover.prove(new TextEncoder().encode(JSON.stringify(changed))), {
    name: "UnsatisfiedError",
    message: /cells that must be equal are not; make the witness/,
  });
  // The prover is as it was.
  assert.ok((await prover.prove(witness)).length > 0);
});

Deno.test("CircuitProver refuses options and strings that are not its own", async () => {
  const { compiled, srs } = await subject("gemm");
  const { srs: longer } = await subject("conv_relu");
  await assert.rejects(CircuitProver.create(compiled, srs, { threads: 0 }), {
    name: "ArgumentError",
    message: /threads/,
  });
  await assert.rejects(CircuitProver.create(compiled, srs, { seed: 1 } as object), { name: "ArgumentError" });
  if (longer.length !== srs.length) {
    await assert.rejects(CircuitProver.create(compiled, longer, { threads: 1 }), { name: "ArgumentError" });
  }
});

Deno.test("a damaged reference string gives no proof", async () => {
  const { compiled, srs, witness } = await subject("gemm");
  const damaged = srs.slice(), first = 4 + 64 * (srs.length - 260) / 128;
  // The point of another row in place of the first's: still on the curve.
  damaged.set(damaged.subarray(first + 64 * 5, first + 64 * 6), first);
  await using prover = await CircuitProver.create(compiled, damaged, { threads: 1 });
  await assert.rejects(prover.prove(witness), { name: "UnsatisfiedError", message: /string is damaged/ });
});
