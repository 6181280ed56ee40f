/**
 * `deno task bench:price`: what circuits of several networks cost before any key, and what they lose on samples
 * that chose nothing: the target fidelity beside native EZKL's own resources and accuracy.
 *
 *     deno run -A bench/prove/nets.ts [--only iris,lstm] [--folder out] [--minutes 10] [--json FILE]
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { formatPercent } from "../../core/base/format.ts";
import { readFileIfThere } from "../../core/base/files.ts";
import { FormatError, ZkgradError } from "../../mod.ts";
import { EZKL_VERSION } from "../../hub/ezkl/compile/settings.ts";
import { calibrateFidelity } from "../../hub/ezkl/calibrate/fidelity.ts";
import type { Evaluation } from "../../hub/ezkl/calibrate/evaluate.ts";
import { compileCircuit, type GraphSettings, settingsFromJson } from "../../hub/mod.ts";
import { estimatePrice, type Price } from "../../hub/ezkl/layout/price.ts";
import { nativePython } from "../../tests/hub/ezkl/native.ts";
import { flags, names, runProgram, say, status, thisMachine, writeJson } from "../program.ts";
import { HOW_TO_INSTALL } from "./ezkl.ts";
import { Judge } from "./judge.ts";
import { type Subject, SUBJECTS } from "./networks.ts";
import { run } from "./process.ts";

const LEGEND = `
inputs private, parameters fixed, outputs public; cells, columns (advice), lookups and key by the circuit's settings
right: share of the held-out samples that circuit and float network answer rightly, where outputs are answers
R2 of: the share of the variance of the float network's outputs, or of the targets, that the circuit explains; the
worst output's; error: the largest difference of any output from the float network's
fidelity: zkgrad's calibration with its defaults; for untrained networks by R2 and up to 2^17 rows
resources, accuracy: the native program's gen-settings, calibrate-settings and compile-circuit with its defaults, on 10
of the samples that choose
*: some held-out samples leave the circuit's tables or digits, and have no proof`;

/** Samples for the native program, which lays out a circuit for every one. */
const NATIVE_SAMPLES = 10;

/** A circuit of the table; all that is missing was not reached, and `failure` says why. */
interface Row {
  readonly network: string;
  readonly circuit: string;
  readonly seconds?: number;
  readonly price?: Price;
  readonly evaluation?: Evaluation;
  readonly provable?: boolean;
  readonly failure?: string;
}

/** A compiled circuit with its settings, or why there is none. */
type Made = { readonly compiled: Uint8Array; readonly settings: GraphSettings } | string;

async function fidelity({ onnx, choosing, options }: Subject): Promise<Made> {
  const { onnx: rounded, settings } = await calibrateFidelity(onnx, { examination: choosing, ...options });
  return { compiled: compileCircuit(rounded, settings), settings };
}

async function native(subject: Subject, target: string, minutes: number): Promise<Made> {
  if (nativePython === null) return HOW_TO_INSTALL;
  const folder = await Deno.makeTempDir({ prefix: "zkgrad-bench-" });
  try {
    const [network, input, data] = ["network.onnx", "input.json", "cal.json"].map((name) => `${folder}/${name}`);
    await Deno.writeFile(network, subject.onnx);
    const { inputs, count } = subject.choosing;
    const json = (samples: number) =>
      JSON.stringify({ input_data: inputs.map((values) => [...values.subarray(0, values.length / count * samples)]) });
    await Deno.writeTextFile(input, json(1));
    await Deno.writeTextFile(data, json(NATIVE_SAMPLES));
    const args = ["bench/prove/native.py", network, input, data, "--target", target, "--folder", folder];
    const ended = await run(
      nativePython,
      ["-I", ...args, "--until", "compile", "--minutes", `${minutes}`],
      minutes + 1,
    );
    const compiled = await readFileIfThere(`${folder}/network.compiled`, 2 ** 32);
    if (compiled === null) return ended.stdout.match(/FAILED: (.*)/)?.[1] ?? ended.reason;
    return { compiled, settings: settingsFromJson(await Deno.readTextFile(`${folder}/settings.json`)) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function row(subject: Subject, circuit: string, minutes: number): Promise<Row> {
  const known = { network: subject.name, circuit }, start = performance.now();
  try {
    const made = circuit === "fidelity" ? await fidelity(subject) : await native(subject, circuit, minutes);
    const seconds = (performance.now() - start) / 1000;
    if (typeof made === "string") return { ...known, seconds, failure: made };
    const priced = { ...known, seconds, price: estimatePrice(made.settings) };
    try {
      return { ...priced, ...new Judge(subject.onnx, subject.held).evaluate(made.compiled) };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return { ...priced, failure: `not run here: ${error.message}` };
    }
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    return { ...known, failure: error.message };
  }
}

function cellsOf({ network, circuit, seconds, price, evaluation, provable }: Row): string[] {
  const number = (value: number | undefined, digits = 0) =>
    value === undefined
      ? "-"
      : value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const share = (value: number | null | undefined) => value == null ? "-" : formatPercent(value);
  const r2s = evaluation?.errors.flatMap(({ r2, floatR2 }) => r2 === null || floatR2 === null ? [] : [[r2, floatR2]]);
  const [r2, of] = r2s?.toSorted((a, b) => a[0] - a[1] - b[0] + b[1])[0] ?? [];
  return [
    network,
    circuit,
    number(price?.cells),
    number(price?.logrows),
    number(price?.adviceColumns),
    number(price?.lookupArguments),
    number(price && price.pkBytes / 1e6, 1),
    evaluation?.accuracy == null ? "-" : `${share(evaluation.accuracy)} of ${share(evaluation.floatAccuracy)}`,
    r2 === undefined ? "-" : `${number(r2, 4)} of ${number(of, 4)}`,
    evaluation === undefined ? "-" : evaluation.largestError.toPrecision(2),
    `${number(seconds, 1)}${provable === false ? " *" : ""}`,
  ];
}

/** The rows below each other; where one went no further, why. */
function table(rows: readonly Row[]): string {
  const head = ["network", "circuit", "cells", "2^k", "columns", "lookups", "key MB", "right", "R2 of", "error", "s"];
  const lines = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const told = lines.map((line) =>
    line.map((cell, column) => column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])).join("  ")
  );
  const failures = rows.flatMap(({ network, circuit, failure }) =>
    failure === undefined ? [] : [`${network}, ${circuit}: ${failure.slice(0, 300)}`]
  );
  return [...told.map((line) => line.trimEnd()), ...failures].join("\n");
}

async function main(): Promise<void> {
  const values = flags({
    only: { type: "string" },
    folder: { type: "string", default: "out" },
    minutes: { type: "string", default: "10" },
    json: { type: "string" },
  });
  const only = names("--only", values.only, Object.keys(SUBJECTS)), machine = thisMachine();
  say(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB of memory, ${machine.system}`);
  say(`zkgrad ${config.version} on Deno ${machine.deno}; native ezkl ${nativePython ? EZKL_VERSION : "is not here"}\n`);
  const rows: Row[] = [];
  for (const name of only) {
    status(`${name} ...`);
    const subject = await SUBJECTS[name](values.folder);
    if (subject === null) {
      rows.push({ network: name, circuit: "-", failure: "its files are not here" });
      continue;
    }
    for (const circuit of ["fidelity", "resources", "accuracy"]) {
      status(`${name}, ${circuit} ...`);
      rows.push(await row(subject, circuit, Number(values.minutes)));
      await writeJson(values.json, { machine, rows });
    }
  }
  status("");
  say(table(rows));
  say(LEGEND);
}

if (import.meta.main) await runProgram(main);
