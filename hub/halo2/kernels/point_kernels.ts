/**
 * Sums of pairs of points, many at once. A pair is three numbers of 32 bits: where its points are and where their sum
 * goes; the lowest bit of the first two asks for the negative of the point. A point is two elements, x and y.
 *
 * Slopes need inverses of differences; those of all pairs are taken together, by a tree of products.
 * @module
 */
import { type Code, count, get, i32, set } from "../../../core/wasm/code.ts";
import type { ModuleBuilder } from "../../../core/wasm/module.ts";
import type { FieldCode } from "./field_code.ts";
import { ELEMENT_BYTES, type FieldForm, PAIR_BYTES, POINT_BYTES, vectorBytes } from "./forms.ts";
import { readWords, writeWords } from "./words_code.ts";
import { writeField } from "./write_field.ts";

/** Bytes of a point as words. */
const WORD_BYTES = 64;

/** Adds `differences` and `join`, which come before and after the inverses, and `readPoints` and `writePoints`. */
export function addPointKernels(module: ModuleBuilder, form: FieldForm, modulus: bigint, prefix: string): void {
  const { lanes, tight } = form;
  const bytes = vectorBytes(form);
  const make = (name: string, parameters: number, steps: Record<number, number>, body: (code: FieldCode) => void) => {
    const f = module.function(Array.from({ length: parameters }, () => "i32" as const), [], `${prefix}${name}`);
    const code = writeField(form, f, modulus);
    const i = f.local("i32");
    const inner = code.block(() => body(code));
    const moves = Object.entries(steps).map(([local, step]) =>
      set(Number(local), i32.add(get(Number(local)), i32.const(step)))
    );
    f.body = count(i, i32.const(0), get(parameters - 1), [inner, moves]);
  };
  const perLane = <T>(item: (lane: number) => T) => Array.from({ length: lanes }, (_, lane) => item(lane));
  const points = (code: FieldCode, which: number) => {
    const refs = perLane((lane) => code.keep("i32", i32.load(PAIR_BYTES * lane + 4 * which, get(0))));
    const addresses = refs.map((ref) => code.keep("i32", i32.and(ref, i32.const(-2))));
    return { addresses, signs: refs.map((ref) => i32.and(ref, i32.const(1))) };
  };
  const beside = (addresses: readonly Code[]) => addresses.map((at) => i32.add(at, i32.const(ELEMENT_BYTES)));
  const pairs = PAIR_BYTES * lanes;

  // pairs, differences, vectors
  make("differences", 3, { 0: pairs, 1: bytes }, (code) => {
    const [a, b] = [0, 1].map((which) => code.gather(points(code, which).addresses, tight));
    code.store(get(1), code.subtract(b, a));
  });
  // pairs, inverses of the differences, vectors
  make("join", 3, { 0: pairs, 1: bytes }, (code) => {
    const [a, b] = [points(code, 0), points(code, 1)];
    const [ax, bx] = [a, b].map(({ addresses }) => code.gather(addresses, tight));
    const [ay, by] = [a, b].map(({ addresses, signs }) => {
      return code.negateWhere(code.gather(beside(addresses), tight), signs);
    });
    const slope = code.multiply(code.subtract(by, ay), code.load(get(1)));
    const x = code.within(code.subtract(code.subtract(code.multiply(slope, slope), ax), bx), tight);
    const y = code.subtract(code.multiply(slope, code.subtract(ax, x)), ay);
    const out = perLane((lane) => code.keep("i32", i32.load(PAIR_BYTES * lane + 8, get(0))));
    code.scatter(out, x, tight);
    code.scatter(beside(out), y, tight);
  });

  // Points as words to points: from, a vector that makes Montgomery's form, to, groups of `lanes`
  for (const [name, from, to] of [["readPoints", WORD_BYTES, POINT_BYTES], ["writePoints", POINT_BYTES, WORD_BYTES]]) {
    make(name as string, 4, { 0: lanes * Number(from), 2: lanes * Number(to) }, (code) => {
      const factor = code.load(get(1), tight);
      for (const part of [0, 1]) {
        const [source, target] = [from, to].map((size, at) =>
          perLane((lane) =>
            code.keep("i32", i32.add(get(2 * at), i32.const(lane * Number(size) + part * Number(size) / 2)))
          )
        );
        if (name === "readPoints") code.scatter(target, code.multiply(readWords(code, source), factor), tight);
        else writeWords(code, target, code.multiply(code.gather(source, tight), factor));
      }
    });
  }
}
