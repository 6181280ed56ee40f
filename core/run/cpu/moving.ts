/**
 * Kernels that move numbers: a batch out of the data set into blocks, blocks to row-major order and back.
 * @module
 */
import { type Code, count, f32, get, i32, set, when } from "../../wasm/code.ts";
import type { FieldLayout } from "../gather.ts";
import { ARGUMENT, BLOCK_SAMPLES, type CpuKernel, ELEMENT_BYTES, type Item, STEP } from "./writer.ts";

/** Where a program finds the data set that it runs over: addresses, in this order, from the address of these on. */
export const BINDING = { order: 0, inputs: 4, inputTable: 8, targets: 12, targetTable: 16, bytes: 32 } as const;

const least = (local: number, bound: Code): Code => when(i32.gt_s(get(local), bound), set(local, bound));

/** The kernel that brings one field of a batch in; samples beyond the batch repeat its last. */
export function gatherKernel(
  name: string,
  bindings: number,
  which: "inputs" | "targets",
  field: FieldLayout,
  out: Item,
): CpuKernel {
  const { size, kind } = field;
  return {
    name,
    node: "batch",
    reads: [],
    writes: [out],
    blocks: out.blocks,
    walk: "block",
    parts: 1,
    gradients: false,
    emit: (w) => {
      const [b, lane, at, from, to, table, rest] = Array.from({ length: 7 }, () => w.f.local("i32"));
      const data = i32.load(bindings + BINDING[which], i32.const(0));
      const bytes = size * (kind === "bytes" ? 1 : 4);
      const move = (pointer: number, by: number): Code => set(pointer, i32.add(get(pointer), i32.const(by)));
      const look = (byte: Code): Code => i32.load(0, i32.add(get(table), i32.shl(byte, i32.const(2))));
      const one = kind === "bytes"
        ? [i32.store(0, get(to), look(i32.load8_u(0, get(from)))), move(from, 1)]
        : [i32.store(0, get(to), i32.load(0, get(from))), move(from, 4)];
      // Four bytes are one reading.
      const four = kind === "bytes"
        ? [
          set(rest, i32.load(0, get(from))),
          [0, 1, 2, 3].map((k) =>
            i32.store(k * ELEMENT_BYTES, get(to), look(i32.and(i32.shr_u(get(rest), i32.const(8 * k)), i32.const(255))))
          ),
          move(from, 4),
          move(to, 4 * ELEMENT_BYTES),
        ]
        : [];
      const fours = kind === "bytes" ? Math.floor(size / 4) : 0;
      return [
        set(table, i32.load(bindings + (which === "inputs" ? BINDING.inputTable : BINDING.targetTable), i32.const(0))),
        count(
          b,
          ARGUMENT.firstBlock,
          ARGUMENT.endBlock,
          count(lane, i32.const(0), i32.const(BLOCK_SAMPLES), [
            set(at, i32.add(i32.mul(w.globalBlock(get(b)), i32.const(BLOCK_SAMPLES)), get(lane))),
            least(at, i32.sub(i32.load(STEP.count, w.step), i32.const(1))),
            set(at, i32.add(get(at), i32.load(STEP.start, w.step))),
            set(
              at,
              i32.load(0, i32.add(i32.load(bindings + BINDING.order, i32.const(0)), i32.shl(get(at), i32.const(2)))),
            ),
            set(from, i32.add(data, i32.mul(get(at), i32.const(bytes)))),
            set(to, i32.add(w.at(out, get(b)), i32.mul(get(lane), i32.const(4)))),
            count(at, i32.const(0), i32.const(fours), four),
            count(at, i32.const(0), i32.const(size - 4 * fours), [one, move(to, ELEMENT_BYTES)]),
          ]),
        ),
      ];
    },
  };
}

/** The kernel that lays a value of `samples` samples the other way. */
export function relayKernel(node: string, from: Item, to: Item, samples: number): CpuKernel {
  const blocked = from.layout === "blocked" ? from : to;
  const elements = blocked.bytes / ELEMENT_BYTES;
  return {
    name: to.layout === "plain" ? "ToRows" : "ToBlocks",
    node,
    reads: [from],
    writes: [to],
    blocks: blocked.blocks,
    walk: "block",
    parts: 1,
    gradients: false,
    emit: (w) => {
      const [b, lane, end, e, inBlock, inRow, source, target] = Array.from({ length: 8 }, () => w.f.local("i32"));
      const [out, into] = to === blocked ? [inRow, inBlock] : [inBlock, inRow];
      return count(b, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
        set(end, i32.sub(i32.const(samples), i32.mul(w.globalBlock(get(b)), i32.const(BLOCK_SAMPLES)))),
        least(end, i32.const(BLOCK_SAMPLES)),
        set(source, w.at(from, get(b))),
        set(target, w.at(to, get(b))),
        // Samples that are not there are zeros, so that sums over the batch may take them along.
        to === blocked
          ? when(
            i32.lt_s(get(end), i32.const(BLOCK_SAMPLES)),
            count(e, i32.const(0), i32.const(elements * BLOCK_SAMPLES), [
              i32.store(0, i32.add(get(target), i32.shl(get(e), i32.const(2))), i32.const(0)),
            ]),
          )
          : [],
        count(lane, i32.const(0), get(end), [
          set(inBlock, i32.add(get(blocked === from ? source : target), i32.mul(get(lane), i32.const(4)))),
          set(
            inRow,
            i32.add(
              get(blocked === from ? target : source),
              i32.mul(
                i32.add(i32.mul(w.globalBlock(get(b)), i32.const(BLOCK_SAMPLES)), get(lane)),
                i32.const(elements * 4),
              ),
            ),
          ),
          count(e, i32.const(0), i32.const(elements), [
            f32.store(0, get(into), f32.load(0, get(out))),
            set(inBlock, i32.add(get(inBlock), i32.const(ELEMENT_BYTES))),
            set(inRow, i32.add(get(inRow), i32.const(4))),
          ]),
        ]),
      ]);
    },
  };
}
