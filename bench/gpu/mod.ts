/**
 * `deno task bench:gpu`: all that is to be known of zkgrad on a GPU, within minutes: the suite of operations, PyTorch's
 * vectors and determinism on the real adapter, whole steps of six networks beside PyTorch (eager, TF32, compiled, CUDA
 * graphs) and JAX on the same card, both kinds of kernels, every tile of large products, every kernel by the GPU's
 * clock, and the card's ceilings.
 *
 *     deno run -A .gpu/mod.js [--minutes 6] [--seconds 2] [--only LeNet,...] [--json FILE]
 *
 * It runs from the folder that pack.ts makes and needs nothing else. What the minutes do not suffice for is named.
 * @module
 */
import { fileURLToPath } from "node:url";
import { ArgumentError, GpuDevice } from "../../mod.ts";
import { NETS } from "../nets/nets.ts";
import { flags, names, runProgram, say, thisMachine, writeJson } from "../program.ts";
import { type Ceilings, ceilings } from "./ceilings.ts";
import type { GpuNetReport } from "./net.ts";
import type { TilesReport } from "./tiles.ts";

const COMPARED = ["LeNet", "CNN 3-64-128", "residual CNN", "transformer", "LSTM", "MLP 10 M"] as const;
const KINDS = ["gpu", "cpu"] as const;
const TORCH_MODES = ["eager", "tf32", "compile", "graphs"] as const;
const TESTS = [
  "product_tiles_test.js",
  "lanes_test.js",
  "suite_test.js",
  "networks_test.js",
  "determinism_test.js",
  "together_test.js",
] as const;
const KERNELS_SHOWN = 12;
/** A product is listed where some tile takes so much less of its time than what is chosen. */
const WORTH = 0.95;
/** A peer is ended after this, whatever is left. */
const PEER_SECONDS = 60;

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A peer's line, or why there is none. */
type Peer = { readonly msPerStep: number; readonly device: string } | { readonly failure: string };

interface NetRow {
  readonly kinds: Partial<Record<typeof KINDS[number], GpuNetReport | { readonly failure: string }>>;
  readonly peers: Record<string, Peer>;
}

/** Ends programs at the end of the minutes. */
class Budget {
  readonly #end: number;

  constructor(minutes: number) {
    this.#end = performance.now() + minutes * 60_000;
  }

  get seconds(): number {
    return Math.max(0, (this.#end - performance.now()) / 1000);
  }

  /** Runs a program and returns what it printed, or why it printed nothing. */
  async run(program: string, args: readonly string[], limit: number): Promise<{ ok: boolean; text: string }> {
    const seconds = Math.min(limit, this.seconds);
    if (seconds < 1) return { ok: false, text: "the minutes were over" };
    const signal = AbortSignal.timeout(seconds * 1000);
    try {
      const env = { NO_COLOR: "1", XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp" };
      const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], env, signal }).output();
      if (signal.aborted) return { ok: false, text: `no result within ${seconds.toFixed(0)} s` };
      const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
      return { ok: success, text: success ? out : err || out };
    } catch (error) {
      return { ok: false, text: (error as Error).message };
    }
  }

  /** The same for one that prints a line of JSON. */
  async json<T>(program: string, args: readonly string[], limit: number): Promise<T | { failure: string }> {
    const { ok, text } = await this.run(program, args, limit);
    const lines = text.split("\n"), line = lines.findLast((each) => each.startsWith("{"));
    if (ok && line !== undefined) return JSON.parse(line);
    return { failure: (lines.findLast((each) => /error/i.test(each)) ?? lines.at(-1)!).slice(0, 160) };
  }
}

const cell = (value: number | undefined, width: number, digits = 0): string =>
  (value === undefined ? "-" : value.toFixed(digits)).padStart(width);

