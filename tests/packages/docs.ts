/**
 * Makes the reference of every public name as a site, under `out/docs`:
 *
 *     deno task docs
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { inFolder } from "../folder.ts";
import { FROZEN } from "../frozen.ts";
import { ROOT } from "../platform/locks.ts";
import { categorized } from "./categories.ts";
import { sources } from "./sources.ts";

/** The entries as they are read. Deno shows groups where there is one module only, so one exports all of them. */
const ORDER = [".", "./onnx", "./ezkl", "./hub", "./hub/server", "./cli"];

/** What the first page says before the examples. */
const ABOUT =
  `zkgrad trains a neural network in TypeScript, exports it as ONNX, compiles that file into a zero-knowledge
circuit, and proves and verifies what the network says.

| to | import from | begin with |
| --- | --- | --- |
| train, predict | \`@zkgrad/zkgrad\` | {@linkcode nn}, {@linkcode DataLoader}, {@linkcode Trainer}, {@linkcode Predictor} |
| write and read ONNX | \`@zkgrad/zkgrad/onnx\` | {@linkcode exportOnnx}, {@linkcode OnnxModule} |
| price a circuit, prove | \`@zkgrad/zkgrad/ezkl\` | {@linkcode calibrateSettings}, {@linkcode compileCircuit}, {@linkcode Prover}; on files {@linkcode ProvingFolder} |
| verify | \`@zkgrad/zkgrad/verify\` | {@linkcode verify}, {@linkcode readProof}; on Ethereum {@linkcode createEvmVerifier} |
| have a hub prove | \`@zkgrad/zkgrad/hub\` | {@linkcode getHubCredentials}, {@linkcode createHubArtifact}, {@linkcode proveHub} |
| run a hub | \`@zkgrad/zkgrad/hub/server\` | {@linkcode startHub} |

The groups beside this go from what is needed first to inner parts.`;

/** Deno's page is as wide as its longest line of code, which leaves the search outside of most windows. */
const NARROW = "\n.ddoc > div { min-width: 0 }\n";

/** The first page: what there is, and from training to a proof by example. */
async function frontPage(exports: Readonly<Record<string, string>>): Promise<string> {
  const examples = [".", "./ezkl"].map(async (entry) => {
    const [about] = /^\/\*\*[^]*?\*\//.exec(await Deno.readTextFile(new URL(exports[entry], ROOT)))!;
    return /@example[^]*?(?=\n \* @module)/.exec(about)![0];
  });
  const lines = `${ABOUT}\n\n`.replaceAll(/^/gm, " * ").replaceAll(/ +$/gm, "");
  return `/**\n${lines} ${(await Promise.all(examples)).join("\n * ")}\n * @module\n */`;
}

/** Writes the site into a folder. */
export async function writeDocs(output: string): Promise<void> {
  const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  await inFolder(async (folder) => {
    for (const [path, text] of await sources()) {
      const file = `${folder}/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, categorized(path, text));
    }
    const { name, version, license, exports, compilerOptions } = config;
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ name, version, license, exports, compilerOptions }),
    );
    const about = await frontPage(exports);
    const all = ORDER.map((entry) => `export * from "${exports[entry]}";\n`).join("");
    await Deno.writeTextFile(`${folder}/zkgrad.d.ts`, `${about}\n${all}`);
    const args = ["doc", "-q", ...FROZEN, "--html", "--name=zkgrad", `--output=${output}`, "zkgrad.d.ts"];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    for (const [, name] of ABOUT.matchAll(/@linkcode (\w+)/g)) await Deno.stat(`${output}/~/${name}.html`);
    await Deno.writeTextFile(`${output}/styles.css`, NARROW, { append: true });
  });
}

if (import.meta.main) await writeDocs(fileURLToPath(new URL("out/docs", ROOT)));
