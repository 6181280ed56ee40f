/**
 * Kernels whose whole body an operation wrote in WGSL, by the sample: eight samples of a block at a time, or one number
 * after another where nothing is by the sample; and sums over the batch.
 * @module
 */
import { type Code, count, f32, f32x4, get, i32, i32x4, set, v128 } from "../../wasm/code.ts";
import type { SampleInput, SamplesForm, SumsForm } from "../../graph/cpu_form.ts";
import { WgslEmitter } from "./wgsl_emit.ts";
import { type Cell, narrow, type Operand, wide } from "./wgsl_values.ts";
import { parseBlock } from "./wgsl_parse.ts";
import {
  ARGUMENT,
  BLOCK_SAMPLES,
  type CpuKernel,
  ELEMENT_BYTES,
  type Item,
  type KernelWriter,
  STEP,
} from "./writer.ts";

type Names = { readonly name: string; readonly node: string };

/** The kernel of a form "samples"; an output that nobody reads has no item. */
export function samplesKernel(
  form: SamplesForm,
  names: Names,
  inputs: readonly Item[],
  outputs: readonly (Item | null)[],
  rows: ReadonlySet<Item>,
): CpuKernel {
  const { items = 1, whole = false } = form;
  const block = parseBlock(form.body);
  const written = outputs.filter((item) => item !== null);
  return {
    ...names,
    reads: inputs,
    writes: written,
    blocks: whole ? 1 : written[0].blocks,
    walk: whole ? "plain" : "block",
    parts: items,
    gradients: false,
    emit: (w) => {
      const sample = new Sample(w, form, inputs);
      const bases = new Map(written.map((item) => [item, w.f.local("i32")]));
      const outputAt = (
        name: string,
        [place, value]: readonly Operand[],
      ): { value?: Operand; effect?: Code } | undefined => {
        const kept = form.outputs.findIndex((output) => name === `kept_${output.name}`);
        const output = form.outputs.findIndex((output) => name === `set_${output.name}`);
        if (output === -1 && kept === -1) return undefined;
        const item = outputs[Math.max(output, kept)];
        if (item === null || item === undefined) return kept === -1 ? {} : { value: wide(f32x4.const(0)) };
        const base = get(bases.get(item)!);
        const [index] = place.cells;
        if (kept !== -1) {
          const blocked = i32.add(base, i32.mul(index.code, i32.const(ELEMENT_BYTES)));
          if (item.layout === "blocked") return { value: wide(v128.load(0, blocked)) };
          return { value: wide(v128.load32_splat(0, i32.add(base, i32.shl(index.code, i32.const(2))))) };
        }
        const [{ code }] = value.cells;
        if (item.layout === "blocked") {
          return { effect: v128.store(0, i32.add(base, i32.mul(index.code, i32.const(ELEMENT_BYTES))), code) };
        }
        const address = i32.add(base, i32.shl(index.code, i32.const(2)));
        return { effect: f32.store(0, address, f32x4.extract_lane(0, code)) };
      };
      const run = sample.body(outputAt, (emitter, names) => void emitter.run(block, names));
      const blocked = [...bases].filter(([{ layout }]) => layout === "blocked").map(([, local]) => local);
      const rowOffset = i32.mul(i32.load(STEP.row, w.step), i32.const(4));
      const first = whole ? i32.const(0) : ARGUMENT.firstBlock;
      return [
        sample.scale(),
        count(sample.block, first, whole ? i32.const(1) : ARGUMENT.endBlock, [
          sample.locate(),
          [...bases].map(([item, local]) => {
            const address = w.at(item, get(sample.block));
            return set(local, rows.has(item) ? i32.add(address, rowOffset) : address);
          }),
          count(sample.item, ARGUMENT.firstPart, ARGUMENT.endPart, whole ? run : sample.halves(run, blocked)),
        ]),
      ];
    },
  };
}

