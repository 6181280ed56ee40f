/**
 * `deno task bench`: the same LeNet training step (forward, backward, Adam; batch
 * 256, MNIST rounded to 0 and 1) in this library and in its peers, each in a
 * process of its own, one after another. All start from the same weights and see
 * the same batches, so their first losses must agree.
 *
 *     deno run -A bench/mod.ts [--only zkgrad,tfjs-wasm] [--seconds 20] [--json FILE]
 *
 * @module
 */
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { ArgumentError } from "../mod.ts";
import { trainingSet } from "./data.ts";
import { flags, FROZEN, names, runProgram, say, thisMachine, writeJson } from "./program.ts";
import { makeTorch } from "./peers/torch_python.ts";
import { findReport, median, type Report, STARTED } from "./report.ts";

interface Contestant {
  readonly name: string;
  readonly script: string;
  /** What it needs beside Deno's packages: made before, or why it cannot be. */
  readonly prepare?: (say: (line: string) => void) => Promise<string | null>;
}

const CONTESTANTS: readonly Contestant[] = [
  { name: "zkgrad", script: "bench/zkgrad.ts" },
  { name: "tfjs-wasm", script: "bench/peers/tfjs_wasm.ts" },
  { name: "tfjs-webgpu", script: "bench/peers/tfjs_webgpu.ts" },
  { name: "jaxjs-webgpu", script: "bench/peers/jaxjs_webgpu.ts" },
  { name: "pytorch", script: "bench/peers/pytorch.ts", prepare: makeTorch },
];

/** How far the first losses may lie apart: they are about 2.3, so this is some hundred roundings of f32. */
const TOLERANCE = 1e-4;
/** Granted beside the timed part, for imports, a cold shader cache and the warm-up. */
const SECONDS_BESIDE = 90;

/** A contestant's row: its report, or why there is none. */
type Row = { readonly name: string } & ({ readonly report: Report } | { readonly failure: string });

const root = new URL("../", import.meta.url);

async function deno(
  args: readonly string[],
  seconds: number,
): Promise<{ ok: boolean; stdout: string; stderr: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: fileURLToPath(root),
    // XDG_RUNTIME_DIR: without it the GPU's loader complains on the error output.
    env: {
      [STARTED]: String(Date.now()),
      NO_COLOR: "1",
      XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? tmpdir(),
    },
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, seconds * 1000);
  const { success, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { ok: success, stdout: decode(stdout), stderr: late ? `no result within ${seconds} s` : decode(stderr) };
}

/** The line of an error output that says most. */
function reason(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const told = lines.find((line) => /^(error|.*Error)\b.*:/.test(line)) ?? lines.at(-1) ?? "it ended without a result";
  return told.replace(/^error: (Uncaught )?(\(in promise\) )?(Error: )?/, "").slice(0, 120);
}

async function run({ name, script, prepare }: Contestant, seconds: number): Promise<Row> {
  try {
    await Deno.stat(new URL(script, root));
  } catch {
    return { name, failure: `${script} is missing` };
  }
  // Downloads first, so that they do not count as start-up.
  const lacking = await prepare?.(say);
  if (lacking) return { name, failure: lacking };
  const cached = await deno(["cache", ...FROZEN, script], 300);
  if (!cached.ok) return { name, failure: reason(cached.stderr) };
  const { stdout, stderr } = await deno(
    ["run", "-A", ...FROZEN, script, "--seconds", String(seconds)],
    seconds + SECONDS_BESIDE,
  );
  const report = findReport(stdout);
  return report ? { name, report } : { name, failure: reason(stderr) };
}

/** The names of the contestants whose first losses lie apart from the median of all. */
function outsiders(rows: readonly Row[]): Set<string> {
  const reports = rows.flatMap((row) => "report" in row ? [row] : []);
  const steps = Math.max(0, ...reports.map(({ report }) => report.firstLosses.length));
  const apart = new Set<string>();
  for (let step = 0; step < steps; step++) {
    const middle = median(reports.map(({ report }) => report.firstLosses[step]).filter(Number.isFinite));
    // Written so that a NaN is outside too.
    const close = (loss: number): boolean => Math.abs(loss - middle) <= TOLERANCE;
    for (const { name, report } of reports) if (!close(report.firstLosses[step])) apart.add(name);
  }
  return apart;
}

function table(rows: readonly Row[], apart: ReadonlySet<string>): string {
  const head = ["library", "backend", "images/s", "ms a step", "first step ms", "peak MB", "adapter"];
  const cells = rows.map((row): string[] => {
    if (!("report" in row)) return [row.name];
    const { name, version, backend, imagesPerSecond, msPerStep, firstStepMs, peakRssMb, adapter } = row.report;
    const whole = (value: number): string => Math.round(value).toLocaleString("en");
    const numbers = [
      whole(imagesPerSecond),
      msPerStep.toFixed(msPerStep < 10 ? 2 : 1),
      whole(firstStepMs),
      whole(peakRssMb),
    ];
    return [`${name} ${version}`, backend, ...numbers, adapter];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => i > 1 && i < 6 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])).join("  ").trimEnd();
  return [
    line(head),
    ...rows.map((row, i) => {
      if (!("report" in row)) return `${row.name.padEnd(widths[0])}  ${row.failure}`;
      return line(cells[i]) + (apart.has(row.name) ? `  LOSSES DIFFER: ${losses(row.report)}` : "");
    }),
  ].join("\n");
}

function losses(report: Report): string {
  return report.firstLosses.map((loss) => loss?.toFixed(5) ?? "none").join(" ");
}

async function main(): Promise<void> {
  const values = flags({
    only: { type: "string" },
    seconds: { type: "string", default: "20" },
    json: { type: "string" },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new ArgumentError(`--seconds is ${values.seconds}, expected a positive number`);
  const only = names("--only", values.only, CONTESTANTS.map(({ name }) => name));

  const machine = thisMachine();
  say(`${machine.cpu}, ${machine.cores} cores, ${machine.system}, Deno ${machine.deno}`);
  say(`LeNet on MNIST, batch 256, forward + backward + Adam; ${seconds} s each\n`);

  // Fetches the data set where it is not there yet, so that it does not count as start-up.
  await trainingSet();
  const rows: Row[] = [];
  for (const contestant of CONTESTANTS.filter(({ name }) => only.includes(name))) {
    rows.push(await run(contestant, seconds));
  }
  const apart = outsiders(rows);
  say(table(rows, apart));
  const reports = rows.flatMap((row) => "report" in row ? [row.report] : []);
  if (reports.length > 1) {
    say(apart.size > 0 ? "\nlosses differ" : `\nlosses agree within ${TOLERANCE}: ${losses(reports[0])}`);
  }
  for (const { notes } of reports) if (notes !== undefined) say(`\n${notes}`);
  await writeJson(values.json, { machine, seconds, rows, lossesAgree: apart.size === 0 });
  if (reports.length === 0 || apart.size > 0) Deno.exitCode = 1;
}

if (import.meta.main) await runProgram(main);
