/**
 * The optimiser's rule over all parameters: its WGSL for one element, over four neighbours at a time, which first adds
 * the shares' partial sums of the gradient, in order; and where gradients are clipped, what makes their norm.
 * @module
 */
import { type Code, count, f32, f32x4, get, i32, i32x4, set, v128, when } from "../../wasm/code.ts";
import { ArgumentError } from "../../base/errors.ts";
import type { Segment, UpdateRequest, UpdateRows } from "../update.ts";
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

/** Where what is updated lies, and what it is updated by. */
export interface FlatPlaces {
  /** The parameters. */
  readonly parameters: number;
  /** The optimiser's values, in the order of `optimizer.state`. */
  readonly moments: readonly number[];
  /** The numbers of the steps that run at once. */
  readonly numbers: number;
  /** Sums of gradients where they are accumulated, flat as parameters are; 0 elsewhere. */
  readonly sums: number;
  /** Where they are clipped, the squares of the tasks' gradients, and the factor behind them; 0 elsewhere. */
  readonly squares: number;
}

/** An update with its places, and its tasks. */
export interface CpuUpdate extends UpdateRequest, FlatPlaces {
  /** As {@linkcode updateTasks} makes them. */
  readonly tasks: readonly (readonly number[])[];
}

/** Floats that are updated at a time. */
const CHUNK = 4096;

/** The row of what is assigned. */
const ASSIGNED = -1;

/** The fields of a task: first float, floats, where its gradient lies, from one partial sum to the next, their number, row, floats in use. */
const FIELDS = 7;

/** The pieces of the flat parameters that are updated, one a task. */
export function updateTasks(
  segments: readonly Segment[],
  gradients: ReadonlyMap<string, GradientPlace>,
  rows: UpdateRows,
): number[][] {
  return segments.flatMap(({ name, start, size, assigned }) => {
    const gradient = gradients.get(name);
    const row = assigned ? ASSIGNED : rows.of.get(name);
    if (gradient === undefined || row === undefined) return [];
    const tasks: number[][] = [];
    for (let at = 0; at < size; at += CHUNK) {
      const { address, stride, partials } = gradient;
      const used = Math.min(CHUNK, size - at);
      tasks.push([start + at, Math.ceil(used / 4) * 4, address + at * 4, stride, partials, row, used]);
    }
    return tasks;
  });
}

/** The body of the function of one task, whose number is its first parameter. */
export function updateBody(w: KernelWriter, update: CpuUpdate, table: number): Code {
  const { optimizer, rows, accumulates, clipGradNorm } = update;
  const walk = new Walk(w, update, table);
  const tree = parseFunctions(optimizer.wgsl).find(({ name }) => name === "update");
  if (tree === undefined) throw new ArgumentError(`${optimizer.name}: its wgsl has no function update`);
  const base = (array: string): number | undefined => {
    if (array === "parameters") return update.parameters;
    return /^state\d+$/.test(array) ? update.moments[Number(array.slice("state".length))] : undefined;
  };
  const numbers = new Map(optimizer.numbers.map((name) => [`group.${name}`, w.f.local("v128")]));
  const emitter = new WgslEmitter(w.f, {
    load: (array, index) => {
      const address = base(array);
      return address === undefined ? undefined : wide(v128.load(address, i32.shl(index.code, i32.const(2))));
    },
    store: (array, index, value) => {
      const address = base(array);
      if (address === undefined) return undefined;
      return v128.store(address, i32.shl(index.code, i32.const(2)), value.cells[0].code);
    },
    call: (name) => {
      const number = numbers.get(name);
      return number === undefined ? undefined : { value: wide(get(number)) };
    },
  });
  emitter.define(optimizer.wgsl);
  emitter.run(tree.body, new Map([[tree.parameters[0], narrow(get(walk.i))], [tree.parameters[1], wide(get(walk.g))]]));
  const [first, factor] = [w.f.local("i32"), w.f.local("v128")];
  const row = i32.add(i32.mul(i32.load(STEP.index, w.step), i32.const(rows.count)), walk.row);
  const clipped = clipGradNorm === null ? [] : set(walk.g, f32x4.mul(get(walk.g), get(factor)));
  const take = [
    set(first, i32.mul(row, i32.const(4 * optimizer.numbers.length))),
    [...numbers.values()].map((local, k) => set(local, f32x4.splat(f32.load(update.numbers + 4 * k, get(first))))),
    clipGradNorm === null ? [] : set(factor, f32x4.splat(f32.load(factorPlace(update), i32.const(0)))),
    walk.each([clipped, emitter.take()]),
  ];
  const store = (address: number): Code =>
    walk.each(v128.store(address, i32.shl(get(walk.i), i32.const(2)), get(walk.g)));
  return [
    walk.begin(),
    when(
      walk.isAssigned,
      store(update.parameters),
      accumulates ? when(i32.and(i32.load(STEP.phase, w.step), i32.const(2)), take, store(update.sums)) : take,
    ),
  ];
}

