/**
 * The optimiser's rule over all parameters: its WGSL for one element, over four neighbours at a time, which first adds
 * the shares' partial sums of the gradient, in order.
 * @module
 */
import { type Code, count, f32, f32x4, get, i32, set, v128, when } from "../../wasm/code.ts";
import type { Optimizer } from "../../graph/optimizer.ts";
import { ArgumentError } from "../../base/errors.ts";
import type { Segment } from "../update.ts";
import { WgslEmitter } from "./wgsl_emit.ts";
import { narrow, wide } from "./wgsl_values.ts";
import { parseFunctions } from "./wgsl_parse.ts";
import { type KernelWriter, STEP } from "./writer.ts";

/** Where a gradient's partial sums lie; bytes. */
export interface GradientPlace {
  /** The first. */
  readonly address: number;
  /** From one to the next. */
  readonly stride: number;
  /** How many there are. */
  readonly partials: number;
}

/** Floats that are updated at a time. */
const CHUNK = 4096;

/**
 * The pieces of the flat parameters that are updated, one a task, each (first float, floats, gradient, stride, partials,
 * whether it is assigned). */
export function updateTasks(segments: readonly Segment[], gradients: ReadonlyMap<string, GradientPlace>): number[][] {
  return segments.flatMap(({ name, start, size, assigned }) => {
    const gradient = gradients.get(name);
    if (gradient === undefined) return [];
    const tasks: number[][] = [];
    for (let at = 0; at < size; at += CHUNK) {
      const floats = Math.ceil(Math.min(CHUNK, size - at) / 4) * 4;
      tasks.push([start + at, floats, gradient.address + at * 4, gradient.stride, gradient.partials, Number(assigned)]);
    }
    return tasks;
  });
}

/** The body of the function of one task, whose number is its first parameter. */
export function updateBody(
  w: KernelWriter,
  optimizer: Optimizer,
  tasks: readonly (readonly number[])[],
  flat: { readonly parameters: number; readonly moments: readonly number[] },
): Code {
  const table = w.constant(tasks.flat());
  const { f } = w;
  const [i, end, first, from, stride, left, term] = Array.from({ length: 7 }, () => f.local("i32"));
  const g = f.local("v128");
  const [a, b] = [f.local("v128"), f.local("v128")];
  const tree = parseFunctions(optimizer.wgsl).find(({ name }) => name === "update");
  if (tree === undefined) throw new ArgumentError(`${optimizer.name}: its wgsl has no function update`);
  const base = (array: string): number | undefined => {
    if (array === "parameters") return flat.parameters;
    return /^state\d+$/.test(array) ? flat.moments[Number(array.slice("state".length))] : undefined;
  };
  const emitter = new WgslEmitter(f, {
    load: (array, index) => {
      const address = base(array);
      return address === undefined ? undefined : wide(v128.load(address, i32.shl(index.code, i32.const(2))));
    },
    store: (array, index, value) => {
      const address = base(array);
      if (address === undefined) return undefined;
      return v128.store(address, i32.shl(index.code, i32.const(2)), value.cells[0].code);
    },
    call: (name) =>
      name === "step.a" ? { value: wide(get(a)) } : name === "step.b" ? { value: wide(get(b)) } : undefined,
  });
  emitter.define(optimizer.wgsl);
  emitter.run(tree.body, new Map([[tree.parameters[0], narrow(get(i))], [tree.parameters[1], wide(get(g))]]));
  const field = (k: number): Code => i32.load(table + 4 * k, i32.mul(get(0), i32.const(24)));
  return [
    set(a, f32x4.splat(f32.load(STEP.a, w.step))),
    set(b, f32x4.splat(f32.load(STEP.b, w.step))),
    set(first, field(0)),
    set(end, i32.add(get(first), field(1))),
    set(from, field(2)),
    set(stride, field(3)),
    count(i, get(first), get(end), [
      set(g, v128.load(0, get(from))),
      set(term, get(from)),
      count(left, i32.const(1), field(4), [
        set(term, i32.add(get(term), get(stride))),
        set(g, f32x4.add(get(g), v128.load(0, get(term)))),
      ]),
      when(
        field(5),
        v128.store(flat.parameters, i32.shl(get(i), i32.const(2)), get(g)),
        emitter.take(),
      ),
      set(from, i32.add(get(from), i32.const(16))),
    ], 4),
  ];
}
