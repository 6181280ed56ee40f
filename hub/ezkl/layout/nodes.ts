/**
 * Lays one node: finds what its operation costs and what becomes of its elements.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { CircuitNode, HybridOp, IndexTensor, LookupOp, PolyOp, SupportedOp } from "../format/circuit.ts";
import { einsumDots } from "./einsum.ts";
import type { Laying } from "./laying.ts";
import { concat, FRESH, mapPositions, type Operand, pick, placed, positionOf } from "./operand.ts";
import { follow, type RecipeName, RECIPES } from "./recipes.ts";
import { layConv, layExtremes, laySumPool } from "./windows.ts";

/** EZKL's stand-in for the inverse of zero, before the output scale. */
const INVERSE_OF_ZERO = 2n ** 52n;

/**
 * Lays `node` with the operands `inputs` and gives its result.
 * @throws {ArgumentError} naming the node and an operation that is not laid out here
 */
export function layNode(laying: Laying, node: CircuitNode, inputs: Operand[]): Operand {
  return layOp(laying, node.opkind, inputs, node);
}

function layOp(laying: Laying, op: SupportedOp, inputs: Operand[], node: CircuitNode): Operand {
  const { grid } = laying;
  switch (op.kind) {
    case "Input": {
      const input: Operand = { dims: node.outDims, codes: new Int32Array(sizeOf(node.outDims)).fill(FRESH) };
      if (op.datumType === "Bool") follow(grid, RECIPES.Boolean, sizeOf(node.outDims));
      else if (op.decomp) return laying.decomposed(input);
      else return laying.identity(input);
      return laying.after(input);
    }
    case "Constant": {
      const { values, visibility } = op.quantizedValues;
      const codes = Int32Array.from(values, (v) => visibility === "Fixed" ? 2 * grid.constantNumber(v) : FRESH);
      const constant: Operand = { dims: node.outDims, codes };
      if (node.numUses <= 1) return constant;
      return op.decomp ? laying.decomposed(constant) : laying.identity(constant);
    }
    case "Rescaled": {
      const rescaled = inputs.slice();
      for (const [input, multiplier] of op.scale) {
        if (multiplier === 1n) continue;
        laying.useConstants(inputs[input]);
        grid.use(multiplier);
        grid.cellwise("Mult", sizeOf(inputs[input].dims));
        rescaled[input] = placed(inputs[input].dims);
      }
      return layOp(laying, op.inner, rescaled, node);
    }
    case "RebaseScale":
      return layHybrid(laying, op.rebaseOp, [layOp(laying, op.inner, inputs, node)], node);
    case "Nonlinear":
      return layLookup(laying, op.op, inputs[0], node);
    case "Linear":
      return layLinear(laying, op.op, inputs, node);
    case "Hybrid":
      return layHybrid(laying, op.op, inputs, node);
    default:
      throw unsupported(node, op.kind);
  }
}

/** A constant is looked up while compiling and takes no cell. */
function layLookup(laying: Laying, op: LookupOp, input: Operand, node: CircuitNode): Operand {
  laying.useConstants(input);
  const { codes } = input, { grid } = laying;
  const constants = codes?.reduce((sum, code) => sum + Number(code >= 0), 0) ?? 0;
  grid.lookup(op, sizeOf(input.dims) - constants);
  if (constants === 0) return placed(node.outDims);
  const value = (code: number) => 2 * grid.constantNumber(`${JSON.stringify(op)} of ${grid.constantValue(code >> 1)}`);
  const results = codes!.map((code) => code >= 0 ? value(code) : code);
  for (const code of results) if (code >= 0) grid.useNumber(code >> 1);
  return { dims: node.outDims, codes: results };
}

