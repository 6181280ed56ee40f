/**
 * `deno task bench:verify`: proofs verified in TypeScript and by EZKL's WebAssembly engine on one
 * thread, warm, in one process by turns; and from the start of a fresh process to its answer.
 *
 *     deno run -A bench/verify/mod.ts [--folder out] [--rounds 40]
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { ArgumentError, settingsFromJson, verifierSrs, verify } from "../../hub/verify.ts";
import { Engine } from "../../hub/ezkl/engine/engine.ts";
import { proofFromJson } from "../../hub/ezkl/format/proof.ts";
import { readFile, readFileIfThere } from "../../core/base/files.ts";
import config from "../../deno.json" with { type: "json" };
import { MADE, madeBytes } from "../../tests/hub/ezkl/format/fixtures.ts";
import { unsafeSrs } from "../../tests/hub/ezkl/srs/fixtures.ts";
import { flags, FROZEN, runProgram, say, thisMachine } from "../program.ts";

/** A proof with what it is verified with. */
interface Question {
  name: string;
  proof: Uint8Array<ArrayBuffer>;
  vk: Uint8Array<ArrayBuffer>;
  settings: Uint8Array<ArrayBuffer>;
  srs: Uint8Array<ArrayBuffer>;
}

/** Rounds before the compiler of the runtime has seen enough. */
const WARM_UP = 30;
/** Fresh processes of each kind. */
const FRESH = 7;

/** The circuits of the tests, and the LeNet of the main job where its folder is there. */
async function questions(folder: string): Promise<Question[]> {
  const made = MADE.map((name) => ({
    name,
    proof: madeBytes(name, "proof.json"),
    vk: madeBytes(name, "vk.key"),
    settings: madeBytes(name, "settings.json"),
    srs: unsafeSrs(1),
  }));
  const proof = await readFileIfThere(`${folder}/test.pf`, 2 ** 24);
  if (proof === null) {
    say(`there is no ${folder}/test.pf: run deno task mnist first, and LeNet's proof is verified too`);
    return made;
  }
  const read = (name: string) => readFile(`${folder}/${name}`, 2 ** 30);
  const string = await readFileIfThere(`${folder}/kzg.unsafe.srs`, 2 ** 30) ?? await read("kzg.srs");
  const files = { vk: await read("key.vk"), settings: await read("settings.json"), srs: verifierSrs(string) };
  return [...made, { name: "LeNet", proof, ...files }];
}

/** Milliseconds of a call. */
async function timed(name: string, call: () => Promise<boolean>): Promise<number> {
  const begun = performance.now();
  if (!await call()) throw new Error(`${name}: the proof does not hold`);
  return performance.now() - begun;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1];
}

/** Seconds from the start of a process to its answer, and to its end. */
async function fresh(question: Question, who: string): Promise<number> {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["proof", "vk", "settings", "srs"] as const) {
      await Deno.writeFile(`${folder}/${name}`, question[name]);
    }
    const program = fileURLToPath(new URL("fresh.ts", import.meta.url));
    const args = ["run", "-A", "--no-check", ...FROZEN, program, folder, who];
    const times: number[] = [];
    for (let round = 0; round < FRESH; round++) {
      times.push(
        await timed(question.name, async () => {
          const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
          if (stdout.length === 0) throw new Error(new TextDecoder().decode(stderr));
          return new TextDecoder().decode(stdout).trim() === "true";
        }),
      );
    }
    return median(times) / 1000;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const { folder = "out", rounds: asked = "40" } = flags({ folder: { type: "string" }, rounds: { type: "string" } });
  const rounds = Number(asked);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new ArgumentError(`--rounds is ${asked}, expected a whole number from 1`);
  }
  const { cpu, cores, system } = thisMachine();
  say(`${cpu}, ${cores} cores, ${system}`);
  say(`zkgrad ${config.version} and @ezkljs/engine 21.0.0 on one thread, on Deno ${Deno.version.deno}\n`);
  say("circuit                proof kB   zkgrad ms   engine ms   fresh process: zkgrad s   engine s");
  await using engine = new Engine({ threads: 1 });
  for (const question of await questions(folder)) {
    const { name, proof, vk, settings, srs } = question;
    const own = settingsFromJson(new TextDecoder().decode(settings));
    const ours = () => verify(proof, vk, own, srs), engines = () => engine.verify(proof, vk, settings, srs);
    const times: [number[], number[]] = [[], []];
    for (let round = -WARM_UP; round < rounds; round++) {
      const [a, b] = [await timed(name, ours), await timed(name, engines)];
      if (round >= 0) times.forEach((list, who) => list.push([a, b][who]));
    }
    const bytes = proofFromJson(new TextDecoder().decode(proof)).proof.length;
    const cells = [
      name.padEnd(22),
      (bytes / 1000).toFixed(1).padStart(8),
      median(times[0]).toFixed(1).padStart(11),
      median(times[1]).toFixed(1).padStart(11),
      (await fresh(question, "zkgrad")).toFixed(2).padStart(25),
      (await fresh(question, "engine")).toFixed(2).padStart(10),
    ];
    say(cells.join(" "));
  }
  say("\nmedians; warm: in one process, by turns");
}

if (import.meta.main) await runProgram(main);