function table(found: Readonly<Record<string, NetRow>>): string[] {
  const head = [
    "network         batch   zkgrad us  as for CPUs",
    ...TORCH_MODES.map((mode) => `torch ${mode}`.padStart(14)),
    "JAX".padStart(9),
    "of eager".padStart(9),
    "of best".padStart(8),
    "dispatches  waits  MB read  written  first ms",
  ].join("");
  const rows = Object.entries(found).map(([name, { kinds, peers }]) => {
    const [own, other] = KINDS.map((kind) => {
      const report = kinds[kind];
      return report !== undefined && "microseconds" in report ? report : undefined;
    });
    const times = [...TORCH_MODES, "JAX"].map((mode) => {
      const peer = peers[mode];
      return peer !== undefined && "msPerStep" in peer ? peer.msPerStep * 1000 : undefined;
    });
    const best = Math.min(...times.filter((time) => time !== undefined));
    const share = (time?: number): number | undefined =>
      own !== undefined && time !== undefined && Number.isFinite(time) ? time / own.microseconds : undefined;
    return [
      name.padEnd(14),
      cell(NETS[name].batch, 7),
      cell(own?.microseconds, 12, 1),
      cell(other?.microseconds, 13, 1),
      ...times.map((time, k) => cell(time, k < TORCH_MODES.length ? 14 : 9, 1)),
      cell(share(times[0]), 9, 2),
      cell(share(best), 8, 2),
      cell(own?.dispatches, 12),
      cell(own?.waits, 7),
      cell(own && own.read / 1e6, 9, 1),
      cell(own && own.written / 1e6, 9, 1),
      cell(own?.firstStepMs, 10),
    ].join("");
  });
  return [head, ...rows];
}

/** A rate in the unit that leaves digits before the point: a processor reaches no teraflop. */
const rateOf = (teraflops: number): string =>
  teraflops < 1 ? `${(1000 * teraflops).toFixed(1)} GFLOP/s` : `${teraflops.toFixed(2)} TFLOP/s`;

/** Lines of what failed, of kernels, and of what they reach. */
function details(found: Readonly<Record<string, NetRow>>, { teraflops }: Ceilings): string[] {
  return Object.entries(found).flatMap(([name, { kinds, peers }]) => {
    const failures = [...Object.entries(kinds), ...Object.entries(peers)].flatMap(([who, each]) =>
      "failure" in each ? [`  ${name}, ${who}: ${each.failure}`] : []
    );
    const own = kinds.gpu;
    if (own === undefined || !("kernels" in own) || own.kernels.length === 0) return failures;
    const sum = own.kernels.reduce((total, { microseconds }) => total + microseconds, 0);
    return [
      ...failures,
      `\n${name}: ${own.kernels.length} kernels, ${sum.toFixed(1)} us by the GPU's clock`,
      ...own.kernels.slice(0, KERNELS_SHOWN).map((kernel) => {
        const rate = kernel.teraflops === undefined
          ? ""
          : `${rateOf(kernel.teraflops)}, ${(100 * kernel.teraflops / teraflops).toFixed(0)} %`;
        return `${cell(kernel.microseconds, 10, 1)} us  ${kernel.name}  ${rate}`.trimEnd();
      }),
    ];
  });
}

/** Lines of the products that another tile takes faster than what is chosen, for the choice to be set by. */
function tilesTried(name: string, report: TilesReport | { readonly failure: string }): string[] {
  if ("failure" in report) return [`  ${name}, tiles: ${report.failure}`];
  const lines = report.kernels.flatMap(({ name: kernel, chosen, tiles }) => {
    const best = Math.min(...tiles.filter((time) => time !== null));
    if (!(best < chosen * WORTH)) return [];
    return [`${cell(chosen, 10, 1)} us  ${kernel}: ${best.toFixed(1)} us by ${report.tiles[tiles.indexOf(best)]}`];
  });
  const count = report.kernels.length;
  return [`\n${name}: ${lines.length} of ${count} products have a tile faster than what is chosen`, ...lines];
}

