/** Changes to the files that a verifier is given, each with its name. */
import { FIELD_MODULUS } from "../../../../hub/ezkl/format/field.ts";
import { P } from "../../../../hub/halo2/curve/bn254.ts";
import { G1_BYTES, G2_BYTES } from "../../../../hub/halo2/curve/encoding.ts";
import { lagrangeStart, readLogrows } from "../../../../hub/ezkl/srs/layout.ts";
import type { Given, ProofJson } from "./refusals.ts";

/** What is changed, with a name for it. */
export type Change = [name: string, changes: Partial<Given>];

const WORD = 32;

const words: Record<string, (word: number[]) => number[]> = {
  "with a flipped bit": (word) => word.with(WORD - 1, word[WORD - 1] ^ 1),
  "with its highest bit flipped": (word) => word.with(0, word[0] ^ 0x80),
  "of zeros": (word) => word.map(() => 0),
  "of ones": (word) => word.map(() => 0xff),
  "plus r": (word) => bytesOf((numberOf(word) + FIELD_MODULUS) % 2n ** 256n),
  "plus p": (word) => bytesOf((numberOf(word) + P) % 2n ** 256n),
};

/** The ways in which a word is changed. */
export const WAYS: readonly string[] = Object.keys(words);

/** Every 32 bytes of a proof in each way; where they were so already nothing is changed. */
export function wordChanges(proof: ProofJson, ways: readonly string[] = WAYS): Change[] {
  return Array.from({ length: proof.proof.length / WORD }, (_, at) => at).flatMap((at) =>
    ways.flatMap((how): Change[] => {
      const old = proof.proof.slice(at * WORD, (at + 1) * WORD), word = words[how](old);
      if (word.join() === old.join()) return [];
      return [[`word ${at} ${how}`, { proof: { ...proof, proof: proof.proof.toSpliced(at * WORD, WORD, ...word) } }]];
    })
  );
}

/** Every two points beside each other the other way round, and the first with each. */
export function swaps(proof: ProofJson, points: number): Change[] {
  const point = (at: number) => proof.proof.slice(at * G1_BYTES, (at + 1) * G1_BYTES);
  const pairs = Array.from({ length: points - 1 }, (_, at): [number, number][] => [[at, at + 1], [0, at + 1]]).flat();
  return pairs.flatMap(([a, b]): Change[] => {
    if (point(a).join() === point(b).join()) return [];
    const bytes = proof.proof.toSpliced(a * G1_BYTES, G1_BYTES, ...point(b)).toSpliced(
      b * G1_BYTES,
      G1_BYTES,
      ...point(a),
    );
    return [[`points ${a} and ${b} exchanged`, { proof: { ...proof, proof: bytes } }]];
  });
}

/** A proof that ends early. */
export function cuts(proof: ProofJson): Change[] {
  return [1, WORD, 2 * WORD, proof.proof.length].map((length) => [
    `the last ${length} bytes cut off`,
    { proof: { ...proof, proof: proof.proof.slice(0, proof.proof.length - length) } },
  ]);
}

/** Other public values: changed, dropped, added, in another order, and written beyond r. */
export function instanceChanges(proof: ProofJson): Change[] {
  const [column] = proof.instances;
  const change = (name: string, ...columns: string[][]): Change => [name, { proof: { ...proof, instances: columns } }];
  const one = (at: number, f: (value: bigint) => bigint) =>
    column.with(at, hexOf(f(numberOf(fromHex(column[at]).reverse())) % 2n ** 256n));
  return [
    ...column.flatMap((_, at) => [
      change(`instance ${at} plus 1`, one(at, (value) => (value + 1n) % FIELD_MODULUS)),
      change(`instance ${at} less 1`, one(at, (value) => (value + FIELD_MODULUS - 1n) % FIELD_MODULUS)),
      change(`instance ${at} negated`, one(at, (value) => FIELD_MODULUS - value)),
      change(`instance ${at} plus r`, one(at, (value) => value + FIELD_MODULUS)),
      change(`instance ${at} plus 2 r`, one(at, (value) => value + 2n * FIELD_MODULUS)),
      change(`instance ${at} dropped`, column.toSpliced(at, 1)),
      change(`instance ${at} doubled`, column.toSpliced(at, 0, column[at])),
    ]),
    ...column.slice(1).map((value, at) =>
      change(`instances ${at} and ${at + 1} exchanged`, column.with(at, value).with(at + 1, column[at]))
    ),
    change("a zero behind the instances", [...column, "0".repeat(64)]),
    change("a zero before the instances", ["0".repeat(64), ...column]),
    change("no instance", []),
    change("no column"),
    change("an empty column more", column, []),
    change("the column twice", column, column),
    change("upper-case digits with 0x", column.map((hex) => `0x${hex}`)),
  ].filter(([, { proof: changed }]) => JSON.stringify(changed!.instances) !== JSON.stringify(proof.instances));
}

/** A bit of every byte or point of the key that says what is proven. */
export function keyChanges(vk: Uint8Array<ArrayBuffer>, permutationColumns: number): Change[] {
  const flipped = (at: number): Partial<Given> => ({ vk: vk.with(at, vk[at] ^ 1) });
  const fixed = new DataView(vk.buffer).getUint32(3, true);
  const points = Array.from({ length: fixed + permutationColumns }, (_, at) => at);
  return [
    ...Array.from({ length: 7 }, (_, at): Change => [`byte ${at} of the key's head`, flipped(at)]),
    ...points.flatMap((at): Change[] => [
      [`x of the key's point ${at}`, flipped(7 + G1_BYTES * at)],
      [`y of the key's point ${at}`, flipped(7 + G1_BYTES * at + 40)],
    ]),
    ["the key's first points exchanged", {
      vk: Uint8Array.from([...vk.slice(0, 7), ...vk.slice(71, 135), ...vk.slice(7, 71), ...vk.slice(135)]),
    }],
    ["the key cut", { vk: vk.slice(0, -1) }],
    ["no key", { vk: new Uint8Array(0) }],
  ];
}

