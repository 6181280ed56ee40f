/**
 * How field elements lie in memory: everything that is known of a form without the code that computes in it, which
 * threads need not have.
 * @module
 */

/** How large an element may be. */
export interface Bound {
  /** The largest magnitude of a limb, in halves of the limbs' base. */
  readonly limb: number;
  /** The largest magnitude of the whole, in moduli. */
  readonly value: number;
}

/** Bytes of one element in memory, in both forms. */
export const ELEMENT_BYTES = 40;

/** Bytes of a point. */
export const POINT_BYTES: number = 2 * ELEMENT_BYTES;

/** Bytes of a pair of points and where their sum goes, as `point_kernels.ts` reads them. */
export const PAIR_BYTES = 12;

/** What is known of a form without a function. */
export interface FieldForm {
  /** Its name. */
  readonly name: "fused" | "plain";
  /** Elements that one instruction works on. */
  readonly lanes: 1 | 2;
  /** Bits of a limb. */
  readonly bits: number;
  /** Limbs of an element. */
  readonly limbs: number;
  /** An element x is kept as x R: log2 of R. */
  readonly montgomery: number;
  /** What elements in memory keep to. */
  readonly stored: Bound;
  /** What those keep to that are read more often than written: points and tables. */
  readonly tight: Bound;
  /** Writes an element from 0 to the modulus less 1, which is put into Montgomery form, to one lane of a vector. */
  encode(value: bigint, modulus: bigint, memory: DataView, address: number, lane: number): void;
}

/** Five limbs of 51 bits as pairs of 64-bit floats: `fused_code.ts`. */
export const fusedForm: FieldForm = {
  name: "fused",
  lanes: 2,
  bits: 51,
  limbs: 5,
  montgomery: 255,
  stored: { limb: 2, value: 1.4 },
  tight: { limb: 1, value: 0.52 },
  encode(value, modulus, memory, address, lane) {
    let element = (value << BigInt(fusedForm.montgomery)) % modulus;
    if (element > modulus / 2n) element -= modulus;
    balancedDigits(element, fusedForm.bits, fusedForm.limbs).forEach((digit, at) =>
      memory.setFloat64(address + 16 * at + 8 * lane, Number(digit), true)
    );
  },
};

const PLAIN_MASK = (1n << 29n) - 1n;

/** Nine limbs of 29 bits as 64-bit integers: `plain_code.ts`. */
export const plainForm: FieldForm = {
  name: "plain",
  lanes: 1,
  bits: 29,
  limbs: 9,
  montgomery: 9 * 29,
  // A limb of full length is 2, because bounds count halves of the base.
  stored: { limb: 2, value: 20 },
  tight: { limb: 2, value: 1.1 },
  encode(value, modulus, memory, address, _lane) {
    let element = (value << BigInt(plainForm.montgomery)) % modulus;
    for (let at = 0; at < plainForm.limbs; at++, element >>= BigInt(plainForm.bits)) {
      memory.setInt32(address + 4 * at, Number(element & PLAIN_MASK), true);
    }
  },
};

/** Bytes of a vector. */
export const vectorBytes = (form: FieldForm): number => form.lanes * ELEMENT_BYTES;

/** Digits of `value` in base 2^bits, the lowest first, each from -2^(bits-1) to 2^(bits-1) but the last. */
export function balancedDigits(value: bigint, bits: number, count: number): bigint[] {
  const digits: bigint[] = [];
  for (let at = 0; at < count - 1; at++) {
    const digit = BigInt.asIntN(bits, value);
    digits.push(digit);
    value = (value - digit) >> BigInt(bits);
  }
  return [...digits, value];
}