/** The first Python of those that has PyTorch with a GPU of CUDA. */
async function cudaPython(budget: Budget): Promise<string | null> {
  for (const python of ["python3", file("../.venv-torch/bin/python")]) {
    const { ok } = await budget.run(
      python,
      ["-I", "-c", "import torch, sys; sys.exit(not torch.cuda.is_available())"],
      60,
    );
    if (ok) return python;
  }
  return null;
}

async function main(): Promise<void> {
  const values = flags({
    minutes: { type: "string", default: "6" },
    seconds: { type: "string", default: "2" },
    steps: { type: "string" },
    only: { type: "string" },
    json: { type: "string" },
  });
  const [minutes, seconds] = [Number(values.minutes), Number(values.seconds)];
  if (!(minutes > 0 && seconds > 0)) throw new ArgumentError("--minutes and --seconds are positive numbers");
  const only = names("--only", values.only, COMPARED);
  const budget = new Budget(minutes), deno = Deno.execPath();
  const { cpu, cores, system, deno: version } = thisMachine();
  const device = await GpuDevice.request();
  const { info, gpu } = device;
  say(`${device.description}; ${cpu}, ${cores} cores, ${system}, Deno ${version}`);
  say(
    `features: ${[...gpu.features].join(", ") || "none"}; subgroups ${info.subgroupMinSize} to ${info.subgroupMaxSize}`,
  );
  const most = await ceilings(gpu);
  say(`ceilings: ${rateOf(most.teraflops)} of f32, ${most.gigabytes.toFixed(0)} GB/s copied\n`);
  device[Symbol.dispose]();

  const found: Record<string, NetRow> = {};
  const python = await cudaPython(budget);
  if (python === null) say("there is no PyTorch with CUDA here: no peers\n");
  const args = (kind: string, name: string): string[] => [
    ...["run", "-A", "--no-lock", "--no-config", file("net.js"), "--net", name, "--kind", kind],
    ...["--seconds", String(seconds), ...values.steps === undefined ? [] : ["--steps", values.steps]],
  ];
  for (const name of only) {
    const row: NetRow = { kinds: {}, peers: {} };
    found[name] = row;
    for (const kind of KINDS) row.kinds[kind] = await budget.json<GpuNetReport>(deno, args(kind, name), PEER_SECONDS);
  }
  // The tests come before the peers: what is wrong need not be compared.
  const tests: Record<string, string> = {};
  for (const test of TESTS) {
    const { ok, text } = await budget.run(deno, ["test", "-A", "--no-lock", "--no-config", file(test)], 120);
    tests[test] = text.split("\n").findLast((line) => /passed|failed|within|over/.test(line)) ?? text.slice(-200);
    say(`${ok ? "holds" : "FAILS"}  ${test}: ${tests[test]}`);
    if (!ok) say(text.slice(-2000));
  }
  if (python !== null) {
    for (const name of only) {
      const net = JSON.stringify(NETS[name]);
      for (const mode of TORCH_MODES) {
        found[name].peers[mode] = await budget.json(
          python,
          ["-I", file("torch_nets.py"), net, String(seconds), mode],
          PEER_SECONDS,
        );
      }
      found[name].peers.JAX = await budget.json(
        python,
        ["-I", file("jax_nets.py"), net, String(seconds)],
        PEER_SECONDS,
      );
    }
  }
  const tiles: Record<string, TilesReport | { readonly failure: string }> = {};
  for (const name of only) {
    tiles[name] = await budget.json<TilesReport>(deno, [
      ...["run", "-A", "--no-lock", "--no-config", file("tiles.js"), "--net", name],
      ...values.steps === undefined ? [] : ["--repeats", "1"],
    ], PEER_SECONDS);
  }
  say("");
  for (const line of [...table(found), ...details(found, most)]) say(line);
  for (const name of only) tilesTried(name, tiles[name]).forEach((line) => say(line));
  say(`\n${budget.seconds.toFixed(0)} s of ${minutes} minutes were left`);
  await writeJson(values.json, {
    machine: thisMachine(),
    adapter: info.description,
    ceilings: most,
    found,
    tests,
    tiles,
  });
}

if (import.meta.main) await runProgram(main);
