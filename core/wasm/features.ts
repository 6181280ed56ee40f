/**
 * What this runtime's WebAssembly can do, found out by small modules: what is announced is not always there.
 * @module
 */
import { type Code, f32x4, relaxedLaneselect, v128 } from "./code.ts";
import { ModuleBuilder } from "./module.ts";

/** What generated code may use. */
export interface Features {
  /** Whether vectors of 128 bits are there; without them there is no CPU back end. */
  readonly vectors: boolean;
  /** Whether multiply and add can be one instruction. */
  readonly relaxed: boolean;
  /** Whether several threads can share a memory. */
  readonly shared: boolean;
}

let known: Features | undefined;

/** The features of this runtime. */
export function features(): Features {
  return known ??= {
    vectors: validates(v128.const([0, 0, 0, 0])),
    relaxed: validates(f32x4.relaxed_madd(...Array.from({ length: 3 }, () => v128.const([0, 0, 0, 0])))),
    shared: sharesMemory(),
  };
}

function validates(vector: Code): boolean {
  if (typeof WebAssembly !== "object") return false;
  const module = new ModuleBuilder({ initial: 0, maximum: 1, shared: false });
  module.function([], ["v128"]).body = vector;
  return WebAssembly.validate(module.bytes);
}

/** Browsers have shared memory on pages that are isolated from those of other origins. */
function sharesMemory(): boolean {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (typeof SharedArrayBuffer !== "function" || crossOriginIsolated === false) return false;
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}

/** `a` in the lanes where the mask is all ones, `b` where it is all zeros. */
export function selectLanes(mask: Code, a: Code, b: Code): Code {
  return features().relaxed ? relaxedLaneselect(a, b, mask) : v128.bitselect(a, b, mask);
}

/** `a * b + c` on vectors of floats, in one instruction where there is one. */
export function multiplyAdd(a: Code, b: Code, c: Code): Code {
  return features().relaxed ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}
