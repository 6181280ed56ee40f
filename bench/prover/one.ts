/**
 * One prover in a process of its own: keys and two proofs of a folder's circuit, as a line of JSON.
 *
 *     deno run -A bench/prover/one.ts zkgrad|engine FOLDER THREADS
 *
 * @module
 */
import process from "node:process";
import { genWitness } from "../../hub/ezkl/gen_witness.ts";
import { Engine } from "../../hub/ezkl/engine/engine.ts";
import { CircuitProver } from "../../hub/ezkl/prover/circuit_prover.ts";
import { settingsFromJson } from "../../hub/ezkl/format/settings_json.ts";
import { verify } from "../../hub/ezkl/verify.ts";

/** What a prover took. */
export interface Taken {
  /** Seconds for the keys, or for the one key that is needed. */
  readonly keys: number;
  /** Seconds for the first proof and for the second. */
  readonly proofs: readonly number[];
  /** Seconds of all processors, for all of it. */
  readonly cpu: number;
  /** The most memory that the process had, in megabytes. */
  readonly peakMb: number;
  /** The key, to be compared. */
  readonly vk: string;
}

if (import.meta.main) {
  const [who, folder, threads] = Deno.args;
  const file = (name: string) => Deno.readFile(`${folder}/${name}`);
  const [compiled, srs, witness, settings] = await Promise.all([
    file("network.compiled"),
    file("kzg.unsafe.srs").catch(() => file("kzg.srs")),
    file("witness.json").catch(async () => await genWitness(await file("network.compiled"), await file("input.json"))),
    file("settings.json"),
  ]);
  const before = process.cpuUsage(), times: number[] = [];
  let begun = performance.now();
  const lap = () => {
    times.push((performance.now() - begun) / 1000);
    begun = performance.now();
  };
  let vk: Uint8Array;
  const proofs: Uint8Array[] = [];
  if (who === "zkgrad") {
    await using prover = await CircuitProver.create(compiled, srs, { threads: Number(threads) });
    vk = await prover.verifyingKey();
    lap();
    for (let count = 0; count < 2; count++) {
      proofs.push(await prover.prove(witness));
      lap();
    }
  } else {
    await using engine = await Engine.create({ threads: Number(threads) });
    const keys = await engine.setup(compiled, srs);
    vk = keys.vk;
    lap();
    for (let count = 0; count < 2; count++) {
      proofs.push(await engine.prove(witness, keys.pk, compiled, srs));
      lap();
    }
  }
  const { user, system } = process.cpuUsage(before);
  for (const proof of proofs) {
    if (!await verify(proof, vk, settingsFromJson(new TextDecoder().decode(settings)), srs)) {
      throw new Error("a proof does not hold");
    }
  }
  const [keys, ...rest] = times;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", vk.slice()));
  console.log(JSON.stringify(
    {
      keys,
      proofs: rest,
      cpu: (user + system) / 1e6,
      peakMb: process.resourceUsage().maxRSS / 1000,
      vk: hash.toHex(),
    } satisfies Taken,
  ));
}
