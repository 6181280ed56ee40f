/** Random networks of many operators, each value staying small. */
import { DataType } from "../../../../onnx/enums.ts";
import type { NodeProto, TensorProto } from "../../../../onnx/proto.ts";
import { random } from "../../../onnx/lenet.ts";
import { type Attribute, floats, node, onnx, weights, wholes } from "../compile/models.ts";

/** A network, and whether small changes of its values make small changes of its results. */
export interface RandomNetwork {
  readonly bytes: Uint8Array;
  readonly shape: readonly number[];
  readonly isSmooth: boolean;
  readonly operators: readonly string[];
}

interface Value {
  readonly name: string;
  readonly shape: readonly number[];
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** The network of a seed. */
export function randomNetwork(seed: number): RandomNetwork {
  const next = random(seed);
  const pick = <T>(...of: readonly T[]): T => of[Math.floor(next() * of.length)];
  const nodes: NodeProto[] = [], tensors: Record<string, TensorProto> = {};
  let isSmooth = true;
  const constant = (tensor: TensorProto) => {
    const name = `w${Object.keys(tensors).length}`;
    tensors[name] = tensor;
    return name;
  };
  const drawn = (...dims: number[]) => constant(weights(dims, 100 * seed + nodes.length));
  const number = (value: number) => constant(floats([], [value]));
  const list = (...values: number[]) => constant(wholes(...values));
  const apply = (
    op: string,
    inputs: string[],
    shape: readonly number[],
    attributes: Record<string, Attribute> = {},
  ) => {
    const name = `v${nodes.length}`;
    nodes.push(node(op, inputs, name, attributes));
    return { name, shape };
  };
  const shape = pick([1, 2, 4, 4], [2, 3, 4], [1, 8], [3, 4], [6], [1, 3, 5]);
  const values: Value[] = [{ name: "x", shape }];
  const axisOf = ({ shape }: Value) => Math.floor(next() * shape.length);
  const squashed = (x: Value) => apply(pick("Tanh", "Sigmoid"), [x.name], x.shape);
  const steps: ((x: Value) => Value | null)[] = [
    (x) => apply(pick("Relu", "Sigmoid", "Tanh", "Abs", "Neg", "Erf", "Sin", "Cos"), [x.name], x.shape),
    (x) => apply(pick("HardSigmoid", "HardSwish", "Elu", "Selu", "Softsign", "LeakyRelu"), [x.name], x.shape),
    (x) => apply("Add", pick([x.name, drawn(...x.shape.slice(-1))], [drawn(1), x.name]), x.shape),
    (x) => apply("Mul", pick([x.name, drawn(...x.shape.slice(-1))], [x.name, x.name]), x.shape),
    (x) => apply("Sub", [number(0.5), x.name], x.shape),
    (x) => apply("Div", [x.name, number(pick(2, 3, -4))], x.shape),
    (x) => apply("Clip", [x.name, number(pick(0, -0.5)), number(pick(0.75, 6))], x.shape),
    (x) => apply(pick("Max", "Min"), [x.name, drawn(1)], x.shape),
    (x) => apply("Softmax", [x.name], x.shape, { axis: -1 }),
    (x) => apply("Sqrt", [apply("Add", [apply("Abs", [x.name], x.shape).name, number(0.5)], x.shape).name], x.shape),
    (x) => apply("Transpose", [x.name], x.shape.toReversed()),
    (x) => {
      const axis = axisOf(x), keepdims = pick(0, 1), op = pick("ReduceMean", "ReduceMax", "ReduceMin");
      if (x.shape.length === 1 && keepdims === 0) return null;
      const shape = keepdims === 1 ? x.shape.with(axis, 1) : x.shape.toSpliced(axis, 1);
      return apply(op, [x.name], shape, { axes: [axis], keepdims });
    },
    (x) => {
      const axis = axisOf(x), size = x.shape[axis];
      if (size < 2) return null;
      return apply("Slice", [x.name, list(1), list(size), list(axis)], x.shape.with(axis, size - 1));
    },
    (x) => {
      const axis = axisOf(x), size = x.shape[axis];
      return apply("Gather", [x.name, list(size - 1, 0)], x.shape.with(axis, 2), { axis });
    },
    (x) => {
      const axis = axisOf(x);
      const other = pick(x, apply("Neg", [x.name], x.shape));
      return apply("Concat", [x.name, other.name], x.shape.with(axis, 2 * x.shape[axis]), { axis });
    },
    (x) => {
      const axis = axisOf(x);
      return apply("Unsqueeze", [x.name, list(axis)], x.shape.toSpliced(axis, 0, 1));
    },
    (x) => apply("Reshape", [x.name, list(1, sizeOf(x.shape))], [1, sizeOf(x.shape)]),
    (x) => {
      if (x.shape.length < 2) return null;
      const outputs = pick(2, 3), own = drawn(x.shape.at(-1)!, outputs);
      return squashed(apply("MatMul", [x.name, own], x.shape.with(x.shape.length - 1, outputs)));
    },
    (x) => {
      if (x.shape.length !== 2) return null;
      const turned = apply("Transpose", [x.name], x.shape.toReversed());
      return squashed(apply("MatMul", [x.name, turned.name], [x.shape[0], x.shape[0]]));
    },
    (x) => {
      if (x.shape.length !== 4) return null;
      const [batch, channels, height, width] = x.shape;
      if (height < 2 || width < 2) return null;
      const outputs = pick(1, 2), shape = [batch, outputs, height - 1, width - 1];
      return squashed(
        apply("Conv", [x.name, drawn(outputs, channels, 2, 2), drawn(outputs)], shape, { strides: [1, 1] }),
      );
    },
    (x) => {
      if (x.shape.length !== 4 || x.shape[2] < 2 || x.shape[3] < 2) return null;
      const shape = [...x.shape.slice(0, 2), x.shape[2] - 1, x.shape[3] - 1];
      return apply(pick("MaxPool", "AveragePool"), [x.name], shape, { kernel_shape: [2, 2], strides: [1, 1] });
    },
    (x) => {
      const pads = [...x.shape.map(() => pick(0, 1)), ...x.shape.map(() => pick(0, 1))];
      const shape = x.shape.map((size, axis) => size + pads[axis] + pads[axis + x.shape.length]);
      return apply("Pad", [x.name, list(...pads)], shape, { mode: pick("constant", "edge") });
    },
    (x) => apply("Expand", [x.name, list(2, ...x.shape)], [2, ...x.shape]),
    (x) => {
      isSmooth = false;
      const above = apply(pick("Greater", "Less", "GreaterOrEqual"), [x.name, number(0.25)], x.shape);
      return apply("Where", [above.name, x.name, apply("Neg", [x.name], x.shape).name], x.shape);
    },
    (x) => {
      isSmooth = false;
      const axis = axisOf(x), place = apply("ArgMax", [x.name], x.shape.with(axis, 1), { axis });
      const whole = apply("Cast", [place.name], place.shape, { to: DataType.FLOAT });
      return apply("Mul", [x.name, apply("Sigmoid", [whole.name], whole.shape).name], x.shape);
    },
    (x) => {
      isSmooth = false;
      return apply(pick("Floor", "Ceil", "Round"), [apply("Mul", [x.name, number(3)], x.shape).name], x.shape);
    },
  ];
  for (let count = pick(2, 3, 4, 5, 6); count > 0; count--) {
    const x = pick(values.at(-1)!, values.at(-1)!, ...values);
    const made = pick(...steps)(x);
    if (made !== null && sizeOf(made.shape) <= 128) values.push(made);
  }
  if (values.length === 1) values.push(apply("Relu", ["x"], shape));
  const last = values.at(-1)!;
  const bytes = onnx({
    nodes,
    inputs: { x: shape },
    outputs: { [last.name]: last.shape },
    weights: tensors,
    opset: 17,
  });
  return { bytes, shape, isSmooth, operators: nodes.map(({ opType }) => opType!) };
}
