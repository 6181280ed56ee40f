/**
 * Some rows of a matrix times one vector of eight samples, or times several one after another, while the rows are near.
 * @module
 */
import { branchIf, type Code, count, f32x4, get, i32, loop, set, v128 } from "../../wasm/code.ts";
import { multiplyAdd } from "../../wasm/features.ts";
import { ELEMENT_BYTES, type KernelWriter } from "./writer.ts";

/** Terms of a turn. */
const TERMS = 4;

/** What {@linkcode rowSums} makes. */
export interface RowSums {
  /** Where the first row's first weight lies. */
  readonly first: Code;
  /** From row to row and from term to term of the weights. */
  readonly rowBytes: number;
  readonly termBytes: number;
  readonly terms: number;
  /** Locals that hold where factors and results lie. */
  readonly from: number;
  readonly to: number;
  /** How often anew with the same weights, and how far both move then. */
  readonly again?: readonly [times: number, fromBytes: number, toBytes: number];
  /** What the sums begin with, in place of what lies there. */
  readonly biases?: readonly Code[];
}

/** `size` sums of products of weights with what lies at `from`, added to what lies at `to` or to biases. */
export function rowSums(
  { f }: KernelWriter,
  size: number,
  { first, rowBytes, termBytes, terms, from, to, again, biases }: RowSums,
): Code {
  const sums = Array.from({ length: 2 * size }, () => f.local("v128"));
  const [x0, x1, spread] = [f.local("v128"), f.local("v128"), f.local("v128")];
  const [weights, wp, xp, left, round] = Array.from({ length: 5 }, () => f.local("i32"));
  const move = (pointer: number, by: number): Code => set(pointer, i32.add(get(pointer), i32.const(by)));
  const some = (many: number): Code =>
    Array.from({ length: many }, (_, k) => [
      set(x0, v128.load(k * ELEMENT_BYTES, get(xp))),
      set(x1, v128.load(k * ELEMENT_BYTES + 16, get(xp))),
      Array.from({ length: size }, (_, r) => [
        set(spread, v128.load32_splat(k * termBytes + r * rowBytes, get(wp))),
        set(sums[2 * r], multiplyAdd(get(spread), get(x0), get(sums[2 * r]))),
        set(sums[2 * r + 1], multiplyAdd(get(spread), get(x1), get(sums[2 * r + 1]))),
      ]),
    ]);
  const bias = (r: number): Code =>
    biases!.reduce(
      (sum: Code | null, address) => {
        const one = v128.load32_splat(r * 4, address);
        return sum === null ? one : f32x4.add(sum, one);
      },
      null,
    ) ?? f32x4.const(0);
  const turns = Math.floor(terms / TERMS);
  const body = [
    sums.map((sum, k) =>
      set(sum, biases === undefined ? v128.load((k >> 1) * ELEMENT_BYTES + (k % 2) * 16, get(to)) : bias(k >> 1))
    ),
    set(wp, get(weights)),
    set(xp, get(from)),
    turns === 0 ? [] : [
      set(left, i32.const(turns)),
      loop(
        some(TERMS),
        move(xp, TERMS * ELEMENT_BYTES),
        move(wp, TERMS * termBytes),
        set(left, i32.sub(get(left), i32.const(1))),
        branchIf(0, get(left)),
      ),
    ],
    some(terms % TERMS),
    sums.map((sum, k) => v128.store((k >> 1) * ELEMENT_BYTES + (k % 2) * 16, get(to), get(sum))),
  ];
  if (again === undefined) return [set(weights, first), body];
  const [times, fromBytes, toBytes] = again;
  return [
    set(weights, first),
    count(round, i32.const(0), i32.const(times), [body, move(from, fromBytes), move(to, toBytes)]),
  ];
}
