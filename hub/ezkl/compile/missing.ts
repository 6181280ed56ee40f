/**
 * Refuses the operators that no circuit expresses, all of a file at once.
 * @module
 */
import type { ReadGraph } from "../../../onnx/read/graph.ts";
import { refuseMissing } from "../../../onnx/read/missing.ts";
import { OPERATOR } from "../operators/list.ts";

/** Throws an `ArgumentError` that lists every node whose operator has no rule, or what is wrong with the inputs. */
export function checkOperators(graph: ReadGraph, name: string): void {
  refuseMissing(graph, {
    name,
    refusal: "no circuit is known for",
    takes: ({ domain, opType }) => domain === "" && OPERATOR.has(opType),
    otherwise: `expected some of the ${OPERATOR.size} operators that circuits have; write the model without them`,
  });
}
