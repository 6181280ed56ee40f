/**
 * The loops over field elements and points as functions of one memory, with an account of what lies in it.
 * @module
 */
import { DeviceError } from "../../../core/base/errors.ts";
import { inverse, mod, P, R } from "../curve/bn254.ts";
import { type FieldForm, fusedForm, plainForm, vectorBytes } from "./forms.ts";

const PAGE = 65536, ALIGNMENT = 64;

/** The functions of one field. */
export type FieldFunctions = Readonly<Record<string, (...given: readonly number[]) => void>>;

/** Constants of one field, each in all lanes of a vector, by their addresses. */
export interface FieldConstants {
  /** 1. */
  readonly one: number;
  /** 0. */
  readonly zero: number;
  /** Makes elements of words that are read. */
  readonly enter: number;
  /** Makes words of elements that are written. */
  readonly leave: number;
  /** The same of words in EZKL's Montgomery form. */
  readonly enterFile: number;
  /** The same for words in EZKL's Montgomery form. */
  readonly leaveFile: number;
  /** p - 2 in 8 words of 32 bits, the exponent of an inverse. */
  readonly inverse: number;
}

/** One field's functions and constants. */
export interface Field {
  /** The modulus. */
  readonly modulus: bigint;
  /** The functions, as `field_kernels.ts` and the other kernels have them. */
  readonly call: FieldFunctions;
  /** Addresses. */
  readonly constants: FieldConstants;
}

/** What another thread needs to join. */
export interface SharedKernels {
  /** The form's name. */
  readonly form: FieldForm["name"];
  /** The compiled kernels. */
  readonly module: WebAssembly.Module;
  /** The memory that all share. */
  readonly memory: WebAssembly.Memory;
}

/** Kernels over a memory. */
export class Kernels {
  /** The form of elements. */
  readonly form: FieldForm;
  /** Bytes of a vector. */
  readonly bytes: number;
  /** The memory. */
  readonly memory: WebAssembly.Memory;
  /** The compiled code. */
  readonly module: WebAssembly.Module;
  /** The field of scalars. */
  readonly r: Field;
  /** The field of coordinates. */
  readonly p: Field;
  #next: number;
  #end: number;

  /** Compiled kernels over a memory, of which they may use what lies between two addresses. */
  constructor(
    form: FieldForm,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    from: number,
    to: number,
  ) {
    this.form = form;
    this.bytes = vectorBytes(form);
    this.module = module;
    this.memory = memory;
    this.#next = from;
    this.#end = to;
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.r = this.#field(exports, "r.", R);
    this.p = this.#field(exports, "p.", P);
  }

  /** The same kernels in another thread, which may write from `from` to `to`. */
  static join({ form, module, memory }: SharedKernels, from: number, to: number): Kernels {
    return new Kernels(form === "fused" ? fusedForm : plainForm, module, memory, from, to);
  }

  /** Bytes in use. */
  get usedBytes(): number {
    return this.#next;
  }

  /** So many bytes, which hold whatever was there; given back by {@linkcode release}. */
  take(bytes: number): number {
    const address = this.#next;
    this.#next = address + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const missing = this.#next - this.memory.buffer.byteLength;
    if (this.#next > this.#end) throw new Error("a thread takes more memory than it was given");
    if (missing > 0) this.#grow(Math.ceil(missing / PAGE));
    return address;
  }

  /** What is in use now, for {@linkcode release}. */
  mark(): number {
    return this.#next;
  }

  /** Gives back all that was taken since a mark. */
  release(mark: number): void {
    this.#next = mark;
  }

  /** Numbers of 32 bits at an address. */
  words(address: number, count: number): Uint32Array<ArrayBuffer> {
    // Shared or not, it is read and written alike.
    return new Uint32Array(this.memory.buffer as ArrayBuffer, address, count);
  }

  /** Puts a number in all lanes of the vector at an address. */
  put(field: Field, value: bigint, address: number): number {
    const view = new DataView(this.memory.buffer);
    for (let lane = 0; lane < this.form.lanes; lane++) {
      this.form.encode(mod(value, field.modulus), field.modulus, view, address, lane);
    }
    return address;
  }

  /** Puts a number in one lane of the vector at an address. */
  putLane(field: Field, value: bigint, address: number, lane: number): void {
    this.form.encode(mod(value, field.modulus), field.modulus, new DataView(this.memory.buffer), address, lane);
  }

  /** The numbers in the lanes of the vector at an address. */
  lanes(field: Field, address: number): bigint[] {
    const view = new DataView(this.memory.buffer, this.#write(field, address));
    return Array.from({ length: this.form.lanes }, (_, lane) => {
      let value = 0n;
      for (let word = 3; word >= 0; word--) value = value << 64n | view.getBigUint64(32 * lane + 8 * word, true);
      return value;
    });
  }

  /** Whether one of the lanes of the vector at an address is 0. */
  hasZero(field: Field, address: number): boolean {
    const words = this.words(this.#write(field, address), 8 * this.form.lanes);
    for (let lane = 0; lane < words.length; lane += 8) {
      let any = 0;
      for (let word = lane; word < lane + 8; word++) any |= words[word];
      if (any === 0) return true;
    }
    return false;
  }

  /** Where the numbers of a vector stand as words, until something else is taken. */
  #write(field: Field, address: number): number {
    const mark = this.mark(), out = this.take(64);
    field.call.write(address, field.constants.leave, out, 1);
    this.release(mark);
    return out;
  }

  #grow(pages: number): void {
    try {
      this.memory.grow(pages);
    } catch {
      throw new DeviceError(
        `the prover needs ${pages} more pages beside ${
          this.memory.buffer.byteLength / PAGE
        }, which WebAssembly's memory ` +
          "does not have here; take a smaller circuit, or close what else runs",
      );
    }
  }

  #field(exports: WebAssembly.Exports, prefix: string, modulus: bigint): Field {
    const own = Object.entries(exports).filter(([name]) => name.startsWith(prefix));
    const call = Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value])) as FieldFunctions;
    const montgomery = mod(1n << BigInt(this.form.montgomery), modulus), file = mod(1n << 256n, modulus);
    const made = (value: bigint) => {
      const address = this.take(this.bytes);
      return this.put({ modulus } as Field, value, address);
    };
    const exponent = this.take(32);
    this.words(exponent, 8).forEach((_, at, words) =>
      words[at] = Number((modulus - 2n) >> BigInt(32 * at) & 0xffffffffn)
    );
    const constants = {
      one: made(1n),
      zero: made(0n),
      enter: made(montgomery),
      leave: made(inverse(montgomery, modulus)),
      enterFile: made(montgomery * inverse(file, modulus)),
      leaveFile: made(file * inverse(montgomery, modulus)),
      inverse: exponent,
    };
    return { modulus, call, constants };
  }
}
