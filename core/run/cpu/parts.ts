/**
 * Which parts of a kernel's work a task takes.
 * @module
 */
import { type Code, get, i32, set, when } from "../../wasm/code.ts";
import { ARGUMENT, type Pieces } from "./writer.ts";

/** The pieces of this size that are among the parts to take, the first of all being number `from`. */
export function within(lo: number, hi: number, { first, count }: Pick<Pieces, "first" | "count">, from?: Code): Code {
  const number = (at: number): Code => from === undefined ? i32.const(at) : i32.add(from, i32.const(at));
  return [
    set(lo, ARGUMENT.firstPart),
    when(i32.lt_s(get(lo), number(first)), set(lo, number(first))),
    set(hi, ARGUMENT.endPart),
    when(i32.gt_s(get(hi), number(first + count)), set(hi, number(first + count))),
  ];
}
