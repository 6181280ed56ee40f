/**
 * Pad: more elements around a tensor, which hold a value, or those of the tensor as in a mirror, at its edge, or at its
 * other end.
 * @module
 */
import { checkArguments, expect, finite } from "../core/base/arguments.ts";
import { ArgumentError } from "../core/base/errors.ts";
import { namesOf, oneOf } from "../core/base/known.ts";
import { showShape } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { unary } from "./activation.ts";
import { wholes } from "./dims.ts";
import { indexSelect } from "./gather.ts";
import { RESIZES } from "./resize.ts";
import { cut, type PutAttributes, PutOp } from "./slice.ts";

/** What is in a padding. */
export type PadMode = "constant" | "reflect" | "replicate" | "circular";

/** Options of {@linkcode pad}, as in PyTorch. */
export interface PadOptions {
  /** What the padding holds: a value (the default), the elements as in a mirror, those at the edge, those at the other end. */
  readonly mode?: PadMode;
  /** The value where the mode is `constant`; default 0. */
  readonly value?: number;
}

const OPTIONS = namesOf<PadOptions>({ mode: true, value: true });
const MODES = ["constant", "reflect", "replicate", "circular"] as const;
/** The modes under ONNX's names. */
const ONNX_MODES: Readonly<Record<string, PadMode>> = {
  constant: "constant",
  reflect: "reflect",
  edge: "replicate",
  wrap: "circular",
};

/** The operation: `x` within a larger tensor of one value. */
export const PadOp: OpDefinition<PutAttributes> = {
  ...PutOp,
  name: "Pad",
  writeOnnx(node, to) {
    const { inputs: [x], attributes: { starts, shape, value } } = node;
    const behind = shape.map((size, axis) => size - x.shape[axis] - starts[axis]);
    return [to.node("Pad", [to.inputs[0], to.integers([...starts, ...behind]), to.floats([], [value])], {
      mode: { text: "constant" },
    })];
  },
  readOnnx: {
    // No operation stands for these: as most paddings they are made of gathering.
    ...RESIZES,
    Pad(node) {
      const x = node.input(0);
      const given = node.text("mode", "constant");
      const mode = Object.hasOwn(ONNX_MODES, given) ? ONNX_MODES[given] : null;
      if (mode === null) throw new ArgumentError(`its mode is "${given}", expected constant, reflect, edge or wrap`);
      const pads = node.list("pads") ?? node.numbers(1, "pads");
      const rank = x.shape.length;
      return padded("Pad", x, x.shape.map((_, axis) => [pads[axis], pads[axis + rank]]), mode, node.number("value", 0));
    },
  },
  cases: [
    padCase("an image", [3, 2, 4, 5], [0, 0, 1, 2], [3, 2, 7, 8], 0),
    padCase("one sample, a value", [1, 3], [0, 2], [1, 5], 1.5),
    padCase("channels of many samples", [17, 2, 3], [0, 1, 0], [17, 5, 3], -1),
  ],
};

function padCase(
  name: string,
  x: readonly number[],
  starts: readonly number[],
  shape: readonly number[],
  value: number,
) {
  return { name, inputs: [x], attributes: { starts, steps: x.map(() => 1), sizes: x, shape, value } };
}

/**
 * `x` with more elements around it: `pads` are how many before and behind the last dimension, then the one before it, and
 * so on, as in PyTorch; negative ones take elements away.
 */
export function pad(x: Value, pads: readonly number[], options: PadOptions = {}): Value {
  checkArguments("pad()", arguments, 2, OPTIONS, ["mode", "value"]);
  graphOf("pad()", x);
  const rank = x.shape.length;
  const expected = `two whole numbers for each of at most ${rank} dimensions, the last dimension's first`;
  const list = wholes("pad(): pads", pads, -Infinity, expected);
  expect(list.length % 2 === 0 && list.length <= 2 * rank, "pad(): pads", pads, expected);
  const { mode = "constant", value = 0 } = options;
  const bounds = x.shape.map((_, axis) => [0, 1].map((side) => list[2 * (rank - 1 - axis) + side] ?? 0));
  return padded("pad()", x, bounds, oneOf("pad(): mode", mode, MODES), finite("pad(): value", value));
}

/** The same with numbers before and behind each dimension. */
function padded(where: string, x: Value, bounds: readonly (readonly number[])[], mode: PadMode, value: number): Value {
  const taken = bounds.reduce((y, [before, behind], axis) => {
    const size = y.shape[axis];
    if (before >= 0 && behind >= 0) return y;
    return cut(where, y, axis, Math.max(0, -before), size - Math.max(0, -behind), 1);
  }, x);
  const added = bounds.map((sides) => sides.map((count) => Math.max(0, count)));
  if (added.flat().every((count) => count === 0)) return taken;
  if (mode === "constant") {
    const sizes = taken.shape;
    return unary(PadOp, taken, {
      starts: added.map(([before]) => before),
      steps: sizes.map(() => 1),
      sizes,
      shape: sizes.map((size, axis) => added[axis][0] + size + added[axis][1]),
      value,
    });
  }
  return added.reduce((y, [before, behind], axis) => {
    if (before === 0 && behind === 0) return y;
    const size = y.shape[axis];
    const most = mode === "reflect" ? size - 1 : mode === "circular" ? size : Infinity;
    if (before > most || behind > most) {
      throw new ArgumentError(
        `${where} got ${before} and ${behind} elements for dimension ${axis} of ${
          showShape(x.shape)
        } in mode ${mode}, ` +
          `expected at most ${most}; pad by less, or with a constant`,
      );
    }
    const places = Array.from({ length: before + size + behind }, (_, k) => source(k - before, size, mode));
    return indexSelect(y, axis, places);
  }, taken);
}

/** The element that place `at`, which may lie outside, shows. */
function source(at: number, size: number, mode: PadMode): number {
  if (mode === "replicate") return Math.min(size - 1, Math.max(0, at));
  if (mode === "circular") return (at + size) % size;
  const mirrored = Math.abs(at);
  return mirrored < size ? mirrored : 2 * (size - 1) - mirrored;
}
