/**
 * Maximum pooling: `y[n, c, i, j]` is the greatest element of its window in
 * `x[n, c]`; padding never wins. Its gradient goes to the first such element.
 * @module
 */
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition, Stage } from "../core/graph/op.ts";
import { checkArguments } from "../core/base/arguments.ts";
import { unary } from "./activation.ts";
import type { Pair } from "./pair.ts";
import {
  isHalving,
  overCovering,
  overWindow,
  perElement,
  type Pool2dAttributes,
  type Pool2dOptions,
  POOL_CASES,
  POOL_OPTIONS,
  POOL_POSITIONS,
  poolAttributes,
  pooledShape,
  readPool,
  writePool,
} from "./pool2d.ts";

const LARGEST = {
  name: "max_pool2d",
  text: "fn max_pool2d(w: vec4f) -> f32 { return max(max(w.x, w.y), max(w.z, w.w)); }",
};
const FIRST = {
  name: "max_pool2d_backward",
  text: `fn max_pool2d_backward(v: f32, w: vec4f) -> vec4f {
  let top = max(max(w.x, w.y), max(w.z, w.w));
  let x = w.x == top;
  let y = !x && w.y == top;
  let z = !x && !y && w.z == top;
  return select(vec4f(), vec4f(v), vec4<bool>(x, y, z, !x && !y && !z));
}`,
};

/** The operation: `[N, C, H, W]` to `[N, C, H', W']`. */
export const MaxPool2dOp: OpDefinition<Pool2dAttributes> = {
  name: "MaxPool2d",
  shapes: ([x], attributes) => [pooledShape(x, attributes)],
  stage: (node): Stage | null =>
    isHalving(node.inputs[0].shape, node.attributes) ? { kind: "pool", fn: LARGEST } : null,
  carries: ["map"],
  kernel(call) {
    const [, , height, width] = call.inputs[0];
    const compare = `v = max(v, input0[(plane * ${height}u + u32(r)) * ${width}u + u32(c)]);`;
    const body = `  v = -3.4e38;\n  ${overWindow(call.inputs[0], call.attributes, compare)}`;
    return perElement("MaxPool2d", call, call.outputs[0], "", body);
  },
  gradient(node, [dy]) {
    return node.outputs[0].graph.apply(MaxPool2dBackwardOp, [dy!, node.inputs[0]], node.attributes);
  },
  onnx: {
    opType: "MaxPool",
    write: (node) => ({ ...writePool(node), dilations: [1, 1], storage_order: 0 }),
    read: (given) => readPool("MaxPool", given),
  },
  cases: POOL_CASES,
};

/** The gradient of the input, from that of the output and the input. */
const MaxPool2dBackwardOp: OpDefinition<Pool2dAttributes> = {
  name: "MaxPool2dBackward",
  shapes: ([, x]) => [x],
  stage: (node): Stage | null =>
    isHalving(node.inputs[1].shape, node.attributes) ? { kind: "spread", fn: FIRST, operands: [node.inputs[1]] } : null,
  carries: ["map"],
  kernel(call) {
    const { attributes, inputs: [dy, input] } = call;
    const [, , height, width] = input;
    const better = `let at = (plane * ${height}u + u32(r)) * ${width}u + u32(c);
        if (input1[at] > top) { top = input1[at]; first = at; }`;
    const functions = `fn winner(plane: u32, row: i32, col: i32) -> u32 {
  var top = -3.4e38;
  var first = 0u;
  ${overWindow(input, attributes, better)}
  return first;
}`;
    const own = `(plane * ${height}u + u32(row)) * ${width}u + u32(col)`;
    const add = `if (winner(plane, y, x) == ${own}) {
          v += input0[(plane * ${dy[2]}u + u32(y)) * ${dy[3]}u + u32(x)];
        }`;
    const body = `  ${overCovering(dy, attributes, add)}`;
    return perElement("MaxPool2dBackward", call, call.outputs[0], functions, body);
  },
};

/** Maximum pooling of `x` `[N, C, H, W]` over windows of `kernelSize`. */
export function maxPool2d(x: Value, kernelSize: Pair, options: Pool2dOptions = {}): Value {
  checkArguments("maxPool2d()", arguments, 2, POOL_OPTIONS, POOL_POSITIONS.maximum);
  return unary(MaxPool2dOp, x, poolAttributes("maxPool2d()", kernelSize, options));
}

/**
 * Maximum pooling as a layer.
 *
 * @example
 * ```ts ignore
 * const model = new Sequential(new Conv2d(1, 6, 5), new ReLU(), new MaxPool2d(2));
 * ```
 */
export class MaxPool2d extends Module {
  readonly #attributes: Pool2dAttributes;

  /** Windows of `kernelSize`, which move by their own size unless `stride` says otherwise. */
  constructor(kernelSize: Pair, options: Pool2dOptions = {}) {
    super();
    checkArguments("MaxPool2d", arguments, 1, POOL_OPTIONS, POOL_POSITIONS.maximum);
    this.#attributes = poolAttributes("MaxPool2d", kernelSize, options);
  }

  /** `[N, C, H, W]` to `[N, C, H', W']`. */
  override forward(x: Tensor): Tensor {
    return unary(MaxPool2dOp, x, this.#attributes);
  }
}
