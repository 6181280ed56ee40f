/**
 * Instructions of WebAssembly as nested lists of bytes: what is written is an expression, `i32.add(get(x), i32.const(1))`,
 * operands first, and so it reads.
 * @module
 */

/** Instructions, in order; nested as they were put together. */
export type Code = number | readonly Code[] | Uint8Array;

/** The types of locals, parameters and results. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** An instruction that takes operands from the stack, given as code. */
export type Instruction = (...operands: readonly Code[]) => Code;

/** Where code is put together; one at a time, so that all of them share it. */
let room: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 16);

/** The bytes of code. */
export function flatten(code: Code): Uint8Array<ArrayBuffer> {
  const length = write(code, 0);
  return room.slice(0, length);
}

/** Writes code from byte `at` on; returns where it ends. */
function write(code: Code, at: number): number {
  if (typeof code === "number") {
    if (at === room.length) provide(1);
    room[at] = code;
    return at + 1;
  }
  if (code instanceof Uint8Array) {
    if (at + code.length > room.length) provide(code.length);
    room.set(code, at);
    return at + code.length;
  }
  for (let k = 0; k < code.length; k++) at = write(code[k], at);
  return at;
}

function provide(more: number): void {
  const longer = new Uint8Array(2 * (room.length + more));
  longer.set(room);
  room = longer;
}

/** An unsigned number in LEB128. */
export function unsigned(value: number): Code {
  if (value < 0x80) return value;
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 0x80)) {
    const low = rest % 0x80;
    bytes.push(rest < 0x80 ? low : low | 0x80);
  }
  return bytes;
}

