/**
 * Several tensors a sample as one: the inputs of a network that takes several lie one behind the other in a data set,
 * and its outputs come back so. Nothing is differentiated through either.
 * @module
 */
import { ShapeError } from "../base/errors.ts";
import { type Shape, showShape, sizeOf } from "../base/shape.ts";
import type { Value } from "./graph.ts";
import type { OpDefinition } from "./op.ts";
import { perSample } from "./per_sample.ts";

/** One of the tensors in `[N, all of them]`: from element `start` of a sample on, in its own shape `[N, ...shape]`. */
export const PartOp: OpDefinition<{ readonly start: number; readonly shape: Shape }> = {
  name: "Part",
  shapes: ([all], { shape }) => [[all[0], ...shape]],
  kernel: (call) => {
    const { start, shape } = call.attributes;
    const body = `  set_y(item, x(item + ${start}u));`;
    const inputs = [{ name: "x", type: "f32" }] as const;
    return perSample({ name: "Part", inputs, outputs: [{ name: "y" }], items: sizeOf(shape), body }, call);
  },
};

/** Tensors `[N, ...]`, one behind the other, as `[N, all of them]`. */
const JoinOp: OpDefinition<null> = {
  name: "Join",
  shapes: (parts) => [[parts[0][0], parts.reduce((sum, shape) => sum + sizeOf(shape.slice(1)), 0)]],
  kernel: (call) => {
    let start = 0;
    const copies = call.inputs.map((shape, k) => {
      const size = sizeOf(shape.slice(1));
      const copy = `  for (var k = 0u; k < ${size}u; k++) { set_y(k + ${start}u, part${k}(k)); }`;
      start += size;
      return copy;
    });
    const inputs = call.inputs.map((_, k) => ({ name: `part${k}`, type: "f32" }) as const);
    return perSample({ name: "Join", inputs, outputs: [{ name: "y" }], body: copies.join("\n") }, call);
  },
};

/** The most tensors that one kernel joins, as WebGPU lets it bind eight buffers. */
const MOST = 7;

/** The tensors of these shapes (each without the batch) that `all` `[N, all of them]` holds. */
export function takeApart(all: Value, shapes: readonly Shape[]): readonly Value[] {
  let start = 0;
  return shapes.map((shape) => {
    const [part] = all.graph.apply(PartOp, [all], { start, shape });
    start += sizeOf(shape);
    return part;
  });
}

/** A model's outputs as one, `[N, all of them]`; the only one as it is. Throws a `ShapeError` where one is not by the sample. */
export function outputsTogether(outputs: readonly Value[], batch: number): Value {
  for (const { name, shape } of outputs) {
    if (shape[0] === batch) continue;
    throw new ShapeError(
      `the model returns ${name} of shape ${
        showShape(shape)
      } for ${batch} samples, expected the batch first, [${batch}, ...]`,
    );
  }
  return putTogether(outputs);
}

function putTogether(parts: readonly Value[]): Value {
  if (parts.length === 1) return parts[0];
  const [first] = parts[0].graph.apply(JoinOp, parts.slice(0, MOST), null);
  return putTogether([first, ...parts.slice(MOST)]);
}
