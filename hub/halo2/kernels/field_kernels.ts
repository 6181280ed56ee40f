/**
 * Loops over columns of field elements. A column of n rows lies in memory as vectors: with two lanes, row r and row
 * r + n / 2 stand beside each other, so that neighbouring rows are neighbouring vectors in every lane.
 * @module
 */
import { branchIf, type Code, count, get, i32, loop, set, when } from "../../../core/wasm/code.ts";
import type { ModuleBuilder } from "../../../core/wasm/module.ts";
import type { Element, FieldCode } from "./field_code.ts";
import { type FieldForm, vectorBytes } from "./forms.ts";
import { readWords, writeWords } from "./words_code.ts";
import { writeField } from "./write_field.ts";

/** Bytes of a number as words. */
const WORD_BYTES = 32;

/** Adds the loops over columns of a field to a module, as exports whose names begin with `prefix`. */
export function addFieldKernels(module: ModuleBuilder, form: FieldForm, modulus: bigint, prefix: string): void {
  const bytes = vectorBytes(form);
  const make = (name: string, parameters: number, body: (code: FieldCode, ...given: Code[]) => void) => {
    const f = module.function(Array.from({ length: parameters }, () => "i32" as const), [], `${prefix}${name}`);
    const code = writeField(form, f, modulus);
    body(code, ...Array.from({ length: parameters }, (_, at) => get(at)));
    f.body = code.take();
  };
  /** Runs `body` for vectors; the parameters `moving` go on by so many bytes each. */
  const each = (code: FieldCode, vectors: Code, moving: readonly [number, number][], body: () => void) => {
    const i = code.f.local("i32");
    const inner = code.block(body);
    const steps = moving.map(([local, step]) => set(local, i32.add(get(local), i32.const(step))));
    code.code.push(count(i, i32.const(0), vectors, [inner, steps]));
  };

  const pairwise = (name: string, combine: (code: FieldCode, a: Element, b: Element) => Element) =>
    make(name, 4, (code, a, b, out, vectors) =>
      each(code, vectors, [[0, bytes], [1, bytes], [2, bytes]], () => {
        code.store(out, combine(code, code.load(a), code.load(b)));
      }));
  pairwise("add", (code, a, b) => code.add(a, b));
  pairwise("subtract", (code, a, b) => code.subtract(a, b));
  pairwise("multiply", (code, a, b) => code.multiply(a, b));

  // out = value, in all rows
  make("fill", 3, (code, value, out, vectors) => {
    const same = code.load(value);
    each(code, vectors, [[1, bytes]], () => code.store(out, same));
  });
  // out = a * factor
  make("scale", 4, (code, a, factor, out, vectors) => {
    const by = code.load(factor);
    each(code, vectors, [[0, bytes], [2, bytes]], () => code.store(out, code.multiply(code.load(a), by)));
  });
  // out = a * factor + b
  make("scaleAdd", 5, (code, a, factor, b, out, vectors) => {
    const by = code.load(factor);
    each(code, vectors, [[0, bytes], [2, bytes], [3, bytes]], () => {
      code.store(out, code.add(code.multiply(code.load(a), by), code.load(b)));
    });
  });
  // out = a + term
  make("shift", 4, (code, a, term, out, vectors) => {
    const by = code.load(term);
    each(code, vectors, [[0, bytes], [2, bytes]], () => code.store(out, code.add(code.load(a), by)));
  });
  // out = the sum of a * b, in each lane
  make("dot", 4, (code, a, b, out, vectors) => {
    each(code, vectors, [[0, bytes], [1, bytes]], () => {
      code.store(out, code.add(code.multiply(code.load(a), code.load(b)), code.load(out)));
    });
  });
  // out[i] = start * a[0] * .. * a[i - 1], and start becomes the product of all
  make("products", 4, (code, a, start, out, vectors) => {
    each(code, vectors, [[0, bytes], [2, bytes]], () => {
      const before = code.load(start);
      const next = code.multiply(before, code.load(a));
      code.store(out, before);
      code.store(start, next);
    });
  });
  // out[i] = start + a[0] + .. + a[i - 1], and start becomes the sum of all
  make("sums", 4, (code, a, start, out, vectors) => {
    each(code, vectors, [[0, bytes], [2, bytes]], () => {
      const before = code.load(start);
      const next = code.add(code.load(a), before);
      code.store(out, before);
      code.store(start, next);
    });
  });
  // out[i] = start * ratio^i
  make("powers", 4, (code, start, ratio, out, vectors) => {
    const by = code.load(ratio);
    each(code, vectors, [[2, bytes]], () => {
      const now = code.load(start);
      code.store(out, now, form.tight);
      code.store(start, code.multiply(now, by));
    });
  });
  // Level by level: out[i] = a[2 i] * a[2 i + 1]
  make("fold", 3, (code, a, out, vectors) =>
    each(code, vectors, [[0, 2 * bytes], [1, bytes]], () => {
      const [left, right] = [code.load(a), code.load(i32.add(a, i32.const(bytes)))];
      code.store(out, code.multiply(left, right));
    }));
  // The other way: inverses of a pair from the inverse of its product
  make("unfold", 3, (code, a, inverse, vectors) =>
    each(code, vectors, [[0, 2 * bytes], [1, bytes]], () => {
      const second = i32.add(a, i32.const(bytes));
      const all = code.load(inverse), left = code.load(a), right = code.load(second);
      code.store(a, code.multiply(all, right));
      code.store(second, code.multiply(all, left));
    }));
  // The vector at a to the power that stands at `exponent` in 8 words of 32 bits
  make("power", 4, (code, a, exponent, one, out) => {
    const bit = code.f.local("i32");
    const base = code.load(a);
    code.store(out, code.load(one));
    const word = i32.load(0, i32.add(exponent, i32.shl(i32.shr_u(get(bit), i32.const(5)), i32.const(2))));
    const isOn = i32.and(i32.shr_u(word, i32.and(get(bit), i32.const(31))), i32.const(1));
    const square = code.block(() => {
      const now = code.load(out);
      code.store(out, code.multiply(now, now));
    });
    const multiply = code.block(() => code.store(out, code.multiply(code.load(out), base)));
    code.code.push(
      set(bit, i32.const(255)),
      loop(
        square,
        when(isOn, multiply),
        set(bit, i32.sub(get(bit), i32.const(1))),
        branchIf(0, i32.ge_s(get(bit), i32.const(0))),
      ),
    );
  });
  // out[i] is the product of two elements in vectors, by their addresses: two for every lane
  make("multiplyAt", 3, (code, pairs, out, vectors) =>
    each(code, vectors, [[0, 8 * form.lanes], [1, bytes]], () => {
      const [a, b] = [0, 4].map((which) => {
        const at = Array.from({ length: form.lanes }, (_, lane) => code.keep("i32", i32.load(8 * lane + which, pairs)));
        return code.gather(at, form.stored, true);
      });
      code.store(out, code.multiply(a, b));
    }));
  // Words to vectors, times the vector at `factor`, which makes Montgomery's form of them
  make("read", 4, (code, from, factor, out, vectors) => {
    const by = code.load(factor, form.tight);
    const span = code.keep("i32", i32.shl(vectors, i32.const(5)));
    each(code, vectors, [[0, WORD_BYTES], [2, bytes]], () => {
      const lanes = form.lanes === 1 ? [from] : [from, code.keep("i32", i32.add(from, span))];
      code.store(out, code.multiply(readWords(code, lanes), by));
    });
  });
  // Vectors to words, times the vector at `factor`
  make("write", 4, (code, a, factor, out, vectors) => {
    const by = code.load(factor, form.tight);
    const span = code.keep("i32", i32.shl(vectors, i32.const(5)));
    each(code, vectors, [[0, bytes], [2, WORD_BYTES]], () => {
      const lanes = form.lanes === 1 ? [out] : [out, code.keep("i32", i32.add(out, span))];
      writeWords(code, lanes, code.multiply(code.load(a), by));
    });
  });
}
