/**
 * `deno task bench:prove`: a zero-knowledge proof of the LeNet that `deno task mnist` trained,
 * by zkgrad and by native EZKL 21, each in processes of its own, one after another. Beside
 * its times every row has the accuracy of the circuit that was proven.
 *
 *     deno run -A bench/prove/mod.ts [--folder out] [--only zkgrad,ezkl] [--until STEP] [--json FILE]
 *
 * @module
 */
import { ArgumentError, formatCount, formatPercent, ZkgradError } from "../../mod.ts";
import { EZKL_VERSION } from "../../hub/ezkl/compile/settings.ts";
import { readFile, readFileIfThere } from "../../core/base/files.ts";
import config from "../../deno.json" with { type: "json" };
import { nativePython } from "../../tests/hub/ezkl/native.ts";
import { proveNatively } from "./ezkl.ts";
import { parseRunOptions } from "../../hub/cli/run_options.ts";
import { flags, FROZEN, names, runProgram, say, status, thisMachine, writeJson } from "../program.ts";
import { images, Judge } from "./judge.ts";
import { run } from "./process.ts";
import { sizesOf } from "./sizes.ts";
import { findReport, type ProverReport, type Row, type Step, STEPS, table } from "./report.ts";

/** What the bench takes from the folder of the main job. */
const FILES = ["network_lenet.onnx", "input.json", "cal_data.json"] as const;
/** A prover is ended after this. */
const MINUTES = 30;
/** Where the circuit lies that zkgrad made, for the row that proves it natively. */
const CIRCUIT = "zkgrad";

const LEGEND = `
seconds from file to file; the reference string is not in them; zkgrad's peak is of one process, EZKL's of its largest step
accuracy: of the row's circuit, its exact integers on all of MNIST's test images
fidelity: zkgrad's calibration, the cheapest circuit within ${
  100 * parseRunOptions([]).tolerance
} points of the float network on those images
resources: calibrate_settings(target="resources") of the native program with its defaults, on cal_data.json
input private, parameters fixed, output public`;

interface Prover {
  readonly name: string;
  readonly title: string;
  /** Works in `folder`, a fresh one beside those of the other provers. */
  prove(folder: string, until: Step): Promise<Partial<ProverReport>>;
}

const PROVERS: readonly Prover[] = [
  { name: "zkgrad", title: "zkgrad, fidelity", prove: (folder, until) => zkgrad(folder, until) },
  {
    name: "zkgrad-one-thread",
    title: "zkgrad, fidelity, one thread",
    prove: (folder, until) => zkgrad(folder, until, ["--threads", "1"]),
  },
  { name: "ezkl", title: "EZKL, resources", prove: (folder, until) => proveNatively(folder, until, MINUTES) },
  {
    name: "ezkl-fidelity",
    title: "EZKL, zkgrad's circuit",
    prove: async (folder, until) => {
      const circuit = `${folder}/../${CIRCUIT}`;
      if (nativePython !== null && await readFileIfThere(`${circuit}/network.compiled`, 2 ** 30) === null) {
        for (const name of FILES) await Deno.copyFile(`${folder}/${name}`, `${circuit}/${name}`);
        const { failure } = await zkgrad(circuit, "compile");
        if (failure !== undefined) return { failure };
      }
      return await proveNatively(folder, until, MINUTES, circuit);
    },
  },
];

async function zkgrad(folder: string, until: Step, more: readonly string[] = []): Promise<Partial<ProverReport>> {
  const args = ["run", "-A", ...FROZEN, "bench/prove/zkgrad.ts", "--folder", folder, "--until", until, ...more];
  const { stdout, reason } = await run(Deno.execPath(), args, MINUTES);
  return findReport(stdout) ?? { failure: reason };
}

async function row({ name, title, prove }: Prover, folder: string, until: Step, judge: Judge): Promise<Row> {
  const report = await prove(folder, until);
  const compiled = await readFileIfThere(`${folder}/network.compiled`, 2 ** 30);
  if (compiled === null) return { name, title, ...report };
  const known = { name, title, ...report, sizes: await sizesOf(folder) };
  try {
    return { ...known, judgement: judge.judge(compiled) };
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    return { failure: `no accuracy: ${error.message}`, ...known };
  }
}

/** The network, where the folder has all that is needed. */
async function takeNetwork(folder: string): Promise<Uint8Array> {
  for (const name of FILES) {
    if (await readFileIfThere(`${folder}/${name}`, 2 ** 30) !== null) continue;
    throw new ArgumentError(
      `${folder}/${name} is missing: run \`deno task mnist\` first, or name its --out as --folder`,
    );
  }
  return await readFile(`${folder}/${FILES[0]}`);
}

async function main(): Promise<void> {
  const values = flags({
    folder: { type: "string", default: "out" },
    only: { type: "string" },
    until: { type: "string", default: "verify" },
    json: { type: "string" },
  });
  const only = names("--only", values.only, PROVERS.map(({ name }) => name));
  const until = STEPS.find((step) => step === values.until);
  if (until === undefined) throw new ArgumentError(`--until is ${values.until}, expected one of ${STEPS.join(", ")}`);
  const onnx = await takeNetwork(values.folder);

  const machine = {
    ...thisMachine(),
    zkgrad: config.version,
    engine: EZKL_VERSION,
    ezkl: nativePython === null ? null : EZKL_VERSION,
  };
  say(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB of memory, ${machine.system}`);
  say(
    `zkgrad ${machine.zkgrad} with @ezkljs/engine ${machine.engine} on Deno ${machine.deno}; native ezkl ${
      machine.ezkl ?? "is not here"
    }\n`,
  );

  const judge = new Judge(onnx, await images(false));
  const place = await Deno.makeTempDir({ prefix: "zkgrad-bench-" });
  const rows: Row[] = [];
  // An interrupted run would leave gigabytes of keys behind.
  Deno.addSignalListener("SIGINT", () => {
    Deno.removeSync(place, { recursive: true });
    Deno.exit(130);
  });
  try {
    await Deno.mkdir(`${place}/${CIRCUIT}`);
    for (const prover of PROVERS.filter(({ name }) => only.includes(name))) {
      const folder = `${place}/${prover.name}`;
      await Deno.mkdir(folder, { recursive: true });
      for (const name of FILES) await Deno.copyFile(`${values.folder}/${name}`, `${folder}/${name}`);
      status(`${prover.title} ...`);
      rows.push(await row(prover, folder, until, judge));
    }
  } finally {
    await Deno.remove(place, { recursive: true });
  }
  status("");
  say(table(rows));
  const judged = rows.find(({ judgement }) => judgement !== undefined)?.judgement;
  if (judged) {
    say(
      `\nthe float network's accuracy: ${formatPercent(judged.floatAccuracy)} of ${formatCount(judged.images)} images`,
    );
  }
  if (rows.some(({ judgement }) => judgement?.provable === false)) {
    say("*: some of these images leave the circuit's tables or digits, and have no proof");
  }
  say(LEGEND);
  await writeJson(values.json, { machine, folder: values.folder, rows });
  if (rows.every(({ failure }) => failure !== undefined)) Deno.exitCode = 1;
}

if (import.meta.main) await runProgram(main);
