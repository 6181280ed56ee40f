/**
 * How far a circuit's result may lie from the floats of the network it was made from.
 *
 * The bound is carried from node to node. An input or weight at scale s is off by half a
 * unit, 2^-(s + 1), and so is everything that rounds: a table, a division. A sum adds the
 * errors of its parts; a product x w is off by |x| dw + |w| dx + dx dw; a function by its
 * largest slope times its argument's error. Magnitudes are those that the circuit met.
 */
import type { CircuitModel, CircuitNode, SupportedOp } from "../../../../hub/ezkl/format/circuit.ts";
import type { NodeRange } from "../../../../hub/ezkl/simulate/simulator.ts";
import { sizeOf } from "../../../../core/base/shape.ts";

/** What the arithmetic of ONNX Runtime itself may be off by, for sums of some hundred terms near 1. */
const FLOAT_ERROR = 2 ** -16;

interface Bounded {
  /** Largest magnitude of the circuit's value. */
  size: number;
  /** Largest error of any element. */
  error: number;
  node: CircuitNode;
}

const half = (scale: number) => 2 ** -(scale + 1);

/** What a circuit does not tell of the network that it was made from. */
export interface Origin {
  /** Length of the longest dot product: a frugal circuit leaves out weights that round to 0, each off by half a unit. */
  longestDot: number;
  /** Whether the inputs are whole numbers, which no scale rounds. */
  exact: boolean;
  /** The network's constants, each as its numbers joined: one that a scale holds exactly is not rounded. */
  constants: ReadonlySet<string>;
}

/** The largest error of each output. */
export function errorBounds(model: CircuitModel, trace: readonly NodeRange[], origin: Origin): number[] {
  const ranges = new Map(trace.map((range) => [range.node, range]));
  const known = new Map<number, Bounded>();
  for (const [key, node] of model.nodes) {
    const { low, high } = ranges.get(key)!;
    const size = Math.max(-low, high) / 2 ** node.outScale;
    const operands = node.inputs.map(([from]) => known.get(from)!);
    known.set(key, { size, error: errorOf(node.opkind, node, operands, origin), node });
  }
  return model.outputs.map(([key]) => known.get(key)!.error + FLOAT_ERROR);
}

function errorOf(op: SupportedOp, node: CircuitNode, operands: Bounded[], origin: Origin): number {
  const [x, y] = operands;
  switch (op.kind) {
    case "Input":
      return origin.exact ? 0 : half(node.outScale);
    case "Constant": {
      const floats = op.quantizedValues.values.map((value) => Number(value) / 2 ** node.outScale);
      return origin.constants.has(floats.join()) ? 0 : half(node.outScale);
    }
    case "RebaseScale":
      return errorOf(op.inner, node, operands, origin) + half(op.targetScale);
    case "Rescaled":
      return errorOf(op.inner, node, operands, origin);
    case "Nonlinear": {
      const slope = op.op.name === "Div"
        ? quotient(x, node, op.op.denom)
        : { Sigmoid: 1 / 4, Tanh: 1 }[op.op.name as string];
      if (slope === undefined) break;
      return slope * x.error + half(node.outScale);
    }
    case "Linear":
      switch (op.op.name) {
        case "Reshape":
        case "Flatten":
        case "Downsample":
        case "Identity":
        case "Pad":
          return x.error;
        case "Concat":
          return Math.max(...operands.map(({ error }) => error));
        case "Add":
        case "Sub":
          return x.error + y.error;
        case "Mult":
          return x.size * y.error + y.size * x.error + x.error * y.error;
        case "Pow":
          return 2 * x.size * x.error + x.error ** 2;
        case "LeakyReLU":
          // The slope itself is a whole number at the operation's scale.
          if (op.op.slope === 0) return x.error;
          return x.error + (x.size + x.error) * half(op.op.scale);
        case "Conv": {
          const [, kernel, bias] = operands;
          const length = sizeOf(kernel.node.outDims.slice(1));
          return dotError(x, kernel, length, rowSums(kernel, (at) => Math.floor(at / length))) + (bias?.error ?? 0);
        }
        case "Einsum": {
          const [left, right] = op.op.equation.split("->");
          const [a, b] = left.split(",");
          const kept = [...b].map((letter) => right.includes(letter));
          const dims = b.length === y.node.outDims.length ? y.node.outDims : [sizeOf(y.node.outDims)];
          const shared = [...a].filter((letter) => b.includes(letter) && !right.includes(letter));
          const inner = shared.reduce((product, letter) => product * dims[b.indexOf(letter)], 1);
          const length = op.op.equation === "mk,k->m" ? Math.max(inner, origin.longestDot) : inner;
          return dotError(x, y, length, rowSums(y, (at) => keptPosition(at, dims, kept)));
        }
      }
      break;
    case "Hybrid":
      switch (op.op.name) {
        case "Gather":
        case "MaxPool":
          return x.error;
        case "Div":
          return quotient(x, node, op.op.denom) * x.error + half(node.outScale);
        case "SumPool": {
          const cells = sizeOf(op.op.kernelShape);
          if (op.op.normalized) return x.error + half(node.outScale);
          // What is not divided is a sum in units that the scale makes smaller, if it does.
          return x.error * cells / 2 ** (node.outScale - x.node.outScale);
        }
      }
  }
  throw new Error(`no bound is known for ${JSON.stringify(op)}`);
}

/** What a division of integers does to the numbers that they stand for: nothing, where it only takes bits away. */
function quotient(x: Bounded, { outScale }: CircuitNode, denom: number): number {
  return 2 ** (x.node.outScale - outScale) / denom;
}

/** Of a dot product whose second operand's magnitudes add up to `sum` at most. */
function dotError(x: Bounded, w: Bounded, length: number, sum: number): number {
  return sum * x.error + length * w.error * (x.size + x.error);
}

/** The largest sum of magnitudes of a constant's rows; of a computed value all that could be. */
function rowSums(w: Bounded, rowOf: (at: number) => number): number {
  const { opkind } = w.node;
  if (opkind.kind !== "Constant") return sizeOf(w.node.outDims) * w.size;
  const sums = new Map<number, number>();
  opkind.quantizedValues.values.forEach((value, at) => {
    const row = rowOf(at), float = Math.abs(Number(value)) / 2 ** w.node.outScale;
    sums.set(row, (sums.get(row) ?? 0) + float);
  });
  return Math.max(...sums.values());
}

function keptPosition(at: number, dims: readonly number[], kept: readonly boolean[]): number {
  let position = 0, scale = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (kept[axis]) {
      position += scale * (at % dims[axis]);
      scale *= dims[axis];
    }
    at = Math.floor(at / dims[axis]);
  }
  return position;
}
