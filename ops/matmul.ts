/**
 * Products of matrices: `y = a b` over the last two dimensions, those in front broadcast; a `[..., M, K]`, b
 * `[..., K, N]`, y `[..., M, N]`. `da = dy b^T` and `db = a^T dy`, summed where an operand was repeated.
 *
 * A single matrix b is what a linear layer has, and its kernels are used; two batches of matrices have a template of
 * their own on the CPU.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import { type CpuForm, type MatricesForm, ONE_TAP } from "../core/graph/cpu_form.ts";
import { graphOf, type Node, type Value } from "../core/graph/graph.ts";
import type { KernelCall, KernelText, OnnxValue, OnnxWriter, OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { placeOf, spreadStrides } from "../core/graph/places.ts";
import { aligned, broadcastShape, isWhole, sumTo } from "./broadcast.ts";
import { linearBackwardInputKernel } from "./linear_backward_input.ts";
import { LinearBackwardWeightOp } from "./linear_backward_weight.ts";
import { linearForwardKernel } from "./linear_forward.ts";
import { rowsOfSample } from "./linear_product.ts";
import { matricesTiles } from "./matmul_tiles.ts";
import { reshape } from "./reshape.ts";

/** Which operands' matrices are read with rows as columns. */
export interface MatMulAttributes {
  /** Those of a. */
  readonly transA: boolean;
  /** Those of b. */
  readonly transB: boolean;
}

const PLAIN: MatMulAttributes = { transA: false, transB: false };

/** The operation: a `[..., M, K]` (or `[..., K, M]`), b `[..., K, N]` (or `[..., N, K]`), to `[..., M, N]`. */
export const MatMulOp: OpDefinition<MatMulAttributes> = {
  name: "MatMul",
  shapes: ([a, b], attributes) => {
    const { rows, columns, depth } = sizesOf(a, b, attributes);
    if (depth[0] !== depth[1]) {
      throw new ShapeError(
        `matmul() got ${showShape(a)} and ${showShape(b)}, whose inner sizes ${depth[0]} and ${depth[1]} differ; ` +
          "transpose one of them, or reshape it",
      );
    }
    return [[...broadcastShape("matmul()", a.slice(0, -2), b.slice(0, -2)), rows, columns]];
  },
  carries: ["map"],
  kernel: matMulKernel,
  gradient(node, [dy]) {
    const [a, b] = node.inputs;
    const { transA, transB } = node.attributes;
    const da = transA ? matrixProduct(b, dy!, { transA: transB, transB: true }) : matrixProduct(dy!, b, {
      transA: false,
      transB: !transB,
    });
    if (isOneMatrix(a.shape, b.shape, node.attributes)) {
      const operands = transB ? [a, dy!] : [dy!, a];
      return [sumTo(da, a.shape), dy!.graph.apply(LinearBackwardWeightOp, operands, { bias: false })[0]];
    }
    const db = transB ? matrixProduct(dy!, a, { transA: true, transB: transA }) : matrixProduct(a, dy!, {
      transA: !transA,
      transB: false,
    });
    return [sumTo(da, a.shape), sumTo(db, b.shape)];
  },
  writeOnnx: (node, to) => [to.node("MatMul", [written(node, to, 0), written(node, to, 1)])],
  readOnnx: { MatMul: (node) => matmul(node.input(0), node.input(1)) },
  cases: [
    { name: "matrices of a batch", inputs: [[11, 3, 5], [11, 5, 7]], attributes: PLAIN },
    { name: "heads", inputs: [[3, 2, 4, 5], [3, 2, 5, 3]], attributes: PLAIN },
    { name: "scores of attention", inputs: [[9, 2, 7, 5], [9, 2, 6, 5]], attributes: { transA: false, transB: true } },
    { name: "one matrix for all rows", inputs: [[9, 4, 5], [5, 3]], attributes: PLAIN },
    { name: "one matrix, turned", inputs: [[10, 5], [3, 5]], attributes: { transA: false, transB: true } },
    { name: "both are repeated", inputs: [[9, 1, 4, 3], [2, 3, 5]], attributes: PLAIN },
  ],
};

/**
 * The product of matrices over the last two dimensions, those in front broadcasting, as PyTorch's `matmul`: an operand of one
 * dimension is a row in front and a column behind, and that dimension is gone from the result. Throws a `ShapeError` where inner
 * sizes differ.
 *
 * @example
 * ```ts
 * import { matmul, nn, Predictor, type Tensor, transpose } from "@zkgrad/zkgrad";
 *
 * // How much every vector of a sample is like every other.
 * class Scores extends nn.Module {
 *   forward(x: Tensor): Tensor {
 *     return matmul(x, transpose(x, -2, -1)); // [N, T, D] becomes [N, T, T]
 *   }
 * }
 *
 * using predictor = await Predictor.create({ model: new Scores(), shape: [2, 2], device: "cpu" });
 * const scores = await predictor.predict(Float32Array.of(1, 0, 2, 1));
 * if (`${scores}` !== "1,2,2,5") throw new Error(`${scores}`);
 * ```
 */
