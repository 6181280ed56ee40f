/**
 * What multiply-adds of 128 bits come to on one thread of this machine: a loop that touches registers alone.
 * @module
 */
import { count, f32x4, get, i32, set, v128 } from "../../core/wasm/code.ts";
import { multiplyAdd } from "../../core/wasm/features.ts";
import { ModuleBuilder } from "../../core/wasm/module.ts";

/** Sums side by side, more than the latency of an instruction times how many begin at once. */
const SUMS = 12;
/** Multiply-adds of each sum in a turn of the loop. */
const UNROLLED = 4;
const TURNS = 20_000;
const REPEATS = 200;

/** Gigaflops, a multiply-add being two for each of the four lanes: the best of many short runs. */
export function ceiling(): number {
  const module = new ModuleBuilder({ initial: 1, maximum: 1, shared: false });
  const f = module.function(["i32"], [], "run");
  const sums = Array.from({ length: SUMS }, () => f.local("v128"));
  const [a, b, turn] = [f.local("v128"), f.local("v128"), f.local("i32")];
  f.body = [
    set(a, f32x4.const(0.999)),
    set(b, f32x4.const(0.001)),
    count(
      turn,
      i32.const(0),
      get(0),
      Array.from({ length: UNROLLED }, () => sums.map((sum) => set(sum, multiplyAdd(get(sum), get(a), get(b))))),
    ),
    // Nobody else reads them, and what nobody reads is not computed.
    sums.map((sum, k) => v128.store(16 * k, i32.const(0), get(sum))),
  ];
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), { env: { memory } });
  const run = exports.run as (turns: number) => void;
  let best = Infinity;
  for (let k = 0; k < REPEATS; k++) {
    const began = performance.now();
    run(TURNS);
    best = Math.min(best, performance.now() - began);
  }
  return TURNS * UNROLLED * SUMS * 8 / best / 1e6;
}
