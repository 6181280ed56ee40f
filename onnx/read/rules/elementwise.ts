/**
 * Operators that work element by element.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { dataTypeName } from "../../enums.ts";
import type { TensorData } from "../../tensor.ts";
import type { Call, Made, Rule, Step } from "../call.ts";
import { broadcast, spread } from "../strided.ts";
import { emptyData, isFloat, isNumeric, readerOf, writerOf } from "../typed.ts";
import { divided, type Element, modulo, power, roundedToEven, toWhole } from "../arithmetic.ts";

/** A function of floats and one of integers; absent where ONNX knows none. */
interface Functions {
  readonly float?: (...operands: number[]) => number;
  readonly whole?: (...operands: bigint[]) => bigint;
}

const UNARY: Readonly<Record<string, Functions>> = {
  Abs: { float: Math.abs, whole: (x) => x < 0n ? -x : x },
  Ceil: { float: Math.ceil },
  Cos: { float: Math.cos },
  Exp: { float: Math.exp },
  Floor: { float: Math.floor },
  Log: { float: Math.log },
  Neg: { float: (x) => -x, whole: (x) => -x },
  Not: { whole: (x) => x === 0n ? 1n : 0n },
  Reciprocal: { float: (x) => 1 / x },
  Relu: { float: (x) => Math.max(x, 0), whole: (x) => x < 0n ? 0n : x },
  Round: { float: roundedToEven },
  Sigmoid: { float: (x) => 1 / (1 + Math.exp(-x)) },
  Sign: { float: Math.sign, whole: (x) => x > 0n ? 1n : x < 0n ? -1n : 0n },
  Sin: { float: Math.sin },
  Sqrt: { float: Math.sqrt },
  Tanh: { float: Math.tanh },
};

const truth = (value: boolean): bigint => value ? 1n : 0n;

/** Of two operands or more. */
const NARY: Readonly<Record<string, Functions>> = {
  Add: { float: (a, b) => a + b, whole: (a, b) => a + b },
  Sub: { float: (a, b) => a - b, whole: (a, b) => a - b },
  Mul: { float: (a, b) => a * b, whole: (a, b) => a * b },
  Div: { float: (a, b) => a / b, whole: divided },
  Max: { float: (...all) => Math.max(...all), whole: (...all) => all.reduce((a, b) => b > a ? b : a) },
  Min: { float: (...all) => Math.min(...all), whole: (...all) => all.reduce((a, b) => b < a ? b : a) },
  Sum: { float: (...all) => all.reduce((a, b) => Math.fround(a + b)) },
  Mean: { float: (...all) => all.reduce((a, b) => a + b) / all.length },
  And: { whole: (a, b) => a & b },
  Or: { whole: (a, b) => a | b },
  Xor: { whole: (a, b) => a ^ b },
};

/** Those of one operand or more. */
const VARIADIC = new Set(["Max", "Mean", "Min", "Sum"]);

const COMPARISONS: Readonly<Record<string, (a: Element, b: Element) => boolean>> = {
  Equal: (a, b) => a === b,
  Greater: (a, b) => a > b,
  GreaterOrEqual: (a, b) => a >= b,
  Less: (a, b) => a < b,
  LessOrEqual: (a, b) => a <= b,
};

/** Known by their shape alone: that of the first input. */
const SAME_SHAPE = [
  ...["Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BatchNormalization", "Bernoulli", "BitwiseNot", "Celu"],
  ...["Cosh", "Elu", "Erf", "Gelu", "GroupNormalization", "HardSigmoid", "HardSwish"],
  ...["InstanceNormalization", "LRN", "LayerNormalization", "LeakyRelu", "LpNormalization"],
  ...["MeanVarianceNormalization", "Mish", "PRelu", "RMSNormalization", "ReverseSequence", "ScatterElements"],
  ...["ScatterND", "Selu", "Shrink", "Sinh", "Softplus", "Softsign", "Swish", "Tan", "ThresholdedRelu"],
];

const same = (call: Call) => [call.shape(0)];
const all = (call: Call) => [broadcast(call.inputs.map((_, index) => call.shape(index)))];

/** Over one axis since opset 13; before, over all from one on together, which is the same where that is the last. */
const overAxis: Rule = {
  form(call): Call | readonly Step[] {
    const shape = call.shape(0);
    const axis = call.axis(call.integer("axis", call.opset < 13 ? 1 : -1), shape.length);
    if (call.opset >= 13 || shape.slice(axis + 1).every((size) => size === 1)) return call.with({ axis });
    return [
      { opType: "Flatten", attributes: { axis } },
      { opType: call.opType, attributes: { axis: 1 } },
      { opType: "Reshape", attributes: { shape } },
    ];
  },
  shapes: same,
};

