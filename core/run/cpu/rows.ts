/**
 * Gradients of rows that were looked up by their numbers: each sample adds its own, one after another, so that the
 * order of the sums is always the same.
 * @module
 */
import { type Code, count, f32, get, i32, set, when } from "../../wasm/code.ts";
import type { RowsForm } from "../../graph/cpu_form.ts";
import { ARGUMENT, BLOCK_SAMPLES, type CpuKernel, ELEMENT_BYTES, type Item } from "./writer.ts";

/** The kernel; parts are columns of the table. */
export function rowsKernel(
  { rows, width, looked, untrained }: RowsForm,
  names: { readonly name: string; readonly node: string },
  [dy, x]: readonly Item[],
  out: Item,
  batch: number,
): CpuKernel {
  return {
    ...names,
    reads: [dy, x],
    writes: [out],
    blocks: dy.blocks,
    walk: "share",
    parts: width,
    gradients: true,
    emit: (w) => {
      const [b, lane, k, c, row, numbers, slopes, target] = Array.from({ length: 8 }, () => w.f.local("i32"));
      const table = w.at(out, i32.const(0));
      const move = (pointer: number, by: number): Code => set(pointer, i32.add(get(pointer), i32.const(by)));
      const columns = (body: Code): Code => [
        set(target, i32.add(get(target), i32.shl(ARGUMENT.firstPart, i32.const(2)))),
        count(c, ARGUMENT.firstPart, ARGUMENT.endPart, [body, move(target, 4)]),
      ];
      const add = [
        set(target, i32.add(table, i32.mul(get(row), i32.const(width * 4)))),
        columns(f32.store(
          0,
          get(target),
          f32.add(
            f32.load(0, get(target)),
            f32.load(0, i32.add(get(slopes), i32.mul(get(c), i32.const(ELEMENT_BYTES)))),
          ),
        )),
      ];
      const isThere = i32.lt_s(
        i32.add(i32.mul(w.globalBlock(get(b)), i32.const(BLOCK_SAMPLES)), get(lane)),
        i32.const(batch),
      );
      return [
        count(row, i32.const(0), i32.const(rows), [
          set(target, i32.add(table, i32.mul(get(row), i32.const(width * 4)))),
          columns(i32.store(0, get(target), i32.const(0))),
        ]),
        count(b, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
          count(lane, i32.const(0), i32.const(BLOCK_SAMPLES), [
            when(isThere, [
              set(numbers, i32.add(w.at(x, get(b)), i32.shl(get(lane), i32.const(2)))),
              set(slopes, i32.add(w.at(dy, get(b)), i32.shl(get(lane), i32.const(2)))),
              count(k, i32.const(0), i32.const(looked), [
                set(row, [f32.load(0, get(numbers)), 0xfc, 0x00]), // i32.trunc_sat_f32_s
                when(i32.lt_s(get(row), i32.const(0)), set(row, i32.const(0))),
                when(i32.gt_s(get(row), i32.const(rows - 1)), set(row, i32.const(rows - 1))),
                untrained === null ? add : when(i32.ne(get(row), i32.const(untrained)), add),
                move(numbers, ELEMENT_BYTES),
                move(slopes, width * ELEMENT_BYTES),
              ]),
            ]),
          ]),
        ]),
      ];
    },
  };
}
