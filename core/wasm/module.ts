/**
 * A WebAssembly module: functions over one memory that is imported, and which of them are exported.
 * @module
 */
import { type Code, flatten, get, set, unsigned, v128, type ValueType } from "./code.ts";

const TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** The memory that a module imports as `env.memory`, in pages of 64 KiB. */
export interface MemoryType {
  /** Pages that it has at least. */
  readonly initial: number;
  /** Pages that it has at most. */
  readonly maximum: number;
  /** Whether several threads see it. */
  readonly shared: boolean;
}

/** A float and its bits. */
const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** A function under construction: its number is known from the start, so that functions can call one another. */
export class WasmFunction {
  /** Its number, for `call`. */
  readonly index: number;
  /** What it computes; to be set before the module is finished. */
  body: Code = [];
  /** Its parameters, which are its first locals. */
  readonly parameters: readonly ValueType[];
  /** What it gives back. */
  readonly results: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  readonly #constants = new Map<string, number>();
  readonly #prologue: Code[] = [];

  /** Made by {@linkcode ModuleBuilder.function}. */
  constructor(index: number, parameters: readonly ValueType[], results: readonly ValueType[]) {
    this.index = index;
    this.parameters = parameters;
    this.results = results;
  }

  /** A new local. */
  local(type: ValueType): number {
    this.#locals.push(type);
    return this.parameters.length + this.#locals.length - 1;
  }

  /**
   * A vector of four 32-bit patterns that lies ready from the function's beginning: engines make one that is written
   * where it is used anew each time, in several instructions.
   */
  constant(words: readonly [number, number, number, number]): Code {
    const key = words.join();
    let local = this.#constants.get(key);
    if (local === undefined) {
      local = this.local("v128");
      this.#constants.set(key, local);
      this.#prologue.push(set(local, v128.const(words)));
    }
    return get(local);
  }

  /** The same of one whole number in all lanes. */
  whole(value: number): Code {
    return this.constant([value, value, value, value]);
  }

  /** The same of one 64-bit pattern in both lanes. */
  whole64(value: bigint): Code {
    const [low, high] = [Number(value & 0xffffffffn), Number(value >> 32n & 0xffffffffn)];
    return this.constant([low, high, low, high]);
  }

  /** The same of one 64-bit float. */
  float64(value: number): Code {
    const [bits] = new BigUint64Array(Float64Array.of(value).buffer);
    return this.whole64(bits);
  }

  /** The same of one float. */
  float(value: number): Code {
    FLOAT[0] = value;
    return this.whole(BITS[0]);
  }

  /** Its entry in the module's code. */
  get bytes(): Uint8Array {
    const locals = this.#locals.map((type) => [1, TYPES[type]]);
    return flatten([unsigned(locals.length), locals, this.#prologue, this.body, 0x0b]);
  }
}

/** Puts a module together. */
export class ModuleBuilder {
  readonly #memory: MemoryType;
  readonly #functions: WasmFunction[] = [];
  readonly #exports = new Map<string, WasmFunction>();
  #globals = 0;

  /** A module over such a memory. */
  constructor(memory: MemoryType) {
    this.#memory = memory;
  }

  /** A new function; `name` exports it. */
  function(parameters: readonly ValueType[], results: readonly ValueType[] = [], name?: string): WasmFunction {
    const made = new WasmFunction(this.#functions.length, parameters, results);
    this.#functions.push(made);
    if (name !== undefined) this.#exports.set(name, made);
    return made;
  }

  /** A new i32 that each instance has for itself, 0 at first. */
  global(): number {
    return this.#globals++;
  }

  /** The module's bytes. */
  get bytes(): Uint8Array<ArrayBuffer> {
    const { initial, maximum, shared } = this.#memory;
    const name = (text: string): Code => vector([...new TextEncoder().encode(text)]);
    const types = this.#functions.map(({ parameters, results }) => [
      0x60,
      vector(parameters.map((type) => TYPES[type])),
      vector(results.map((type) => TYPES[type])),
    ]);
    const memory = [name("env"), name("memory"), 2, shared ? 3 : 1, unsigned(initial), unsigned(maximum)];
    const code = this.#functions.map((made) => {
      const { bytes } = made;
      return [unsigned(bytes.length), bytes];
    });
    const globals = Array.from({ length: this.#globals }, () => [0x7f, 1, 0x41, 0, 0x0b]);
    const exports = [...this.#exports].map(([text, { index }]) => [name(text), 0, unsigned(index)]);
    return flatten([
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, types),
      section(2, [memory]),
      section(3, this.#functions.map(({ index }) => unsigned(index))),
      section(6, globals),
      section(7, exports),
      section(10, code),
    ]);
  }
}

function vector(items: readonly Code[]): Code {
  return [unsigned(items.length), items];
}

function section(id: number, items: readonly Code[]): Code {
  if (items.length === 0) return [];
  const bytes = flatten(vector(items));
  return [id, unsigned(bytes.length), bytes];
}
