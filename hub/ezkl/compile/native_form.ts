/**
 * The shape in which EZKL's own reader hands a network to its compiler: what does
 * nothing is gone, operands have one rank, a 1x1 convolution is a product.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { countUses, Rewrite } from "../network/graph.ts";
import { inNativeOrder } from "./native_order.ts";
import type { Network, NetworkNode, Window } from "../network/network.ts";
import { splitReshapes } from "./reshape_steps.ts";
import { dropUnitAxes } from "./unit_axes.ts";

/** The same function as EZKL would write it; nodes in the order of its keys. */
export function nativeForm(network: Network): Network {
  const simple = inNativeOrder(simplified(inNativeOrder(network)));
  return inNativeOrder(splitReshapes(dropUnitAxes(inNativeOrder(foldReshapes(simple)))));
}

function simplified(network: Network): Network {
  const rewrite = new Rewrite();
  const uses = countUses(network);
  for (const node of network.nodes) {
    const operands = node.inputs.map((place) => rewrite.at(place));
    switch (node.op.type) {
      case "Identity":
        rewrite.stands(operands[0]);
        break;
      case "Reshape":
        rewrite.stands(rewrite.reshape(operands[0], node.shape));
        break;
      case "Conv":
        rewrite.stands(convolution(rewrite, node, operands, uses));
        break;
      case "Add":
      case "Sub":
      case "Mul":
        rewrite.stands(elementwise(rewrite, node, operands));
        break;
      case "Own":
        rewrite.stands(
          node.op.spreads
            ? rewrite.add(node.op, ofOneRank(rewrite, operands, node.shape), node.shape, node.label)
            : rewrite.add(node.op, operands, node.shape, node.label),
        );
        break;
      default:
        rewrite.stands(rewrite.add(node.op, operands, node.shape, node.label));
    }
  }
  return rewrite.finish(network);
}

/** Operands with axes of 1 in front, as many as the result has. */
function ofOneRank(rewrite: Rewrite, operands: readonly number[], shape: readonly number[]): number[] {
  return operands.map((place) => {
    const own = rewrite.node(place).shape;
    return rewrite.reshape(place, [...shape.slice(own.length).map(() => 1), ...own]);
  });
}

function elementwise(rewrite: Rewrite, { op, shape, label }: NetworkNode, operands: readonly number[]): number {
  const neutral = op.type === "Mul" ? 1 : 0;
  for (const side of op.type === "Sub" ? [1] : [1, 0]) {
    const other = rewrite.node(operands[side]);
    const isNeutral = other.op.type === "Constant" && other.op.values.every((value) => value === neutral);
    if (isNeutral && rewrite.node(operands[1 - side]).shape.join() === shape.join()) return operands[1 - side];
  }
  // The smaller operand comes second, as EZKL's reader has it.
  const sizes = operands.map((place) => sizeOf(rewrite.node(place).shape));
  const isTurned = op.type !== "Sub" && sizes[0] < sizes[1];
  return rewrite.add(op, ofOneRank(rewrite, isTurned ? operands.toReversed() : operands, shape), shape, label);
}

function convolution(
  rewrite: Rewrite,
  { op: given, inputs, shape, label }: NetworkNode,
  [image, kernel, bias]: readonly number[],
  uses: readonly number[],
): number {
  if (given.type !== "Conv") throw new TypeError(`${label} is not a convolution`);
  const [outputs, channels, ...size] = rewrite.node(kernel).shape;
  const [x, stride] = downsampled(rewrite, image, given, size);
  const op = { ...given, stride };
  const spread = () => rewrite.reshape(bias, [1, outputs, ...size.map(() => 1)]);
  const isPlain = op.group === 1 && size.every((length) => length === 1) &&
    op.stride.every((step) => step === 1) && op.padding.flat().every((pad) => pad === 0);
  if (isPlain) {
    const matrix = rewrite.reshape(kernel, [outputs, channels]);
    const product = rewrite.add({ type: "MatMul", equation: "NIHW,OI->NOHW" }, [x, matrix], shape, label);
    return bias === undefined ? product : rewrite.add({ type: "Add" }, [product, spread()], shape, label);
  }
  // A convolution writes its bias at a scale of its own, so one that others read too is added behind it.
  const own = bias !== undefined && uses[inputs[2]] > 1 ? undefined : bias;
  const [bare, padding] = unpadded(rewrite, x, op.padding);
  const operands = own === undefined ? [bare, kernel] : [bare, kernel, own];
  const result = rewrite.add({ ...op, padding }, operands, shape, label);
  return own === bias ? result : rewrite.add({ type: "Add" }, [result, spread()], shape, label);
}

/** The image without what a stride passes over along the axes of which a kernel takes one element, and the strides left. */
function downsampled(
  rewrite: Rewrite,
  image: number,
  { stride, padding }: Window,
  size: readonly number[],
): [image: number, stride: number[]] {
  const left = [...stride];
  let x = image;
  for (const [at, step] of stride.entries()) {
    if (step === 1 || size[at] !== 1 || padding[at].some((pad) => pad !== 0)) continue;
    const { shape, label } = rewrite.node(x), axis = at + 2;
    const kept = shape.with(axis, Math.ceil(shape[axis] / step));
    x = rewrite.add({ type: "Downsample", axis, stride: step }, [x], kept, label);
    left[at] = 1;
  }
  return [x, left];
}

/** The image in front of a Pad of its spatial axes, and the padding of both. */
function unpadded(
  rewrite: Rewrite,
  x: number,
  padding: [number, number][],
): [image: number, padding: [number, number][]] {
  const { op, inputs } = rewrite.node(x);
  if (op.type !== "Pad" || op.padding.slice(0, 2).flat().some((pad) => pad !== 0)) return [x, padding];
  const outer = op.padding.slice(2);
  return [inputs[0], padding.map(([before, after], axis) => [before + outer[axis][0], after + outer[axis][1]])];
}

/** Writes a constant in the one shape that it is read in. */
function foldReshapes(network: Network): Network {
  const uses = countUses(network);
  const rewrite = new Rewrite();
  for (const node of network.nodes) {
    const operand = node.inputs[0];
    const source = node.op.type === "Reshape" ? network.nodes[operand] : undefined;
    if (source?.op.type === "Constant" && uses[operand] === 1) {
      rewrite.stands(rewrite.add(source.op, [], node.shape, source.label));
    } else {
      rewrite.stands(rewrite.add(node.op, node.inputs.map((place) => rewrite.at(place)), node.shape, node.label));
    }
  }
  return rewrite.finish(network);
}
