/**
 * The table of operators: what trains, is read from and written to ONNX files, and becomes a circuit. Made from what the
 * code itself lists and can do:
 *
 *     deno task support
 *
 * @module
 */
import type { OpDefinition } from "../../core/graph/op.ts";
import { buildFrugal } from "../../hub/ezkl/compile/frugal.ts";
import { runArgs } from "../../hub/ezkl/format/run_args.ts";
import type { Operator } from "../../hub/ezkl/operators/operator.ts";
import { OPERATORS } from "../../hub/ezkl/operators/list.ts";
import { decodeModel } from "../../onnx/proto.ts";
import { operations } from "../../ops/mod.ts";
import { caseFile } from "../hub/ezkl/operators/case_file.ts";
import { casesOf, exportCase } from "../ops/cases.ts";
import { weigh } from "../ops/harness.ts";

/** Where the table lies. */
export const TABLE: URL = new URL("../../onnx/OPERATORS.md", import.meta.url);

/** What is gone before anybody computes with it. */
const VANISHING = ["Constant", "Dropout", "Identity", "If", "Shape", "Size"];

const HEAD = `# Operators

What the engine and the circuit compiler have of ONNX's operators, made by \`deno task support\` from the code itself.

- **read**: a file with it is imported, predicts, and is exported again; **trained**: its gradient is there too.
- **written**: networks of one's own are exported with it, at opset 12.
- **circuit**: \`EZKL's\`, byte for byte native EZKL's circuit in every form that is tested; \`own\`, in some form another one, as
  its file under [\`hub/ezkl/operators/\`](../hub/ezkl/operators/) says; **fidelity**: the frugal circuit that fidelity looks for.

All of the engine runs on both back ends. ${VANISHING.slice(0, -1).join(", ")} and ${
  VANISHING.at(-1)
} are worked out when a file
is read, for engine and circuits alike. Layers and functions by PyTorch's names are in [\`ops/\`](../ops/README.md).
`;

/** The table's text. */
export function supportTable(): string {
  const read = new Map<string, boolean>();
  for (const op of operations) {
    const trained = isTrained(op);
    for (const name of [...op.onnx ? [op.onnx.opType] : [], ...Object.keys(op.readOnnx ?? {})]) {
      read.set(name, (read.get(name) ?? false) || trained);
    }
  }
  const written = new Set(
    operations.flatMap(casesOf).flatMap((one) => {
      const { graph } = decodeModel(exportCase(one));
      return (graph?.node ?? []).map(({ opType }) => opType!);
    }),
  );
  const circuits = new Map(OPERATORS.map((operator) => [operator.name, operator]));
  const names = [...new Set([...read.keys(), ...written, ...circuits.keys()])].filter((name) =>
    !VANISHING.includes(name)
  );
  const rows = names.sort().map((name) => {
    const operator = circuits.get(name);
    return [
      name,
      read.has(name) ? "yes" : "",
      read.get(name) ? "yes" : "",
      written.has(name) ? "yes" : "",
      operator === undefined ? "" : operator.cases.some(({ differs }) => differs !== undefined) ? "own" : "EZKL's",
      operator !== undefined && isFrugal(operator) ? "yes" : "",
    ];
  });
  const head = ["operator", "read", "trained", "written", "circuit", "fidelity"];
  const widths = head.map((title, k) => Math.max(title.length, ...rows.map((row) => row[k].length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, k) => cell.padEnd(widths[k])).join(" | ")} |`;
  const count = (k: number) => rows.filter((row) => row[k] !== "").length;
  const sums =
    `${count(1)} operators are read, ${count(2)} trained, ${count(3)} written; ${count(4)} become circuits, ` +
    `${count(5)} of them frugal ones.`;
  const table = [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
  return `${HEAD}\n${sums}\n\n${table.join("\n")}\n`;
}

/** Whether a gradient comes through to any input. */
function isTrained(op: OpDefinition): boolean {
  return casesOf(op).some(({ tensors, opCase: { attributes } }) =>
    weigh(tensors, ([x, ...rest]) => x.graph.apply(op, [x, ...rest], attributes)[0]).gradients.size > 0
  );
}

const ARGUMENTS = runArgs({ inputScale: 11, paramScale: 11, paramVisibility: "Fixed", decompLegs: 3 });
const SCHEME = { inputScale: 6, tableScale: 10, dropBits: 5, outputScale: 8, binaryInputs: false };

/** Whether any of an operator's cases has a frugal circuit. */
function isFrugal(operator: Operator): boolean {
  return operator.cases.some((given) => {
    try {
      buildFrugal(caseFile(operator, given).network, ARGUMENTS, SCHEME);
      return true;
    } catch {
      return false;
    }
  });
}

if (import.meta.main) await Deno.writeTextFile(TABLE, supportTable());
