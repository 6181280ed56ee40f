/**
 * Keys and proofs of one circuit by zkgrad's own prover, EZKL's WebAssembly engine and native EZKL 21, each in processes
 * of its own, one after another, from the same files.
 *
 *     deno run -A bench/prover/mod.ts [--folder out] [--only zkgrad,zkgrad-one-thread,engine,ezkl] [--circuit resources]
 *
 * With `--circuit resources` the circuit is not the folder's: it is the one that native EZKL makes of the folder's network,
 * calibrated for few resources, as it does unasked.
 *
 * @module
 */
import { native } from "../../tests/hub/ezkl/native.ts";
import { settingsFromJson } from "../../hub/ezkl/format/settings_json.ts";
import { flags, FROZEN, names, runProgram, say, thisMachine } from "../program.ts";
import { run } from "../prove/process.ts";
import type { Taken } from "./one.ts";
import { ezklsOwnCircuit } from "./resources.ts";

/** A prover is ended after this. */
const MINUTES = 30;
const PROVERS = ["zkgrad", "zkgrad-one-thread", "engine", "ezkl"] as const;

const CIRCUITS = ["folder", "resources"] as const;

if (import.meta.main) {
  await runProgram(async () => {
    const given = flags({
      folder: { type: "string", default: "out" },
      only: { type: "string" },
      circuit: { type: "string", default: "folder" },
    });
    const only = names("--only", given.only, PROVERS), [circuit] = names("--circuit", given.circuit, CIRCUITS);
    if (circuit === "folder") return await compare(given.folder, only);
    const room = await Deno.makeTempDir({ prefix: "zkgrad-bench-" });
    try {
      await ezklsOwnCircuit(given.folder, room);
      await compare(room, only);
    } finally {
      await Deno.remove(room, { recursive: true });
    }
  });
}

async function compare(folder: string, only: readonly string[]): Promise<void> {
  const { cpu, cores, memoryGb } = thisMachine();
  const { totalAssignments, runArgs } = settingsFromJson(await Deno.readTextFile(`${folder}/settings.json`));
  say(`${cpu}, ${cores} cores, ${memoryGb} GB of memory`);
  say(`${totalAssignments} cells in 2^${runArgs.logrows} rows`);
  say("prover                keys s  proof s  second s  cpu s  peak MB  vk.key");
  for (const name of only) {
    const taken = name === "ezkl" ? await natively(folder) : await here(name, folder, cores);
    say(typeof taken === "string" ? `${name.padEnd(20)}  ${taken}` : row(name, taken));
  }
}

function row(name: string, { keys, proofs, cpu, peakMb, vk }: Taken): string {
  const [first, second] = proofs.map((seconds) => seconds.toFixed(2));
  return [
    name.padEnd(20),
    keys.toFixed(2).padStart(6),
    first.padStart(7),
    (second ?? "-").padStart(8),
    (Number.isNaN(cpu) ? "-" : cpu.toFixed(1)).padStart(5),
    peakMb.toFixed(0).padStart(7),
    vk.slice(0, 12),
  ].join("  ");
}

async function here(name: string, folder: string, threads: number): Promise<Taken | string> {
  const who = name === "engine" ? name : "zkgrad", count = name === "zkgrad-one-thread" ? 1 : threads;
  const args = ["run", "-A", ...FROZEN, "bench/prover/one.ts", who, folder, String(count)];
  const { stdout, reason } = await run(Deno.execPath(), args, MINUTES);
  const line = stdout.split("\n").findLast((each) => each.startsWith('{"keys"'));
  return line === undefined ? reason : JSON.parse(line) as Taken;
}

async function natively(folder: string): Promise<Taken | string> {
  const room = await Deno.makeTempDir({ prefix: "zkgrad-" });
  try {
    const model = `${folder}/network.compiled`,
      [vk_path, pk_path, witness] = ["vk.key", "pk.key", "witness.json"].map(
        (file) => `${room}/${file}`,
      );
    const strings = [`${folder}/kzg.unsafe.srs`, `${folder}/kzg.srs`];
    const there = await Promise.all(strings.map((file) => Deno.stat(file).then(() => file, () => null)));
    const srs_path = there.find((file) => file !== null) ?? strings[1];
    const made = await native("gen_witness", { data: `${folder}/input.json`, model, output: witness });
    const keys = await native("setup", { model, vk_path, pk_path, srs_path });
    const proof = await native("prove", { witness, model, pk_path, proof_path: `${room}/proof.json`, srs_path });
    const failed = [made, keys, proof].find(({ ok }) => !ok);
    if (failed) return failed.error ?? "failed";
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(vk_path)));
    const peakMb = Math.max(keys.peakMb, proof.peakMb), cpu = (keys.cpu ?? NaN) + (proof.cpu ?? NaN);
    return { keys: keys.seconds, proofs: [proof.seconds], cpu, peakMb, vk: hash.toHex() };
  } finally {
    await Deno.remove(room, { recursive: true });
  }
}
