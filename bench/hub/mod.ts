/**
 * `deno task bench:hub`: what a hub adds to the time of a proof. The same circuit is proven by
 * the toolchain alone and through an embedded hub, each in a process of its own with a warm
 * prover of as many threads, in turn.
 *
 *     deno run -A bench/hub/mod.ts [--models small,middle,large] [--rounds 7] [--threads N] [--json FILE]
 *
 * @module
 */
import { ArgumentError } from "../../mod.ts";
import {
  downloadArtifactFile,
  getHubArtifact,
  type HubCredentials,
  proveHub,
  settingsFromJson,
  waitForProof,
} from "../../hub/mod.ts";
import config from "../../deno.json" with { type: "json" };
import { HubProcess } from "../../tests/hub/load/hub_process.ts";
import { deploy, layer } from "../../tests/hub/load/proofs.ts";
import { flags, names, runProgram, say, status, thisMachine, writeJson } from "../program.ts";
import { Direct } from "./direct_process.ts";
import { type Pair, type Row, table } from "./report.ts";

/** Inputs and outputs of the layer that each model is. */
const MODELS: Record<string, [inputs: number, outputs: number]> = {
  small: [16, 3],
  middle: [64, 16],
  large: [128, 64],
};

/** Rounds that are not counted: code is compiled better and better through the first ones, in both processes. */
const WARM_UP = 8;

const LEGEND = `
seconds of witness, proof and its verification, medians of rounds in which both ways take turns
direct: from bytes to bytes; hub: from proveHub() to what waitForProof() gives, over loopback
beside the toolchain: the hub's seconds without those that it noted of witness, proof and verification`;

/** One proof through the hub. */
async function throughHub(
  credentials: HubCredentials,
  artifact: string,
  data: string,
): Promise<{ hub: number; toolchain: number }> {
  const begun = performance.now();
  const { id } = await proveHub({ credentials, id: artifact, data });
  const { timings } = await waitForProof(id, { credentials });
  const hub = (performance.now() - begun) / 1000;
  return { hub, toolchain: Object.values(timings ?? {}).reduce((sum, seconds) => sum + seconds, 0) };
}

async function measure(name: string, rounds: number, threads: string[], folder: string): Promise<Row> {
  const [inputs, outputs] = MODELS[name]!;
  const title = `layer of ${inputs} x ${outputs}`, { data } = layer(inputs, outputs);
  status(`${title}: keys ...`);
  await using hub = await HubProcess.start(`${folder}/hub-${name}`, threads);
  const { credentials } = hub;
  const artifact = await deploy(credentials, inputs, outputs);
  const compiled = `${folder}/${name}.compiled`, input = `${folder}/${name}.json`;
  await Deno.writeFile(compiled, await downloadArtifactFile(artifact, "network.compiled", { credentials }));
  await Deno.writeTextFile(input, data);
  const settings = await downloadArtifactFile(artifact, "settings.json", { credentials });
  const { price } = await getHubArtifact(artifact, { credentials });
  await using direct = Direct.start(["--compiled", compiled, "--input", input, ...threads]);
  const pairs: Pair[] = [];
  for (let round = 1 - WARM_UP; round <= rounds; round++) {
    status(`${title}: ${round > 0 ? `round ${round} of ${rounds}` : "warming up"} ...`);
    const pair: Pair = { direct: await direct.once(), ...await throughHub(credentials, artifact, data) };
    if (round > 0) pairs.push(pair);
  }
  return {
    title,
    logrows: settingsFromJson(new TextDecoder().decode(settings)).runArgs.logrows,
    pkBytes: price?.pkBytes ?? NaN,
    pairs,
  };
}

async function main(): Promise<void> {
  const values = flags({
    models: { type: "string", default: "small,middle" },
    rounds: { type: "string", default: "7" },
    threads: { type: "string" },
    json: { type: "string" },
  });
  const models = names("--models", values.models, Object.keys(MODELS)), rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new ArgumentError(`--rounds is ${values.rounds}, expected a whole number from 1`);
  }
  const machine = { ...thisMachine(), zkgrad: config.version };
  say(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB of memory, ${machine.system}`);
  say(`zkgrad ${machine.zkgrad} on Deno ${machine.deno}, embedded hub\n`);
  const threads = values.threads === undefined ? [] : ["--threads", values.threads];
  const folder = await Deno.makeTempDir({ prefix: "zkgrad-bench-" });
  const rows: Row[] = [];
  try {
    for (const name of models) rows.push(await measure(name, rounds, threads, folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  status("");
  say(table(rows));
  say(LEGEND);
  await writeJson(values.json, { machine, rows });
}

if (import.meta.main) await runProgram(main);
