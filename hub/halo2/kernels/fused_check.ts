/**
 * Whether this runtime's relaxed multiply-add rounds once. The specification leaves it open, and the fused form of the
 * field is only right where it does.
 * @module
 */
import { f64x2, get, v128 } from "../../../core/wasm/code.ts";
import { features } from "../../../core/wasm/features.ts";
import { ModuleBuilder } from "../../../core/wasm/module.ts";

/** (1 + 2^-30)^2 - (1 + 2^-29) is 2^-60 where nothing is rounded between, and 0 where it is. */
const FACTOR = 1 + 2 ** -30, TERM = -(1 + 2 ** -29), REST = 2 ** -60;

let known: boolean | undefined;

/** Whether multiply and add are one instruction here, in both lanes. */
export function fusesMultiplyAdd(): boolean {
  return known ??= features().relaxed && tryIt();
}

function tryIt(): boolean {
  const module = new ModuleBuilder({ initial: 1, maximum: 1, shared: false });
  const f = module.function(["i32"], [], "run");
  const at = (vector: number) => v128.load(16 * vector, get(0));
  f.body = v128.store(48, get(0), f64x2.relaxed_madd(at(0), at(1), at(2)));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), { env: { memory } });
  const numbers = new Float64Array(memory.buffer, 0, 8);
  numbers.set([FACTOR, FACTOR, FACTOR, FACTOR, TERM, TERM]);
  (instance.exports.run as (address: number) => void)(0);
  return numbers[6] === REST && numbers[7] === REST;
}
