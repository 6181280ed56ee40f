/**
 * The steps of number-theoretic transforms over columns of vectors. Down: rows in order to coefficients in the order of
 * their numbers' reversed bits; up: the other way. With two lanes the widest step is between the lanes of a vector.
 * @module
 */
import { type Code, count, get, i32, set } from "../../../core/wasm/code.ts";
import type { ModuleBuilder } from "../../../core/wasm/module.ts";
import type { Element, FieldCode } from "./field_code.ts";
import { type FieldForm, vectorBytes } from "./forms.ts";
import { writeField } from "./write_field.ts";

type Butterfly = (code: FieldCode, a: Element, b: Element, twiddle: Element) => [Element, Element];

/** (a + b, (a - b) w). */
const down: Butterfly = (code, a, b, twiddle) => [code.add(a, b), code.multiply(code.subtract(a, b), twiddle)];

/** (a + w b, a - w b). */
const up: Butterfly = (code, a, b, twiddle) => {
  const turned = code.multiply(b, twiddle), kept = code.reduce(a);
  return [code.add(kept, turned), code.subtract(kept, turned)];
};

/** Adds the steps to a module, as `down`, `up`, `neighbours` and, with two lanes, `downLanes` and `upLanes`. */
export function addTransformKernels(module: ModuleBuilder, form: FieldForm, modulus: bigint, prefix: string): void {
  for (const [name, butterfly] of [["down", down], ["up", up]] as const) {
    addStep(module, form, modulus, `${prefix}${name}`, butterfly);
    if (form.lanes === 2) addLaneStep(module, form, modulus, `${prefix}${name}Lanes`, butterfly);
  }
  addNeighbours(module, form, modulus, `${prefix}neighbours`);
}

/** A step of `blocks` blocks of two halves of `half` vectors; twiddles are first lanes, `stride` bytes apart. */
function addStep(module: ModuleBuilder, form: FieldForm, modulus: bigint, name: string, butterfly: Butterfly): void {
  const f = module.function(["i32", "i32", "i32", "i32", "i32"], [], name);
  const [column, blocks, half, twiddles, stride] = [0, 1, 2, 3, 4].map((at) => get(at));
  const code = writeField(form, f, modulus), bytes = vectorBytes(form);
  const [block, i, twiddle, other] = Array.from({ length: 4 }, () => f.local("i32"));
  const body = code.block(() => {
    const [a, b] = butterfly(code, code.load(column), code.load(get(other)), code.splat(get(twiddle), form.tight));
    code.store(column, a);
    code.store(get(other), b);
  });
  const on = (local: number, by: Code) => set(local, i32.add(get(local), by));
  const span = i32.mul(half, i32.const(bytes));
  f.body = count(block, i32.const(0), blocks, [
    set(twiddle, twiddles),
    set(other, i32.add(column, span)),
    count(i, i32.const(0), half, [
      body,
      on(twiddle, stride),
      on(other, i32.const(bytes)),
      on(0, i32.const(bytes)),
    ]),
    set(0, get(other)),
  ]);
}

/** The step of blocks of two vectors, either way: the only twiddle is 1. */
function addNeighbours(module: ModuleBuilder, form: FieldForm, modulus: bigint, name: string): void {
  const f = module.function(["i32", "i32"], [], name);
  const [column, blocks] = [0, 1].map((at) => get(at));
  const code = writeField(form, f, modulus), bytes = vectorBytes(form);
  const i = f.local("i32");
  const second = i32.add(column, i32.const(bytes));
  const body = code.block(() => {
    const [a, b] = [code.load(column), code.load(second)];
    code.store(column, code.add(a, b));
    code.store(second, code.subtract(a, b));
  });
  f.body = count(i, i32.const(0), blocks, [body, set(0, i32.add(column, i32.const(2 * bytes)))]);
}

/** The step between the lanes of `vectors` vectors, an even number; twiddles are pairs, vector by vector. */
function addLaneStep(
  module: ModuleBuilder,
  form: FieldForm,
  modulus: bigint,
  name: string,
  butterfly: Butterfly,
): void {
  const f = module.function(["i32", "i32", "i32"], [], name);
  const [column, vectors, twiddles] = [0, 1, 2].map((at) => get(at));
  const code = writeField(form, f, modulus), bytes = vectorBytes(form);
  const i = f.local("i32");
  const second = i32.add(column, i32.const(bytes));
  const body = code.block(() => {
    const [a, b] = code.transpose(code.load(column), code.load(second));
    const [sum, rest] = butterfly(code, a, b, code.load(twiddles, form.tight));
    const [left, right] = code.transpose(sum, rest);
    code.store(column, left);
    code.store(second, right);
  });
  f.body = count(i, i32.const(0), vectors, [
    body,
    set(0, i32.add(column, i32.const(2 * bytes))),
    set(2, i32.add(twiddles, i32.const(bytes))),
  ], 2);
}