/** A signed number in LEB128, of 32 bits where it is no bigint. */
export function signed(value: number | bigint): Code {
  if (typeof value === "bigint") return signed64(value);
  if (value >= -64 && value < 64) return value & 0x7f;
  const bytes: number[] = [];
  for (let rest = value;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = rest === ((low & 0x40) === 0 ? 0 : -1);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

function signed64(value: bigint): Code {
  const bytes: number[] = [];
  for (let rest = value;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = rest === ((low & 0x40) === 0 ? 0n : -1n);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

const plain = (byte: number): Instruction => (...operands) => [operands, byte];
const prefixed = (prefix: number, number: number): Instruction => {
  const bytes = [prefix, unsigned(number)];
  return (...operands) => [operands, bytes];
};
const simd = (number: number): Instruction => prefixed(0xfd, number);
/** A lane is written after the instruction, and named first here. */
const lane = (number: number) => {
  const instruction = simd(number);
  return (index: number, ...operands: readonly Code[]): Code => [instruction(...operands), index];
};

type Access = (offset: number, ...operands: readonly Code[]) => Code;
const access = (bytes: Code, align: number): Access => (offset, ...operands) => [
  operands,
  bytes,
  align,
  unsigned(offset),
];
const memory = (byte: number, align: number): Access => access([byte], align);
const wide = (number: number, align: number): Access => access([0xfd, unsigned(number)], align);
const atomic = (number: number): Access => access([0xfe, number], 2);
const load64Lane = wide(87, 3), store64Lane = wide(91, 3);

/** Reads a local. */
export const get = (local: number): Code => [0x20, unsigned(local)];
/** Writes a local. */
export const set = (local: number, value: Code): Code => [value, 0x21, unsigned(local)];
/** Writes a local and leaves the value. */
export const tee = (local: number, value: Code): Code => [value, 0x22, unsigned(local)];
/** Reads a global. */
export const getGlobal = (index: number): Code => [0x23, unsigned(index)];
/** Writes a global. */
export const setGlobal = (index: number, value: Code): Code => [value, 0x24, unsigned(index)];
/** Runs its body once; `branch(0)` in it leaves it. */
export const block = (...body: readonly Code[]): Code => [0x02, 0x40, body, 0x0b];
/** Runs its body; `branch(0)` in it begins anew. */
export const loop = (...body: readonly Code[]): Code => [0x03, 0x40, body, 0x0b];
/** Runs one of two bodies. */
export const when = (condition: Code, then: Code, otherwise: Code = []): Code =>
  Array.isArray(otherwise) && otherwise.length === 0
    ? [condition, 0x04, 0x40, then, 0x0b]
    : [condition, 0x04, 0x40, then, 0x05, otherwise, 0x0b];
/** Leaves, or begins anew, the block so many levels out. */
export const branch = (levels: number): Code => [0x0c, unsigned(levels)];
/** The same where a condition holds. */
export const branchIf = (levels: number, condition: Code): Code => [condition, 0x0d, unsigned(levels)];
/** Calls a function. */
export const call = (index: number, ...operands: readonly Code[]): Code => [operands, 0x10, unsigned(index)];
/** Takes the first of two numbers where the condition holds, else the second. */
export const choose = (first: Code, second: Code, condition: Code): Code => [first, second, condition, 0x1b];
/** Forgets a value. */
export const drop = (value: Code): Code => [value, 0x1a];
/** Leaves the function. */
export const leave = (...values: readonly Code[]): Code => [values, 0x0f];

/** Runs `body` for `i` from `from` to `to` (both evaluated as often as needed, so free of effects) in steps of `step`. */
export function count(i: number, from: Code, to: Code, body: Code, step = 1): Code {
  const again = i32.lt_s(get(i), to);
  return [
    set(i, from),
    when(again, loop(body, set(i, i32.add(get(i), i32.const(step))), branchIf(0, again))),
  ];
}

/** 32-bit integers. */
export const i32 = {
  const: (value: number): Code => [0x41, signed(value | 0)],
  load: memory(0x28, 2),
  load8_u: memory(0x2d, 0),
  load16_u: memory(0x2f, 1),
  store: memory(0x36, 2),
  store8: memory(0x3a, 0),
  eqz: plain(0x45),
  eq: plain(0x46),
  ne: plain(0x47),
  lt_s: plain(0x48),
  lt_u: plain(0x49),
  gt_s: plain(0x4a),
  gt_u: plain(0x4b),
  le_s: plain(0x4c),
  le_u: plain(0x4d),
  ge_s: plain(0x4e),
  ge_u: plain(0x4f),
  clz: plain(0x67),
  ctz: plain(0x68),
  add: plain(0x6a),
  sub: plain(0x6b),
  mul: plain(0x6c),
  div_s: plain(0x6d),
  div_u: plain(0x6e),
  rem_s: plain(0x6f),
  rem_u: plain(0x70),
  and: plain(0x71),
  or: plain(0x72),
  xor: plain(0x73),
  shl: plain(0x74),
  shr_s: plain(0x75),
  shr_u: plain(0x76),
  wrap_i64: plain(0xa7),
  reinterpret_f32: plain(0xbc),
} as const;

/** 64-bit integers. */
export const i64 = {
  const: (value: bigint): Code => [0x42, signed(BigInt.asIntN(64, value))],
  load: memory(0x29, 3),
  load32_s: memory(0x34, 2),
  load32_u: memory(0x35, 2),
  store: memory(0x37, 3),
  store32: memory(0x3e, 2),
  eqz: plain(0x50),
  eq: plain(0x51),
  ne: plain(0x52),
  lt_s: plain(0x53),
  lt_u: plain(0x54),
  gt_u: plain(0x56),
  le_u: plain(0x58),
  ge_u: plain(0x5a),
  clz: plain(0x79),
  ctz: plain(0x7a),
  add: plain(0x7c),
  sub: plain(0x7d),
  mul: plain(0x7e),
  div_u: plain(0x80),
  rem_u: plain(0x82),
  and: plain(0x83),
  or: plain(0x84),
  xor: plain(0x85),
  shl: plain(0x86),
  shr_s: plain(0x87),
  shr_u: plain(0x88),
  rotl: plain(0x89),
  rotr: plain(0x8a),
  extend_i32_s: plain(0xac),
  extend_i32_u: plain(0xad),
  trunc_sat_f64_s: prefixed(0xfc, 6),
} as const;

/** 32-bit floats. */
export const f32 = {
  const: (value: number): Code => [0x43, [...new Uint8Array(Float32Array.of(value).buffer)]],
  load: memory(0x2a, 2),
  store: memory(0x38, 2),
  add: plain(0x92),
  sub: plain(0x93),
  mul: plain(0x94),
  div: plain(0x95),
  sqrt: plain(0x91),
  min: plain(0x96),
  convert_i32_s: plain(0xb2),
  convert_i32_u: plain(0xb3),
  reinterpret_i32: plain(0xbe),
} as const;

/** 64-bit floats. */
export const f64 = {
  convert_i32_s: plain(0xb7),
  convert_i64_s: plain(0xb9),
} as const;

/** 128 bits as such. */
export const v128 = {
  /** Four 32-bit patterns. */
  const: (words: readonly [number, number, number, number]): Code => [
    0xfd,
    0x0c,
    [...new Uint8Array(Uint32Array.from(words).buffer)],
  ],
  load: wide(0, 4),
  load32_splat: wide(9, 2),
  load64_splat: wide(10, 3),
  /** The first lane, and a zero. */
  load64_zero: wide(93, 3),
  store: wide(11, 4),
  /** One lane of two, the others as they were. */
  load64_lane: (
    lane: number,
    offset: number,
    ...operands: readonly Code[]
  ): Code => [load64Lane(offset, ...operands), lane],
  /** One lane of two. */
  store64_lane: (lane: number, offset: number, ...operands: readonly Code[]): Code => [
    store64Lane(offset, ...operands),
    lane,
  ],
  /** Stores one of four lanes. */
  store32_lane: (offset: number, index: number, ...operands: readonly Code[]): Code => [
    wide(90, 2)(offset, ...operands),
    index,
  ],
  not: simd(77),
  and: simd(78),
  andnot: simd(79),
  or: simd(80),
  xor: simd(81),
  /** The first where the third has a one, the second where it has a zero. */
  bitselect: simd(82),
  any_true: simd(83),
  /** Bytes of two vectors, by their places in both. */
  shuffle: (places: readonly number[], ...operands: readonly Code[]): Code => [simd(13)(...operands), [...places]],
} as const;

/** Four 32-bit integers. */
export const i32x4 = {
  splat: simd(17),
  extract_lane: lane(27),
  replace_lane: lane(28),
  eq: simd(55),
  ne: simd(56),
  lt_s: simd(57),
  lt_u: simd(58),
  gt_s: simd(59),
  gt_u: simd(60),
  le_s: simd(61),
  le_u: simd(62),
  ge_s: simd(63),
  ge_u: simd(64),
  neg: simd(161),
  shl: simd(171),
  shr_s: simd(172),
  shr_u: simd(173),
  add: simd(174),
  sub: simd(177),
  mul: simd(181),
  min_s: simd(182),
  min_u: simd(183),
  max_s: simd(184),
  max_u: simd(185),
  trunc_sat_f32x4_s: simd(248),
  trunc_sat_f32x4_u: simd(249),
} as const;

/** Two 64-bit integers. */
export const i64x2 = {
  splat: simd(18),
  shl: simd(203),
  shr_s: simd(204),
  shr_u: simd(205),
  add: simd(206),
  sub: simd(209),
  mul: simd(213),
  extmul_low_i32x4_u: simd(222),
  extmul_high_i32x4_u: simd(223),
} as const;

/** Four 32-bit floats. */
export const f32x4 = {
  /** One number in all lanes. */
  const: (value: number): Code => {
    const [bits] = new Uint32Array(Float32Array.of(value).buffer);
    return v128.const([bits, bits, bits, bits]);
  },
  splat: simd(19),
  extract_lane: lane(31),
  replace_lane: lane(32),
  eq: simd(65),
  ne: simd(66),
  lt: simd(67),
  gt: simd(68),
  le: simd(69),
  ge: simd(70),
  ceil: simd(103),
  floor: simd(104),
  trunc: simd(105),
  nearest: simd(106),
  abs: simd(224),
  neg: simd(225),
  sqrt: simd(227),
  add: simd(228),
  sub: simd(229),
  mul: simd(230),
  div: simd(231),
  min: simd(232),
  max: simd(233),
  /** The second where it is less, else the first, which may be NaN. */
  pmin: simd(234),
  /** The second where it is greater, else the first, which may be NaN. */
  pmax: simd(235),
  convert_i32x4_s: simd(250),
  convert_i32x4_u: simd(251),
  /** `a * b + c`, rounded once or twice as the processor likes. */
  relaxed_madd: simd(261),
  /** `c - a * b`, likewise. */
  relaxed_nmadd: simd(262),
} as const;

/** Two 64-bit floats. */
export const f64x2 = {
  splat: simd(20),
  extract_lane: lane(33),
  replace_lane: lane(34),
  nearest: simd(148),
  neg: simd(237),
  add: simd(240),
  sub: simd(241),
  mul: simd(242),
  /** `a * b + c`, rounded once or twice as the processor likes. */
  relaxed_madd: simd(263),
  /** `c - a * b`, likewise. */
  relaxed_nmadd: simd(264),
} as const;

/** The first where the third, all ones or all zeros a lane, is ones, else the second. */
export const relaxedLaneselect: Instruction = simd(267);

/** Memory that several threads see. */
export const atomics = {
  notify: atomic(0x00),
  wait32: atomic(0x01),
  load: atomic(0x10),
  store: atomic(0x17),
  add: atomic(0x1e),
  exchange: atomic(0x41),
  compareExchange: atomic(0x48),
} as const;
