/**
 * Products of matrices, and cells that remember.
 * @module
 */
import { ShapeError } from "../../../core/base/errors.ts";
import { type Shape, showShape } from "../../../core/base/shape.ts";
import type { Call, Rule } from "../call.ts";
import { broadcast } from "../strided.ts";

/** The rules of these operators. */
export const PRODUCTS: Readonly<Record<string, Rule>> = {
  GRU: recurrent(2),
  Gemm: {
    shapes(call) {
      const [a, b] = [call.shape(0), call.shape(1)];
      const [rows, inner] = call.integer("transA", 0) === 0 ? a : [a[1], a[0]];
      const [other, columns] = call.integer("transB", 0) === 0 ? b : [b[1], b[0]];
      if (a.length !== 2 || b.length !== 2 || inner !== other) throw misfit(a, b);
      return [[rows, columns]];
    },
  },
  LSTM: recurrent(3),
  MatMul: {
    shapes(call) {
      const [a, b] = [call.shape(0), call.shape(1)];
      if (a.length === 0 || b.length === 0) throw misfit(a, b);
      if (a.at(-1) !== b.at(b.length === 1 ? -1 : -2)) throw misfit(a, b);
      const batch = broadcast([a.slice(0, -2), b.slice(0, -2)]);
      return [[...batch, ...a.length === 1 ? [] : [a.at(-2)!], ...b.length === 1 ? [] : [b.at(-1)!]]];
    },
  },
  RNN: recurrent(2),
};

function misfit(a: Shape, b: Shape): ShapeError {
  return new ShapeError(
    `it cannot multiply ${showShape(a)} by ${showShape(b)}, expected matrices that share their inner size`,
  );
}

/** A sequence through a cell: every state, the last one, and of some cells the last memory. */
function recurrent(outputs: number): Rule {
  return {
    shapes: (call: Call) => {
      const [length, batch] = call.shape(0);
      const [directions] = call.shape(1), hidden = call.shape(2)[2];
      const isBatchFirst = call.integer("layout", 0) !== 0;
      const last = isBatchFirst ? [length, directions, hidden] : [directions, batch, hidden];
      const all = isBatchFirst ? [length, batch, directions, hidden] : [length, directions, batch, hidden];
      return [all, last, last].slice(0, outputs);
    },
  };
}