/** The kernel of a form "sums" over `batch` samples; an output that nobody reads has no item. */
export function sumsKernel(
  form: SumsForm,
  names: Names,
  inputs: readonly Item[],
  outputs: readonly (Item | null)[],
  batch: number,
): CpuKernel {
  const block = parseBlock(form.body);
  return {
    ...names,
    reads: inputs,
    writes: outputs.filter((item) => item !== null),
    blocks: Math.ceil(batch / BLOCK_SAMPLES),
    walk: "share",
    parts: form.items,
    gradients: true,
    emit: (w) => {
      const sample = new Sample(w, form, inputs, batch % BLOCK_SAMPLES !== 0);
      const sums = outputs.map((item) => item === null ? null : w.f.local("v128"));
      // Lanes beyond the batch hold anything.
      const kept = (sum: Code): Code =>
        batch % BLOCK_SAMPLES === 0
          ? sum
          : v128.and(sum, i32x4.lt_u(get(sample.sample), i32x4.splat(i32.const(batch))));
      const run = sample.body(() => undefined, (emitter, names) => {
        const own = new Map(form.outputs.map((name) => [name, emitter.variable(wide(f32x4.const(0)))]));
        emitter.run(block, new Map([...names, ...own]));
        form.outputs.forEach((name, k) => {
          const sum = sums[k];
          if (sum !== null) emitter.add(set(sum, f32x4.add(get(sum), kept(own.get(name)!.cells[0].code))));
        });
      });
      const lanes = (sum: number): Code =>
        [1, 2, 3].reduce(
          (total: Code, lane) => f32.add(total, f32x4.extract_lane(lane, get(sum))),
          f32x4.extract_lane(0, get(sum)),
        );
      return [
        sample.scale(),
        count(sample.item, ARGUMENT.firstPart, ARGUMENT.endPart, [
          sums.map((sum) => sum === null ? [] : set(sum, f32x4.const(0))),
          count(sample.block, ARGUMENT.firstBlock, ARGUMENT.endBlock, [sample.locate(), sample.halves(run)]),
          outputs.map((item, k) =>
            item === null ? [] : f32.store(
              0,
              i32.add(w.at(item, i32.const(0)), i32.shl(get(sample.item), i32.const(2))),
              lanes(sums[k]!),
            )
          ),
        ]),
      ];
    },
  };
}

type BodyForm = Pick<SamplesForm, "inputs" | "whole" | "functions" | "body">;

/** What bodies of both kinds know. */
class Sample {
  readonly block: number;
  readonly item: number;
  /** The numbers of four samples. */
  readonly sample: number;
  readonly #w: KernelWriter;
  readonly #form: BodyForm;
  readonly #inputs: readonly Item[];
  readonly #bases: readonly number[];
  readonly #scale: number;
  readonly #share: number;
  readonly #real: number;
  readonly #half: number;
  readonly #uses: (name: string) => boolean;