/** A bit of every selector that a key ends with. */
export function selectorChanges(vk: Uint8Array<ArrayBuffer>, permutationColumns: number, rows: number): Change[] {
  const start = 7 + G1_BYTES * (new DataView(vk.buffer).getUint32(3, true) + permutationColumns), size = rows / 8;
  return Array.from({ length: (vk.length - start) / size }, (_, at) => {
    const byte = start + at * size + at % size;
    return [`selector ${at}`, { vk: vk.with(byte, vk[byte] ^ 1) }];
  });
}

/** A bit of everything in a reference string, of any k, that a verifier uses. */
export function srsChanges(srs: Uint8Array<ArrayBuffer>): Change[] {
  const logrows = readLogrows("srsChanges()", srs);
  const g2 = lagrangeStart(logrows) + G1_BYTES * 2 ** logrows;
  const places = { "k": 0, "x of G1": 4, "y of G1": 44, "G2": g2, "the end of G2": g2 + 100 };
  const last = {
    "s G2": g2 + G2_BYTES,
    "the middle of s G2": g2 + G2_BYTES + 60,
    "the end of s G2": g2 + 2 * G2_BYTES - 1,
  };
  return [
    ...Object.entries({ ...places, ...last }).map(([name, at]): Change => [
      `${name} in the reference string`,
      { srs: srs.with(at, srs[at] ^ 1) },
    ]),
    ["the reference string cut", { srs: srs.slice(0, -1) }],
    ["no reference string", { srs: new Uint8Array(0) }],
  ];
}

// deno-lint-ignore no-explicit-any
type Json = any;

const settings: Record<string, (json: Json) => void> = {
  "logrows more": (json) => json.run_args.logrows++,
  "logrows less": (json) => json.run_args.logrows--,
  "a lookup range that starts lower": (json) => json.run_args.lookup_range[0]--,
  "a lookup range that starts higher": (json) => json.run_args.lookup_range[0]++,
  "a lookup range of more columns": (json) => json.run_args.lookup_range[1] += 2 ** json.run_args.logrows,
  "more inner columns": (json) => json.run_args.num_inner_cols++,
  "fewer inner columns": (json) => json.run_args.num_inner_cols--,
  "no inner columns": (json) => json.run_args.num_inner_cols = 0,
  "no table": (json) => json.required_lookups = [],
  "a table more": (json) => json.required_lookups.push({ Tanh: { scale: 16.0 } }),
  "a table twice": (json) => json.required_lookups.push({ Exp: { scale: 16.0, base: 2.0 } }),
  "no range check": (json) => json.required_range_checks = [],
  "one range check less": (json) => json.required_range_checks.pop(),
  "a range check more": (json) => json.required_range_checks.push([0, 3]),
  "a range check of more columns": (json) => json.required_range_checks[0][1] += 2 ** json.run_args.logrows,
  "range checks that start elsewhere": (json) => json.required_range_checks.forEach((range: number[]) => range[0]--),
  "the range checks in another order": (json) => json.required_range_checks.reverse(),
  "a block more": (json) => json.total_assignments += 2 ** json.run_args.logrows * json.run_args.num_inner_cols,
  "ten blocks more": (json) => json.total_assignments += 10 * 2 ** json.run_args.logrows * json.run_args.num_inner_cols,
  "no constants": (json) => json.total_const_size = 0,
  "a column of constants more": (json) => json.total_const_size += 2 ** json.run_args.logrows,
  "a shuffle": (json) => {
    json.num_shuffles = 1;
    json.total_shuffle_col_size = 4;
  },
  "a dynamic lookup": (json) => {
    json.num_dynamic_lookups = 1;
    json.total_dynamic_col_size = 4;
  },
  "a commitment by IPA": (json) => json.run_args.commitment = "IPA",
  "no run arguments": (json) => delete json.run_args,
};

const faces: Record<string, (json: Json) => void> = {
  "private outputs": (json) => {
    json.run_args.output_visibility = "Private";
    json.model_instance_shapes = [];
  },
  "no instance shapes": (json) => json.model_instance_shapes = [],
  "hashed outputs": (json) => json.run_args.output_visibility = { Hashed: { hash_is_public: true, outlets: [] } },
  "committed outputs": (json) => json.run_args.output_visibility = "KZGCommit",
  "a larger shape": (json) => json.model_instance_shapes[0][0]++,
  "a shape more": (json) => json.model_instance_shapes.push([1]),
};

/** Settings of other columns, which the verifier refuses. */
export function settingsChanges(text: string): Change[] {
  return changed(text, settings);
}

/** Settings that show something else, which is refused when the instances are read. */
export function faceChanges(text: string): Change[] {
  return changed(text, faces);
}

function changed(text: string, changes: Record<string, (json: Json) => void>): Change[] {
  return Object.entries(changes).map(([name, change]) => {
    const json = JSON.parse(text);
    change(json);
    return [name, { settings: JSON.stringify(json) }];
  });
}

/** A field element's file form; numbers from r on are written as they are. */
export function hexOf(value: bigint): string {
  return bytesOf(value).reverse().map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(value: bigint): number[] {
  return fromHex(value.toString(16).padStart(64, "0"));
}

function fromHex(hex: string): number[] {
  return Array.from({ length: hex.length / 2 }, (_, at) => parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}

function numberOf(bytes: readonly number[]): bigint {
  return bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
}
