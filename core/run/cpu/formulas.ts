/**
 * Kernels whose whole body an operation wrote in WGSL: by the element of a plane, or by the sample.
 * @module
 */
import { type Code, count, f32, f32x4, get, i32, i32x4, set, v128 } from "../../wasm/code.ts";
import type { CpuForm, SamplesForm } from "../../graph/cpu_form.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { WgslEmitter } from "./wgsl_emit.ts";
import { narrow, type Operand, wide } from "./wgsl_values.ts";
import { parseBlock } from "./wgsl_parse.ts";
import { ARGUMENT, BLOCK_SAMPLES, type CpuKernel, ELEMENT_BYTES, type Item, STEP } from "./writer.ts";

type Names = { readonly name: string; readonly node: string };

/** The kernel of a form "elements" with a result of `shape`. */
export function elementsKernel(
  form: CpuForm & { readonly kind: "elements" },
  names: Names,
  inputs: readonly Item[],
  out: Item,
  shape: Shape,
): CpuKernel {
  const block = parseBlock(form.body);
  const [, channels, height = 1, width = 1] = shape;
  return {
    ...names,
    reads: inputs,
    writes: [out],
    blocks: out.blocks,
    walk: "block",
    parts: channels,
    gradients: false,
    emit: (w) => {
      const { f } = w;
      const [b, c, row, column, to] = Array.from({ length: 5 }, () => f.local("i32"));
      const bases = inputs.map(() => f.local("i32"));
      const half = (at: number): Code => {
        const emitter = new WgslEmitter(f, {
          load: (array, index) => {
            const k = /^input(\d+)$/.exec(array)?.[1];
            if (k === undefined || inputs[Number(k)] === undefined) return undefined;
            return wide(v128.load(at, i32.add(get(bases[Number(k)]), i32.mul(index.code, i32.const(ELEMENT_BYTES)))));
          },
        });
        if (form.own !== undefined) emitter.define(form.own.text);
        const v = emitter.variable(wide(f32x4.const(0)));
        const names = new Map([["plane", narrow(get(c))], ["row", narrow(get(row), "i32")], [
          "col",
          narrow(get(column), "i32"),
        ], ["v", v]]);
        emitter.run(block, names);
        emitter.add(v128.store(at, get(to), v.cells[0].code));
        return emitter.take();
      };
      return count(b, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
        bases.map((base, k) => set(base, w.at(inputs[k], get(b)))),
        set(to, i32.add(w.at(out, get(b)), i32.mul(ARGUMENT.firstPart, i32.const(height * width * ELEMENT_BYTES)))),
        count(
          c,
          ARGUMENT.firstPart,
          ARGUMENT.endPart,
          count(
            row,
            i32.const(0),
            i32.const(height),
            count(column, i32.const(0), i32.const(width), [
              half(0),
              half(16),
              set(to, i32.add(get(to), i32.const(ELEMENT_BYTES))),
            ]),
          ),
        ),
      ]);
    },
  };
}

/** The kernel of a form "samples"; an output that nobody reads has no item. */
export function samplesKernel(
  form: SamplesForm,
  names: Names,
  inputs: readonly Item[],
  outputs: readonly (Item | null)[],
  rows: ReadonlySet<Item>,
): CpuKernel {
  const block = parseBlock(form.body);
  const written = outputs.filter((item) => item !== null);
  return {
    ...names,
    reads: inputs,
    writes: written,
    blocks: inputs[0].blocks,
    walk: "block",
    parts: 1,
    gradients: false,
    emit: (w) => {
      const { f } = w;
      const b = f.local("i32");
      const bases = new Map([...inputs, ...written].map((item) => [item, f.local("i32")]));
      const scale = f.local("v128");
      const half = (at: number): Code => {
        const place = (item: Item, index: Code): Code =>
          i32.add(get(bases.get(item)!), i32.mul(index, i32.const(ELEMENT_BYTES)));
        const emitter = new WgslEmitter(f, {
          call: (name, operands) => {
            const input = form.inputs.findIndex((input) => input.name === name);
            if (input !== -1) {
              return {
                value: wide(v128.load(at, place(inputs[input], operands[0].cells[0].code)), form.inputs[input].type),
              };
            }
            const output = form.outputs.findIndex((output) => name === `set_${output.name}`);
            if (output === -1) return undefined;
            const item = outputs[output];
            if (item === null || item === undefined) return {};
            return { effect: v128.store(at, place(item, operands[0].cells[0].code), operands[1].cells[0].code) };
          },
        });
        const lanes = v128.const([0, 1, 2, 3].map((lane) => lane + at / 4) as [number, number, number, number]);
        const sample = i32x4.add(i32x4.splat(i32.mul(w.globalBlock(get(b)), i32.const(BLOCK_SAMPLES))), lanes);
        const real = f.local("v128");
        emitter.add(set(real, i32x4.lt_u(sample, i32x4.splat(i32.load(STEP.count, w.step)))));
        const given = new Map<string, Operand>([["real", wide(get(real), "bool")], [
          "scale",
          wide(v128.and(get(real), get(scale))),
        ]]);
        emitter.run(block, given);
        return emitter.take();
      };
      const rowOffset = i32.mul(i32.load(STEP.row, w.step), i32.const(4));
      return [
        set(scale, f32x4.splat(f32.load(STEP.scale, w.step))),
        count(b, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
          [...bases].map(([item, local]) => {
            const address = w.at(item, get(b));
            return set(local, rows.has(item) ? i32.add(address, rowOffset) : address);
          }),
          half(0),
          half(16),
        ]),
      ];
    },
  };
}

/** The number of elements of a sample of this shape. */
export function elementsOf(shape: Shape): number {
  return sizeOf(shape.slice(1));
}