export function matmul(a: Value, b: Value): Value {
  checkArguments("matmul()", arguments, 2);
  graphOf("matmul()", a);
  graphOf("matmul()", b);
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw new ShapeError(
      `matmul() got ${showShape(a.shape)} and ${showShape(b.shape)}, expected dimensions to multiply`,
    );
  }
  const [row, column] = [a.shape.length === 1, b.shape.length === 1];
  const product = matrixProduct(
    row ? reshape(a, [1, ...a.shape]) : a,
    column ? reshape(b, [...b.shape, 1]) : b,
    PLAIN,
  );
  const { shape } = product;
  if (!row && !column) return product;
  return reshape(product, [...shape.slice(0, -2), ...row ? [] : [shape.at(-2)!], ...column ? [] : [shape.at(-1)!]]);
}

/** The product of matrices, either of which may be turned. */
export function matrixProduct(a: Value, b: Value, attributes: MatMulAttributes): Value {
  return a.graph.apply(MatMulOp, [a, b], attributes)[0];
}

function sizesOf(a: Shape, b: Shape, { transA, transB }: MatMulAttributes) {
  if (a.length < 2 || b.length < 2) {
    throw new ShapeError(`matmul() got ${showShape(a)} and ${showShape(b)}, expected two dimensions or more`);
  }
  const [rows, inner] = transA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
  const [other, columns] = transB ? [b.at(-1)!, b.at(-2)!] : [b.at(-2)!, b.at(-1)!];
  return { rows, columns, depth: [inner, other] as const };
}

/** Whether every row of a goes through one matrix b, as in a linear layer. */
function isOneMatrix(_: Shape, b: Shape, { transA }: MatMulAttributes): boolean {
  return b.length === 2 && !transA;
}

function matMulKernel(call: KernelCall<MatMulAttributes>): KernelText {
  const { inputs: [a, b], outputs: [out], attributes } = call;
  if (isOneMatrix(a, b, attributes)) {
    const kernel = attributes.transB ? linearForwardKernel(call) : linearBackwardInputKernel(call);
    return { ...kernel, name: "MatMul", cpu: oneMatrixForm(a, b, attributes) };
  }
  const form = matricesForm(a, b, out, attributes);
  const { rows, columns, depth, lead } = form;
  const depthIsInner = [!attributes.transA, attributes.transB] as const;
  const tiled = matricesTiles(call, { rows, columns, depth, depthIsInner });
  if (tiled !== null) return tiled;
  const first = (operand: typeof form.a): string => lead.length === 0 ? "0u" : placeOf("matrix", lead, operand.lead);
  const text = perSample({
    name: "MatMul",
    inputs: [{ name: "a", type: "f32", whole: form.a.whole }, { name: "b", type: "f32", whole: form.b.whole }],
    outputs: [{ name: "y" }],
    whole: form.a.whole && form.b.whole,
    items: sizeOf(form.a.whole && form.b.whole ? out : out.slice(1)),
    body: `  let column = item % ${columns}u;
  let row = (item / ${columns}u) % ${rows}u;
  let matrix = item / ${rows * columns}u;
  let from_a = ${first(form.a)} + row * ${form.a.outer}u;
  let from_b = ${first(form.b)} + column * ${form.b.outer}u;
  var sum = 0.0;
  for (var k = 0u; k < ${depth}u; k++) { sum += a(from_a + k * ${form.a.inner}u) * b(from_b + k * ${form.b.inner}u); }
  set_y(item, sum);`,
    carries: true,
  }, call);
  return form.a.whole && form.b.whole ? text : { ...text, cpu: form };
}

function oneMatrixForm(a: Shape, b: Shape, { transB }: MatMulAttributes): CpuForm {
  const [results, channels] = transB ? b : [b[1], b[0]];
  return {
    kind: "products",
    axes: [ONE_TAP, ONE_TAP],
    turned: !transB,
    results,
    channels,
    resultStride: transB ? channels : 1,
    channelStride: transB ? 1 : results,
    rows: rowsOfSample(a),
  };
}

/** How both operands are walked through, within a sample where they have the result's batch. */
function matricesForm(a: Shape, b: Shape, out: Shape, attributes: MatMulAttributes): MatricesForm {
  const { rows, columns, depth } = sizesOf(a, b, attributes);
  const [wholeA, wholeB] = [a, b].map((shape) => out.length < 3 || isWhole(shape, out));
  const all = wholeA && wholeB;
  const walk = (shape: Shape, whole: boolean, turned: boolean, size: number, inner: number) => {
    const own = aligned(shape, out.length);
    const distances = spreadStrides(own, out).slice(0, -2);
    // What a sample has of it begins at 0.
    return {
      whole,
      lead: distances.slice(all ? 0 : 1),
      outer: turned ? 1 : inner,
      inner: turned ? size : 1,
    };
  };
  return {
    kind: "matrices",
    lead: out.slice(all ? 0 : 1, -2),
    rows,
    columns,
    depth: depth[0],
    a: walk(a, wholeA, attributes.transA, rows, depth[0]),
    b: walk(b, wholeB, !attributes.transB, columns, depth[0]),
  };
}

/** An operand as ONNX's MatMul takes it. */
function written(node: Node<MatMulAttributes>, to: OnnxWriter, input: 0 | 1): OnnxValue {
  const { transA, transB } = node.attributes;
  if (!(input === 0 ? transA : transB)) return to.inputs[input];
  const rank = node.inputs[input].shape.length;
  const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
  return to.node("Transpose", [to.inputs[input]], { perm });
}
