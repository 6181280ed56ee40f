/**
 * Products of matrices that differ from sample to sample, as attention has them: three rows and four columns of a
 * result lie in twelve vectors, of four samples each, and every term needs seven readings for twelve products.
 * @module
 */
import { branchIf, type Code, count, f32x4, get, i32, loop, set, v128 } from "../../wasm/code.ts";
import { multiplyAdd } from "../../wasm/features.ts";
import type { MatricesForm, MatrixWalk } from "../../graph/cpu_form.ts";
import { sizeOf, stridesOf } from "../../base/shape.ts";
import { ARGUMENT, type CpuKernel, ELEMENT_BYTES, type Item, pieces } from "./writer.ts";

/** Rows and columns that are made at a time, and terms of a turn. */
const ROWS = 3;
const COLUMNS = 4;
const TERMS = 4;

/** The kernel. */
export function matricesKernel(
  form: MatricesForm,
  names: { readonly name: string; readonly node: string },
  [a, b]: readonly Item[],
  out: Item,
): CpuKernel {
  const { rows, columns, depth, lead } = form;
  return {
    ...names,
    reads: [a, b],
    writes: [out],
    blocks: out.blocks,
    walk: "block",
    parts: sizeOf(lead),
    gradients: false,
    emit: (w) => {
      const local = (): number => w.f.local("i32");
      const [block, group, i, j, left, to] = [local(), local(), local(), local(), local(), local()];
      const [fromA, fromB, rowA, columnB, ap, bp] = Array.from({ length: 6 }, local);
      const bytes = ({ whole }: MatrixWalk): number => whole ? 4 : ELEMENT_BYTES;
      const move = (pointer: number, by: number): Code => set(pointer, i32.add(get(pointer), i32.const(by)));
      const steps = stridesOf(lead);
      const first = (item: Item, walk: MatrixWalk): Code =>
        walk.lead.reduce(
          (place: Code, distance, axis) =>
            distance === 0 ? place : i32.add(
              place,
              i32.mul(
                i32.rem_u(i32.div_u(get(group), i32.const(steps[axis])), i32.const(lead[axis])),
                i32.const(distance * bytes(walk)),
              ),
            ),
          w.at(item, get(block)),
        );
      /** One term for every result of the tile; what is the same for all samples is spread over a vector. */
      const term = (
        sums: readonly number[],
        height: number,
        half: number,
        k: number,
        vectors: readonly number[],
      ): Code => {
        const width = sums.length / height;
        const load = (walk: MatrixWalk, pointer: number, at: number): Code => {
          const offset = (at * walk.outer + k * walk.inner) * bytes(walk);
          return walk.whole ? v128.load32_splat(offset, get(pointer)) : v128.load(offset + half, get(pointer));
        };
        return [
          Array.from({ length: height }, (_, r) => set(vectors[r], load(form.a, ap, r))),
          Array.from({ length: width }, (_, c) => [
            set(vectors[height], load(form.b, bp, c)),
            Array.from({ length: height }, (_, r) => {
              const sum = sums[r * width + c];
              return set(sum, multiplyAdd(get(vectors[r]), get(vectors[height]), get(sum)));
            }),
          ]),
        ];
      };
      const tile = (height: number, width: number, half: number): Code => {
        const sums = Array.from({ length: height * width }, () => w.f.local("v128"));
        const vectors = Array.from({ length: height + 1 }, () => w.f.local("v128"));
        const terms = (count: number): Code =>
          Array.from({ length: count }, (_, k) => term(sums, height, half, k, vectors));
        const turns = Math.floor(depth / TERMS);
        return [
          sums.map((sum) => set(sum, f32x4.const(0))),
          set(ap, get(rowA)),
          set(bp, get(columnB)),
          turns === 0 ? [] : [
            set(left, i32.const(turns)),
            loop(
              terms(TERMS),
              move(ap, TERMS * form.a.inner * bytes(form.a)),
              move(bp, TERMS * form.b.inner * bytes(form.b)),
              set(left, i32.sub(get(left), i32.const(1))),
              branchIf(0, get(left)),
            ),
          ],
          terms(depth % TERMS),
          sums.map((sum, k) =>
            v128.store((Math.floor(k / width) * columns + k % width) * ELEMENT_BYTES + half, get(to), get(sum))
          ),
        ];
      };
      return count(block, ARGUMENT.firstBlock, ARGUMENT.endBlock, [
        count(group, ARGUMENT.firstPart, ARGUMENT.endPart, [
          set(fromA, first(a, form.a)),
          set(fromB, first(b, form.b)),
          pieces(rows, ROWS).map((high) =>
            count(i, i32.const(high.start), i32.const(high.start + high.count * high.size), [
              set(rowA, i32.add(get(fromA), i32.mul(get(i), i32.const(form.a.outer * bytes(form.a))))),
              pieces(columns, COLUMNS).map((wide) =>
                count(j, i32.const(wide.start), i32.const(wide.start + wide.count * wide.size), [
                  set(columnB, i32.add(get(fromB), i32.mul(get(j), i32.const(form.b.outer * bytes(form.b))))),
                  set(
                    to,
                    i32.add(
                      w.at(out, get(block)),
                      i32.mul(
                        i32.add(
                          i32.mul(i32.add(i32.mul(get(group), i32.const(rows)), get(i)), i32.const(columns)),
                          get(j),
                        ),
                        i32.const(ELEMENT_BYTES),
                      ),
                    ),
                  ),
                  tile(high.size, wide.size, 0),
                  tile(high.size, wide.size, 16),
                ], wide.size)
              ),
            ], high.size)
          ),
        ]),
      ]);
    },
  };
}
