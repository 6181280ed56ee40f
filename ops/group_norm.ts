/**
 * Normalisation within a sample: LayerNorm, GroupNorm and InstanceNorm are one operation, over groups of neighbouring
 * elements: `y = (x - mean) / sqrt(variance + eps) * weight + bias`, mean and variance being those of the group.
 * With `xhat` what was normalised and M the elements of a group,
 * `dx = (dy weight - (sum(dy weight) + xhat sum(dy weight xhat)) / M) / sqrt(variance + eps)`.
 * @module
 */
import { type Shape, sizeOf } from "../core/base/shape.ts";
import { type Lanes, lanesFor } from "../core/graph/lanes.ts";
import type { KernelCall, OnnxNode, OnnxValue, OnnxWriter, OpDefinition } from "../core/graph/op.ts";
import type { Node, Value } from "../core/graph/graph.ts";
import { overBatch } from "../core/graph/over_batch.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { float } from "../core/graph/wgsl.ts";
import { expandTo } from "./broadcast.ts";
import { reshape } from "./reshape.ts";

/** What a group is. */
export interface GroupNormAttributes {
  /**
   * Groups of a sample's channels, or null: the last dimensions, as many as the weights have, are a group, for LayerNorm.
   */
  readonly groups: number | null;
  /** What is added to the variance. */
  readonly eps: number;
}

/** The sizes that kernels work with. */
interface Sizes {
  /** Groups of a sample. */
  readonly groups: number;
  /** Elements of a group. */
  readonly size: number;
  /** Neighbours that share a weight. */
  readonly span: number;
  /** Whether every group has the same weights. */
  readonly shared: boolean;
  /** Weights. */
  readonly weights: number;
}

function sizesOf(x: Shape, weight: Shape, { groups }: GroupNormAttributes): Sizes {
  const weights = sizeOf(weight);
  const all = sizeOf(x.slice(1));
  if (groups === null) return { groups: all / weights, size: weights, span: 1, shared: true, weights };
  return { groups, size: all / groups, span: all / weights, shared: false, weights };
}

/** Lanes that share a group. */
function lanesOfGroup({ profile }: KernelCall<unknown>, { size, span }: Sizes): Lanes {
  return lanesFor(profile.kind, Math.max(span, size / span));
}

/** WGSL: runs `body` for each place `at` of group `item`, whose weight is number `w`; lanes take turns along the longer side. */
function overGroup({ size, span, shared }: Sizes, { count }: Lanes, before: string, body: string): string {
  const w = shared ? "o" : `item * ${size / span}u + o`;
  const loop = (name: string, end: number, longer: boolean): string =>
    longer && count > 1
      ? `for (var ${name} = lane; ${name} < ${end}u; ${name} += ${count}u) {`
      : `for (var ${name} = 0u; ${name} < ${end}u; ${name}++) {`;
  return `  ${loop("o", size / span, span < size / span)}
    let w = ${w};
${before}
    ${loop("p", span, span >= size / span)}
      let at = item * ${size}u + o * ${span}u + p;
      ${body}
    }
  }
`;
}

