/** The assembler: numbers, control, and what the runtime makes of its modules. */
import assert from "node:assert/strict";
import {
  branch,
  call,
  choose,
  type Code,
  count,
  f32,
  flatten,
  get,
  i32,
  i64,
  loop,
  set,
  signed,
  unsigned,
  v128,
  when,
} from "../../../core/wasm/code.ts";
import { features } from "../../../core/wasm/features.ts";
import { ModuleBuilder, type WasmFunction } from "../../../core/wasm/module.ts";

const MEMORY = { initial: 1, maximum: 1, shared: false };

function made(build: (module: ModuleBuilder) => void): Record<string, (...given: never[]) => unknown> {
  const module = new ModuleBuilder(MEMORY);
  build(module);
  const env = { memory: new WebAssembly.Memory({ initial: 1, maximum: 1 }) };
  return new WebAssembly.Instance(new WebAssembly.Module(module.bytes), { env }).exports as never;
}

Deno.test("numbers are written in LEB128, the least and the greatest too", () => {
  assert.deepEqual([...flatten(unsigned(0))], [0]);
  assert.deepEqual([...flatten(unsigned(624485))], [0xe5, 0x8e, 0x26]);
  assert.deepEqual([...flatten(unsigned(2 ** 32 - 1))], [0xff, 0xff, 0xff, 0xff, 0x0f]);
  assert.deepEqual([...flatten(signed(-1))], [0x7f]);
  assert.deepEqual([...flatten(signed(64))], [0xc0, 0x00]);
  assert.deepEqual([...flatten(signed(-123456))], [0xc0, 0xbb, 0x78]);
  assert.deepEqual([...flatten([1, [2, [3]], []])], [1, 2, 3]);
  const values = [0, 1, -1, 63, 64, -64, -65, 2 ** 31 - 1, -(2 ** 31)];
  const { at } = made((module) => {
    const f = module.function(["i32"], ["i32"], "at");
    f.body = values.reduceRight(
      (rest: Code, value, k) => choose(i32.const(value), rest, i32.eq(get(0), i32.const(k))),
      i32.const(99),
    );
  });
  assert.deepEqual(values.map((_, k) => at(k as never)), values);
});

Deno.test("functions call one another, loop, branch and compute in 64 bits", () => {
  const { sum, power, collatz } = made((module) => {
    const sum = module.function(["i32"], ["i32"], "sum");
    const [i, total] = [sum.local("i32"), sum.local("i32")];
    sum.body = [count(i, i32.const(0), get(0), set(total, i32.add(get(total), get(i)))), get(total)];
    const square = module.function(["i64"], ["i64"]);
    square.body = i64.mul(get(0), get(0));
    const power = module.function(["i64"], ["i64"], "power");
    power.body = call(square.index, call(square.index, get(0)));
    const collatz = module.function(["i32"], ["i32"], "collatz");
    const steps = collatz.local("i32");
    const half = i32.shr_u(get(0), i32.const(1));
    const triple = i32.add(i32.mul(get(0), i32.const(3)), i32.const(1));
    collatz.body = [
      loop(when(i32.ne(get(0), i32.const(1)), [
        set(0, choose(triple, half, i32.and(get(0), i32.const(1)))),
        set(steps, i32.add(get(steps), i32.const(1))),
        branch(1),
      ])),
      get(steps),
    ];
  });
  assert.equal(sum(10 as never), 45);
  assert.equal(sum(0 as never), 0);
  assert.equal(power(10000000000n as never), BigInt.asIntN(64, 10000000000n ** 4n));
  assert.equal(collatz(27 as never), 111);
});

Deno.test("a function's constants lie ready, each once", () => {
  let f: WasmFunction;
  const { value } = made((module) => {
    f = module.function(["i32"], ["f32"], "value");
    assert.deepEqual(f.float(2.5), f.float(2.5));
    assert.notDeepEqual(f.float(2.5), f.whole(2));
    f.body = [v128.store(0, get(0), f.float(2.5)), f32.load(4, get(0))];
  });
  assert.equal(value(16 as never), 2.5);
});

Deno.test("features are found out, and are a newer Deno's", () => {
  assert.deepEqual(features(), { vectors: true, relaxed: true, shared: true });
});
