/**
 * Kernels whose whole body an operation wrote in WGSL, by the element of a plane.
 * @module
 */
import { type Code, count, f32x4, get, i32, set, v128 } from "../../wasm/code.ts";
import type { CpuForm } from "../../graph/cpu_form.ts";
import type { Shape } from "../../base/shape.ts";
import { WgslEmitter } from "./wgsl_emit.ts";
import { narrow, wide } from "./wgsl_values.ts";
import { parseBlock } from "./wgsl_parse.ts";
import { ARGUMENT, type CpuKernel, ELEMENT_BYTES, type Item } from "./writer.ts";

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