/** The operation: x, weight and bias to y and, for the way back, each group's mean and `1 / sqrt(variance + eps)`. */
export const GroupNormOp: OpDefinition<GroupNormAttributes> = {
  name: "GroupNorm",
  shapes([x, weight], attributes) {
    const { groups } = sizesOf(x, weight, attributes);
    return [x, [x[0], groups], [x[0], groups]];
  },
  kernel(call) {
    const { inputs: [x, weight], attributes } = call;
    const sizes = sizesOf(x, weight, attributes);
    const { groups, size } = sizes;
    const lanes = lanesOfGroup(call, sizes);
    return perSample({
      name: "GroupNorm",
      inputs: [
        { name: "x", type: "f32" },
        { name: "weight", type: "f32", whole: true },
        { name: "bias", type: "f32", whole: true },
      ],
      outputs: [{ name: "y" }, { name: "mean" }, { name: "rstd" }],
      items: groups,
      lanes,
      body: `  let first = item * ${size}u;
  var sum = 0.0;
${lanes.each("sum += x(first + k);", size)}${lanes.sum("sum")}  let m = sum / ${float(size)};
  var squares = 0.0;
${lanes.each("let d = x(first + k) - m; squares += d * d;", size)}${
        lanes.sum("squares")
      }  let r = 1.0 / sqrt(squares / ${float(size)} + ${float(attributes.eps)});
${overGroup(sizes, lanes, "    let a = r * weight(w);\n    let b = bias(w);", "set_y(at, (x(at) - m) * a + b);")}${
        lanes.once("set_mean(item, m);")
      }${lanes.once("set_rstd(item, r);")}`,
    }, call);
  },
  gradient(node, [dy]) {
    const { inputs: [x, weight], outputs: [, mean, rstd], attributes } = node;
    const [dx] = x.graph.apply(GroupNormBackwardOp, [x, dy!, weight, mean, rstd], attributes);
    const sums = x.graph.apply(GroupNormSumsOp, [x, dy!, mean, rstd, weight], attributes);
    return [dx, ...sums];
  },
  readOnnx: {
    InstanceNormalization: (node) => readGroups(node, node.shape(0)[1]),
    GroupNormalization: (node) => readGroups(node, node.number("num_groups", 1)),
    LayerNormalization(node) {
      const x = node.input(0);
      const axis = node.number("axis", -1);
      const shape = x.shape.slice(axis < 0 ? axis + x.shape.length : axis);
      const of = (input: number, otherwise: number): Value =>
        node.has(input)
          ? expandTo(node.input(input), shape)
          : node.graph.constant(shape, new Float32Array(sizeOf(shape)).fill(otherwise));
      const attributes = { groups: null, eps: node.number("epsilon", 1e-5) };
      return node.graph.apply(GroupNormOp, [x, of(1, 1), of(2, 0)], attributes)[0];
    },
  },
  writeOnnx: (node, to) => [node.attributes.groups === null ? writeLayer(node, to) : writeGroups(node, to)],
  cases: [
    testCase("two groups", [3, 4, 2, 3], [4], 2),
    testCase("every channel, many samples", [17, 3, 5], [3], 3),
    testCase("all channels, one sample", [1, 4, 3], [4], 1),
    testCase("rows", [9, 3, 5], [5], null),
    testCase("planes, one sample", [1, 3, 2, 4], [2, 4], null),
    testCase("vectors", [3, 7], [7], null),
  ],
};

function testCase(name: string, x: Shape, weight: Shape, groups: number | null) {
  return { name, inputs: [x, weight, weight], attributes: { groups, eps: 0.01 } };
}

/** The gradient of x: from x, dy, weight, mean and rstd. */
const GroupNormBackwardOp: OpDefinition<GroupNormAttributes> = {
  name: "GroupNormBackward",
  shapes: ([x]) => [x],
  carries: ["map"],
  kernel(call) {
    const { inputs: [x, , weight], attributes } = call;
    const sizes = sizesOf(x, weight, attributes);
    const lanes = lanesOfGroup(call, sizes);
    const one = `let g = dy(at) * f;
      sum += g;
      products += g * (x(at) - m) * r;`;
    return perSample({
      name: "GroupNormBackward",
      inputs: [
        { name: "x", type: "f32" },
        { name: "dy", type: "f32" },
        { name: "weight", type: "f32", whole: true },
        { name: "mean", type: "f32" },
        { name: "rstd", type: "f32" },
      ],
      outputs: [{ name: "dx" }],
      items: sizes.groups,
      lanes,
      body: `  let m = mean(item);
  let r = rstd(item);
  var sum = 0.0;
  var products = 0.0;
${overGroup(sizes, lanes, "    let f = weight(w);", one)}${lanes.sum("sum")}${lanes.sum("products")}  let s = sum / ${
        float(sizes.size)
      };
  let q = products / ${float(sizes.size)} * r;
${overGroup(sizes, lanes, "    let f = weight(w);", "set_dx(at, r * (dy(at) * f - s - (x(at) - m) * q));")}`,
      carries: true,
    }, call);
  },
};

