/** Random networks for a comparison with native EZKL: what its reader rewrites stands in every combination. */
import type { NodeProto, TensorProto } from "../../../../onnx/proto.ts";
import { random } from "../../../onnx/lenet.ts";
import { type Attribute, type Model, node, weights, wholes } from "./models.ts";

/** The network of a seed. */
export function generated(seed: number): Model {
  const next = random(seed);
  const pick = <T>(...of: readonly T[]): T => of[Math.floor(next() * of.length)];
  const nodes: NodeProto[] = [], tensors: Record<string, TensorProto> = {};
  const constant = (tensor: TensorProto) => {
    const name = `w${Object.keys(tensors).length}`;
    tensors[name] = tensor;
    return name;
  };
  let shape: number[] = pick<number[]>([1, 2, 6, 6], [1, 1, 4, 6], [1, 8], [1, 1], [2, 3, 4], [1, 12], [1, 4, 9], [6]);
  let value = "x";
  const input = shape;
  const add = (opType: string, operands: string[], to: number[], attributes: Record<string, Attribute> = {}) => {
    const output = `v${nodes.length}`;
    nodes.push(node(opType, operands, output, attributes));
    value = output;
    shape = to;
  };
  const steps: (() => void)[] = [
    () => add(pick("Relu", "Sigmoid", "Tanh"), [value], shape),
    () => {
      const axis = pick(0, 1, 1, 1, 2);
      if (axis > shape.length) return;
      const [outer, inner] = [shape.slice(0, axis), shape.slice(axis)].map((part) => part.reduce((a, b) => a * b, 1));
      add("Flatten", [value], [outer, inner], { axis });
    },
    () => {
      const size = shape.reduce((a, b) => a * b, 1);
      const first = pick(1, 2, 3, 4, 6), rest = size / first;
      const targets = [
        [size],
        [1, size],
        [1, 1, size],
        [...shape, 1],
        [1, ...shape],
        shape.filter((length) => length > 1),
      ];
      if (Number.isInteger(rest)) targets.push([first, rest], [1, first, rest], [1, rest, 1, first]);
      const target = pick(...targets);
      if (target.length === 0) return;
      add("Reshape", [value, constant(wholes(...target))], target);
    },
    () => {
      const ranks = pick(0, 0, 1, shape.length);
      const own = shape.slice(ranks).map((length) => pick(length, length, 1));
      const other = constant(weights(own, nodes.length + 1));
      const operands = pick([value, other], [other, value]);
      add(pick("Add", "Sub", "Mul"), operands, shape);
    },
    () => {
      if (shape.length !== 2) return;
      const outputs = pick(1, 3, 4);
      const operands = [value, constant(weights([outputs, shape[1]], nodes.length + 2))];
      if (next() < 0.7) operands.push(constant(weights([outputs], nodes.length + 3)));
      add("Gemm", operands, [shape[0], outputs], { transB: 1 });
    },
    () => {
      if (shape.length !== 4 || shape[0] !== 1) return;
      const [, channels, ...sizes] = shape, outputs = pick(1, 2, 3);
      const kernel = sizes.map((size) => pick(1, 1, Math.min(size, 2))), strides = sizes.map(() => pick(1, 2));
      const pads = pick([0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 1]);
      const operands = [value, constant(weights([outputs, channels, ...kernel], nodes.length + 4))];
      if (next() < 0.7) operands.push(constant(weights([outputs], nodes.length + 5)));
      const spatial = sizes.map((size, axis) =>
        Math.floor((size + pads[axis] + pads[axis + 2] - kernel[axis]) / strides[axis]) + 1
      );
      add("Conv", operands, [1, outputs, ...spatial], { strides, pads });
    },
  ];
  for (let count = pick(1, 2, 3, 4, 5); count > 0; count--) pick(...steps)();
  if (nodes.length === 0) add("Relu", [value], shape);
  return { nodes, inputs: { x: input }, outputs: { [value]: shape }, weights: tensors };
}
