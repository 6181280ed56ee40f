/**
 * The files of the network that lies beside the page, with a proof that was made and verified with them.
 * @module
 */
import { createHash } from "node:crypto";
import { ArgumentError, MNIST, sampleInput } from "../../../mod.ts";
import { decodeCircuit, describeSrs, genSrs, genWitness, inputJson, priceCircuit, prove } from "../../ezkl/mod.ts";
import { downsizeSrs } from "../../ezkl/srs/downsize.ts";
import { Prover, settingsFromJson, setup, verify } from "../../ezkl/mod.ts";
import { type AboutNetwork, CALIBRATED_FILE, CIRCUITS_FILE, NETWORK_FILES } from "../app/network_files.ts";
import { makeDefaultNetwork } from "./default_network.ts";
import type { BuildOptions } from "./options.ts";
import { circuitOfRun } from "./run_network.ts";

const ROOT = new URL("../../../", import.meta.url);
/** What the made files depend on. */
const SOURCES = [
  "core/",
  "ops/",
  "onnx/",
  "hub/ezkl/",
  "hub/halo2/",
  "hub/page/app/network_files.ts",
  ...["circuits", "digits", "write_digits"].map((name) => `hub/page/train/${name}.ts`),
  ...["default_network", "network", "run_network"].map((name) => `hub/page/build/${name}.ts`),
];

/** Writes `network/` into the page's folder, from `cache` where it was made before of the same sources. */
export async function writeNetwork(
  { network, srs, cache }: Pick<BuildOptions, "network" | "srs"> & { readonly cache: string },
  folder: string,
  tell: (sentence: string) => void,
): Promise<void> {
  const kept = `${cache}/${await digest(network, srs)}`;
  const isKept = await Deno.stat(`${kept}/about.json`).then(() => true, () => false);
  if (!isKept) {
    tell("the page's network is made, which takes a minute at most; another build takes it from here");
    await make(network, srs, kept, tell);
  }
  await Deno.mkdir(folder, { recursive: true });
  for await (const { name } of Deno.readDir(kept)) await Deno.copyFile(`${kept}/${name}`, `${folder}/${name}`);
}

async function make(run: string | null, srsFile: string | null, folder: string, tell: (sentence: string) => void) {
  const made = run === null ? await makeDefaultNetwork(tell) : await circuitOfRun(run);
  const { compiled } = made, settings = settingsFromJson(made.settings);
  const { logrows } = settings.runArgs, price = priceCircuit(compiled, "zkgrad");
  const srs = srsFile === null ? made.srs ?? await genSrs(logrows) : await ceremonySrs(srsFile, logrows, tell);
  await using prover = new Prover();
  const { vk } = await setup(compiled, srs, { prover });
  const { model } = decodeCircuit(compiled), { opkind } = model.nodes.get(model.inputs[0])!;
  const binary = opkind.kind === "Input" && opkind.scale === 0;
  const image = sampleInput(await MNIST.load({ train: false, transform: binary ? Math.round : undefined }), 0);
  const witness = await genWitness(compiled, inputJson(image), { roundInputs: true });
  const proof = await prove(witness, vk, compiled, srs, { prover });
  if (!await verify(proof, vk, settings, srs)) {
    throw new ArgumentError("the proof of the page's network does not hold with its own key; run the build again");
  }
  tell("a proof was made with the network's key, and verified");
  const { origin, text } = await describeSrs(srs);
  const about: AboutNetwork = {
    name: made.name,
    accuracy: made.accuracy,
    images: made.images,
    side: 28,
    binary,
    cells: price.cells,
    logrows,
    seconds: price.seconds.proof,
    heapBytes: price.heapBytes,
    srs: { origin, text },
    hasCircuits: made.circuits !== undefined,
  };
  await Deno.mkdir(folder, { recursive: true });
  const { onnx, calibrated } = made;
  const files = { onnx, compiled, settings: new TextEncoder().encode(made.settings), vk, srs };
  for (const [name, file] of Object.entries(NETWORK_FILES)) {
    await Deno.writeFile(`${folder}/${file}`, files[name as keyof typeof files]);
  }
  await Deno.writeFile(`${folder}/${CALIBRATED_FILE}`, calibrated);
  if (made.circuits) await Deno.writeTextFile(`${folder}/${CIRCUITS_FILE}`, JSON.stringify(made.circuits));
  // Last: it says that all others are there.
  await Deno.writeTextFile(`${folder}/about.json`, JSON.stringify(about));
}

/** The ceremony's string of so many rows, from its file or that of a longer one. */
async function ceremonySrs(file: string, logrows: number, tell: (sentence: string) => void) {
  const bytes = await Deno.readFile(file).catch((cause) => {
    throw new ArgumentError(`--srs is ${file}, which cannot be read; give the file of a reference string`, { cause });
  });
  const { logrows: found } = await describeSrs(bytes);
  if (found > logrows) {
    tell(`the string of 2^${found} rows is cut to the circuit's 2^${logrows}: seconds at 11, more beyond`);
  }
  const srs = downsizeSrs(bytes, logrows);
  if ((await describeSrs(srs)).exact) return srs;
  throw new ArgumentError(
    `--srs is ${file}, which is not of the ceremony, the perpetual powers of tau; without --srs an unsafe string is made`,
  );
}

/** Of everything that the files are made of. */
async function digest(run: string | null, srs: string | null): Promise<string> {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    const files = source.endsWith("/") ? await modulesOf(source) : [source];
    for (const file of files) hash.update(`${file}\n`).update(await Deno.readFile(new URL(file, ROOT)));
  }
  if (srs !== null) hash.update(await Deno.readFile(srs).catch(() => srs));
  if (run !== null) {
    for (const bytes of Object.values(await circuitOfRun(run))) {
      hash.update(bytes instanceof Uint8Array ? bytes : `${bytes}`);
    }
  }
  return hash.digest("hex").slice(0, 16);
}

async function modulesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) found.push(...await modulesOf(`${folder}${name}/`));
    else if (name.endsWith(".ts")) found.push(folder + name);
  }
  return found.sort();
}