/** The gradients of weight and bias: from x, dy, mean and rstd, and weight for its shape. */
const GroupNormSumsOp: OpDefinition<GroupNormAttributes> = {
  name: "GroupNormSums",
  shapes: ([, , , , weight]) => [weight, weight],
  kernel(call) {
    const { inputs: [x, , , , weight], attributes } = call;
    const { groups, size, span, shared, weights } = sizesOf(x, weight, attributes);
    const loop = shared
      ? `for (var g = 0u; g < ${groups}u; g++) {
    let at = g * ${size}u + item;`
      : `let g = item / ${size / span}u;
  for (var p = 0u; p < ${span}u; p++) {
    let at = item * ${span}u + p;`;
    return overBatch({
      name: "GroupNormSums",
      inputs: [
        { name: "x", type: "f32" },
        { name: "dy", type: "f32" },
        { name: "mean", type: "f32" },
        { name: "rstd", type: "f32" },
        { name: "weight", type: "f32", whole: true },
      ],
      outputs: ["dweight", "dbias"],
      items: weights,
      batch: x[0],
      body: `  ${loop}
    dweight += dy(at) * (x(at) - mean(g)) * rstd(g);
    dbias += dy(at);
  }`,
    }, call);
  },
};

/** Groups of channels; weights may be one for each group, as they were at first in a GroupNormalization. */
function readGroups(node: OnnxNode, groups: number): Value {
  const x = node.input(0);
  const channels = x.shape[1];
  const each = (input: number): Value => {
    const given = node.input(input);
    if (given.shape[0] === channels) return given;
    return reshape(expandTo(reshape(given, [groups, 1]), [groups, channels / groups]), [channels]);
  };
  const attributes = { groups, eps: node.number("epsilon", 1e-5) };
  return node.graph.apply(GroupNormOp, [x, each(1), each(2)], attributes)[0];
}

/** Over the last dimensions, by hand: LayerNormalization is of opset 17. */
function writeLayer(node: Node<GroupNormAttributes>, to: OnnxWriter): OnnxValue {
  const { inputs: [{ shape: x }, { shape: weight }], attributes: { eps } } = node;
  const axes = weight.map((_, k) => x.length - weight.length + k);
  const mean = (value: OnnxValue): OnnxValue => to.node("ReduceMean", [value], { axes, keepdims: 1 });
  const centred = to.node("Sub", [to.inputs[0], mean(to.inputs[0])]);
  const variance = mean(to.node("Mul", [centred, centred]));
  const deviation = to.node("Sqrt", [to.node("Add", [variance, to.floats([], [eps])])]);
  const scaled = to.node("Mul", [to.node("Div", [centred, deviation]), to.inputs[1]]);
  return to.node("Add", [scaled, to.inputs[2]]);
}

/** Over groups of channels, which an InstanceNormalization takes for channels. */
function writeGroups(node: Node<GroupNormAttributes>, to: OnnxWriter): OnnxValue {
  const { inputs: [{ shape: x }], attributes: { groups, eps } } = node;
  const epsilon = { epsilon: { float: eps } };
  if (groups === x[1] && x.length > 2) return to.node("InstanceNormalization", to.inputs, epsilon);
  const ones = to.floats([groups!], Array.from({ length: groups! }, () => 1));
  const zeros = to.floats([groups!], new Float32Array(groups!));
  const grouped = to.node("Reshape", [to.inputs[0], to.integers([0, groups!, -1])]);
  const normal = to.node("InstanceNormalization", [grouped, ones, zeros], epsilon);
  const shape = [x[1], ...x.slice(2).map(() => 1)];
  const spread = (input: number): OnnxValue =>
    to.changed(input, "spread", ({ data }) => ({ shape, data: data as Float32Array<ArrayBuffer> })) ??
      to.node("Reshape", [to.inputs[input], to.integers(shape)]);
  const back = to.node("Reshape", [normal, to.integers([0, ...x.slice(1)])]);
  return to.node("Add", [to.node("Mul", [back, spread(1)]), spread(2)]);
}