function layLinear(laying: Laying, op: PolyOp, inputs: Operand[], node: CircuitNode): Operand {
  const { grid } = laying, { outDims } = node, [x] = inputs, count = sizeOf(outDims);
  switch (op.name) {
    case "Reshape":
    case "Flatten":
      return { dims: outDims, codes: x.codes };
    case "Identity":
      return { ...laying.identity(x), dims: outDims };
    case "MultiBroadcastTo": {
      const dims = [...op.shape.slice(0, op.shape.length - x.dims.length).map(() => 1), ...x.dims];
      const from = (at: number[]) => positionOf(at.map((i, axis) => dims[axis] === 1 ? 0 : i), dims);
      const wide = pick(x, mapPositions(op.shape, from), op.shape);
      laying.useConstants(wide);
      grid.copy(count);
      return { ...laying.after(wide), dims: outDims };
    }
    case "MoveAxis": {
      const order = x.dims.map((_, axis) => axis).filter((axis) => axis !== op.source);
      order.splice(op.destination, 0, op.source);
      const dims = order.map((axis) => x.dims[axis]);
      const from = (at: number[]) => positionOf(x.dims.map((_, axis) => at[order.indexOf(axis)]), x.dims);
      return pick(x, mapPositions(dims, from), outDims);
    }
    case "Concat":
      return concat(inputs, op.axis, outDims);
    case "Slice": {
      const whole = laying.identity(x);
      const dims = x.dims.with(op.axis, op.end - op.start);
      const from = (at: number[]) => positionOf(at.with(op.axis, at[op.axis] + op.start), x.dims);
      return pick(whole, mapPositions(dims, from), outDims);
    }
    case "Downsample": {
      // What stands in cells already is laid down once more.
      laying.useConstants(x);
      grid.copy(sizeOf(x.dims));
      const whole = laying.after(x);
      const from = (at: number[]) => positionOf(at.with(op.axis, op.modulo + at[op.axis] * op.stride), x.dims);
      return pick(whole, mapPositions(outDims, from), outDims);
    }
    case "Pad": {
      const dims = x.dims.map((size, axis) => op.padding[axis][0] + size + op.padding[axis][1]);
      const from = (at: number[]) => {
        const inner = at.map((i, axis) => i - op.padding[axis][0]);
        return inner.every((i, axis) => i >= 0 && i < x.dims[axis]) ? positionOf(inner, x.dims) : -1;
      };
      return pick(x, mapPositions(dims, from), outDims, 2 * grid.constantNumber(0n));
    }
    case "Sum":
      return laySum(laying, op.axes, x, outDims);
    case "Einsum": {
      for (const operand of inputs) laying.useConstants(operand);
      const dots = einsumDots(op.equation, inputs.map(({ dims }) => dims));
      grid.flush();
      for (let i = 0; i < dots.count; i++) grid.dot(dots.length);
      return placed(outDims);
    }
    case "Conv":
      layConv(laying, op, inputs, outDims);
      return placed(outDims);
    case "Pow":
      if (op.exponent < 1) throw unsupported(node, `Pow with the exponent ${op.exponent}`);
      laying.useConstants(x);
      for (let i = 1; i < op.exponent; i++) grid.cellwise("Mult", count);
      return op.exponent === 1 ? { ...x, dims: outDims } : placed(outDims);
    case "LeakyReLU": {
      laying.useInverses(x);
      if (op.slope === 0) follow(grid, RECIPES.Relu, count);
      else {
        grid.use(BigInt(Math.round(op.slope * 2 ** op.scale)), 2n ** BigInt(op.scale));
        follow(grid, RECIPES.LeakyReLU, count);
      }
      return placed(outDims);
    }
    default:
      return layElementwise(laying, op.name, inputs, node);
  }
}

