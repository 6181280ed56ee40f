/**
 * Points of G1 in and out of the kernels' memory.
 * @module
 */
import type { G1Point } from "../curve/bn254.ts";
import type { Kernels } from "./kernels.ts";
import { POINT_BYTES } from "./forms.ts";

/** Bytes of a point as words. */
const WORD_BYTES = 64;

/** Reads `count` points, an even number, of EZKL's files into the kernels' memory. */
export function loadPoints(kernels: Kernels, file: Uint8Array, count: number): number {
  const points = kernels.take(count * POINT_BYTES), mark = kernels.mark();
  const words = kernels.take(count * WORD_BYTES);
  new Uint8Array(kernels.memory.buffer, words, count * WORD_BYTES).set(file.subarray(0, count * WORD_BYTES));
  const { p, form: { lanes } } = kernels;
  p.call.readPoints(words, p.constants.enterFile, points, count / lanes);
  kernels.release(mark);
  return points;
}

/** Writes points, an even number, to an address. */
export function putPoints(kernels: Kernels, points: readonly G1Point[], address: number): void {
  const mark = kernels.mark(), words = kernels.take(points.length * WORD_BYTES);
  const view = new DataView(kernels.memory.buffer);
  points.forEach(({ x, y }, index) =>
    [x, y].forEach((part, which) => {
      for (let word = 0; word < 4; word++) {
        const at = words + WORD_BYTES * index + 32 * which + 8 * word;
        view.setBigUint64(at, BigInt.asUintN(64, part >> BigInt(64 * word)), true);
      }
    })
  );
  const { p, form: { lanes } } = kernels;
  p.call.readPoints(words, p.constants.enter, address, points.length / lanes);
  kernels.release(mark);
}

/** The points at addresses, whose lowest bit asks for the negative. */
export function getPoints(kernels: Kernels, refs: readonly number[]): G1Point[] {
  const mark = kernels.mark(), { p, form: { lanes } } = kernels;
  const together = kernels.take((refs.length + 1) * POINT_BYTES), words = kernels.take((refs.length + 1) * WORD_BYTES);
  refs.forEach((ref, index) => {
    const from = new Uint8Array(kernels.memory.buffer, ref - ref % 2, POINT_BYTES);
    new Uint8Array(kernels.memory.buffer, together + POINT_BYTES * index, POINT_BYTES).set(from);
  });
  p.call.writePoints(together, p.constants.leave, words, Math.ceil(refs.length / lanes));
  const view = new DataView(kernels.memory.buffer);
  const read = (at: number): bigint => {
    let value = 0n;
    for (let word = 3; word >= 0; word--) value = value << 64n | view.getBigUint64(at + 8 * word, true);
    return value;
  };
  const found = refs.map((ref, index): G1Point => {
    const at = words + WORD_BYTES * index;
    const point = { x: read(at), y: read(at + 32) };
    return ref % 2 === 1 && point.y !== 0n ? { x: point.x, y: p.modulus - point.y } : point;
  });
  kernels.release(mark);
  return found;
}
