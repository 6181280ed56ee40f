/**
 * The native program EZKL 21, where a Python on this machine has it: an oracle for what is
 * written here. Looked for as ZKGRAD_EZKL_PYTHON, then `.venv-ezkl/bin/python` in the
 * checkout, then `python3`.
 */
import { fileURLToPath } from "node:url";
import type { RunArgs, Visibility } from "../../../hub/ezkl/format/run_args.ts";

/** What a command of `native_oracle.py` gives. */
export interface NativeReport {
  /** Whether the program did it. */
  readonly ok: boolean;
  /** What it returned. */
  readonly result?: unknown;
  /** Why it did not. */
  readonly error?: string;
  /** How long the command took, without the start of Python. */
  readonly seconds: number;
  /** Seconds of all processors; absent where the program broke down. */
  readonly cpu?: number;
  /** The most memory that it held. */
  readonly peakMb: number;
}

const script = fileURLToPath(new URL("native_oracle.py", import.meta.url));

/** The Python that has EZKL 21, or null. */
export const nativePython: string | null = find();

/** A test that is ignored, with a line that says so, where there is no native EZKL. */
export function nativeTest(name: string, fn: () => Promise<void>): void {
  const missing = nativePython === null ? " (needs a Python with ezkl 21: set ZKGRAD_EZKL_PYTHON)" : "";
  Deno.test({ name: `native EZKL: ${name}${missing}`, ignore: nativePython === null, fn });
}

/**
 * What makes it count alike every time. It counts the turns of a loop on several threads that share one counter: a turn
 * begins wherever the others have left the counter, so how many cells its flushes skip varies from run to run (Softmax
 * and OneHot have flushes in a loop). On one thread the turns come in their order, as they do when it lays a circuit.
 */
export const ONE_THREAD: Readonly<Record<string, string>> = { RAYON_NUM_THREADS: "1" };

/** Runs one command of native EZKL; the keys are the arguments of its Python function. */
export async function native(
  command: string,
  args: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Promise<NativeReport> {
  if (nativePython === null) throw new Error("there is no native EZKL 21 on this machine");
  const request = JSON.stringify({ command, ...args });
  const started = new Deno.Command(nativePython, {
    args: ["-I", script, request],
    env,
    stdout: "piped",
    stderr: "piped",
  });
  const { stdout, stderr, code } = await started.output();
  return lastReport(stdout) ??
    { ok: false, error: `status ${code}: ${new TextDecoder().decode(stderr).slice(-500)}`, seconds: 0, peakMb: 0 };
}

/** Several commands in one process, each with its name under `command`; a failure is told in its report. */
export async function nativeAll(
  requests: readonly Readonly<Record<string, unknown>>[],
  env: Readonly<Record<string, string>> = {},
): Promise<NativeReport[]> {
  const reports: NativeReport[] = [];
  // A command line is only so long.
  for (let start = 0; start < requests.length; start += 250) {
    const part = requests.slice(start, start + 250);
    reports.push(...(await nativeDone("batch", { requests: part }, env)).result as NativeReport[]);
  }
  return reports;
}

/** As {@linkcode native}, but a failure is thrown. */
export async function nativeDone(
  command: string,
  args: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Promise<NativeReport> {
  const report = await native(command, args, env);
  if (!report.ok) throw new Error(`${command}: ${report.error}`);
  return report;
}

/** Run arguments as the oracle takes them: EZKL's names, visibilities as its Python spells them. */
export function nativeRunArgs(args: Partial<RunArgs>): Record<string, unknown> {
  const spelled: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(args)) {
    // These two are enumerations of the Python package; its defaults are the ones used here.
    if (name === "checkMode" || name === "commitment") continue;
    const key = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    spelled[key] = name.endsWith("Visibility")
      ? (typeof value === "object" ? "hashed" : String(value as Visibility).toLowerCase())
      : name === "lookupRange"
      ? (value as [bigint, bigint]).map(Number)
      : value;
  }
  return spelled;
}

function find(): string | null {
  const venv = fileURLToPath(new URL("../../../.venv-ezkl/bin/python", import.meta.url));
  for (const python of [ask("ZKGRAD_EZKL_PYTHON"), venv, "python3"]) {
    if (python === undefined) continue;
    try {
      const { stdout } = new Deno.Command(python, { args: ["-I", script, '{"command": "version"}'], stderr: "null" })
        .outputSync();
      if (/^21\./.test(String(lastReport(stdout)?.result))) return python;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) continue;
      throw error;
    }
  }
  return null;
}

function ask(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/** The report among whatever else the program printed. */
function lastReport(stdout: Uint8Array): NativeReport | null {
  const line = new TextDecoder().decode(stdout).split("\n").findLast((each) => each.startsWith('{"ok"'));
  return line === undefined ? null : JSON.parse(line);
}
