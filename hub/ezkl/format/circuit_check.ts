/**
 * What holds in every circuit beyond the types of its fields.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { CircuitModel, Outlet } from "./circuit.ts";

/** Elements that a tensor has at most: its layout takes a row or more for each two. */
const MAX_ELEMENTS = 2 ** 32;

/**
 * Refuses a graph that cannot be walked: nodes that read what comes after them or is not
 * there, and shapes beyond all memory.
 * @throws {FormatError} naming the node
 */
export function checkModel(model: CircuitModel, file: string): void {
  const wrong = (what: string): never => {
    throw new FormatError(`${file}: ${what}`);
  };
  const checkOutlet = ([key, slot]: Outlet, reader: string): void => {
    if (!model.nodes.has(key)) wrong(`${reader} reads node ${key}, which is not there; expected the key of a node`);
    if (slot !== 0) wrong(`${reader} reads result ${slot} of node ${key}, expected 0, its only result`);
  };
  for (const [key, node] of model.nodes) {
    if (node.idx !== key) wrong(`node ${key} has idx ${node.idx}, expected its key`);
    for (const outlet of node.inputs) {
      checkOutlet(outlet, `node ${key}`);
      if (outlet[0] >= key) wrong(`node ${key} reads node ${outlet[0]}, expected one that comes before it`);
    }
    const size = sizeOf(node.outDims);
    if (!(size <= MAX_ELEMENTS)) wrong(`node ${key} has the shape [${node.outDims}], expected at most 2^32 elements`);
  }
  for (const key of model.inputs) {
    const kind = model.nodes.get(key)?.opkind.kind;
    if (kind !== "Input") wrong(`the input ${key} is ${kind ? `a ${kind} node` : "not there"}, expected an Input node`);
  }
  for (const outlet of model.outputs) checkOutlet(outlet, "an output");
}