/** The body of the function that squares and adds up the gradients of one task. */
export function squaresBody(w: KernelWriter, update: CpuUpdate, table: number): Code {
  const walk = new Walk(w, update, table);
  const sum = w.f.local("v128");
  const total = [1, 2, 3].reduce(
    (total: Code, lane) => f32.add(total, f32x4.extract_lane(lane, get(sum))),
    f32x4.extract_lane(0, get(sum)),
  );
  // What lies behind a gradient's last number is anybody's.
  const used = v128.and(get(walk.g), walk.isUsed);
  return [
    walk.begin(),
    set(sum, f32x4.const(0)),
    when(
      i32.eqz(walk.isAssigned),
      walk.each([set(walk.g, used), set(sum, f32x4.add(get(sum), f32x4.mul(get(walk.g), get(walk.g))))]),
    ),
    f32.store(update.squares, i32.shl(get(0), i32.const(2)), total),
  ];
}

/** The body of the function that makes the factor of torch.nn.utils.clip_grad_norm_, `min(1, most / (norm + 1e-6))`. */
export function factorBody(w: KernelWriter, update: CpuUpdate): Code {
  const [i, sum] = [w.f.local("i32"), w.f.local("f32")];
  const norm = f32.add(f32.sqrt(get(sum)), f32.const(1e-6));
  return [
    set(sum, f32.const(0)),
    count(
      i,
      i32.const(0),
      i32.const(update.tasks.length),
      set(sum, f32.add(get(sum), f32.load(update.squares, i32.shl(get(i), i32.const(2))))),
    ),
    f32.store(
      factorPlace(update),
      i32.const(0),
      f32.min(f32.const(1), f32.div(f32.const(update.clipGradNorm!), norm)),
    ),
  ];
}

/** Bytes of squares and factor of so many tasks. */
export function squaresBytes(tasks: number): number {
  return 4 * (tasks + 1);
}

function factorPlace({ squares, tasks }: CpuUpdate): number {
  return squares + 4 * tasks.length;
}

/** What functions over a task have in common: four neighbours of its gradient after another. */
class Walk {
  /** The local of the place of the four. */
  readonly i: number;
  /** The local of their gradients. */
  readonly g: number;
  readonly #w: KernelWriter;
  readonly #update: CpuUpdate;
  readonly #table: number;
  readonly #locals: readonly number[];

  constructor(w: KernelWriter, update: CpuUpdate, table: number) {
    this.#w = w;
    this.#update = update;
    this.#table = table;
    [this.i, this.g] = [w.f.local("i32"), w.f.local("v128")];
    this.#locals = Array.from({ length: 6 }, () => w.f.local("i32"));
  }

  /** Which of the rows of numbers is the task's. */
  get row(): Code {
    return this.#field(5);
  }

  /** Whether the gradient's place holds what is to be, not a gradient. */
  get isAssigned(): Code {
    return i32.eq(this.row, i32.const(ASSIGNED));
  }

  /** For each of the four, whether it is one of the parameter's. */
  get isUsed(): Code {
    const place = i32x4.add(i32x4.splat(get(this.i)), v128.const([0, 1, 2, 3]));
    return i32x4.lt_u(place, i32x4.splat(i32.add(this.#field(0), this.#field(6))));
  }

  /** Reads the task. */
  begin(): Code {
    const [end, first, from, stride] = this.#locals;
    return [
      set(first, this.#field(0)),
      set(end, i32.add(get(first), this.#field(1))),
      set(from, this.#field(2)),
      set(stride, this.#field(3)),
    ];
  }

  /** Runs code for every four. */
  each(body: Code): Code {
    const [end, first, from, stride, left, term] = this.#locals;
    const add = (value: Code): Code => set(this.g, f32x4.add(get(this.g), value));
    const begins = i32.and(i32.load(STEP.phase, this.#w.step), i32.const(1));
    const kept = when(
      i32.eqz(i32.or(begins, this.isAssigned)),
      add(v128.load(this.#update.sums, i32.shl(get(this.i), i32.const(2)))),
    );
    return count(this.i, get(first), get(end), [
      set(this.g, v128.load(0, get(from))),
      set(term, get(from)),
      count(left, i32.const(1), this.#field(4), [
        set(term, i32.add(get(term), get(stride))),
        add(v128.load(0, get(term))),
      ]),
      this.#update.accumulates ? kept : [],
      body,
      set(from, i32.add(get(from), i32.const(16))),
    ], 4);
  }

  #field(k: number): Code {
    return i32.load(this.#table + 4 * k, i32.mul(get(0), i32.const(4 * FIELDS)));
  }
}