/** The rules of these operators. */
export const ELEMENTWISE: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(SAME_SHAPE.map((name): [string, Rule] => [name, { shapes: same }])),
  ...Object.fromEntries(
    Object.entries(UNARY).map(([name, own]): [string, Rule] => [name, {
      arity: [1, 1],
      shapes: same,
      fold: (call, made) => [mapped(call, made[0], own)],
    }]),
  ),
  ...Object.fromEntries(
    Object.entries(NARY).map(([name, own]): [string, Rule] => [name, {
      arity: VARIADIC.has(name) ? [1, Infinity] : [2, 2],
      // Of a single operand there is nothing to add, and no greatest but itself.
      form: (call) => call.inputs.length === 1 ? call.input(0) : call,
      shapes: all,
      fold: (call, made) => [mapped(call, made[0], own)],
    }]),
  ),
  ...Object.fromEntries(
    Object.entries(COMPARISONS).map(([name, compare]): [string, Rule] => [name, {
      arity: [2, 2],
      shapes: all,
      types: () => ["BOOL"],
      fold(call, made) {
        call.checkTypes();
        return [computed(call, made[0], (a, b) => truth(compare(a, b)))];
      },
    }]),
  ),
  Cast: {
    shapes: same,
    types: (call) => [dataTypeName(call.integer("to", 0))],
    form: (call) => dataTypeName(call.integer("to", 0)) === call.input(0).type ? call.input(0) : call,
    fold: (call, made) => [cast(call, made[0])],
  },
  CastLike: { shapes: same, types: (call) => [call.type(1)], fold: (call, made) => [cast(call, made[0])] },
  Clip: {
    settings: { 1: ["min", "float"], 2: ["max", "float"] },
    shapes: same,
  },
  Hardmax: overAxis,
  IsInf: { shapes: same, types: () => ["BOOL"] },
  IsNaN: { shapes: same, types: () => ["BOOL"] },
  LogSoftmax: overAxis,
  Mod: {
    arity: [2, 2],
    shapes: all,
    fold(call, made) {
      call.checkTypes();
      const keepsSign = call.integer("fmod", 0) !== 0;
      return [computed(call, made[0], (a, b) => modulo(a, b, keepsSign))];
    },
  },
  Pow: { arity: [2, 2], shapes: all, fold: (call, made) => [computed(call, made[0], power)] },
  Softmax: overAxis,
  Where: {
    arity: [3, 3],
    shapes: all,
    types: (call) => [call.type(1)],
    fold(call, made) {
      call.checkTypes(1);
      return [computed(call, made[0], (which, yes, no) => Number(which) === 0 ? no : yes)];
    },
  },
};

function mapped(call: Call, made: Made, { float, whole }: Functions): TensorData {
  call.checkTypes();
  const own = isFloat(call.type(0)) ? float : whole;
  if (own !== undefined) return computed(call, made, own as (...operands: Element[]) => Element);
  throw new ArgumentError(`its operands are ${call.type(0)}, which it does not take; export the model again`);
}

/** A function of the elements of every input, spread over the result's shape. */
function computed(call: Call, { shape, type }: Made, own: (...operands: Element[]) => Element): TensorData {
  const operands = call.inputs.map((_, index) => {
    const tensor = call.tensor(index);
    return readerOf(tensor.dataType, spread(tensor.data, tensor.shape, shape));
  });
  const data = emptyData(type, sizeOf(shape));
  const write = writerOf(type, data);
  const [first, second] = operands;
  for (let i = 0; i < data.length; i++) {
    if (operands.length === 1) write(i, own(first(i)));
    else if (operands.length === 2) write(i, own(first(i), second(i)));
    else write(i, own(...operands.map((read) => read(i))));
  }
  return data;
}

function cast(call: Call, { type }: Made): TensorData {
  const { data, dataType } = call.tensor(0);
  const made = emptyData(type, data.length);
  const read = readerOf(dataType, data), write = writerOf(type, made);
  const toInteger = isFloat(dataType) && !isFloat(type) && isNumeric(type);
  for (let i = 0; i < made.length; i++) {
    const value = read(i);
    // Of a float every number but 0 is true, also those below 1.
    if (toInteger && type === "BOOL") write(i, truth(value !== 0));
    else write(i, toInteger ? toWhole(Number(value)) : value);
  }
  return made;
}
