/** exp, log and tanh of vectors over all floats: every 1024th pattern of bits, and all special ones. */
import assert from "node:assert/strict";
import { count, get, i32, v128 } from "../../../core/wasm/code.ts";
import { erf, exp, log, tanh, type VectorFunction } from "../../../core/wasm/math.ts";
import { ModuleBuilder } from "../../../core/wasm/module.ts";
import { exactErf } from "./erf.ts";

const FLOATS = 1 << 16;
const STEP = 1024;
const SPECIAL = [
  0,
  -0,
  1,
  -1,
  Infinity,
  -Infinity,
  NaN,
  88.72,
  88.73,
  -87.3,
  -87.4,
  1e-45,
  3.4e38,
  -3.4e38,
  0.625,
  -0.625,
];

/** A function over an array of {@linkcode FLOATS} floats, at 0, into the one after it. */
function applied(fn: VectorFunction): { readonly input: Uint32Array; readonly output: Float32Array; run(): void } {
  const memory = new WebAssembly.Memory({ initial: 8, maximum: 8 });
  const module = new ModuleBuilder({ initial: 8, maximum: 8, shared: false });
  const f = module.function([], [], "run");
  const i = f.local("i32");
  f.body = count(
    i,
    i32.const(0),
    i32.const(FLOATS * 4),
    v128.store(FLOATS * 4, get(i), fn(f, v128.load(0, get(i)))),
    16,
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), { env: { memory } });
  return {
    input: new Uint32Array(memory.buffer, 0, FLOATS),
    output: new Float32Array(memory.buffer, FLOATS * 4, FLOATS),
    run: exports.run as () => void,
  };
}

/** The distance from one float of this size to the next. */
function ulp(value: number): number {
  return 2 ** (Math.floor(Math.log2(Math.max(Math.abs(value), 2 ** -126))) - 23);
}

const CASES: readonly [string, VectorFunction, (x: number) => number, number][] = [
  ["exp", exp, Math.exp, 2],
  ["log", log, Math.log, 2],
  ["tanh", tanh, Math.tanh, 2],
  ["erf", erf, exactErf, 3],
];

for (const [name, fn, exact, most] of CASES) {
  Deno.test(`${name} of vectors is within ${most} units in the last place, and knows infinity and NaN`, () => {
    const { input, output, run } = applied(fn);
    const given = new Float32Array(input.buffer, 0, FLOATS);
    let worst = 0;
    const check = (k: number): void => {
      const [x, y, expected] = [given[k], output[k], exact(given[k])];
      if (Number.isNaN(expected)) return assert.ok(Number.isNaN(y), `${name}(${x}) is ${y}`);
      const rounded = Math.fround(expected);
      if (!Number.isFinite(rounded)) return assert.equal(y, rounded, `${name}(${x})`);
      // As on a GPU, what is tiny may be 0.
      if (Math.abs(expected) < 2.4e-38 && y === 0) return;
      worst = Math.max(worst, Math.abs(y - expected) / ulp(expected));
    };
    for (let first = 0; first < 2 ** 32; first += FLOATS * STEP) {
      for (let k = 0; k < FLOATS; k++) input[k] = first + k * STEP + k % STEP;
      run();
      for (let k = 0; k < FLOATS; k++) check(k);
    }
    given.set(SPECIAL);
    run();
    SPECIAL.forEach((_, k) => check(k));
    assert.ok(worst <= most, `${name} is up to ${worst} units off`);
  });
}
