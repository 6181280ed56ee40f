/** The cases that the operators' own files hold, before ONNX Runtime and native EZKL. */
import assert from "node:assert/strict";
import { ArgumentError } from "../../../../core/base/errors.ts";
import { FloatNetwork } from "../../../../hub/ezkl/calibrate/float_network.ts";
import { buildFrugal } from "../../../../hub/ezkl/compile/frugal.ts";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import type { SupportedOp } from "../../../../hub/ezkl/format/circuit.ts";
import { type RunArgs, runArgs } from "../../../../hub/ezkl/format/run_args.ts";
import type { GraphSettings } from "../../../../hub/ezkl/format/settings.ts";
import { settingsFromJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { genSettings } from "../../../../hub/ezkl/gen_settings.ts";
import { OPERATORS } from "../../../../hub/ezkl/operators/list.ts";
import { inFolder } from "../../../folder.ts";
import { nativeAll, nativeRunArgs, nativeTest, ONE_THREAD } from "../native.ts";
import { type CaseFile, caseFile, inputsOf } from "./case_file.ts";
import { comparable, distance, floatsOf, inputJson, onnxRuntime, simulated, witnessed } from "./judged.ts";

const FILES: readonly CaseFile[] = OPERATORS.flatMap((operator) =>
  operator.cases.map((given) => caseFile(operator, given))
);
const SEEDS = [1, 2];

Deno.test("every operator has a case, and each case its own name", () => {
  for (const { name, cases } of OPERATORS) assert.ok(cases.length > 0, name);
  assert.equal(new Set(FILES.map(({ name }) => name)).size, FILES.length);
});

Deno.test("the float meaning of every operator is ONNX Runtime's", async () => {
  const unknown: string[] = [];
  for (const file of FILES) {
    for (const seed of SEEDS) {
      const inputs = inputsOf(file, seed), expected = await onnxRuntime(file, inputs);
      if (expected === null) {
        unknown.push(file.name);
        continue;
      }
      const values = new FloatNetwork(file.network).run(inputs, 1);
      file.network.outputs.forEach((place, at) => {
        const off = distance(values[place], expected[at]);
        assert.ok(off < 1e-4, `${file.name}, output ${at}: ${off} off`);
      });
    }
  }
  assert.deepEqual([...new Set(unknown)], []);
});

/** What lets a prover take one of two results: divisions with a remainder, and roots, whose sign is in other cells. */
function leavesChoice(op: SupportedOp): boolean {
  if (op.kind === "RebaseScale") return true;
  if (op.kind === "Rescaled") return leavesChoice(op.inner);
  if (op.kind === "Linear") return op.op.name === "MeanOfSquares";
  if (op.kind !== "Hybrid") return false;
  const { op: own } = op;
  return own.name === "Sqrt" || own.name === "Rsqrt" || own.name === "Div" && Number.isInteger(own.denom) ||
    own.name === "SumPool" && own.normalized;
}

/** Fine scales, at which what a circuit rounds is small. */
const fine = runArgs({ inputScale: 11, paramScale: 11, paramVisibility: "Fixed", decompLegs: 3 });

Deno.test("the circuit of every operator computes it, natively and frugally", () => {
  const scheme = { inputScale: 6, tableScale: 10, dropBits: 5, outputScale: 8, binaryInputs: false };
  const refused: string[] = [];
  for (const file of FILES) {
    const inputs = inputsOf(file, 3), values = new FloatNetwork(file.network).run(inputs, 1);
    const { model } = decodeCircuit(compileCircuit(file.bytes, genSettings(file.bytes, fine)));
    const native = floatsOf(model, simulated(model, fine, inputs));
    file.network.outputs.forEach((place, at) => {
      const off = distance(native[at], values[place]);
      assert.ok(off < (file.given.tolerance ?? 0.01), `${file.name}, output ${at}: ${off} off`);
    });
    try {
      const model = buildFrugal(file.network, fine, scheme), found = floatsOf(model, simulated(model, fine, inputs));
      file.network.outputs.forEach((place, at) => {
        const off = distance(found[at], values[place]);
        assert.ok(off < 0.05, `frugal ${file.name}, output ${at}: ${off} off`);
      });
      for (const { opkind } of model.nodes.values()) assert.equal(leavesChoice(opkind), false, `frugal ${file.name}`);
    } catch (error) {
      assert.match(
        String(error),
        /ArgumentError: .* has no fixed weights, and a layer of a frugal circuit has/,
        file.name,
      );
      refused.push(file.name);
    }
  }
  assert.deepEqual(refused, ["Conv with a computed kernel"]);
});

const args: Partial<RunArgs> = { paramVisibility: "Fixed", lookupRange: [-(2n ** 20n), 2n ** 20n] };

/** The circuit at EZKL's settings; null where they are those of another one. */
function compiledAt(bytes: Uint8Array, settings: GraphSettings): Uint8Array | null {
  try {
    return compileCircuit(bytes, settings);
  } catch (error) {
    if (error instanceof ArgumentError) return null;
    throw error;
  }
}

/** Whether a circuit has EZKL's bytes. */
function isSame(own: Uint8Array | null, theirs: Uint8Array): boolean {
  return own !== null && own.length === theirs.length && own.every((byte, at) => byte === theirs[at]);
}

/** The counts, with the sets in one order. */
function counts({ runArgs: _, timestamp: _when, version: _who, ...settings }: GraphSettings): unknown {
  const text = (value: unknown) => JSON.stringify(value, (_, item) => typeof item === "bigint" ? String(item) : item);
  const sorted = (list: readonly unknown[]) => list.map(text).sort();
  const { requiredLookups, requiredRangeChecks, ...rest } = settings;
  return { ...rest, lookups: sorted(requiredLookups), ranges: sorted(requiredRangeChecks) };
}

nativeTest(
  "the circuit of every operator is EZKL's, byte for byte, but where its case says how it differs",
  async () => {
    await inFolder(async (folder) => {
      const at = (index: number, name: string) => `${folder}/${index}.${name}`;
      const requests = [];
      for (const [index, { bytes }] of FILES.entries()) {
        const model = at(index, "onnx"), settings = at(index, "json");
        await Deno.writeFile(model, bytes);
        requests.push({ command: "gen_settings", model, output: settings, run_args: nativeRunArgs(args) });
        requests.push({
          command: "compile_circuit",
          model,
          compiled_circuit: at(index, "out"),
          settings_path: settings,
        });
      }
      const reports = await nativeAll(requests, ONE_THREAD), same: string[] = [];
      for (const [index, { name, given, bytes }] of FILES.entries()) {
        const isDone = reports[2 * index].ok && reports[2 * index + 1].ok;
        if (!isDone) {
          const error = reports[2 * index].error ?? reports[2 * index + 1].error;
          assert.ok(given.differs, `${name}: EZKL fails with ${error}`);
          continue;
        }
        const settings = settingsFromJson(await Deno.readTextFile(at(index, "json")));
        const isEqual = isSame(compiledAt(bytes, settings), await Deno.readFile(at(index, "out")));
        assert.equal(isEqual, given.differs === undefined, `${name}: equal to EZKL's is ${isEqual}`);
        if (!isEqual) continue;
        assert.deepEqual(counts(genSettings(bytes, settings.runArgs)), counts(settings), name);
        same.push(name);
      }
      assert.ok(same.length >= 130, `${same.length} are the same`);
    });
  },
);

nativeTest("native gen_witness gives the simulator's integers for the circuit of every operator", async () => {
  await inFolder(async (folder) => {
    const requests = [], expected: { name: string; own: ReturnType<typeof comparable> }[] = [];
    const wide = runArgs(args);
    for (const [index, file] of FILES.entries()) {
      const compiled = compileCircuit(file.bytes, genSettings(file.bytes, wide)), circuit = decodeCircuit(compiled);
      await Deno.writeFile(`${folder}/${index}.out`, compiled);
      for (const seed of SEEDS) {
        const inputs = inputsOf(file, 10 + seed), data = `${folder}/${index}.${seed}.input.json`;
        await Deno.writeTextFile(data, inputJson(circuit, inputs));
        requests.push({ command: "gen_witness", data, model: `${folder}/${index}.out`, output: `${data}.witness` });
        expected.push({ name: file.name, own: comparable(simulated(circuit.model, wide, inputs)) });
      }
    }
    const reports = await nativeAll(requests);
    for (const [index, { name, own }] of expected.entries()) {
      assert.ok(reports[index].ok, `${name}: ${reports[index].error}`);
      assert.deepEqual(witnessed(await Deno.readTextFile(requests[index].output)), own, name);
    }
  });
});
