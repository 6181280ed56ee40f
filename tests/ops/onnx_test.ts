/** Every case of every operation, written as a file, before onnx.checker and ONNX Runtime. */
import assert from "node:assert/strict";
import type { OpDefinition } from "../../core/graph/op.ts";
import { operations, SigmoidOp } from "../../ops/mod.ts";
import { CHECKER_NEEDS, checkerIsPresent } from "../onnx/checker.ts";
import { judge, type Judged } from "../onnx/judge.ts";
import { type Case, casesOf, exportCase, traceCase } from "./cases.ts";
import { Devices, Execution } from "./harness.ts";

let devices: Devices;
Deno.test.beforeAll(async () => {
  devices = await Devices.request();
});
Deno.test.afterAll(() => devices[Symbol.dispose]());

/** A case as a file, with what its own kernel makes of its data. */
async function judgedCase(one: Case): Promise<Judged> {
  const { input, parameters, output } = traceCase(one);
  const given = new Map([input, ...parameters].map((value, k) => [value, one.tensors[k].data]));
  using execution = await Execution.create(devices.cpu, { given, wanted: [output] });
  execution.run();
  return { name: one.name, bytes: exportCase(one), input: one.tensors[0], output: await execution.read(output) };
}

const cases = operations.flatMap(casesOf);
const judges = checkerIsPresent ? "onnx.checker and ONNX Runtime" : `ONNX Runtime ${CHECKER_NEEDS}`;

Deno.test(`all ${cases.length} cases of all operations, as files, pass ${judges}, which computes the same within 1e-5`, async () => {
  const files: Judged[] = [];
  for (const one of cases) files.push(await judgedCase(one));
  assert.deepEqual(await judge(files), []);
});

Deno.test(`a mapping to another operator is found by ${judges}`, async () => {
  const mapped = (opType: string, attribute = {}): OpDefinition<null> => ({
    ...SigmoidOp,
    name: opType,
    onnx: { opType, write: () => attribute, read: () => null },
  });
  /** Each with the verdicts that it must get. */
  const wrong: readonly (readonly [OpDefinition<null>, RegExp, RegExp])[] = [
    // An operator of opset 20, while the files are of opset 12.
    [mapped("Gelu"), /No Op registered for Gelu/, /Gelu.*not a registered|No Op registered for Gelu/],
    [mapped("Sigmoid", { alpha: { float: 1 } }), /Unrecognized attribute: alpha/, /Unrecognized attribute: alpha/],
    [mapped("Tanh"), /^$/, /element 0 is .*, but ours is/],
  ];
  for (const [op, checker, runtime] of wrong) {
    const [one] = casesOf(op);
    const problems = (await judge([await judgedCase(one)])).map((problem) => problem.slice(one.name.length + 2));
    const said = (who: string) => problems.find((problem) => problem.startsWith(who))?.slice(who.length + 2) ?? "";
    assert.match(said("onnxruntime"), runtime, op.name);
    if (checkerIsPresent) assert.match(said("onnx.checker"), checker, op.name);
  }
});
