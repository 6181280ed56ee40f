/**
 * The pieces that kernels of every kind are written with.
 * @module
 */
import { ArgumentError } from "../base/errors.ts";

/** A named WGSL function. */
export interface WgslFunction {
  /** Its name; of two with one name and different texts in one kernel, one is renamed. */
  readonly name: string;
  /** Its whole text, `fn name(...) -> ... { ... }`. */
  readonly text: string;
}

/** WebGPU's guaranteed limit of workgroups in one dimension. */
const MOST_GROUPS = 65535;

/** A dispatch of `count` workgroups in x, wrapped into y where one dimension is too short. */
export function grid(count: number): readonly [number, number] {
  const columns = Math.min(count, MOST_GROUPS);
  return [columns, Math.ceil(count / columns)];
}

/** A number as a WGSL literal of type f32, in parentheses where it is negative. */
export function float(value: number): string {
  const written = String(Math.fround(value));
  const literal = /[.e]/.test(written) ? written : `${written}.0`;
  return literal.startsWith("-") ? `(${literal})` : literal;
}

/** A polynomial of `x` by Horner's rule as a WGSL expression; coefficients from the highest power down. */
export function polynomial(x: string, [first, ...rest]: readonly number[]): string {
  return rest.reduce((sum, coefficient) => `fma(${sum}, ${x}, ${float(coefficient)})`, float(first));
}

/** The WGSL type of `width` floats. */
export function vectorType(width: number): string {
  return width === 1 ? "f32" : `vec${width}f`;
}

/** Declares `input0`, `input1`... as the first `count` bindings, floats that are read. */
export function declareInputs(count: number): string {
  return Array.from(
    { length: count },
    (_, i) => `@group(0) @binding(${i}) var<storage, read> input${i}: array<f32>;`,
  ).join("\n");
}

/** Declares those of the named results that are used, floats, one after another from `@binding(first)` on. */
export function declareResults(names: readonly string[], used: readonly boolean[], first: number): string {
  return names.filter((_, k) => used[k]).map((name, k) =>
    `@group(0) @binding(${first + k}) var<storage, read_write> ${name}: array<f32>;`
  ).join("\n");
}

/** A vec4f whose components are `fn` of those of its arguments, which are names of vec4f values. */
export function eachComponent(fn: string, names: readonly string[]): string {
  const component = (c: string) => `${fn}(${names.map((name) => `${name}.${c}`).join(", ")})`;
  return `vec4f(${[..."xyzw"].map(component).join(", ")})`;
}

/** The functions that stages bring into one kernel: each text once, and two of one name under two names. */
export class WgslFunctions {
  readonly #names = new Map<string, string>();
  readonly #declared = new Map<string, string>();

  /** Takes a function in and returns the name to call it by. Throws an `ArgumentError` where its text does not define it. */
  name({ name, text }: WgslFunction): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const definition = new RegExp(`\\bfn\\s+${name}\\s*\\(`);
    if (!definition.test(text)) {
      throw new ArgumentError(`the WGSL function ${name} is not defined by its text; begin it with "fn ${name}("`);
    }
    let own = name;
    for (let k = 1; this.#declared.has(own); k++) own = `${name}_${k}`;
    this.#names.set(text, own);
    this.#declared.set(own, text.replace(definition, `fn ${own}(`));
    return own;
  }

  /** The definitions of all that were taken in. */
  get text(): string {
    return [...this.#declared.values()].join("\n");
  }
}
