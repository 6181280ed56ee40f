/** WGSL's formulas as vector code: what they come to, and what is refused. */
import assert from "node:assert/strict";
import { get, v128 } from "../../../../core/wasm/code.ts";
import { ModuleBuilder } from "../../../../core/wasm/module.ts";
import { WgslEmitter } from "../../../../core/run/cpu/wgsl_emit.ts";
import { wide } from "../../../../core/run/cpu/wgsl_values.ts";

/** `fn f(x: f32, y: f32) -> f32` of four pairs. */
function evaluate(text: string, x: readonly number[], y: readonly number[] = x): number[] {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const module = new ModuleBuilder({ initial: 1, maximum: 1, shared: false });
  const f = module.function(["i32"], [], "run");
  const emitter = new WgslEmitter(f);
  const operands = [wide(v128.load(0, get(0))), wide(v128.load(16, get(0)))];
  const { cells: [cell] } = emitter.apply({ name: "f", text }, operands);
  f.body = [emitter.take(), v128.store(32, get(0), cell.code)];
  const floats = new Float32Array(memory.buffer);
  floats.set([...x, ...y]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), { env: { memory } });
  (exports.run as (at: number) => void)(0);
  return [...floats.subarray(8, 12)];
}

Deno.test("formulas compute what WGSL says", () => {
  const x = [-2, -0.5, 1, 3];
  const y = [4, 3, 2, 1];
  const cases: Record<string, number[]> = {
    "return x * y + 1;": [-7, -0.5, 3, 4],
    "return fma(x, y, -1.5);": [-9.5, -3, 0.5, 1.5],
    "return -x / 2.0 - y;": [-3, -2.75, -2.5, -2.5],
    "return select(x, y, x < 0.0);": [4, 3, 1, 3],
    "return max(min(x, y), 0.0);": [0, 0, 1, 1],
    "return clamp(x, -1.0, 1.0) + abs(x);": [1, 0, 2, 4],
    "return f32(x > 0.0) + f32(i32(y) * 2);": [8, 6, 5, 3],
    "let a = vec4f(x, y, 1.0, 2.0); return a.x + a.w * a.y;": [6, 5.5, 5, 5],
    "return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu);": [2, 0.5, 1, 3],
    "var v = x; if (x < 0.0) { v = -v; } else { v += y; } return v;": [2, 0.5, 3, 4],
    "var v = x; let before = v; v = y; return before + v * 10.0;": [38, 29.5, 21, 13],
    "var v = 0.0; for (var k = 0u; k < 4u; k++) { v += x * f32(k); } return v;": [-12, -3, 6, 18],
    "var n = 0; for (var k = 0; k < 3; k++) { if (f32(k) < y) { n += k; } } return f32(n);": [3, 3, 1, 0],
    "return select(1.0, x, (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u);": [1, 1, 1, 1],
    "return vec4f(1.0, x, 3.0, 4.0)[u32(y) % 4u];": [],
  };
  for (const [body, expected] of Object.entries(cases)) {
    if (expected.length === 0) continue;
    assert.deepEqual(evaluate(`fn f(x: f32, y: f32) -> f32 { ${body} }`, x, y), expected, body);
  }
  const helper =
    "fn twice(a: f32) -> f32 { return a * 2.0; }\nfn f(x: f32, y: f32) -> f32 { return twice(x) + twice(y); }";
  assert.deepEqual(evaluate(helper, x, y), [4, 5, 6, 8]);
});

Deno.test("NaN goes through", () => {
  const nan = [NaN, 1, NaN, -1];
  const kept = "fn f(x: f32, y: f32) -> f32 { return max(exp(x) + tanh(y), log(abs(x))); }";
  assert.deepEqual(evaluate(kept, nan).map(Number.isNaN), [true, false, true, false]);
  const told =
    "fn f(x: f32, y: f32) -> f32 { return select(0.0, 1.0, (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u); }";
  assert.deepEqual(evaluate(told, nan), [1, 0, 1, 0]);
});

Deno.test("what the CPU cannot compute is refused in a sentence", () => {
  const refuse = (body: string, message: RegExp) =>
    assert.throws(() => evaluate(`fn f(x: f32, y: f32) -> f32 { ${body} }`, [1, 2, 3, 4]), {
      name: "ArgumentError",
      message,
    });
  refuse("return sin(x);", /it calls sin\(\).*or train with device "gpu"$/);
  refuse("return z;", /it uses z, which is not known here/);
  refuse("x = 3.0; return x;", /it assigns to what is no variable/);
  refuse("if (x > 0.0) { return x; } return y;", /returns in the middle/);
  refuse("while (true) {} return x;", /cannot read this WGSL/);
  refuse("for (var k = 0; f32(k) < x; k++) {} return x;", /a loop ends where it differs/);
  refuse("return x + 1u;", /it takes u32 for f32|it takes f32 for u32/);
});