  constructor(w: KernelWriter, form: BodyForm, inputs: readonly Item[], numbered = false) {
    this.#w = w;
    this.#form = form;
    this.#inputs = inputs;
    [this.block, this.item, this.#half] = Array.from({ length: 3 }, () => w.f.local("i32"));
    const used = new Set(form.body.match(/\w+/g));
    if (numbered) used.add("sample");
    this.#uses = (name) => used.has(name);
    this.#bases = inputs.map(() => w.f.local("i32"));
    [this.#scale, this.#share, this.#real, this.sample] = Array.from({ length: 4 }, () => w.f.local("v128"));
  }

  /** Reads what a sample is multiplied by. */
  scale(): Code {
    const read = (local: number, at: number): Code => set(local, f32x4.splat(f32.load(at, this.#w.step)));
    return [read(this.#scale, STEP.scale), read(this.#share, STEP.share)];
  }

  /** Finds the inputs of the block. */
  locate(): Code {
    return this.#bases.map((base, k) => set(base, this.#w.at(this.#inputs[k], get(this.block))));
  }

  /** Runs the body for the first four samples of a block, then for the others; `outputs` are locals that move along. */
  halves(body: Code, outputs: readonly number[] = []): Code {
    const bases = [...this.#bases.filter((_, k) => this.#inputs[k].layout === "blocked"), ...outputs];
    const move = (by: number): Code => bases.map((base) => set(base, i32.add(get(base), i32.const(by))));
    return [count(this.#half, i32.const(0), i32.const(8), [body, move(16)], 4), move(-32)];
  }

  /** The body for four samples; what it does not use of what it may is not made. */
  body(
    call: (name: string, operands: readonly Operand[]) => { effect?: Code } | undefined,
    write: (emitter: WgslEmitter, names: ReadonlyMap<string, Operand>) => void,
  ): Code {
    const w = this.#w;
    const emitter = new WgslEmitter(w.f, {
      call: (name, operands) => {
        const field = STEP_FIELDS.get(name);
        if (field !== undefined) {
          if (field.type === "u32") return { value: narrow(i32.load(field.at, w.step)) };
          return { value: wide(f32x4.splat(f32.load(field.at, w.step))) };
        }
        const input = this.#form.inputs.findIndex((input) => input.name === name);
        if (input === -1) return call(name, operands);
        return { value: this.#load(this.#form.inputs[input], input, operands[0].cells[0]) };
      },
    });
    if (this.#form.functions) emitter.define(this.#form.functions);
    const isReal = ["real", "scale", "share"].some(this.#uses);
    if (isReal || this.#uses("sample")) {
      const first = i32.add(i32.mul(w.globalBlock(get(this.block)), i32.const(BLOCK_SAMPLES)), get(this.#half));
      const numbers = i32x4.add(i32x4.splat(first), w.f.constant([0, 1, 2, 3]));
      emitter.add(set(this.sample, this.#form.whole ? i32x4.splat(i32.const(0)) : numbers));
    }
    if (isReal) {
      emitter.add(set(this.#real, i32x4.lt_u(get(this.sample), i32x4.splat(i32.load(STEP.count, w.step)))));
    }
    write(
      emitter,
      new Map<string, Operand>([
        ["real", wide(get(this.#real), "bool")],
        ["scale", wide(v128.and(get(this.#real), get(this.#scale)))],
        ["share", wide(v128.and(get(this.#real), get(this.#share)))],
        ["item", narrow(get(this.item))],
        ["sample", wide(get(this.sample), "u32")],
      ]),
    );
    return emitter.take();
  }

  #load({ type }: SampleInput, input: number, index: Cell): Operand {
    const base = get(this.#bases[input]);
    const blocked = this.#inputs[input].layout === "blocked";
    if (!index.wide) {
      if (!blocked) return wide(v128.load32_splat(0, i32.add(base, i32.shl(index.code, i32.const(2)))), type);
      return wide(v128.load(0, i32.add(base, i32.mul(index.code, i32.const(ELEMENT_BYTES)))), type);
    }
    // Each sample reads from a place of its own.
    const place = (lane: number): Code => {
      const own = i32x4.extract_lane(lane, index.code);
      return i32.load(
        blocked ? lane * 4 : 0,
        i32.add(base, blocked ? i32.mul(own, i32.const(ELEMENT_BYTES)) : i32.shl(own, i32.const(2))),
      );
    };
    const gathered = [1, 2, 3].reduce(
      (vector: Code, lane) => i32x4.replace_lane(lane, vector, place(lane)),
      i32x4.splat(place(0)),
    );
    return wide(gathered, type);
  }
}

/** The fields of the step that formulas may use. */
const STEP_FIELDS: ReadonlyMap<string, { readonly at: number; readonly type: "u32" | "f32" }> = new Map([
  ["step.count", { at: STEP.count, type: "u32" }],
  ["step.seed", { at: STEP.seed, type: "u32" }],
  ["step.scale", { at: STEP.scale, type: "f32" }],
]);