function layHybrid(laying: Laying, op: HybridOp, inputs: Operand[], node: CircuitNode): Operand {
  const { grid } = laying, { outDims } = node, [x] = inputs, count = sizeOf(outDims);
  switch (op.name) {
    case "Div":
      if (op.denom === 1) return { ...x, dims: outDims };
      if (!Number.isInteger(op.denom)) return layLookup(laying, { name: "Div", denom: op.denom }, x, node);
      grid.use(BigInt(op.denom));
      return layElementwise(laying, "Div", inputs, node);
    case "Sqrt":
      grid.use(whole(op.scale));
      return layElementwise(laying, "Sqrt", inputs, node);
    case "Recip":
      grid.use(whole(op.inputScale * op.outputScale), INVERSE_OF_ZERO * whole(op.outputScale));
      return layElementwise(laying, "Recip", inputs, node);
    case "Rsqrt":
      layHybrid(laying, { name: "Sqrt", scale: op.inputScale }, inputs, node);
      return layHybrid(laying, { ...op, name: "Recip" }, [placed(x.dims)], node);
    case "SumPool":
      laySumPool(laying, op, x, outDims);
      return placed(outDims);
    case "MaxPool":
      laying.useConstants(x);
      if (op.padding.some(([before, after]) => before + after > 0)) grid.use(0n);
      layExtremes(grid, sizeOf(op.poolDims), count);
      return sizeOf(op.poolDims) === 1 ? { ...x, dims: outDims } : placed(outDims);
    case "ReduceMax":
    case "ReduceMin":
      laying.useConstants(x);
      layExtremes(grid, sizeOf(x.dims) / count, count);
      return sizeOf(x.dims) === count ? { ...x, dims: outDims } : placed(outDims);
    case "Gather":
      if (op.constantIdx === null) throw unsupported(node, "Gather with an index that is no constant");
      return gather(x, op.dim, op.constantIdx, outDims);
    case "Max":
    case "Min":
    case "Greater":
    case "GreaterEqual":
    case "Less":
    case "LessEqual":
    case "Equals":
      return layElementwise(laying, op.name, inputs, node);
    default:
      throw unsupported(node, op.name);
  }
}

function layElementwise(laying: Laying, name: string, inputs: Operand[], node: CircuitNode): Operand {
  if (!Object.hasOwn(RECIPES, name)) throw unsupported(node, name);
  const { grid } = laying;
  for (const operand of inputs) laying.useConstants(operand);
  const recipe = RECIPES[name as RecipeName];
  if (recipe[0] === "D") laying.useInverses(inputs[0]);
  if (name === "Neg" || name === "Not") grid.use(0n);
  if (name === "Or" || name.endsWith("Equal")) grid.use(1n);
  follow(grid, recipe, sizeOf(node.outDims));
  return placed(node.outDims);
}

/** Sums over `axes`; zeros among the constants are left out. */
function laySum(laying: Laying, axes: number[], x: Operand, outDims: number[]): Operand {
  const { grid } = laying;
  const kept = x.dims.map((size, axis) => axes.includes(axis) ? 1 : size);
  const lengths = new Int32Array(sizeOf(kept));
  const target = mapPositions(x.dims, (at) => positionOf(at.map((i, axis) => axes.includes(axis) ? 0 : i), kept));
  target.forEach((output, i) => {
    const code = x.codes?.[i] ?? -1;
    if (code >= 0 && grid.constantValue(code >> 1) === 0n) return;
    if (code >= 0) grid.useNumber(code >> 1);
    lengths[output]++;
  });
  for (const length of lengths) grid.sum(length);
  return placed(outDims);
}

/** Elements picked by position; only which cell is meant changes. */
function gather(x: Operand, dim: number, index: IndexTensor, outDims: number[]): Operand {
  const dims = [...x.dims.slice(0, dim), index.values.length, ...x.dims.slice(dim + 1)];
  const from = (at: number[]) => positionOf(at.with(dim, index.values[at[dim]]), x.dims);
  return pick(x, mapPositions(dims, from), outDims);
}

function whole(scale: number): bigint {
  return BigInt(Math.round(scale));
}

function unsupported(node: CircuitNode, what: string): ArgumentError {
  return new ArgumentError(
    `layOut: node ${node.idx} is ${what}, which is not laid out here; express it with additions, products, ` +
      `comparisons, tables, convolutions and poolings`,
  );
}
