/**
 * Products with a constant matrix in the one form that a fully connected layer has,
 * `x W^T + b`: other frameworks write `x W`, a MatMul with an Add behind it, factors
 * for either part, or a bias of another shape. The factors go into the weights.
 * @module
 */
import { type Shape, sizeOf } from "../core/base/shape.ts";
import type { ReadAttribute, ReadGraph, ReadNode, ReadValue } from "./read/graph.ts";
import { foldedValue } from "./read/scope.ts";
import { isFloat } from "./read/typed.ts";
import { toFloats } from "./tensor.ts";

/** The nodes of a graph with such products as Gemm with alpha 1, beta 1, transA 0 and transB 1; all others as they are. */
export function fullyConnected({ nodes, outputs }: ReadGraph): readonly ReadNode[] {
  const readers = new Map<ReadValue, (ReadNode | null)[]>();
  const read = (value: ReadValue | null, by: ReadNode | null) => {
    if (value !== null) readers.set(value, [...readers.get(value) ?? [], by]);
  };
  for (const node of nodes) for (const value of node.inputs) read(value, node);
  for (const { value } of outputs) read(value, null);
  const replaced = new Map<ReadNode, ReadNode | null>();
  for (const node of nodes) {
    if (node.domain !== "" || node.problem !== null) continue;
    if (node.opType === "Gemm") replaced.set(node, ofGemm(node));
    if (node.opType !== "MatMul") continue;
    const behind = readers.get(node.outputs[0]) ?? [];
    const [add] = behind.length === 1 ? behind : [];
    const whole = add?.opType === "Add" && add.problem === null ? ofMatMul(node, add) : null;
    if (whole !== null) replaced.set(add!, whole).set(node, null);
    else replaced.set(node, ofMatMul(node, null) ?? node);
  }
  return nodes.flatMap((node) => {
    const made = replaced.get(node);
    return made === null ? [] : [made ?? node];
  });
}

function ofGemm(node: ReadNode): ReadNode {
  const { attributes: given, inputs: [x = null, weight = null, bias = null] } = node;
  const { alpha = { float: 1 }, beta = { float: 1 }, transA = 0, transB = 0 } = given;
  const factors = [numberOf(alpha), numberOf(beta)];
  const columns = weight?.shape?.[transB === 0 ? 1 : 0];
  const isPlain = transB === 1 && factors.every((factor) => factor === 1) && (bias?.shape?.length ?? 1) === 1;
  if (isPlain && (bias?.shape?.[0] ?? columns) === columns || transA !== 0) return node;
  if (factors.includes(null) || transB !== 0 && transB !== 1) return node;
  return connected(node, x, weight, transB === 1, factors[0]!, bias, factors[1]!, node.outputs) ?? node;
}

/** A MatMul, with the Add behind it unless that is null; null where they are no such layer. */
function ofMatMul(node: ReadNode, add: ReadNode | null): ReadNode | null {
  const [x = null, weight = null] = node.inputs;
  if ((x?.shape?.length ?? 0) < 2 || weight?.shape?.length !== 2) return null;
  if (add === null) return connected(node, x, weight, false, 1, null, 1, node.outputs);
  const [bias] = add.inputs.filter((value) => value !== node.outputs[0]);
  // A bias of more dimensions, or of several rows, would make another shape of the product.
  if (add.outputs[0].shape?.join() !== node.outputs[0].shape?.join() || bias === undefined) return null;
  return connected(node, x, weight, false, 1, bias, 1, add.outputs);
}

/** The layer; null unless its weights are constants and its bias is one number for each output. */
function connected(
  node: ReadNode,
  x: ReadValue | null,
  weight: ReadValue | null,
  isTurned: boolean,
  alpha: number,
  bias: ReadValue | null,
  beta: number,
  outputs: readonly ReadValue[],
): ReadNode | null {
  if (x === null || !isWeight(weight) || weight!.shape!.length !== 2 || bias !== null && !isWeight(bias)) return null;
  const [rows, columns] = weight!.shape!;
  const size = isTurned ? rows : columns;
  const added = bias === null || beta === 0 ? null : spread(bias, size, beta);
  if (bias !== null && beta !== 0 && added === null) return null;
  const attributes: Record<string, ReadAttribute> = { alpha: { float: 1 }, beta: { float: 1 }, transA: 0, transB: 1 };
  const turned = isTurned && alpha === 1 ? weight : scaled(weight!, isTurned, alpha);
  const inputs = added === null ? [x, turned] : [x, turned, added];
  return { ...node, opType: "Gemm", inputs, attributes, outputs };
}

function isWeight(value: ReadValue | null): boolean {
  return value !== null && value.constant !== null && value.shape !== null && isFloat(value.type);
}

/** A matrix, turned unless it is already, times a number. */
function scaled(value: ReadValue, isTurned: boolean, factor: number): ReadValue {
  const { shape: [rows, columns], data } = floats(value);
  const made = new Float32Array(data.length);
  for (let i = 0; i < made.length; i++) {
    const from = isTurned ? i : i % rows * columns + Math.floor(i / rows);
    made[i] = data[from] * factor;
  }
  return constant(value, isTurned ? [rows, columns] : [columns, rows], made);
}

/** A bias times a number, with an element for each output; null where it has another for each sample. */
function spread(value: ReadValue, size: number, factor: number): ReadValue | null {
  const { shape, data } = floats(value);
  const last = shape.at(-1) ?? 1;
  if (sizeOf(shape) !== last || last !== 1 && last !== size) return null;
  if (shape.length === 1 && last === size && factor === 1) return value;
  return constant(value, [size], Float32Array.from({ length: size }, (_, i) => data[last === 1 ? 0 : i] * factor));
}

function floats(value: ReadValue): { readonly shape: Shape; readonly data: Float32Array<ArrayBuffer> } {
  return toFloats(value.constant!.read(), value.origin);
}

function constant({ name }: ReadValue, shape: Shape, data: Float32Array<ArrayBuffer>): ReadValue {
  return foldedValue(name, { shape, dataType: "FLOAT", data }, null);
}

function numberOf(attribute: ReadAttribute): number | null {
  return typeof attribute === "object" && "float" in attribute && Number.isFinite(attribute.float)
    ? attribute.float
    : null;
}
